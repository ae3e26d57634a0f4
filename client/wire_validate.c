/* Walks msgpack bytes without allocating, before msgpack-c sees them.
 *
 * Notation. An object is a head byte, 0..8 bytes of length, size or value, `body` raw bytes, and
 * `children` objects (a map has two per pair). Open containers are a stack of children still due.
 */
#include "wire.h"

#include <stdbool.h>

enum { MAX_DEPTH = 8, MAX_OBJECTS = 4096 };

typedef struct object {
    uint64_t head;     /* head byte and its length, size or value */
    uint64_t body;     /* raw bytes behind the head */
    uint64_t children; /* objects inside */
    bool container;
} object;

static uint64_t big_endian(const uint8_t *bytes, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value = value << 8 | bytes[i];
    return value;
}

/* Heads 0xc0..0xdf. False: 0xc1, which is never used, or the length field is cut off. */
static bool read_long_head(const uint8_t *bytes, size_t size, object *out) {
    uint8_t head = bytes[0];
    size_t width; /* of the length field, or of a plain value */
    if (head == 0xc1) return false;
    if (head <= 0xc3)
        width = 0; /* nil, false, true */
    else if (head <= 0xc9)
        width = (size_t)1 << ((head - 0xc4) % 3); /* bin, ext */
    else if (head <= 0xcb)
        width = head == 0xca ? 4 : 8; /* float */
    else if (head <= 0xd3)
        width = (size_t)1 << ((head - 0xcc) % 4); /* uint, int */
    else if (head <= 0xd8)
        width = 0; /* fixext */
    else if (head <= 0xdb)
        width = (size_t)1 << (head - 0xd9); /* str */
    else
        width = head % 2 == 0 ? 2 : 4; /* array, map */
    if (size < 1 + width) return false;
    uint64_t length = big_endian(bytes + 1, width);
    *out = (object){.head = 1 + width};
    if (head >= 0xc4 && head <= 0xc6)
        out->body = length;
    else if (head >= 0xc7 && head <= 0xc9)
        out->body = length + 1; /* and the ext's type */
    else if (head >= 0xd4 && head <= 0xd8)
        out->body = 1 + ((uint64_t)1 << (head - 0xd4));
    else if (head >= 0xd9 && head <= 0xdb)
        out->body = length;
    else if (head >= 0xdc) {
        out->container = true;
        out->children = head >= 0xde ? 2 * length : length;
    }
    return true;
}

static bool read_head(const uint8_t *bytes, size_t size, object *out) {
    uint8_t head = bytes[0];
    *out = (object){.head = 1};
    if (head <= 0x7f || head >= 0xe0) return true; /* small integers */
    if (head <= 0x8f) {
        out->container = true;
        out->children = 2 * (uint64_t)(head & 15);
    } else if (head <= 0x9f) {
        out->container = true;
        out->children = head & 15;
    } else if (head <= 0xbf) {
        out->body = head & 31;
    } else {
        return read_long_head(bytes, size, out);
    }
    return true;
}

koop_status koop_wire_validate(const uint8_t *bytes, size_t size) {
    uint64_t due[MAX_DEPTH];
    size_t depth = 0, objects = 0;
    do {
        object next;
        if (size == 0 || !read_head(bytes, size, &next)) return KOOP_BAD_MESSAGE;
        if (++objects > MAX_OBJECTS) return KOOP_TOO_LARGE;
        if (next.body > size - next.head) return KOOP_BAD_MESSAGE;
        bytes += next.head + next.body;
        size -= (size_t)(next.head + next.body);
        /* every child takes at least a byte: a length that cannot be true ends here */
        if (next.children > size) return KOOP_BAD_MESSAGE;
        if (depth > 0) due[depth - 1]--;
        if (next.container) {
            if (depth == MAX_DEPTH) return KOOP_TOO_LARGE;
            due[depth++] = next.children;
        }
        while (depth > 0 && due[depth - 1] == 0) depth--;
    } while (depth > 0);
    return size == 0 ? KOOP_OK : KOOP_BAD_MESSAGE;
}
