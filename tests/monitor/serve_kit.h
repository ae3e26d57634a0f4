/* serve_kit: what the tests of the daemon's parts share: a temporary directory, a trainer that
 * speaks raw wire messages, and polling with a deadline. */
#ifndef SERVE_KIT_H
#define SERVE_KIT_H

#include "endpoint.h"
#include "view.h"
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { KIT_DEADLINE_MS = 20000 }; /* generous: sanitizers and a busy machine */

#if defined(__SANITIZE_THREAD__)
#define KIT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define KIT_TSAN 1
#endif
#endif
#ifdef KIT_TSAN
/* libzmq is not instrumented: its lock-free queues look like races. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "called_from_lib:libzmq.so\nrace:libzmq.so\n";
}
#endif

static inline int64_t kit_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void kit_sleep_ms(int ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L}, NULL);
}

/* Waits until the condition holds; fails the test when it has not for long. */
#define KIT_AWAIT(condition)                                                                       \
    do {                                                                                           \
        const int64_t kit_deadline = kit_now_ms() + KIT_DEADLINE_MS;                               \
        while (!(condition)) {                                                                     \
            if (kit_now_ms() > kit_deadline) fail_msg("never came true: %s", #condition);          \
            kit_sleep_ms(2);                                                                       \
        }                                                                                          \
    } while (0)

static inline void kit_remove_at(int parent, const char *name) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (unlinkat(fd, entry->d_name, 0) != 0) kit_remove_at(fd, entry->d_name);
    }
    if (directory) closedir(directory);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static inline void kit_remove_tree(const char *path) {
    kit_remove_at(AT_FDCWD, path);
}

static inline void kit_make_directory(char path[64]) {
    snprintf(path, 64, "/tmp/koop-serve-XXXXXX");
    assert_non_null(mkdtemp(path));
}

/* A HELLO of one group "w" of n values. */
static inline void kit_hello(koop_wire_hello *hello, uint8_t run, const char *name, size_t n) {
    memset(hello, 0, sizeof *hello);
    hello->version = KOOP_WIRE_VERSION;
    memset(hello->run, run, sizeof hello->run);
    snprintf(hello->name, sizeof hello->name, "%s", name);
    snprintf(hello->host, sizeof hello->host, "here");
    hello->pid = 42;
    hello->start_ms = 1000000 + run;
    hello->dtype = 4;
    hello->n_groups = 1;
    koop_wire_group *group = &hello->groups[0];
    snprintf(group->name, sizeof group->name, "w");
    group->dimensions = 1;
    group->shape[0] = group->length = n;
}

/* A trainer: a DEALER that says what the test wants. */
typedef struct kit_trainer {
    void *zmq, *socket;
    koop_wire_message out, in;
    koop_wire_buffer buffer;
} kit_trainer;

static inline kit_trainer *kit_trainer_new(const char *endpoint) {
    kit_trainer *trainer = calloc(1, sizeof *trainer);
    assert_non_null(trainer);
    trainer->zmq = zmq_ctx_new();
    trainer->socket = zmq_socket(trainer->zmq, ZMQ_DEALER);
    assert_non_null(trainer->socket);
    zmq_setsockopt(trainer->socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(trainer->socket, ZMQ_RECONNECT_IVL, &(int){10}, sizeof(int));
    assert_int_equal(zmq_connect(trainer->socket, endpoint), 0);
    return trainer;
}

static inline void kit_trainer_free(kit_trainer *trainer) {
    zmq_close(trainer->socket);
    zmq_ctx_term(trainer->zmq);
    koop_wire_buffer_free(&trainer->buffer);
    free(trainer);
}

static inline void kit_send_raw(kit_trainer *trainer, const void *bytes, size_t size, int flags) {
    assert_int_equal(zmq_send(trainer->socket, bytes, size, flags), (int)size);
}

static inline void kit_send(kit_trainer *trainer) {
    assert_int_equal(koop_wire_pack(&trainer->out, &trainer->buffer), KOOP_OK);
    kit_send_raw(trainer, trainer->buffer.bytes, trainer->buffer.size, 0);
}

static inline void kit_send_hello(kit_trainer *trainer, const koop_wire_hello *hello) {
    trainer->out.type = KOOP_WIRE_HELLO;
    trainer->out.as.hello = *hello;
    kit_send(trainer);
}

/* One chunk of a snapshot of `total` bytes. */
static inline void kit_send_chunk(kit_trainer *trainer, uint64_t seq, const void *data,
                                  size_t total, size_t at, size_t bytes) {
    koop_wire_snapshot *snapshot = &trainer->out.as.snapshot;
    memset(snapshot, 0, sizeof *snapshot);
    trainer->out.type = KOOP_WIRE_SNAPSHOT;
    snapshot->seq = seq;
    snapshot->step = (int64_t)seq * 10;
    snapshot->time_ms = 1;
    snapshot->total = total;
    snapshot->at = at;
    snapshot->data = (const uint8_t *)data + at;
    snapshot->bytes = bytes;
    kit_send(trainer);
}

/* Snapshot `seq` of n values, a damped rotation: the same seq is the same data. */
static inline void kit_send_snapshot(kit_trainer *trainer, uint64_t seq, size_t n) {
    float *values = malloc(n * sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)((double)((seq * (i + 3)) % 17) / 17 + 1.0 / (double)(seq + i));
    kit_send_chunk(trainer, seq, values, n * sizeof *values, 0, n * sizeof *values);
    free(values);
}

static inline void kit_send_type(kit_trainer *trainer, koop_wire_type type) {
    memset(&trainer->out.as, 0, sizeof trainer->out.as);
    trainer->out.type = type;
    kit_send(trainer);
}

/* Whether a message came within timeout_ms; then it is in trainer->in. */
static inline int kit_receive(kit_trainer *trainer, int timeout_ms) {
    zmq_pollitem_t item = {.socket = trainer->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, timeout_ms) <= 0) return 0;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, trainer->socket, 0) >= 0);
    assert_int_equal(koop_wire_unpack(zmq_msg_data(&frame), zmq_msg_size(&frame), &trainer->in),
                     KOOP_OK);
    zmq_msg_close(&frame);
    return 1;
}

#endif
