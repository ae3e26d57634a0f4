/* compute: the pipelines of all runs, fed from the queue; puts their views, feeds followers.
 *
 * A run has a pipeline while snapshots are to be expected. A finished run, and one stalled for a
 * minute, keeps only its view; should its trainer come back, the pipeline is made again from the
 * journal, and because a pipeline depends on the snapshots alone it goes on as if nothing had been.
 * Recovering the runs of an earlier daemon is the same way.
 *
 * The state of a pipeline is also kept beside its journal, now and then, when the run is parked and at
 * the end, so that no long journal is read twice: a restart reads what came since, and gives back to
 * the pipeline the snapshots of its window. Where memory for pipelines is used up a run has none and
 * its view says why; it is tried again every few seconds while snapshots come.
 *
 * Reading a long journal takes long, and live runs must not wait for it: every few milliseconds of
 * a replay the queue is served. Only what belongs to the run being replayed is kept back, so its
 * order holds, up to a bound of bytes; beyond it the queue fills, and ingest stops reading.
 *
 * What a run's events and phases are to alert of is handed over before the run's next checkpoint, so
 * that what a killed daemon had not handed over is computed again.
 *
 * A view is put at most every 50 ms for each run, and at the latest that long after a snapshot.
 * One thread owns all of it. */
#ifndef KOOP_COMPUTE_H
#define KOOP_COMPUTE_H

#include "alerts.h"
#include "feed.h"
#include "pipeline.h"
#include "runs.h"

typedef struct koop_compute_options {
    koop_pipeline_options pipeline;
    uint64_t memory_bytes; /* half of which pipelines may hold; 0: no limit */
    const char *data_dir;  /* borrowed, as all below */
    koop_queue *queue;     /* of koop_work */
    koop_runs *runs;
    koop_feed *feed;
    koop_alerts *alerts; /* NULL: none */
} koop_compute_options;

typedef struct koop_compute koop_compute;

koop_status koop_compute_new(koop_compute **out, const koop_compute_options *options);
void koop_compute_free(koop_compute *compute); /* NULL is allowed */

/* A run that is only in its journal so far. It is replayed when nothing else is to be done, newest
 * runs first, or when its trainer comes back. Before koop_compute_run. KOOP_TOO_LARGE,
 * KOOP_NO_MEMORY. */
koop_status koop_compute_recover(koop_compute *compute, const koop_wire_hello *hello);

/* Works until the queue is closed and empty, or told to stop. */
void koop_compute_run(koop_compute *compute);

/* From another thread: whatever is left is given up after grace_ms, replays at once; then checkpoints
 * are written for the rest of it, and a little longer. Nothing is lost: what is in the queue is in
 * the journal. */
void koop_compute_stop(koop_compute *compute, int grace_ms);

#endif
