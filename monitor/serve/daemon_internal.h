/* daemon_internal: what the files of the daemon share, and nobody else. */
#ifndef KOOP_DAEMON_INTERNAL_H
#define KOOP_DAEMON_INTERNAL_H

#include "alerts.h"
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
    struct sigaction term_before, int_before, hup_before, pipe_before, size_before;
    int end;   /* eventfd that SIGTERM and SIGINT write to, -1: none */
    int again; /* eventfd that SIGHUP writes to */
    void *zmq;
    koop_gate *gate; /* NULL: nothing on tcp is guarded */
    koop_runs *runs;
    koop_queue *queue;
    koop_feed *feed;
    koop_ingest *ingest;
    koop_compute *compute;
    koop_alerts *alerts;                   /* NULL: there can be none */
    int64_t alerts_ms;                     /* when to look at the runs for them */
    koop_run_summary seen[KOOP_VIEW_RUNS]; /* for that */
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

/* daemon_signals.c: KOOP_IO_FAILED: not taken, nothing to give back. */
koop_status koop_daemon_take_signals(koop_daemon *daemon);
void koop_daemon_give_signals_back(const koop_daemon *daemon);

/* daemon_alerts.c. Opens the outbox and begins to deliver. Where it cannot be opened it is an error if
 * there are rules, else there are no alerts. */
koop_status koop_daemon_alerts_new(koop_daemon *daemon, char *error, size_t error_size);
/* Once a second: the states of the runs, and what is due. */
void koop_daemon_alerts_look(koop_daemon *daemon);
/* Reads the rules again; a configuration that is bad changes nothing. */
void koop_daemon_alerts_reload(koop_daemon *daemon);
/* The "alerts" object of the status. */
json_t *koop_daemon_alerts_status(const koop_daemon *daemon);

/* daemon_guard.c: makes the guards, as many connections as there are descriptors for; looks after
 * them, on the main thread, every koop_daemon_guard_wait_ms at the latest. */
koop_status koop_daemon_guard_new(koop_daemon *daemon);
int koop_daemon_guard_wait_ms(const koop_daemon *daemon);
void koop_daemon_guard_look(koop_daemon *daemon);
void koop_daemon_guard_free(koop_daemon *daemon);

#endif
