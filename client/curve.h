/* curve: the keys of a connection to a daemon on tcp, from options, environment and files.
 *
 *     KOOPMON_SERVER_KEY   the daemon's public key, 40 characters or the file that holds it
 *     KOOPMON_KEY_FILE     this side's pair; default client.key_secret in koop_key_file_directory
 *
 * With a server key a tcp connection is encrypted and both sides prove who they are (CurveZMQ,
 * ZeroMQ RFC 26). Without one, only this machine's own loopback is connected to. ipc needs no
 * keys: its directory is private. */
#ifndef KOOP_CURVE_H
#define KOOP_CURVE_H

#include "keys.h"

typedef struct koop_curve {
    bool on;
    char server_key[KOOP_KEY_BYTES]; /* public */
    koop_keys own;
} koop_curve;

/* What a connection to `endpoint` (resolved) needs; an option (NULL: not given) wins over the
 * environment. KOOP_OK: *curve says, maybe that no keys are used. Else it must not be connected to,
 * and one line in `error` says why and what to do: KOOP_DISABLED (not this machine, and no server
 * key), KOOP_BAD_ARGUMENT (no such key), or what reading the files gave. */
koop_status koop_curve_find(const char *endpoint, const char *server_key, const char *key_file,
                            koop_curve *curve, char *error, size_t error_size);

/* For the connections that `socket` (of ZeroMQ) makes from now on. KOOP_IO_FAILED. */
koop_status koop_curve_apply(const koop_curve *curve, void *socket);

/* The secret key leaves memory; the rest stays, for messages. */
void koop_curve_forget(koop_curve *curve);

#endif
