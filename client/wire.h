/* wire: the messages of the protocol, packed and unpacked. PROTOCOL.md is the contract.
 *
 * Knows no socket: bytes in, messages out, and back. Every message is one msgpack map. Unpacking
 * first walks the bytes with koop_wire_validate, because msgpack-c 4.0.0 allocates what a length
 * field claims before it looks whether the bytes are there. Unpacking allocates nothing that
 * outlives the call: strings are copied into fixed fields, `data` is borrowed from the input.
 *
 * Limits (a message beyond them is KOOP_TOO_LARGE or KOOP_BAD_MESSAGE): 64 groups, 8 dimensions,
 * 32 scalars, 32 metadata pairs, names 64 bytes, scalar names 32, metadata 128 each side. The limit
 * of KOOP_WIRE_MESSAGE_BYTES is the network's: the daemon refuses what is above it.
 * Unpacking does not ask for it, because journals hold a snapshot as one message of any size. */
#ifndef KOOP_WIRE_H
#define KOOP_WIRE_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    KOOP_WIRE_VERSION = 1,
    KOOP_WIRE_MAX_GROUPS = 64,
    KOOP_WIRE_MAX_DIMS = 8,
    KOOP_WIRE_MAX_SCALARS = 32,
    KOOP_WIRE_MAX_METADATA = 32,
    KOOP_WIRE_NAME_BYTES = 65, /* with the final NUL, as below */
    KOOP_WIRE_SCALAR_BYTES = 33,
    KOOP_WIRE_METADATA_BYTES = 129,
    KOOP_WIRE_TEXT_BYTES = 257,
    KOOP_WIRE_UUID_BYTES = 16,
    KOOP_WIRE_CHUNK_BYTES = 1 << 20,                /* data of one message */
    KOOP_WIRE_MESSAGE_BYTES = (1 << 20) + (1 << 16) /* whole message */
};

typedef enum koop_wire_type {
    KOOP_WIRE_HELLO = 1, /* trainer → daemon */
    KOOP_WIRE_SNAPSHOT,
    KOOP_WIRE_PING,
    KOOP_WIRE_BYE,
    KOOP_WIRE_WELCOME = 16, /* daemon → trainer */
    KOOP_WIRE_ACK,
    KOOP_WIRE_ERROR
} koop_wire_type;

typedef enum koop_wire_error {
    KOOP_WIRE_ERROR_MALFORMED = 1, /* message is not valid */
    KOOP_WIRE_ERROR_VERSION,       /* protocol version not spoken */
    KOOP_WIRE_ERROR_SHAPE,         /* snapshot does not have the declared size */
    KOOP_WIRE_ERROR_LIMIT,         /* above a limit of the daemon */
    KOOP_WIRE_ERROR_NO_HELLO,      /* say HELLO first */
    KOOP_WIRE_ERROR_KEY            /* the sender's CURVE key is not allowed any more */
} koop_wire_error;

typedef struct koop_wire_group {
    char name[KOOP_WIRE_NAME_BYTES];
    uint32_t dimensions;
    uint64_t shape[KOOP_WIRE_MAX_DIMS];
    uint64_t length; /* values sent: the product of the shape, or the sketch's k */
    uint64_t sketch; /* 0: raw; else k */
    uint64_t offset; /* of the group's first parameter in the whole model, in values */
} koop_wire_group;

typedef struct koop_wire_hello {
    uint32_t version;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    char name[KOOP_WIRE_NAME_BYTES];
    char host[KOOP_WIRE_NAME_BYTES];
    int64_t pid;
    int64_t start_ms; /* Unix time */
    uint32_t dtype;   /* bytes a value: 4 or 8, little-endian IEEE 754 */
    uint64_t seed;    /* of the sketch */
    uint32_t n_groups;
    koop_wire_group groups[KOOP_WIRE_MAX_GROUPS];
    uint32_t n_metadata;
    struct {
        char key[KOOP_WIRE_METADATA_BYTES], value[KOOP_WIRE_METADATA_BYTES];
    } metadata[KOOP_WIRE_MAX_METADATA];
} koop_wire_hello;

