/* scan: records out of bytes that may be torn, changed or missing in places.
 *
 * Knows no file: the caller shows the bytes from where it stands and says how many the file still
 * has. A record counts as intact when both its checksums hold. Where one does not, the scan looks
 * for the next header that holds: a header's checksum covers its length, so a record changed in
 * place is passed over whole when a header or the end stands behind it; otherwise bytes are missing
 * and every following byte is tried. Payload bytes checksummed in vain are bounded by a multiple of
 * the bytes scanned, so that no input makes a scan slow.
 *
 * No allocation. Cost: one CRC32C pass. */
#ifndef KOOP_SCAN_H
#define KOOP_SCAN_H

#include "record.h"

typedef struct koop_scan {   /* zero-initialise at the start of a file */
    uint64_t offset;         /* in the file, of the first byte not yet consumed */
    uint64_t intact_end;     /* behind the last intact record; below `offset`: within damage */
    uint64_t damaged;        /* damaged ranges that an intact record follows; */
    uint64_t hole, hole_end; /* the last of them */
    uint64_t wasted;         /* payload bytes whose checksum failed */
} koop_scan;

typedef struct koop_scan_record {
    koop_record_header header;
    const uint8_t *payload; /* borrowed from the bytes given */
} koop_scan_record;

typedef enum koop_scan_result {
    KOOP_SCAN_RECORD, /* `record` is filled */
    KOOP_SCAN_MORE,   /* show at least `want` bytes from the new position, all of which exist */
    KOOP_SCAN_END     /* nothing intact is left; offset − intact_end bytes are a torn tail */
} koop_scan_result;

/* Looks at bytes[0..size), the first `size` of the `left` ≥ size bytes from scan->offset to the end
 * of the file. *used gets the bytes consumed. */
koop_scan_result koop_scan_next(koop_scan *scan, const uint8_t *bytes, size_t size, uint64_t left,
                                koop_scan_record *record, size_t *used, size_t *want);

#endif
