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

#include "view.h"
#include "wire.h"

typedef struct koop_pipeline_options {
    koop_dmd_options dmd; /* span is the window */
    int stride;           /* snapshots from one spectrum to the next, ≥ 1 */
} koop_pipeline_options;

koop_pipeline_options koop_pipeline_defaults(void); /* koop_dmd_defaults, stride 4 */

/* What one update gave, for those who print each of them (analyze, follow). */
typedef struct koop_update {
    int64_t step;
    const koop_spectrum *spectrum;
    const koop_signals *signals;
    const koop_event *event; /* NULL: none */
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

/* The view so far. Borrowed; changes with the next push. */
const koop_view *koop_pipeline_view(const koop_pipeline *pipeline);

/* How many fits succeeded, and why others did not. */
koop_dmd_counters koop_pipeline_get_counters(const koop_pipeline *pipeline);

#endif
