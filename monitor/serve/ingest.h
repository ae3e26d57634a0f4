/* ingest: the trainers' socket: validates, journals, acknowledges, hands on to compute.
 *
 * One ROUTER bound to every endpoint. Each trainer that said HELLO has a session (session.h); what
 * comes from anyone else is answered with ERROR no-hello and leaves no state. Acknowledgements are
 * cumulative and sent once a round, after the journal writes (with journal.ack_synced: after one sync
 * of each journal that was written). Ingest never waits for compute: a run
 * whose share of the queue is used up is behind, and compute catches up from its journal.
 *
 * Bad input never ends a session: a malformed or misshapen message is counted (by run where the
 * run is known), answered with ERROR, and the run goes on.
 *
 * koop_ingest_new may run on another thread than the rest, if that thread hands it over. */
#ifndef KOOP_INGEST_H
#define KOOP_INGEST_H

#include "gate.h"
#include "guard.h"
#include "journal.h"
#include "queue.h"
#include "runs.h"

typedef struct koop_ingest_options {
    void *zmq;                    /* context; outlives the ingest */
    koop_gate *gate;              /* of the tcp endpoints; NULL: none; borrowed */
    const char *const *endpoints; /* to bind; read by the constructor only */
    int n_endpoints;
    const char *data_dir; /* borrowed */
    koop_journal_options journal;
    int stall_ms;
    uint64_t max_snapshot_bytes; /* larger ones are refused at HELLO */
    size_t share_bytes;          /* of the queue, for each run; 0: 8 MiB */
    koop_queue *queue;           /* to compute; borrowed */
    koop_runs *runs;             /* borrowed */
    koop_guard *guard;           /* told what each connection brings; borrowed; NULL: none */
    uint64_t io_threads;         /* of the context, a bit for each that may serve; 0: all */
} koop_ingest_options;

typedef struct koop_ingest koop_ingest;

/* KOOP_NO_MEMORY, KOOP_IO_FAILED: an endpoint could not be bound, zmq_errno says why. */
koop_status koop_ingest_new(koop_ingest **out, const koop_ingest_options *options);

/* Syncs and closes every journal, closes the socket. NULL is allowed. */
void koop_ingest_free(koop_ingest *ingest);

/* Bytes of snapshots of which only some chunks have come. Any thread. */
uint64_t koop_ingest_unfinished(const koop_ingest *ingest);

/* One round: waits at most timeout_ms for messages, takes what is there, acknowledges, and does
 * what is due (sync every 100 ms, retries, stalls). KOOP_IO_FAILED: the socket is gone. */
koop_status koop_ingest_step(koop_ingest *ingest, int timeout_ms);

#endif
