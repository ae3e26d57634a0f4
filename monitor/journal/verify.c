#include "verify.h"

#include "aside.h"
#include "directory.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct verifying {
    koop_verified *file;
    uint64_t highest; /* seq, of this file and those before */
    koop_status status;
} verifying;

static koop_status add_span(koop_spans *spans, uint64_t first, uint64_t last) {
    if (spans->n == spans->capacity) {
        const size_t capacity = spans->capacity ? 2 * spans->capacity : 16;
        koop_span *grown = realloc(spans->list, capacity * sizeof *grown);
        if (!grown) return KOOP_NO_MEMORY;
        spans->list = grown;
        spans->capacity = capacity;
    }
    spans->list[spans->n++] = (koop_span){first, last};
    return KOOP_OK;
}

static void take_damage(void *context, uint64_t offset, uint64_t bytes) {
    verifying *self = context;
    self->file->damaged_bytes += bytes;
    if (self->status == KOOP_OK)
        self->status = add_span(&self->file->damaged, offset, offset + bytes - 1);
}

static koop_status take_message(void *context, const koop_wire_message *message) {
    verifying *self = context;
    koop_verified *file = self->file;
    if (message->type != KOOP_WIRE_SNAPSHOT) return self->status;
    const uint64_t seq = message->as.snapshot.seq;
    file->snapshots++;
    if (file->first_seq == 0) file->first_seq = seq;
    if (seq > file->last_seq) file->last_seq = seq;
    if (self->highest != KOOP_VERIFY_UNKNOWN && seq <= self->highest) {
        file->repeated++;
        return self->status;
    }
    if (self->highest != KOOP_VERIFY_UNKNOWN && seq > self->highest + 1) {
        file->missing += seq - self->highest - 1;
        if (self->status == KOOP_OK)
            self->status = add_span(&file->gaps, self->highest + 1, seq - 1);
    }
    self->highest = seq;
    return self->status;
}

koop_status koop_verify_file(int fd, bool last, uint64_t before, koop_verified *file) {
    verifying self = {.file = file, .highest = before};
    koop_segment_report report;
    koop_segment_reader reader;
    *file = (koop_verified){0};
    koop_status status = koop_segment_reader_init(&reader);
    if (status != KOOP_OK) return status;
    reader.damage = take_damage;
    reader.context = &self;
    status = koop_segment_read(&reader, fd, take_message, &self, &report);
    koop_segment_reader_clear(&reader);
    file->bytes = report.size;
    file->records = report.records;
    file->unreadable = report.unreadable;
    if (last)
        file->torn = report.torn;
    else if (report.torn > 0)
        take_damage(&self, report.intact_end, report.torn);
    return status == KOOP_OK ? self.status : status;
}

void koop_verified_clear(koop_verified *file) {
    free(file->gaps.list);
    free(file->damaged.list);
    *file = (koop_verified){0};
}

static koop_status verify_directory(int directory, koop_verify_handler *handler, void *context) {
    uint32_t *numbers = NULL;
    size_t n = 0;
    uint64_t highest = koop_aside_pruned(directory);
    koop_status status = koop_directory_segments(directory, &numbers, &n);
    if (status == KOOP_OK && n == 0) status = KOOP_NOT_FOUND;
    for (size_t i = 0; status == KOOP_OK && i < n; i++) {
        int fd;
        char name[KOOP_SEGMENT_NAME_BYTES];
        koop_segment_name(numbers[i], name);
        status = koop_segment_open(directory, name, O_RDONLY, &fd);
        if (status == KOOP_NOT_FOUND) { /* deleted since, as too old */
            status = KOOP_OK;
            continue;
        }
        if (status != KOOP_OK) break;
        koop_verified file;
        status = koop_verify_file(fd, i + 1 == n, highest, &file);
        close(fd);
        memcpy(file.name, name, sizeof name);
        if (file.last_seq > highest) highest = file.last_seq;
        if (status == KOOP_OK) status = handler(context, &file);
        koop_verified_clear(&file);
    }
    free(numbers);
    return status;
}

koop_status koop_journal_verify(const char *path, koop_verify_handler *handler, void *context) {
    struct stat about;
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    koop_status status = fstat(fd, &about) == 0 ? KOOP_OK : KOOP_IO_FAILED;
    if (status == KOOP_OK && S_ISDIR(about.st_mode)) {
        status = verify_directory(fd, handler, context);
    } else if (status == KOOP_OK && S_ISREG(about.st_mode)) {
        koop_verified file;
        const bool first = koop_segment_number_of(path) <= 1;
        status = koop_verify_file(fd, true, first ? 0 : KOOP_VERIFY_UNKNOWN, &file);
        if (status == KOOP_OK && file.records == 0) status = KOOP_BAD_MESSAGE;
        if (status == KOOP_OK) status = handler(context, &file);
        koop_verified_clear(&file);
    } else if (status == KOOP_OK)
        status = KOOP_BAD_MESSAGE;
    const int why = errno;
    close(fd);
    errno = why;
    return status;
}
