#include "scan.h"

#include <stdbool.h>
#include <string.h>

static const uint8_t magic[8] = {'K', 'O', 'O', 'P', 'R', 'E', 'C', '1'};

enum { WASTE_FACTOR = 4, WASTE_FREE_BYTES = 1 << 24 };

/* First position at or after `at` where a header may begin; `size` when there is none. */
static size_t find_magic(const uint8_t *bytes, size_t size, size_t at) {
    while (at < size) {
        const uint8_t *hit = memchr(bytes + at, magic[0], size - at);
        if (!hit) return size;
        at = (size_t)(hit - bytes);
        const size_t have = size - at;
        if (memcmp(hit, magic, have < sizeof magic ? have : sizeof magic) == 0) return at;
        at++;
    }
    return size;
}

/* Whether the record boundary `end` is one: a header or the end of the file stands there. */
static bool is_boundary(const uint8_t *bytes, size_t size, uint64_t left, size_t end) {
    koop_record_header next;
    return end == left || koop_record_unpack(bytes + end, size - end, &next) == KOOP_OK;
}

static koop_scan_result stop(koop_scan *scan, koop_scan_result result, size_t at, size_t *used) {
    *used = at;
    scan->offset += at;
    return result;
}

koop_scan_result koop_scan_next(koop_scan *scan, const uint8_t *bytes, size_t size, uint64_t left,
                                koop_scan_record *record, size_t *used, size_t *want) {
    size_t at = 0;
    for (;;) {
        at = find_magic(bytes, size, at);
        if (size - at < KOOP_RECORD_HEADER_BYTES) {
            if (left == size) return stop(scan, KOOP_SCAN_END, size, used);
            const uint64_t rest = left - at;
            *want = rest < KOOP_RECORD_HEADER_BYTES ? (size_t)rest : KOOP_RECORD_HEADER_BYTES;
            return stop(scan, KOOP_SCAN_MORE, at, used);
        }
        if (koop_record_unpack(bytes + at, size - at, &record->header) != KOOP_OK) {
            at++;
            continue;
        }
        const size_t whole = (size_t)KOOP_RECORD_HEADER_BYTES + record->header.length;
        if (whole > left - at) {
            at++;
            continue;
        }
        if (whole > size - at) {
            *want = whole;
            return stop(scan, KOOP_SCAN_MORE, at, used);
        }
        record->payload = bytes + at + KOOP_RECORD_HEADER_BYTES;
        if (koop_record_check(&record->header, record->payload) == KOOP_OK) {
            if (scan->offset + at > scan->intact_end) {
                scan->damaged++;
                scan->hole = scan->intact_end;
                scan->hole_end = scan->offset + at;
            }
            scan->intact_end = scan->offset + at + whole;
            return stop(scan, KOOP_SCAN_RECORD, at + whole, used);
        }
        /* Whether a header stands behind it must be seen whichever way the caller cuts the file. */
        const uint64_t behind = left - at - whole;
        const size_t look =
            behind < KOOP_RECORD_HEADER_BYTES ? (size_t)behind : (size_t)KOOP_RECORD_HEADER_BYTES;
        if (whole + look > size - at) {
            *want = whole + look;
            return stop(scan, KOOP_SCAN_MORE, at, used);
        }
        scan->wasted += whole;
        const bool tired = scan->wasted > WASTE_FACTOR * (scan->offset + at) + WASTE_FREE_BYTES;
        at += tired || is_boundary(bytes, size, left, at + whole) ? whole : 1;
    }
}