typedef struct koop_wire_scalar {
    char name[KOOP_WIRE_SCALAR_BYTES];
    double value;
} koop_wire_scalar;

typedef struct koop_wire_snapshot {
    uint64_t seq; /* 1, 2, 3, … within a run; gaps are snapshots dropped by the trainer's ring */
    int64_t step;
    int64_t time_ms;     /* Unix time at koop_publish */
    uint64_t dropped;    /* by the trainer's ring so far */
    uint64_t total;      /* bytes of the whole snapshot's data */
    uint64_t at;         /* offset of `data` in it; chunks come in order */
    const uint8_t *data; /* borrowed */
    size_t bytes;
    uint32_t n_scalars; /* in the first chunk only */
    koop_wire_scalar scalars[KOOP_WIRE_MAX_SCALARS];
} koop_wire_snapshot;

typedef struct koop_wire_bye {
    uint64_t last_seq; /* the last published; */
    uint64_t dropped;  /* of them, dropped by the ring */
} koop_wire_bye;

typedef struct koop_wire_welcome {
    uint64_t acknowledged; /* highest seq in the journal, 0: none */
    uint32_t credit;       /* snapshots that may be unacknowledged, ≥ 1 */
} koop_wire_welcome;

typedef struct koop_wire_message {
    koop_wire_type type;
    union {
        koop_wire_hello hello;
        koop_wire_snapshot snapshot;
        koop_wire_bye bye;
        koop_wire_welcome welcome;
        uint64_t acknowledged; /* ACK: cumulative */
        struct {
            koop_wire_error code;
            uint64_t seq; /* of the refused snapshot, or 0 */
            char text[KOOP_WIRE_TEXT_BYTES];
        } error;
    } as;
} koop_wire_message;

/* Whether `bytes` is exactly one msgpack object: every length ≤ what remains, depth ≤ 8, at most
 * 4096 objects, nothing behind it. KOOP_OK, KOOP_BAD_MESSAGE, KOOP_TOO_LARGE. */
koop_status koop_wire_validate(const uint8_t *bytes, size_t size);

/* Validates, then unpacks. Unknown keys are ignored; missing, repeated or mistyped ones are
 * KOOP_BAD_MESSAGE; KOOP_NO_MEMORY. On failure the content of `message` is undefined. A HELLO of
 * another version than KOOP_WIRE_VERSION unpacks with nothing but its version, all else zero.
 * `message` is large: keep one, do not put it on a small stack. */
koop_status koop_wire_unpack(const uint8_t *bytes, size_t size, koop_wire_message *message);

/* The seq of a SNAPSHOT that koop_wire_unpack refused, so that the refusal can name it; 0 where the
 * bytes are not one msgpack map, of another type, or without a seq that can be read. */
uint64_t koop_wire_peek_seq(const uint8_t *bytes, size_t size);

/* A growing output buffer; zero-initialise, reuse, free once. */
typedef struct koop_wire_buffer {
    uint8_t *bytes;
    size_t size, capacity;
} koop_wire_buffer;
void koop_wire_buffer_free(koop_wire_buffer *buffer);

/* Packs `message` into `buffer` (replacing its content). What koop_wire_unpack would refuse is
 * KOOP_BAD_ARGUMENT; KOOP_NO_MEMORY. */
koop_status koop_wire_pack(const koop_wire_message *message, koop_wire_buffer *buffer);

/* A name from the network made safe to show and to store: [A-Za-z0-9._-] kept, every other byte
 * as %XX, cut at 64 bytes; an empty name becomes "unnamed". */
void koop_wire_safe_name(const char *name, char out[KOOP_WIRE_NAME_BYTES]);

#endif
