/* daemon_internal: what the files of the daemon share, and nobody else. */
#ifndef KOOP_DAEMON_INTERNAL_H
#define KOOP_DAEMON_INTERNAL_H

#include "claim.h"
#include "compute.h"
#include "gate.h"
#include "ingest.h"
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
    struct sigaction term_before, int_before, pipe_before;
    int end; /* eventfd that SIGTERM and SIGINT write to, -1: none */
    void *zmq;
    koop_gate *gate; /* NULL: nothing on tcp is guarded */
    koop_runs *runs;
    koop_queue *queue;
    koop_feed *feed;
    koop_ingest *ingest;
    koop_compute *compute;
    koop_publish *publish;
    pthread_t ingest_thread, compute_thread;
    bool ingesting, computing;  /* the threads run */
    _Atomic bool stop;          /* to ingest */
    _Atomic bool ingest_failed; /* from ingest */
} koop_daemon;

/* The "status" object of publish.h; `context` is the daemon. */
json_t *koop_daemon_status(void *context);

/* Makes known the newest runs whose journals are in the data directory. */
koop_status koop_daemon_recover(koop_daemon *daemon);

/* Deletes from the journals what is not to be kept, at most once an hour; runs that go as a whole are
 * forgotten. */
void koop_daemon_prune(koop_daemon *daemon);

#endif
