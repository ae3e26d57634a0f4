/* daemon_internal: what the files of the daemon share, and nobody else. */
#ifndef KOOP_DAEMON_INTERNAL_H
#define KOOP_DAEMON_INTERNAL_H

#include "claim.h"
#include "compute.h"
#include "gate.h"
#include "ingest.h"
#include "pressure.h"
#include "publish.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

typedef struct koop_daemon {
    koop_daemon_options options;
    koop_claim claim;
    bool claimed;
    int64_t started_ms;
    int64_t prune_ms; /* when it is due */
    struct sigaction term_before, int_before, pipe_before, size_before;
    int end; /* eventfd that SIGTERM and SIGINT write to, -1: none */
    void *zmq;
    koop_gate *gate; /* NULL: nothing on tcp is guarded */
    koop_runs *runs;
    koop_queue *queue;
    koop_feed *feed;
    koop_ingest *ingest;
    koop_compute *compute;
    koop_publish *publish;
    koop_guard *trainers, *views; /* of the two sockets */
    koop_pressure pressure;
    int64_t look_ms; /* when the guards are to look again */
    int64_t trim_ms; /* when it was looked for freed memory to give back */
    int64_t log_ms;
    uint64_t cut_told; /* in the log */
    pthread_t ingest_thread, compute_thread;
    bool ingesting, computing;  /* the threads run */
    _Atomic bool stop;          /* to ingest */
    _Atomic bool ingest_failed; /* from ingest */
} koop_daemon;

/* The "status" object of publish.h; `context` is the daemon. */
json_t *koop_daemon_status(void *context);

/* Resident memory of this process; 0 where /proc is not there. */
uint64_t koop_daemon_resident_bytes(void);

/* Makes known the newest runs whose journals are in the data directory. */
koop_status koop_daemon_recover(koop_daemon *daemon);

/* Deletes from the journals what is not to be kept, at most once an hour; runs that go as a whole are
 * forgotten. */
void koop_daemon_prune(koop_daemon *daemon);

/* daemon_guard.c: makes the guards, as many connections as there are descriptors for; looks after
 * them, on the main thread, every koop_daemon_guard_wait_ms at the latest. */
koop_status koop_daemon_guard_new(koop_daemon *daemon);
int koop_daemon_guard_wait_ms(const koop_daemon *daemon);
void koop_daemon_guard_look(koop_daemon *daemon);
void koop_daemon_guard_free(koop_daemon *daemon);

#endif
