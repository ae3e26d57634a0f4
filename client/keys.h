/* keys: CURVE key pairs as text, in the certificate format of CZMQ and pyzmq.
 *
 *     metadata
 *         name = "ada@lab"
 *     curve
 *         public-key = "…40 characters of Z85…"
 *         secret-key = "…"                       (in NAME_secret only, never in NAME)
 *
 * The format is ZPL (ZeroMQ RFC 4): levels are 4 spaces each, '#' begins a comment, a value may be
 * quoted. Read strictly: control characters, tabs, odd indentation, repeated, missing or misspelt
 * keys are refused, everything else that a certificate may hold is ignored. Pure: bytes in, keys
 * out; key_file.h does the reading. */
#ifndef KOOP_KEYS_H
#define KOOP_KEYS_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    KOOP_KEY_BYTES = 41,       /* 40 characters and NUL */
    KOOP_KEYS_NAME_BYTES = 65, /* likewise */
    KOOP_KEYS_FILE_BYTES = 4096
};

typedef struct koop_keys {
    char name[KOOP_KEYS_NAME_BYTES]; /* "": none, or not one of koop_keys_is_name */
    char public_key[KOOP_KEY_BYTES];
    char secret_key[KOOP_KEY_BYTES]; /* "": none */
} koop_keys;

/* Whether `text` is exactly 40 characters of Z85 that stand for 32 bytes. */
bool koop_keys_is_key(const char *text);

/* Whether `text` can name a key, and so a file: 1 to 64 of [A-Za-z0-9._@-], the first no dot. */
bool koop_keys_is_name(const char *text);

/* KOOP_OK; KOOP_TOO_LARGE (above KOOP_KEYS_FILE_BYTES) or KOOP_BAD_MESSAGE, and *why says what is
 * wrong (a constant, to be put behind the file's name). `keys` is untouched then. */
koop_status koop_keys_parse(const char *bytes, size_t size, koop_keys *keys, const char **why);

/* The certificate that koop_keys_parse reads as `keys`, without the secret key unless `secret`;
 * returns its length. */
size_t koop_keys_format(const koop_keys *keys, bool secret, char out[KOOP_KEYS_FILE_BYTES]);

#endif
