/* lone_worker: a worker without client and thread, whose HELLO cannot be packed, to see what reason a
 * task gives for its end. */
#ifndef KOOP_TEST_LONE_WORKER_H
#define KOOP_TEST_LONE_WORKER_H

#include "golden.h"
#include "worker.h"

#include <sys/eventfd.h>
#include <unistd.h>

static char lone_reason[256];

static inline void lone_disable(void *owner, const char *reason) {
    (void)owner;
    snprintf(lone_reason, sizeof lone_reason, "%s", reason);
}

/* With one snapshot of four bytes waiting. */
static inline void lone_worker_open(koop_worker *worker) {
    static const koop_wire_message no_groups = {.type = KOOP_WIRE_HELLO,
                                                .as.hello = {.version = KOOP_WIRE_VERSION}};
    *worker = (koop_worker){.hello = &no_groups, .bytes = 4, .disable = lone_disable};
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_true(worker->wake_fd >= 0);
    assert_int_equal(koop_ring_new(&worker->ring, worker->wake_fd), KOOP_OK);
    assert_int_equal(koop_ring_allocate(worker->ring, 2, worker->bytes), KOOP_OK);
    koop_slot *slot = koop_ring_acquire(worker->ring);
    memset(slot->data, 0, worker->bytes);
    slot->n_scalars = 0;
    koop_ring_commit(worker->ring, slot);
    lone_reason[0] = '\0';
}

/* Runs the task in this thread, until it gives up. */
static inline void lone_worker_run(koop_worker *worker, koop_task task) {
    task.run(task.state);
    task.free(task.state);
    koop_ring_free(worker->ring);
    close(worker->wake_fd);
}

#endif
