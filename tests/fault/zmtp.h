/* zmtp: just enough ZMTP 3.0 to misuse it: what a DEALER says first, and frames of any kind. Every
 * function appends to `out` and returns the new size; the caller's buffer is large enough. */
#ifndef KOOP_FAULT_ZMTP_H
#define KOOP_FAULT_ZMTP_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { ZMTP_MORE = 1, ZMTP_LONG = 2, ZMTP_COMMAND = 4, ZMTP_GREETING_BYTES = 64 };

static inline size_t zmtp_bytes(uint8_t *out, size_t size, const void *bytes, size_t n) {
    memcpy(out + size, bytes, n);
    return size + n;
}

/* A header that claims a long frame of n bytes. */
static inline size_t zmtp_claim(uint8_t *out, size_t size, int flags, uint64_t n) {
    out[size++] = (uint8_t)(flags | ZMTP_LONG);
    for (int shift = 56; shift >= 0; shift -= 8) out[size++] = (uint8_t)(n >> shift);
    return size;
}

static inline size_t zmtp_frame(uint8_t *out, size_t size, int flags, const void *bytes, size_t n) {
    if (n > 255) {
        size = zmtp_claim(out, size, flags, n);
    } else {
        out[size++] = (uint8_t)flags;
        out[size++] = (uint8_t)n;
    }
    return zmtp_bytes(out, size, bytes, n);
}

static inline size_t zmtp_property(uint8_t *out, size_t size, const char *name, const void *value,
                                   uint32_t n) {
    out[size++] = (uint8_t)strlen(name);
    size = zmtp_bytes(out, size, name, strlen(name));
    for (int shift = 24; shift >= 0; shift -= 8) out[size++] = (uint8_t)(n >> shift);
    return zmtp_bytes(out, size, value, n);
}

/* The signature, version 3.0, mechanism NULL, no server, filler. */
static inline size_t zmtp_greeting(uint8_t *out, size_t size) {
    uint8_t greeting[ZMTP_GREETING_BYTES] = {0xff, 0,    0, 0, 0,   0,   0,   0,
                                             1,    0x7f, 3, 0, 'N', 'U', 'L', 'L'};
    return zmtp_bytes(out, size, greeting, sizeof greeting);
}

/* Greeting and READY, with a routing id (n_id 0: none). */
static inline size_t zmtp_handshake(uint8_t *out, size_t size, const void *id, uint32_t n_id) {
    uint8_t ready[512];
    size_t n = zmtp_bytes(ready, 0, "\5READY", 6);
    n = zmtp_property(ready, n, "Socket-Type", "DEALER", 6);
    if (n_id > 0) n = zmtp_property(ready, n, "Identity", id, n_id);
    size = zmtp_greeting(out, size);
    return zmtp_frame(out, size, ZMTP_COMMAND, ready, n);
}

/* ZMTP's own PING, with a time to live of 0 and no context. */
static inline size_t zmtp_ping(uint8_t *out, size_t size) {
    return zmtp_frame(out, size, ZMTP_COMMAND, "\4PING\0\0", 7);
}

#endif
