#include "recording.h"

#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct recording {
    koop_worker *worker;
    char path[4096];
    int fd;
    off_t end; /* of the last whole record */
    koop_wire_message out;
    koop_wire_buffer buffer;
    int64_t doze_until;
    bool copied; /* the HELLO stands a second time */
    bool failed;
} recording;

static void give_up(recording *r, const char *why) {
    char reason[256];
    snprintf(reason, sizeof reason, "recording %.130s: %s", r->path, why);
    r->failed = true;
    r->worker->disable(r->worker->owner, reason);
}

static bool write_all(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* The run as record.h wants it: the first 8 bytes of the uuid. */
static uint64_t run_of(const koop_wire_hello *hello) {
    uint64_t run = 0;
    for (int i = 0; i < 8; i++) run |= (uint64_t)hello->run[i] << (8 * i);
    return run;
}

/* Writes r->out as one record. */
static bool append(recording *r) {
    uint8_t header[KOOP_RECORD_HEADER_BYTES];
    char text[96];
    koop_status status = koop_wire_pack(&r->out, &r->buffer);
    if (status != KOOP_OK) {
        give_up(r, koop_strstatus(status));
        return false;
    }
    koop_record_header fields = {
        .type = (uint8_t)r->out.type,
        .length = (uint32_t)r->buffer.size,
        .run = run_of(&r->worker->hello->as.hello),
        .seq = r->out.type == KOOP_WIRE_SNAPSHOT ? r->out.as.snapshot.seq : 0,
    };
    koop_record_pack(&fields, r->buffer.bytes, header);
    if (write_all(r->fd, header, sizeof header) &&
        write_all(r->fd, r->buffer.bytes, r->buffer.size)) {
        r->end += (off_t)(sizeof header + r->buffer.size);
        return true;
    }
    int error = errno;
    if (ftruncate(r->fd, r->end) != 0) error = errno;
    if (strerror_r(error, text, sizeof text) != 0) snprintf(text, sizeof text, "error %d", error);
    give_up(r, text);
    return false;
}

/* At the beginning, and again later: without one that is intact nothing of a recording can be read. */
static bool append_hello(recording *r) {
    r->out = *r->worker->hello;
    return append(r);
}

static bool append_snapshot(recording *r, const koop_slot *slot) {
    r->out.type = KOOP_WIRE_SNAPSHOT;
    r->out.as.snapshot = (koop_wire_snapshot){
        .seq = slot->seq,
        .step = slot->step,
        .time_ms = slot->time_ms,
        .dropped = slot->dropped,
        .total = r->worker->bytes,
        .data = slot->data,
        .bytes = r->worker->bytes,
        .n_scalars = slot->n_scalars,
    };
    memcpy(r->out.as.snapshot.scalars, slot->scalars, slot->n_scalars * sizeof *slot->scalars);
    return append(r);
}

static void write_waiting(recording *r) {
    koop_slot *slot;
    while (!r->failed && !atomic_load(&r->worker->stop) &&
           (slot = koop_ring_next(r->worker->ring, 1))) {
        if (r->end == 0 && !append_hello(r)) return;
        if (!append_snapshot(r, slot)) return;
        koop_ring_mark_sent(r->worker->ring, slot);
        koop_ring_acknowledge(r->worker->ring, slot->seq);
        if (!r->copied && !append_hello(r)) return;
        r->copied = true;
        r->doze_until = koop_worker_now_ms() + KOOP_RING_DOZE_MS;
    }
}

static void wait(const recording *r) {
    struct pollfd wake = {.fd = r->worker->wake_fd, .events = POLLIN};
    uint64_t woken;
    int64_t dozing = r->doze_until - koop_worker_now_ms();
    if (!koop_ring_sleep(r->worker->ring, 1, dozing > 0)) return;
    if (poll(&wake, 1, dozing > 0 ? (int)dozing : -1) <= 0) return;
    if (read(wake.fd, &woken, sizeof woken) < 0) return;
}

static void run(void *state) {
    recording *r = state;
    while (!r->failed && !atomic_load(&r->worker->stop)) {
        write_waiting(r);
        if (!r->failed && !atomic_load(&r->worker->stop)) wait(r);
    }
    if (r->failed || r->end == 0) return;
    koop_client_counters counters = koop_ring_counters(r->worker->ring);
    if (!append_hello(r)) return;
    r->out.type = KOOP_WIRE_BYE;
    r->out.as.bye.last_seq = counters.published;
    r->out.as.bye.dropped = counters.dropped + koop_ring_unsent(r->worker->ring);
    append(r);
}

static void free_recording(void *state) {
    recording *r = state;
    if (r->end == 0) unlink(r->path);
    close(r->fd);
    koop_wire_buffer_free(&r->buffer);
    free(r);
}

koop_status koop_recording_new(koop_task *out, koop_worker *worker, const char *directory,
                               const char *name, const char *uuid) {
    char safe[KOOP_WIRE_NAME_BYTES], first[4] = "";
    recording *r = calloc(1, sizeof *r);
    if (!r) return KOOP_NO_MEMORY;
    koop_status status = KOOP_TOO_LARGE;
    koop_wire_safe_name(name, safe);
    r->worker = worker;
    /* Neither an option of the next command nor hidden. */
    const bool awkward = safe[0] == '-' || safe[0] == '.';
    if (awkward) snprintf(first, sizeof first, "%%%02X", (unsigned)safe[0]);
    size_t size = (size_t)snprintf(r->path, sizeof r->path, "%s/%s%s-%s.koop", directory, first,
                                   safe + awkward, uuid);
    if (size >= sizeof r->path) goto fail;
    r->fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_APPEND, 0600);
    status = KOOP_IO_FAILED;
    if (r->fd < 0) goto fail;
    *out = (koop_task){run, free_recording, r};
    return KOOP_OK;
fail:
    free(r);
    return status;
}
