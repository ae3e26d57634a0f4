/* Any bytes as a segment of a journal.
 *
 * Checksums would keep a fuzzer out, so byte 9 of a header (zero in a real one) asks for repairs:
 * bit 0 for checksums that hold, bit 1 for a payload that is then changed. Whatever comes out must
 * hold its checksums, must not depend on how the bytes are shown to the scan, and must be what the
 * segment reader finds in a file of the same bytes. Without the ranges that verify calls damaged the
 * file must have the same records and no damage: that is what repair makes of it. */
#include "record.h"
#include "scan.h"
#include "segment.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    if (!(condition)) __builtin_trap()

static void repair(uint8_t *bytes, size_t size) {
    for (size_t at = 0; at + KOOP_RECORD_HEADER_BYTES <= size; at++) {
        uint8_t *header = bytes + at, *payload = header + KOOP_RECORD_HEADER_BYTES;
        const uint8_t wish = header[9];
        if (memcmp(header, "KOOPREC1", 8) != 0 || wish == 0) continue;
        uint32_t length;
        koop_record_header fields = {.type = header[8]};
        memcpy(&length, header + 12, 4);
        memcpy(&fields.run, header + 16, 8);
        memcpy(&fields.seq, header + 24, 8);
        const size_t rest = size - at - KOOP_RECORD_HEADER_BYTES;
        fields.length = length > rest ? (uint32_t)rest : length;
        koop_record_pack(&fields, payload, header);
        if (wish & 2 && fields.length > 0) payload[0] ^= 1;
    }
}

/* Scans with `piece` bytes shown at a time; gives the number of records. */
static uint64_t scan_all(const uint8_t *bytes, size_t size, size_t piece, koop_scan *scan) {
    koop_scan_record record;
    uint64_t records = 0;
    size_t shown = piece, used, want = 0;
    *scan = (koop_scan){0};
    for (;;) {
        const size_t left = size - (size_t)scan->offset;
        if (shown > left) shown = left;
        /* A copy of its own size, so that reading behind it is seen. */
        uint8_t *copy = malloc(shown + (shown == 0));
        MUST(copy);
        memcpy(copy, bytes + scan->offset, shown);
        const koop_scan_result result =
            koop_scan_next(scan, copy, shown, left, &record, &used, &want);
        MUST(used <= shown && scan->offset <= size && scan->intact_end <= scan->offset);
        if (result == KOOP_SCAN_RECORD) {
            MUST(koop_record_check(&record.header, record.payload) == KOOP_OK);
            records++;
        }
        free(copy);
        if (result == KOOP_SCAN_END) break;
        if (result == KOOP_SCAN_MORE) MUST(want > shown - used && want <= size - scan->offset);
        shown = result == KOOP_SCAN_MORE ? want : piece;
    }
    MUST(scan->offset == size);
    return records;
}

static koop_status count(void *context, const koop_wire_message *message) {
    MUST(message->type == KOOP_WIRE_HELLO || message->type == KOOP_WIRE_SNAPSHOT ||
         message->type == KOOP_WIRE_BYE);
    ++*(uint64_t *)context;
    return KOOP_OK;
}

static void read_file(const uint8_t *bytes, size_t size, uint64_t records, const koop_scan *scan) {
    static FILE *file;
    static koop_segment_reader reader;
    if (!file) {
        file = tmpfile();
        MUST(file && koop_segment_reader_init(&reader) == KOOP_OK);
    }
    const int fd = fileno(file);
    MUST(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
    koop_segment_report report;
    uint64_t messages = 0;
    MUST(koop_segment_read(&reader, fd, count, &messages, &report) == KOOP_OK);
    MUST(report.records == records && report.intact_end == scan->intact_end);
    MUST(messages + report.unreadable == records);
    const uint64_t tail = size - scan->intact_end;
    MUST(report.torn == 0 || report.torn == tail);
    MUST(report.damaged == scan->damaged + (tail > 0 && report.torn == 0));
}

/* What koop_journal_repair leaves of the bytes. */
static void verify_and_mend(uint8_t *bytes, size_t size, bool last, uint64_t records) {
    static FILE *file;
    if (!file) file = tmpfile();
    MUST(file);
    const int fd = fileno(file);
    koop_verified before, after;
    MUST(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
    MUST(koop_verify_file(fd, last, 0, &before) == KOOP_OK);
    MUST(before.records == records && before.bytes == size);
    size_t at = 0, kept = 0;
    for (size_t i = 0; i <= before.damaged.n; i++) {
        const size_t end = i < before.damaged.n ? (size_t)before.damaged.list[i].first : size;
        MUST(at <= end && end <= size);
        memmove(bytes + kept, bytes + at, end - at);
        kept += end - at;
        if (i < before.damaged.n) at = (size_t)before.damaged.list[i].last + 1;
    }
    MUST(kept + before.damaged_bytes == size);
    MUST(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, kept, 0) == (ssize_t)kept);
    MUST(koop_verify_file(fd, last, 0, &after) == KOOP_OK);
    MUST(after.damaged.n == 0 && after.records == records && after.torn == before.torn);
    MUST(after.snapshots == before.snapshots && after.unreadable == before.unreadable);
    koop_verified_clear(&before);
    koop_verified_clear(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const size_t piece = (size_t)data[0] + 1;
    uint8_t *bytes = malloc(size);
    MUST(bytes);
    memcpy(bytes, data + 1, --size);
    repair(bytes, size);
    koop_scan whole, pieces;
    const uint64_t records = scan_all(bytes, size, size, &whole);
    MUST(scan_all(bytes, size, piece, &pieces) == records);
    MUST(pieces.intact_end == whole.intact_end && pieces.damaged == whole.damaged);
    read_file(bytes, size, records, &whole);
    verify_and_mend(bytes, size, piece & 1, records);
    free(bytes);
    return 0;
}
