/* unsynced: the records that no segment is known to hold on disk, as the bytes of a segment.
 *
 * After a failed fdatasync the kernel may call lost pages clean, so what was written cannot be
 * trusted, nor read back: these bytes are written again. Large memory goes back when cleared. */
#ifndef KOOP_UNSYNCED_H
#define KOOP_UNSYNCED_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct koop_unsynced { /* zero-initialise */
    uint8_t *bytes;
    size_t size, capacity;
} koop_unsynced;

/* Makes room, so that the next additions of so many bytes do not fail. KOOP_NO_MEMORY. */
koop_status koop_unsynced_reserve(koop_unsynced *unsynced, size_t bytes);
void koop_unsynced_add(koop_unsynced *unsynced, const uint8_t *bytes, size_t size);
void koop_unsynced_clear(koop_unsynced *unsynced);
void koop_unsynced_free(koop_unsynced *unsynced);

#endif
