#include "recovery.h"

#include "directory.h"
#include "segment.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct search {
    const koop_wire_hello *hello;
    uint64_t last_seq;
    bool has_hello;
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

static koop_status read_segment(koop_segment_reader *reader, int directory, uint32_t number,
                                int flags, search *search_state, int *fd,
                                koop_segment_report *report) {
    char name[KOOP_SEGMENT_NAME_BYTES];
    koop_segment_name(number, name);
    koop_status status = koop_segment_open(directory, name, flags, fd);
    if (status != KOOP_OK) return KOOP_IO_FAILED; /* it was listed a moment ago */
    status = koop_segment_read(reader, *fd, look, search_state, report);
    if (status != KOOP_OK) close(*fd);
    return status;
}

/* Leaves the last segment ready to be appended to, or found->file -1. */
static koop_status mend_last(koop_segment_reader *reader, int directory, uint32_t number,
                             search *search_state, koop_recovery *found) {
    int fd;
    koop_segment_report report;
    const koop_status status =
        read_segment(reader, directory, number, O_RDWR | O_APPEND, search_state, &fd, &report);
    if (status != KOOP_OK) return status;
    found->number = number;
    found->size = report.intact_end;
    found->damaged += report.damaged;
    if (report.intact_end < report.size) {
        found->torn++;
        if (ftruncate(fd, (off_t)report.intact_end) != 0) goto failed;
    }
    if (report.intact_end == 0) {
        char name[KOOP_SEGMENT_NAME_BYTES];
        koop_segment_name(number, name);
        if (unlinkat(directory, name, 0) != 0) goto failed;
        found->number = number - 1;
    }
    /* A segment whose own HELLO is lost cannot be read alone: leave it as it is. */
    if (report.intact_end > 0 && search_state->has_hello)
        found->file = fd;
    else
        close(fd);
    return KOOP_OK;
failed:
    close(fd);
    return KOOP_IO_FAILED;
}

/* Snapshots come in order, so the newest segment that holds one holds the highest seq. */
static koop_status walk(koop_segment_reader *reader, int directory, const uint32_t *numbers,
                        size_t count, search *search_state, koop_recovery *found) {
    koop_status status = mend_last(reader, directory, numbers[count - 1], search_state, found);
    for (size_t i = count - 1; status == KOOP_OK && i > 0; i--) {
        if (search_state->last_seq != 0 && search_state->has_hello) break;
        int fd;
        koop_segment_report report;
        status =
            read_segment(reader, directory, numbers[i - 1], O_RDONLY, search_state, &fd, &report);
        if (status != KOOP_OK) break;
        found->damaged += report.damaged;
        close(fd);
    }
    return status;
}

koop_status koop_recovery_run(int directory, const koop_wire_hello *hello, koop_recovery *found) {
    koop_recovery result = {.file = -1};
    uint32_t *numbers = NULL;
    size_t count = 0;
    koop_status status = koop_directory_segments(directory, &numbers, &count);
    if (status != KOOP_OK) return status;
    if (count > 0) {
        koop_segment_reader reader;
        search search_state = {.hello = hello};
        status = koop_segment_reader_init(&reader);
        if (status == KOOP_OK)
            status = walk(&reader, directory, numbers, count, &search_state, &result);
        koop_segment_reader_clear(&reader);
        result.last_seq = search_state.last_seq;
    }
    free(numbers);
    if (status != KOOP_OK) {
        if (result.file >= 0) close(result.file);
        return status;
    }
    *found = result;
    return KOOP_OK;
}
