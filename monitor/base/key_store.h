/* key_store: the directory of CURVE keys, as keygen and allow write it and the daemon reads it.
 *
 *     KEYS/server.key, server.key_secret    the daemon's pair
 *     KEYS/client.key, client.key_secret    this user's, for trainers and views
 *     KEYS/allowed/NAME.key                 public keys of those who may connect
 *
 * Directories are 0700, secret files 0600. Files appear whole or not at all. Nothing is overwritten
 * unless it is asked for, and no symbolic link is followed. Errors are one line in `error`. */
#ifndef KOOP_KEY_STORE_H
#define KOOP_KEY_STORE_H

#include "keys.h"

#define KOOP_KEY_STORE_SERVER "server.key"
#define KOOP_KEY_STORE_CLIENT "client.key"

enum { KOOP_KEY_STORE_MAX = 4096 }; /* allowed keys that are read */

/* Makes a pair called `name` in its certificate and writes it as `file` and file_secret; *made gets
 * it, without the secret key. KOOP_DISABLED: one is there already and `replace` is false.
 * KOOP_IO_FAILED, KOOP_NOT_FOUND (libzmq without CURVE). */
koop_status koop_key_store_make(const char *directory, const char *file, const char *name,
                                bool replace, koop_keys *made, char *error, size_t error_size);

/* The daemon's pair. KOOP_NOT_FOUND: there is none; what koop_key_file_read gives. */
koop_status koop_key_store_server(const char *directory, koop_keys *keys, char *error,
                                  size_t error_size);

/* Puts a public key on the list under its name; without one under that which it has there, or one made
 * of the key. *keys then has it. A key has one name: others go. KOOP_DISABLED: the name is another
 * key's. */
koop_status koop_key_store_allow(const char *directory, koop_keys *keys, char *error,
                                 size_t error_size);

/* Takes the key of that name off the list, under whatever other names it stands there too.
 * KOOP_NOT_FOUND. */
koop_status koop_key_store_remove(const char *directory, const char *name, char *error,
                                  size_t error_size);

/* The allowed keys, by name, in *keys (freed by the caller) and *n; none is no error. A file that is
 * no key or cannot be trusted counts as not there, and `error`, else empty, says so although the
 * status is KOOP_OK. KOOP_IO_FAILED: others may write to the directory; KOOP_NO_MEMORY. */
koop_status koop_key_store_list(const char *directory, koop_keys **keys, int *n, char *error,
                                size_t error_size);

#endif
