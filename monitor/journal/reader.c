#include "directory.h"
#include "journal.h"
#include "recovery.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of one reading: the segments of a directory, or a single file (count 0). */
typedef struct reading {
    int fd;
    uint32_t *numbers;
    size_t count;
    size_t first, at; /* the segments that reading begins with, and is at */
    koop_journal_handler *handler;
    void *context;
    koop_wire_hello *hello; /* the first one */
    bool has_hello, sought;
    uint64_t strange; /* HELLOs of another run or shape */
} reading;

static size_t files(const reading *self) {
    return self->count ? self->count : 1;
}

static koop_status open_file(const reading *self, size_t index, int *fd) {
    if (self->count == 0) {
        *fd = self->fd;
        return KOOP_OK;
    }
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(self->numbers[index], name);
    const koop_status status = koop_segment_open(self->fd, name, O_RDONLY, fd);
    return status == KOOP_NOT_FOUND ? KOOP_IO_FAILED : status; /* it was listed a moment ago */
}

static void close_file(const reading *self, int fd) {
    if (fd != self->fd) close(fd);
}

/* A HELLO ends the search; the status that stops the reading is not an error here. */
static koop_status take_hello(void *context, const koop_wire_message *message) {
    koop_wire_message *found = context;
    if (message->type != KOOP_WIRE_HELLO) return KOOP_OK;
    *found = *message;
    return KOOP_NOT_FOUND;
}

/* The first HELLO from the segment being read on. KOOP_NOT_FOUND when none is intact. */
static koop_status seek_hello(const reading *self, koop_wire_message *found) {
    koop_segment_reader reader;
    koop_segment_report report;
    koop_status status = koop_segment_reader_init(&reader);
    if (status != KOOP_OK) return status;
    found->type = KOOP_WIRE_BYE;
    for (size_t i = self->at; i < files(self) && found->type != KOOP_WIRE_HELLO; i++) {
        int fd;
        status = open_file(self, i, &fd);
        if (status != KOOP_OK) break;
        status = koop_segment_read(&reader, fd, take_hello, found, &report);
        close_file(self, fd);
        if (status != KOOP_OK) break;
    }
    koop_segment_reader_clear(&reader);
    if (found->type == KOOP_WIRE_HELLO) return KOOP_OK;
    return status == KOOP_OK ? KOOP_NOT_FOUND : status;
}

static koop_status deliver_sought_hello(reading *self) {
    self->sought = true;
    koop_wire_message *found = malloc(sizeof *found);
    if (!found) return KOOP_NO_MEMORY;
    koop_status status = seek_hello(self, found);
    if (status == KOOP_OK) {
        *self->hello = found->as.hello;
        self->has_hello = true;
        status = self->handler(self->context, found);
    } else if (status == KOOP_NOT_FOUND)
        status = KOOP_OK;
    free(found);
    return status;
}

static koop_status deliver(void *context, const koop_wire_message *message) {
    reading *self = context;
    if (message->type == KOOP_WIRE_HELLO) {
        const koop_wire_hello *hello = &message->as.hello;
        if (!self->has_hello) *self->hello = *hello;
        self->has_hello = true;
        if (memcmp(hello->run, self->hello->run, KOOP_WIRE_UUID_BYTES) != 0 ||
            !koop_journal_same_shape(hello, self->hello)) {
            self->strange++;
            return KOOP_OK;
        }
    } else if (!self->has_hello && !self->sought) {
        const koop_status status = deliver_sought_hello(self);
        if (status != KOOP_OK) return status;
    }
    return self->handler(self->context, message);
}

