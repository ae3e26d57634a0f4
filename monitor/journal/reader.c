#include "aside.h"
#include "directory.h"
#include "journal.h"
#include "quarantine.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of one reading: the segments of a directory, or a single file (count 0). */
typedef struct reading {
    int fd;
    koop_segment_reader reader;
    uint32_t *numbers;
    size_t count;
    size_t first, at; /* the segments that reading begins with, and is at */
    koop_journal_handler *handler;
    void *context;
    koop_wire_hello *hello; /* the first one */
    bool has_hello, sought;
    bool whole; /* from the first segment on: those deleted since it was listed are not missed */
    uint64_t strange; /* HELLOs of another run or shape */
    uint64_t last_seq, repeated;
} reading;

static size_t files(const reading *self) {
    return self->count ? self->count : 1;
}

/* KOOP_NOT_FOUND: deleted since it was listed, as too old. */
static koop_status open_file(const reading *self, size_t index, int *fd) {
    if (self->count == 0) {
        *fd = self->fd;
        return KOOP_OK;
    }
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(self->numbers[index], name);
    return koop_segment_open(self->fd, name, O_RDONLY, fd);
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

/* The first HELLO from the segment being read on, or that beside them. KOOP_NOT_FOUND when none is
 * intact. */
static koop_status seek_hello(const reading *self, koop_wire_message *found) {
    koop_segment_reader reader;
    koop_segment_report report;
    koop_status status = koop_segment_reader_init(&reader);
    if (status != KOOP_OK) return status;
    found->type = KOOP_WIRE_BYE;
    for (size_t i = self->at; i < files(self) && found->type != KOOP_WIRE_HELLO; i++) {
        int fd;
        status = open_file(self, i, &fd);
        if (status == KOOP_NOT_FOUND) continue;
        if (status != KOOP_OK) break;
        status = koop_segment_read(&reader, fd, take_hello, found, &report);
        close_file(self, fd);
        if (status != KOOP_OK) break;
    }
    int aside;
    if (found->type != KOOP_WIRE_HELLO && self->count > 0 &&
        koop_segment_open(self->fd, KOOP_ASIDE_HELLO, O_RDONLY, &aside) == KOOP_OK) {
        koop_segment_read(&reader, aside, take_hello, found, &report);
        close(aside);
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

/* What a failed sync put in doubt was written again, so it may stand in two segments: a snapshot is
 * new if it is later than all before it, a goodbye if none that came after it was handed out. */
static bool is_repeated(reading *self, const koop_wire_message *message) {
    const uint64_t after = self->reader.header.seq; /* 0: a recording, which repeats nothing */
    if (message->type == KOOP_WIRE_BYE) return after > 0 && after < self->last_seq;
    if (message->type != KOOP_WIRE_SNAPSHOT) return false;
    if (message->as.snapshot.seq <= self->last_seq) return true;
    self->last_seq = message->as.snapshot.seq;
    return false;
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
    if (is_repeated(self, message)) {
        self->repeated++;
        return KOOP_OK;
    }
    return self->handler(self->context, message);
}

/* An incomplete record is a torn tail at the end of the last file, damage anywhere else. */
static void count(const reading *self, koop_segment_report *report,
                  koop_journal_counters *counters) {
    const bool last = self->at + 1 == files(self);
    counters->records += report->records;
    counters->bytes += report->size;
    counters->damaged += report->damaged + report->unreadable;
    if (report->torn > 0 && last) counters->torn++;
    if (report->torn > 0 && !last) {
        counters->damaged++;
        if (report->damage_bytes == 0) report->damage_at = report->intact_end;
        if (report->damage_bytes == 0) report->damage_bytes = report->torn;
    }
    if (counters->damage_bytes > 0 || report->damage_bytes == 0) return;
    counters->damage_segment = self->count ? self->numbers[self->at] : 0;
    counters->damage_at = report->damage_at;
    counters->damage_bytes = report->damage_bytes;
}

static koop_status read_files(reading *self, koop_journal_counters *counters) {
    koop_status status = koop_segment_reader_init(&self->reader);
    for (self->at = self->first; status == KOOP_OK && self->at < files(self); self->at++) {
        int fd;
        koop_segment_report report;
        status = open_file(self, self->at, &fd);
        if (status == KOOP_NOT_FOUND && self->whole && self->last_seq == 0) {
            status = KOOP_OK;
            continue;
        }
        if (status == KOOP_NOT_FOUND) {
            status = KOOP_IO_FAILED;
            errno = ESTALE;
        }
        if (status != KOOP_OK) break;
        status = koop_segment_read(&self->reader, fd, deliver, self, &report);
        close_file(self, fd);
        count(self, &report, counters);
    }
    counters->damaged += self->strange;
    counters->repeated = self->repeated;
    koop_segment_reader_clear(&self->reader);
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

/* Finds the newest segment whose first snapshot is not above `seq`; else all are read. */
static koop_status skip_to(reading *self, uint64_t seq) {
    koop_segment_reader reader;
    koop_status status = koop_segment_reader_init(&reader);
    for (size_t i = self->count; status == KOOP_OK && i > 1 && self->first == 0; i--) {
        uint64_t found;
        status = koop_segment_first_seq(&reader, self->fd, self->numbers[i - 1], &found);
        if (status == KOOP_NOT_FOUND) status = KOOP_OK; /* deleted since it was listed */
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
    self.whole = seq == 0;
    if (status == KOOP_OK && seq > 0) status = skip_to(&self, seq);
    if (status == KOOP_OK) status = read_files(&self, &counted);
    if (self.fd >= 0) close(self.fd);
    free(self.numbers);
    free(self.hello);
    if (counters) *counters = counted;
    return status;
}

void koop_journal_damage_text(const koop_journal_counters *counters, char *out, size_t size) {
    int n = snprintf(out, size, "%" PRIu64 " damaged range%s of the journal passed over",
                     counters->damaged, counters->damaged == 1 ? "" : "s");
    if (counters->damage_bytes == 0 || n < 0 || (size_t)n >= size) return;
    char name[KOOP_SEGMENT_NAME_BYTES] = "the file";
    if (counters->damage_segment) koop_segment_name(counters->damage_segment, name);
    snprintf(out + n, size - (size_t)n, ", the first in %s, offset %" PRIu64 ", %" PRIu64 " bytes",
             name, counters->damage_at, counters->damage_bytes);
}

/* Up to which seq snapshots may be elsewhere, or deleted as too old. */
static uint64_t gone_before(const char *path, uint64_t first_seq) {
    const int run = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (run >= 0) {
        const uint64_t pruned = koop_aside_pruned(run);
        close(run);
        return pruned;
    }
    return koop_segment_number_of(path) > 1 ? first_seq - 1 : 0;
}

uint64_t koop_journal_pruned(const char *path, const koop_wire_snapshot *first) {
    if (first->seq == 0) return 0;
    uint64_t gone = gone_before(path, first->seq);
    if (gone > first->seq - 1) gone = first->seq - 1;
    return gone > first->dropped ? gone - first->dropped : 0;
}

uint64_t koop_journal_quarantined(const char *path) {
    const int run = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (run < 0) return 0;
    const uint64_t count = koop_quarantine_count(run);
    close(run);
    return count;
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
