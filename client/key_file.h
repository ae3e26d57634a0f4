/* key_file: where keys lie, and reading them from files that only the right people can have written.
 *
 * A secret key that others could read is no secret, and a public key that others could write may be
 * anybody's: such files are refused, with what to do about it. Symbolic links are never followed. */
#ifndef KOOP_KEY_FILE_H
#define KOOP_KEY_FILE_H

#include "keys.h"

/* $XDG_CONFIG_HOME/koopmon/keys, else ~/.config/koopmon/keys. KOOP_NOT_FOUND: neither variable is
 * set; KOOP_TOO_LARGE. */
koop_status koop_key_file_directory(char *out, size_t size);

/* Reads the certificate `path`. With `secret` it must hold both keys of a pair, be this user's own
 * and be closed to all others; without, be this user's or root's and closed to others for writing;
 * a secret key in it is not given out. `path` may be relative to the directory descriptor `at` (or
 * AT_FDCWD). On failure one line in `error` that names the file: KOOP_NOT_FOUND, KOOP_TOO_LARGE,
 * KOOP_BAD_MESSAGE, KOOP_IO_FAILED (also when it is not to be trusted). */
koop_status koop_key_file_read(int at, const char *path, bool secret, koop_keys *keys, char *error,
                               size_t error_size);

#endif