static koop_status read_files(reading *self, koop_journal_counters *counters) {
    koop_segment_reader reader;
    koop_status status = koop_segment_reader_init(&reader);
    for (self->at = self->first; status == KOOP_OK && self->at < files(self); self->at++) {
        int fd;
        koop_segment_report report;
        status = open_file(self, self->at, &fd);
        if (status != KOOP_OK) break;
        status = koop_segment_read(&reader, fd, deliver, self, &report);
        close_file(self, fd);
        counters->records += report.records;
        counters->bytes += report.size;
        counters->damaged += report.damaged;
        if (status == KOOP_OK && report.intact_end < report.size) counters->torn++;
    }
    counters->damaged += self->strange;
    koop_segment_reader_clear(&reader);
    if (status == KOOP_OK && counters->records == 0) status = KOOP_BAD_MESSAGE;
    return status;
}

/* Opens the path and finds its segments. */
static koop_status begin(reading *self, const char *path) {
    /* O_NONBLOCK: opening a FIFO must not wait for its other end. */
    self->fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (self->fd < 0) return errno == ENOENT || errno == ENOTDIR ? KOOP_NOT_FOUND : KOOP_IO_FAILED;
    struct stat about;
    if (fstat(self->fd, &about) != 0) return KOOP_IO_FAILED;
    if (S_ISREG(about.st_mode)) return KOOP_OK;
    if (!S_ISDIR(about.st_mode)) return KOOP_BAD_MESSAGE;
    const koop_status status = koop_directory_segments(self->fd, &self->numbers, &self->count);
    return status == KOOP_OK && self->count == 0 ? KOOP_BAD_MESSAGE : status;
}

static koop_status take_seq(void *context, const koop_wire_message *message) {
    if (message->type != KOOP_WIRE_SNAPSHOT) return KOOP_OK;
    *(uint64_t *)context = message->as.snapshot.seq;
    return KOOP_NOT_FOUND; /* ends the reading */
}

/* Finds the newest segment whose first snapshot is not above `seq`; else all are read. */
static koop_status skip_to(reading *self, uint64_t seq) {
    koop_segment_reader reader;
    koop_status status = koop_segment_reader_init(&reader);
    for (size_t i = self->count; status == KOOP_OK && i > 1 && self->first == 0; i--) {
        int fd;
        koop_segment_report report;
        uint64_t found = UINT64_MAX;
        status = open_file(self, i - 1, &fd);
        if (status != KOOP_OK) break;
        status = koop_segment_read(&reader, fd, take_seq, &found, &report);
        close_file(self, fd);
        if (status == KOOP_NOT_FOUND) status = KOOP_OK;
        if (found <= seq) self->first = i - 1;
    }
    koop_segment_reader_clear(&reader);
    return status;
}

koop_status koop_journal_read(const char *path, koop_journal_handler *handler, void *context,
                              koop_journal_counters *counters) {
    return koop_journal_read_after(path, 0, handler, context, counters);
}

koop_status koop_journal_read_after(const char *path, uint64_t seq, koop_journal_handler *handler,
                                    void *context, koop_journal_counters *counters) {
    koop_journal_counters counted = {0};
    reading self = {.fd = -1, .handler = handler, .context = context};
    koop_status status = KOOP_NO_MEMORY;
    self.hello = malloc(sizeof *self.hello);
    if (self.hello) status = begin(&self, path);
    if (status == KOOP_OK && seq > 0) status = skip_to(&self, seq);
    if (status == KOOP_OK) status = read_files(&self, &counted);
    if (self.fd >= 0) close(self.fd);
    free(self.numbers);
    free(self.hello);
    if (counters) *counters = counted;
    return status;
}

static koop_status take_first_hello(void *context, const koop_wire_message *message) {
    if (message->type != KOOP_WIRE_HELLO) return KOOP_OK;
    *(koop_wire_hello *)context = message->as.hello;
    return KOOP_TIMED_OUT; /* enough read */
}

koop_status koop_journal_hello(const char *path, koop_wire_hello *hello) {
    koop_status status = koop_journal_read(path, take_first_hello, hello, NULL);
    if (status == KOOP_TIMED_OUT) return KOOP_OK;
    return status == KOOP_OK ? KOOP_NOT_FOUND : status;
}
