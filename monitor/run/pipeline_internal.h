/* pipeline_internal: what pipeline.c and pipeline_state.c share, and nobody else. */
#ifndef KOOP_PIPELINE_INTERNAL_H
#define KOOP_PIPELINE_INTERNAL_H

#include "grokking.h"
#include "pipeline.h"
#include "scalar_watch.h"

struct koop_pipeline {
    koop_pipeline_options options;
    koop_window *window;
    koop_dmd *dmd;
    koop_signals_reader *signals;
    koop_detect *detect;
    koop_scalar_watch scalars;
    koop_grokking *grokking; /* NULL: the run has fewer than two matrices */
    koop_update_handler *handler;
    void *context;
    const char *group_names[KOOP_MAX_GROUPS]; /* into view.groups */
    size_t group_sizes[KOOP_MAX_GROUPS];
    koop_precision precision;
    size_t snapshot_bytes;
    void *aligned;  /* snapshot_bytes: the data may arrive at any address */
    int64_t *steps; /* ring of T: steps of the snapshots taken */
    uint64_t *seqs; /* ring of `capacity`: seqs of the snapshots that the window holds */
    int capacity;   /* of the window */
    bool awaiting;  /* loaded, and wanting snapshots up to last_seq again */
    uint64_t last_seq;
    uint64_t updates; /* points given to the history */
    koop_view view;
};

/* Copies the data of a snapshot into the window: pushes it, or gives it back (koop_window_refill_*).
 */
koop_status koop_pipeline_give(koop_pipeline *pipeline, const uint8_t *data, bool again);

#endif
