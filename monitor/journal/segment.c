#include "segment.h"

#include "directory.h"
#include "file.h"
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 1 << 18 };

koop_status koop_segment_reader_init(koop_segment_reader *reader) {
    *reader = (koop_segment_reader){.capacity = FIRST_CAPACITY};
    reader->bytes = malloc(reader->capacity);
    reader->message = malloc(sizeof *reader->message);
    if (reader->bytes && reader->message) return KOOP_OK;
    koop_segment_reader_clear(reader);
    return KOOP_NO_MEMORY;
}

void koop_segment_reader_clear(koop_segment_reader *reader) {
    free(reader->bytes);
    free(reader->message);
    *reader = (koop_segment_reader){0};
}

koop_status koop_segment_open(int directory, const char *name, int flags, int *fd) {
    /* O_NONBLOCK: opening a FIFO must not wait for its other end. */
    const int opened = openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (opened < 0) return errno == ENOENT ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    struct stat about;
    if (fstat(opened, &about) != 0 || !S_ISREG(about.st_mode)) {
        close(opened);
        errno = EINVAL;
        return KOOP_IO_FAILED;
    }
    *fd = opened;
    return KOOP_OK;
}

uint64_t koop_segment_run(const uint8_t uuid[KOOP_WIRE_UUID_BYTES]) {
    uint64_t run = 0;
    for (int i = 0; i < 8; i++) run |= (uint64_t)uuid[i] << (8 * i);
    return run;
}

/* Whether the record's payload is a message that belongs in a journal, now in `message`. */
static bool take(const koop_scan_record *record, koop_wire_message *message) {
    if (koop_wire_unpack(record->payload, record->header.length, message) != KOOP_OK) return false;
    if ((uint8_t)message->type != record->header.type) return false;
    switch (message->type) {
    case KOOP_WIRE_HELLO:
        return koop_segment_run(message->as.hello.run) == record->header.run;
    case KOOP_WIRE_SNAPSHOT: {
        const koop_wire_snapshot *snapshot = &message->as.snapshot;
        return snapshot->seq == record->header.seq && snapshot->at == 0 &&
               snapshot->bytes == snapshot->total;
    }
    case KOOP_WIRE_BYE:
        return true;
    case KOOP_WIRE_PING:
    case KOOP_WIRE_WELCOME:
    case KOOP_WIRE_ACK:
    case KOOP_WIRE_ERROR:
        break;
    }
    return false;
}

static koop_status reserve(koop_segment_reader *reader, size_t want) {
    if (want <= reader->capacity) return KOOP_OK;
    /* Twice the record: the next one of its size then needs no second move. */
    const size_t capacity = 2 * want;
    uint8_t *grown = realloc(reader->bytes, capacity);
    if (!grown) return KOOP_NO_MEMORY;
    reader->bytes = grown;
    reader->capacity = capacity;
    return KOOP_OK;
}

/* Whether the bytes behind the last intact record are a record that was not written to its end. */
static koop_status is_torn(int fd, uint64_t at, uint64_t size, bool *torn) {
    static const char magic[] = "KOOPREC1";
    uint8_t head[KOOP_RECORD_HEADER_BYTES];
    koop_record_header header;
    const uint64_t left = size - at;
    size_t have = 0;
    const koop_status status =
        koop_file_read(fd, head, left < sizeof head ? (size_t)left : sizeof head, at, &have);
    if (have < sizeof head)
        *torn = memcmp(head, magic, have < 8 ? have : 8) == 0;
    else
        *torn = koop_record_unpack(head, have, &header) == KOOP_OK &&
                KOOP_RECORD_HEADER_BYTES + (uint64_t)header.length > left;
    return status;
}

static void note_damage(const koop_segment_reader *reader, koop_segment_report *report,
                        uint64_t offset, uint64_t end) {
    if (report->damage_bytes == 0) {
        report->damage_at = offset;
        report->damage_bytes = end - offset;
    }
    report->damaged++;
    if (reader->damage) reader->damage(reader->context, offset, end - offset);
}

koop_status koop_segment_read(koop_segment_reader *reader, int fd, koop_journal_handler *handler,
                              void *context, koop_segment_report *report) {
    *report = (koop_segment_report){0};
    struct stat about;
    if (fstat(fd, &about) != 0) return KOOP_IO_FAILED;
    report->size = (uint64_t)about.st_size;

    koop_scan scan = {0};
    koop_scan_record record;
    size_t start = 0, end = 0, used = 0, want = 0;
    uint64_t run = 0, holes = 0;
    koop_status status = KOOP_OK;
    while (status == KOOP_OK) {
        const koop_scan_result result =
            koop_scan_next(&scan, reader->bytes + start, end - start, report->size - scan.offset,
                           &record, &used, &want);
        start += used;
        if (result == KOOP_SCAN_END) break;
        if (result == KOOP_SCAN_MORE) {
            memmove(reader->bytes, reader->bytes + start, end - start);
            end -= start;
            start = 0;
            status = reserve(reader, want);
            const uint64_t left = report->size - scan.offset;
            const size_t room = left < reader->capacity ? (size_t)left : reader->capacity;
            if (status == KOOP_OK)
                status = koop_file_read(fd, reader->bytes, room, scan.offset, &end);
            if (end < room) report->size = scan.offset + end; /* truncated meanwhile */
            continue;
        }
        if (scan.damaged > holes) note_damage(reader, report, scan.hole, scan.hole_end);
        holes = scan.damaged;
        report->intact_end = scan.intact_end;
        reader->header = record.header;
        if (report->records++ == 0) run = record.header.run;
        if (record.header.run == run && take(&record, reader->message))
            status = handler(context, reader->message);
        else
            report->unreadable++;
    }
    if (status != KOOP_OK || report->intact_end == report->size) return status;
    bool torn = false;
    status = is_torn(fd, report->intact_end, report->size, &torn);
    if (torn)
        report->torn = report->size - report->intact_end;
    else
        note_damage(reader, report, report->intact_end, report->size);
    return status;
}

static koop_status take_seq(void *context, const koop_wire_message *message) {
    if (message->type != KOOP_WIRE_SNAPSHOT) return KOOP_OK;
    *(uint64_t *)context = message->as.snapshot.seq;
    return KOOP_NOT_FOUND; /* ends the reading */
}

koop_status koop_segment_first_seq(koop_segment_reader *reader, int directory, uint32_t number,
                                   uint64_t *seq) {
    int fd;
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_report report;
    *seq = UINT64_MAX;
    koop_segment_name(number, name);
    koop_status status = koop_segment_open(directory, name, O_RDONLY, &fd);
    if (status != KOOP_OK) return status;
    status = koop_segment_read(reader, fd, take_seq, seq, &report);
    close(fd);
    return *seq != UINT64_MAX ? KOOP_OK : status;
}
