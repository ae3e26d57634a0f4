/* compute_track: one run on the compute thread: its pipeline, its replay from the journal, and the
 * lines for followers that its updates give. Used by compute.c only. */
#ifndef KOOP_COMPUTE_TRACK_H
#define KOOP_COMPUTE_TRACK_H

#include "compute.h"
#include "work.h"

#include <stdatomic.h>

typedef struct koop_track {
    const koop_compute_options *options; /* borrowed, as is the next */
    const _Atomic int64_t *stop_ms;      /* when to give up; 0: not */
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    char name[KOOP_VIEW_NAME_BYTES];
    koop_pipeline *pipeline; /* NULL: parked */
    bool replaying;          /* then nobody is told about updates and events */
    bool ended;              /* the replay's last record is a BYE */
    uint64_t unput;          /* snapshots taken since the view was put */
    bool dirty;
    int64_t put_ms;
    int64_t published_ms; /* Unix time of the newest snapshot */
} koop_track;

koop_status koop_track_new(koop_track **out, const koop_compute_options *options,
                           const _Atomic int64_t *stop_ms, const koop_wire_hello *hello);
void koop_track_free(koop_track *track);

/* Makes the pipeline from the journal and feeds it what was there when the trainer last said HELLO.
 * Nothing to do when there is one. */
koop_status koop_track_wake(koop_track *track);
void koop_track_park(koop_track *track); /* puts the view, frees the pipeline */

void koop_track_push(koop_track *track, const koop_wire_snapshot *snapshot);
void koop_track_put(koop_track *track);

#endif
