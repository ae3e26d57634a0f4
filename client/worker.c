#define _GNU_SOURCE /* SCHED_BATCH */
#include "worker.h"

#include <sched.h>
#include <time.h>

int64_t koop_worker_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void koop_worker_be_guest(koop_worker_self *before) {
    const struct sched_param none = {.sched_priority = 0};
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before->signals);
    before->was_other = sched_getscheduler(0) == SCHED_OTHER; /* 0: this thread */
    if (before->was_other) before->was_other = sched_setscheduler(0, SCHED_BATCH, &none) == 0;
}

void koop_worker_be_self(const koop_worker_self *before) {
    const struct sched_param none = {.sched_priority = 0};
    if (before->was_other) sched_setscheduler(0, SCHED_OTHER, &none);
    pthread_sigmask(SIG_SETMASK, &before->signals, NULL);
}

static void *thread_main(void *argument) {
    koop_worker *worker = argument;
    worker->task.run(worker->task.state);
    worker->task.free(worker->task.state);
    pthread_mutex_lock(&worker->mutex);
    worker->done = true;
    bool abandoned = worker->abandoned;
    pthread_cond_signal(&worker->ended);
    pthread_mutex_unlock(&worker->mutex);
    if (abandoned) {
        pthread_mutex_destroy(&worker->mutex);
        pthread_cond_destroy(&worker->ended);
        worker->release(worker->owner);
    }
    return NULL;
}

static int init_ended(koop_worker *worker) {
    pthread_condattr_t monotonic;
    int failed = pthread_condattr_init(&monotonic);
    if (failed) return failed;
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    failed = pthread_cond_init(&worker->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return failed;
}

koop_status koop_worker_start(koop_worker *worker, koop_task task) {
    worker->task = task;
    if (init_ended(worker) != 0) return KOOP_NO_MEMORY;
    if (pthread_mutex_init(&worker->mutex, NULL) != 0) {
        pthread_cond_destroy(&worker->ended);
        return KOOP_NO_MEMORY;
    }
    koop_worker_self before;
    koop_worker_be_guest(&before);
    int failed = pthread_create(&worker->thread, NULL, thread_main, worker);
    koop_worker_be_self(&before);
    if (!failed) return KOOP_OK;
    pthread_mutex_destroy(&worker->mutex);
    pthread_cond_destroy(&worker->ended);
    return KOOP_NO_MEMORY;
}

bool koop_worker_stop(koop_worker *worker, int64_t leave_by_ms, int64_t deadline_ms) {
    struct timespec deadline = {.tv_sec = deadline_ms / 1000,
                                .tv_nsec = deadline_ms % 1000 * 1000000};
    worker->leave_by_ms = leave_by_ms;
    atomic_store(&worker->stop, true);
    koop_ring_wake(worker->ring);
    int waited = 0;
    pthread_mutex_lock(&worker->mutex);
    while (!worker->done && waited == 0)
        waited = pthread_cond_timedwait(&worker->ended, &worker->mutex, &deadline);
    bool done = worker->done;
    pthread_t thread = worker->thread;
    if (!done) {
        worker->abandoned = true;
        pthread_detach(thread);
    }
    pthread_mutex_unlock(&worker->mutex);
    if (!done) return false;
    pthread_join(thread, NULL);
    pthread_mutex_destroy(&worker->mutex);
    pthread_cond_destroy(&worker->ended);
    return true;
}
