/* pipeline: snapshots of one run in, spectra, signals, events and a view out.
 *
 * The only way from data to results: the daemon feeds it from the network, recovery from the
 * journal, `analyze` from a file. Its state depends only on the snapshots fed, in order, and their
 * steps, never on a clock: a replay gives the same spectra and events, bit for bit. (run.state,
 * rate, lag_s, pending and eta_s of the view are the daemon's to fill.)
 *
 * One owner, no locks. Allocates only in _new. */
#ifndef KOOP_PIPELINE_H
#define KOOP_PIPELINE_H

#include "grokking.h"
#include "view.h"
#include "wire.h"

typedef struct koop_pipeline_options {
    koop_dmd_options dmd; /* span is the window */
    int stride;           /* snapshots from one spectrum to the next, ≥ 1 */
    double false_alarms;  /* at most, per 10,000 snapshots: koop_detect_options */
} koop_pipeline_options;

koop_pipeline_options koop_pipeline_defaults(void); /* koop_dmd_defaults, stride 4, 1 */

/* What one update gave, for those who print each of them (analyze, follow). */
typedef struct koop_update {
    int64_t step;
    const koop_spectrum *spectrum;
    const koop_signals *signals;
    const koop_event *event;         /* NULL: none */
    const koop_variances *variances; /* NULL: none, or not reduced by PCA */
    uint64_t snapshots;              /* that the window took so far */
    int n_groups;                    /* of the run: */
    const koop_view_group *groups;
    const koop_grokking_reading *grokking; /* NULL: none, or fewer than two matrices */
} koop_update;

typedef void koop_update_handler(void *context, const koop_update *update);

typedef struct koop_pipeline koop_pipeline;

/* A pipeline for the run that `hello` describes. Names are made safe here. `handler` (may be NULL)
 * is called from within koop_pipeline_push, once per update and once per event without update
 * (then spectrum and signals are NULL). KOOP_BAD_ARGUMENT, KOOP_TOO_LARGE (window memory above
 * koop_pipeline_max_bytes), KOOP_NO_MEMORY. */
koop_status koop_pipeline_new(koop_pipeline **out, const koop_pipeline_options *options,
                              const koop_wire_hello *hello, koop_update_handler *handler,
                              void *context);
void koop_pipeline_free(koop_pipeline *pipeline);

/* Upper bound of one pipeline's window memory, bytes. */
extern const size_t koop_pipeline_max_bytes;

/* Feeds one whole snapshot (data holds all `total` bytes). A seq not above the last one is a
 * duplicate and ignored. KOOP_OK also when it was recorded as not finite (an event says so);
 * KOOP_BAD_SHAPE when its size is not the declared one: counted, the run untouched. */
koop_status koop_pipeline_push(koop_pipeline *pipeline, const koop_wire_snapshot *snapshot);

/* Saves the pipeline, all but the snapshots that its window holds: those its journal has, and it gets
 * them back. KOOP_TOO_LARGE when `size` bytes do not hold it (*used tells what does; with bytes
 * NULL nothing else is done), KOOP_BAD_MESSAGE when it holds what could not be loaded,
 * KOOP_BAD_ARGUMENT while it awaits snapshots. */
koop_status koop_pipeline_save(koop_pipeline *pipeline, void *bytes, size_t size, size_t *used);

/* Loads what was saved into a pipeline just made, of the same run and options: KOOP_BAD_SHAPE when
 * they are others, KOOP_BAD_MESSAGE when the bytes are no such state. After an error the pipeline is
 * to be freed. It may be given any bytes.
 *
 * Then it awaits snapshots from the seq koop_pipeline_awaits on (0: no more), which
 * koop_pipeline_refill gives back: each one of the journal in order, those it has no use for
 * included. Once it awaits none it goes on as the saved one would, bit for bit.
 * KOOP_BAD_MESSAGE: a snapshot is missing, or is another than it was. */
koop_status koop_pipeline_load(koop_pipeline *pipeline, const void *bytes, size_t size);
uint64_t koop_pipeline_awaits(const koop_pipeline *pipeline);
koop_status koop_pipeline_refill(koop_pipeline *pipeline, const koop_wire_snapshot *snapshot);

/* The seq from which on a pipeline that is saved now would await snapshots; 0: none was taken. */
uint64_t koop_pipeline_needs(const koop_pipeline *pipeline);

/* A number for the options: what was saved with other options, or by a version that saves another
 * way, is of another number. */
uint64_t koop_pipeline_options_number(const koop_pipeline_options *options);

/* The seq of the last snapshot taken. */
uint64_t koop_pipeline_last_seq(const koop_pipeline *pipeline);

/* Bytes that a pipeline for such a run would hold, roughly; no limit is looked at. */
uint64_t koop_pipeline_bytes(const koop_pipeline_options *options, const koop_wire_hello *hello);

/* The view so far. Borrowed; changes with the next push. */
const koop_view *koop_pipeline_view(const koop_pipeline *pipeline);

/* How many fits succeeded, and why others did not. */
koop_dmd_counters koop_pipeline_get_counters(const koop_pipeline *pipeline);

#endif
