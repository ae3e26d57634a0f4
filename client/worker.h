/* worker: the client's one background thread, and what it shares with the client.
 *
 * The thread runs one task (the sender, or the recording) until it is asked to stop. Stopping waits
 * until a deadline only: a thread that is not done by then (a name server that does not answer, a
 * file system that hangs) is abandoned and releases everything itself when it ends.
 *
 * Threads: `ring`, `stop` and `reconnects` are shared; `hello` and `bytes` are written before the
 * ring is ready and constant from then on. */
#ifndef KOOP_WORKER_H
#define KOOP_WORKER_H

#include "ring.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* What a thread does. `run` returns when the worker is to stop or was disabled; `free` follows. */
typedef struct koop_task {
    void (*run)(void *state);
    void (*free)(void *state);
    void *state;
} koop_task;

typedef struct koop_worker {
    koop_ring *ring;
    int wake_fd;                    /* readable when there is something to look at */
    const koop_wire_message *hello; /* complete once the ring is ready */
    size_t bytes;                   /* of a snapshot's data, likewise */
    atomic_bool stop;
    int64_t leave_by_ms; /* when a task that is told to stop must be done; written before `stop` */
    atomic_uint_fast64_t reconnects;
    /* the owner's: */
    void *owner;
    void (*disable)(void *owner, const char *reason);
    void (*log)(void *owner, const char *line);
    void (*release)(void *owner); /* frees owner and worker after an abandoned thread */
    /* worker.c's: */
    koop_task task;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t ended;
    bool done, abandoned;
} koop_worker;

/* Starts the thread, which then owns the task's state. KOOP_NO_MEMORY: there is no thread, and the
 * task still is the caller's. */
koop_status koop_worker_start(koop_worker *worker, koop_task task);

/* Asks the thread to stop, which may take its leave until `leave_by_ms` on koop_worker_now_ms, and
 * waits until `deadline_ms`. True: it has ended and the owner may free; false: it was abandoned and
 * calls `release`. */
bool koop_worker_stop(koop_worker *worker, int64_t leave_by_ms, int64_t deadline_ms);

int64_t koop_worker_now_ms(void); /* monotonic */

/* What a trainer's thread was before koop_worker_be_guest. */
typedef struct koop_worker_self {
    sigset_t signals;
    bool was_other; /* SCHED_OTHER, and is not now */
} koop_worker_self;

/* Until koop_worker_be_self the calling thread is what our threads are to be, and those that it
 * creates inherit it: they run no handler of the trainer, and being woken (SCHED_BATCH) they do not
 * take the processor from the trainer in the midst of koop_publish. A thread that the trainer gave
 * another policy than SCHED_OTHER keeps it. */
void koop_worker_be_guest(koop_worker_self *before);
void koop_worker_be_self(const koop_worker_self *before);

#endif
