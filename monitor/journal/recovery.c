#include "recovery.h"

#include "directory.h"
#include "quarantine.h"
#include "segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct search {
    int directory;
    const koop_wire_hello *hello;
    const koop_journal_options *options;
    koop_segment_reader reader;
    uint64_t last_seq;
    bool has_hello;
    /* the segment that is being read */
    int file;
    uint32_t number;
    bool uncopied; /* a damaged range of it is not in the quarantine */
} search;

bool koop_journal_same_shape(const koop_wire_hello *a, const koop_wire_hello *b) {
    if (a->dtype != b->dtype || a->n_groups != b->n_groups) return false;
    for (uint32_t g = 0; g < a->n_groups; g++) {
        const koop_wire_group *x = &a->groups[g], *y = &b->groups[g];
        if (strcmp(x->name, y->name) != 0 || x->dimensions != y->dimensions) return false;
        if (memcmp(x->shape, y->shape, x->dimensions * sizeof x->shape[0]) != 0) return false;
        if (x->length != y->length || x->sketch != y->sketch || x->offset != y->offset)
            return false;
        if (x->sketch != 0 && a->seed != b->seed) return false;
    }
    return true;
}

static koop_status look(void *context, const koop_wire_message *message) {
    search *found = context;
    if (message->type == KOOP_WIRE_HELLO) {
        if (memcmp(message->as.hello.run, found->hello->run, KOOP_WIRE_UUID_BYTES) != 0 ||
            !koop_journal_same_shape(&message->as.hello, found->hello))
            return KOOP_BAD_SHAPE;
        found->has_hello = true;
    } else if (message->type == KOOP_WIRE_SNAPSHOT && message->as.snapshot.seq > found->last_seq)
        found->last_seq = message->as.snapshot.seq;
    return KOOP_OK;
}

static void tell(const search *state, koop_notice_kind kind, uint64_t offset, uint64_t bytes,
                 int error) {
    if (!state->options->listener) return;
    const koop_notice notice = {
        .kind = kind, .segment = state->number, .offset = offset, .bytes = bytes, .error = error};
    state->options->listener(state->options->context, &notice);
}

static void save_damage(void *context, uint64_t offset, uint64_t bytes) {
    search *state = context;
    const koop_status status =
        koop_quarantine_copy(state->directory, state->number, state->file, offset, bytes);
    if (status != KOOP_OK) state->uncopied = true;
    tell(state, status == KOOP_OK ? KOOP_NOTICE_QUARANTINED : KOOP_NOTICE_NOT_COPIED, offset, bytes,
         status == KOOP_OK ? 0 : errno);
}

/* What is read after this is what the disk has, whatever an earlier failed sync has left. */
static koop_status settle(int fd) {
    if (fdatasync(fd) != 0) return KOOP_IO_FAILED;
    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return KOOP_OK;
}

/* Leaves state->file open when it succeeds. */
static koop_status read_segment(search *state, uint32_t number, int flags,
                                koop_segment_report *report) {
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(number, name);
    state->number = number;
    state->uncopied = false;
    koop_status status = koop_segment_open(state->directory, name, flags, &state->file);
    if (status != KOOP_OK) return KOOP_IO_FAILED; /* it was listed a moment ago */
    if (state->options->ack_synced) status = settle(state->file);
    if (status == KOOP_OK)
        status = koop_segment_read(&state->reader, state->file, look, state, report);
    if (status != KOOP_OK) close(state->file);
    return status;
}

/* Cuts what stands behind the last intact record; of a segment without one nothing stays. */
static koop_status cut(const search *state, const koop_segment_report *report,
                       koop_recovery *found) {
    if (report->intact_end < report->size && ftruncate(state->file, (off_t)report->intact_end) != 0)
        return KOOP_IO_FAILED;
    if (report->torn > 0) {
        found->torn++;
        tell(state, KOOP_NOTICE_TORN, report->intact_end, report->torn, 0);
    }
    if (report->intact_end > 0) return KOOP_OK;
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(state->number, name);
    found->number = state->number - 1;
    return unlinkat(state->directory, name, 0) == 0 ? KOOP_OK : KOOP_IO_FAILED;
}

/* Whether the file has another name: a repair that was killed leaves it in the quarantine as well,
 * and what lies there shall not change. */
static bool is_shared(int fd) {
    struct stat about;
    return fstat(fd, &about) != 0 || about.st_nlink > 1;
}

/* Leaves the last segment ready to be appended to, or found->file -1. */
static koop_status mend_last(search *state, uint32_t number, koop_recovery *found) {
    koop_segment_report report;
    koop_status status = read_segment(state, number, O_RDWR | O_APPEND, &report);
    if (status != KOOP_OK) return status;
    found->number = number;
    found->size = report.intact_end;
    found->damaged += report.damaged + report.unreadable;
    const bool left = state->uncopied || is_shared(state->file);
    if (left)
        found->damaged += report.torn > 0;
    else
        status = cut(state, &report, found);
    /* A segment whose own HELLO is lost cannot be read alone: leave it as it is. */
    if (status == KOOP_OK && !left && report.intact_end > 0 && state->has_hello)
        found->file = state->file;
    else
        close(state->file);
    return status;
}

/* Snapshots come in order, so the newest segment that holds one holds the highest seq. */
static koop_status walk(search *state, const uint32_t *numbers, size_t count,
                        koop_recovery *found) {
    koop_status status = mend_last(state, numbers[count - 1], found);
    for (size_t i = count - 1; status == KOOP_OK && i > 0; i--) {
        if (state->last_seq != 0 && state->has_hello) break;
        koop_segment_report report;
        status = read_segment(state, numbers[i - 1], O_RDONLY, &report);
        if (status != KOOP_OK) break;
        found->damaged += report.damaged + report.unreadable + (report.torn > 0);
        close(state->file);
    }
    return status;
}

koop_status koop_recovery_run(int directory, const koop_wire_hello *hello,
                              const koop_journal_options *options, koop_recovery *found) {
    koop_recovery result = {.file = -1};
    uint32_t *numbers = NULL;
    size_t count = 0;
    koop_status status = koop_directory_segments(directory, &numbers, &count);
    if (status != KOOP_OK) return status;
    if (count > 0) {
        search state = {.directory = directory, .hello = hello, .options = options};
        status = koop_segment_reader_init(&state.reader);
        state.reader.damage = save_damage;
        state.reader.context = &state;
        if (status == KOOP_OK) status = walk(&state, numbers, count, &result);
        koop_segment_reader_clear(&state.reader);
        result.last_seq = state.last_seq;
    }
    free(numbers);
    if (status != KOOP_OK) {
        if (result.file >= 0) close(result.file);
        return status;
    }
    *found = result;
    return KOOP_OK;
}
