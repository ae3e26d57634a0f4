#include "unsynced.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES = 1 << 16 };

koop_status koop_unsynced_reserve(koop_unsynced *unsynced, size_t bytes) {
    const size_t want = unsynced->size + bytes;
    if (want <= unsynced->capacity) return KOOP_OK;
    const size_t capacity = want < 2 * unsynced->capacity ? 2 * unsynced->capacity : want;
    uint8_t *grown = realloc(unsynced->bytes, capacity);
    if (!grown) return KOOP_NO_MEMORY;
    unsynced->bytes = grown;
    unsynced->capacity = capacity;
    return KOOP_OK;
}

void koop_unsynced_add(koop_unsynced *unsynced, const uint8_t *bytes, size_t size) {
    if (size > 0) memcpy(unsynced->bytes + unsynced->size, bytes, size);
    unsynced->size += size;
}

void koop_unsynced_clear(koop_unsynced *unsynced) {
    unsynced->size = 0;
    if (unsynced->capacity > KEPT_BYTES) koop_unsynced_free(unsynced);
}

void koop_unsynced_free(koop_unsynced *unsynced) {
    free(unsynced->bytes);
    *unsynced = (koop_unsynced){0};
}
