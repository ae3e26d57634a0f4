/* daemon: `koopmon serve`: the endpoints, the threads and the runs.
 *
 * Threads, each sharing only a bounded queue or the published views, each behind one mutex:
 *   main     signals, the view endpoint, the list of runs
 *   ingest   trainers' sockets and their journals; acknowledges after the journal write
 *   compute  pipelines; BLAS pinned to one thread
 *   couriers one for each rule that alerts: they deliver (alert/alerts.h)
 * Ingest never waits for compute: what finds no room in the queue is read from the journal later.
 * The daemon never loses what it acknowledged. */
#ifndef KOOP_DAEMON_H
#define KOOP_DAEMON_H

#include "journal.h"
#include "pipeline.h"
#include "rule.h"

#include <stdbool.h>

/* Reads the configuration again, on SIGHUP. true: `rules` are those to alert by from now on, and `text`
 * names what else has changed and needs a restart, "" for nothing; false: `text` says why not. */
typedef bool koop_daemon_reload(void *context, koop_rules *rules, char *text, size_t size);

typedef struct koop_daemon_options {
    const char *endpoint; /* resolved; its ipc directory is created 0700 */
    const char *tcp;      /* "tcp://address:port": also listen there; NULL: nowhere else */
    const char *keys_dir; /* key_store.h; read where tcp is guarded: where it can be reached from */
    bool guard_loopback;  /* other machines, and on loopback too when this is set */
    const char *data_dir; /* journals; created 0700 */
    int stall_ms;         /* heartbeat missing for so long: stalled. Default 2500 */
    uint64_t memory_bytes; /* for what is on its way and for pipelines, which get half of it at
                              most. Default: half of the machine's */
    bool quiet;            /* no log lines on standard error but errors */
    koop_journal_options journal;
    koop_pipeline_options pipeline;
    const koop_rules *rules;    /* to alert by; read at the start; NULL: none */
    koop_daemon_reload *reload; /* on the main thread; NULL: SIGHUP does nothing */
    void *context;
} koop_daemon_options;

koop_daemon_options koop_daemon_defaults(void); /* endpoint and data_dir NULL: to be filled */

/* $XDG_STATE_HOME/koopmon, else ~/.local/state/koopmon. KOOP_TOO_LARGE. */
koop_status koop_daemon_data_dir(char *out, size_t size);

/* Runs until SIGTERM or SIGINT, then syncs and returns KOOP_OK. When it cannot start it returns an
 * error and one line in `error`: "another daemon (pid 123) serves ipc://…". */
koop_status koop_daemon_run(const koop_daemon_options *options, char *error, size_t error_size);

#endif
