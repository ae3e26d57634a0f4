/* compute_track: one run on the compute thread: its pipeline, its replay from the journal, and the
 * lines for followers that its updates give. Used by compute.c only. */
#ifndef KOOP_COMPUTE_TRACK_H
#define KOOP_COMPUTE_TRACK_H

#include "compute.h"
#include "lag.h"
#include "work.h"

#include <stdatomic.h>

enum { KOOP_TRACK_PATH_BYTES = 4096 };

/* What all tracks share; the compute's. */
typedef struct koop_track_host {
    koop_compute_options options;
    uint64_t pipeline_bytes;        /* that all pipelines hold */
    _Atomic int64_t stop_ms;        /* when to give up; 0: not. Set by another thread */
    void (*between)(void *context); /* called every few milliseconds of a replay */
    void *context;
} koop_track_host;

/* Since the last checkpoint. */
typedef struct koop_track_news {
    uint64_t snapshots, bytes;
    int64_t busy_ns; /* the pipeline's */
    int64_t cost_ns; /* of the last checkpoint */
} koop_track_news;

typedef struct koop_track {
    koop_track_host *host; /* borrowed */
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    char name[KOOP_VIEW_NAME_BYTES];
    int64_t start_ms;
    bool waiting;            /* recovered, and not replayed yet */
    koop_pipeline *pipeline; /* NULL: waiting or parked */
    uint64_t pipeline_bytes; /* that it holds */
    bool no_room;            /* the last one wanted more than there was: `refusal` says so */
    char refusal[KOOP_SENTENCE_BYTES];
    koop_track_news news;
    uint64_t checkpoint_seq; /* on disk; 0: none known */
    uint64_t pruned;         /* koop_journal_pruned, of the oldest snapshot that it computed */
    bool complained;         /* that it could not be written */
    bool replaying;          /* or catching up: what comes is kept */
    bool silent;             /* nobody is told about updates and events */
    bool ended;              /* the last record replayed is a BYE, */
    koop_wire_bye bye;       /* this one */
    bool fed;                /* by the queue; then: */
    uint64_t last_seq;       /* the last that came through it, or did not and is to be read */
    uint64_t taken_seq;      /* the last that the pipeline has */
    uint64_t unput;          /* snapshots from the queue since the view was put */
    bool dirty;
    int64_t put_ms, between_ms;
    int told_phase; /* to the alerts; -1: none */
    bool fresh;     /* a snapshot came from the queue since the view was put */
    koop_lag lag;
    int64_t failed_ms;                 /* when the pipeline could not be made; 0: never */
    koop_work *first_kept, *last_kept; /* what came during the replay */
} koop_track;

koop_status koop_track_new(koop_track **out, koop_track_host *host, const koop_wire_hello *hello);
void koop_track_free(koop_track *track);

/* Makes the pipeline from the journal and feeds it all that does not come through the queue. Nothing
 * to do when there is one. KOOP_TIMED_OUT: told to stop. */
koop_status koop_track_wake(koop_track *track);

/* Reads on in the journal, up to `seq`, behind which the queue goes on. On failure the pipeline is
 * given up, to be made anew. */
koop_status koop_track_catch_up(koop_track *track, uint64_t seq);

void koop_track_park(koop_track *track); /* puts the view, frees the pipeline */

/* A snapshot from the queue; without a pipeline it is left to the next replay. */
void koop_track_push(koop_track *track, const koop_wire_snapshot *snapshot);
void koop_track_put(koop_track *track);

/* For the track's own files. Makes the pipeline, or gives it up; KOOP_NO_MEMORY, with no_room where
 * the memory of all pipelines is used up. */
koop_status koop_track_make(koop_track *track, const koop_wire_hello *hello);
void koop_track_forget(koop_track *track);
/* The run's directory, cut to `size`. */
void koop_track_path(const koop_track *track, char *out, size_t size);

/* track_checkpoint.c: the pipeline's state on disk, so that not all of a long journal is read again.
 * Pushes a snapshot, and writes a checkpoint when one is due. */
koop_status koop_track_compute(koop_track *track, const koop_wire_snapshot *snapshot);
/* Writes one if there is anything new. A failure is logged once for the run. `synced`:
 * koop_checkpoint_write. */
void koop_track_checkpoint(koop_track *track, bool synced);
/* Makes the pipeline from the checkpoint of the run in its directory `path`; *from gets the seq from
 * which it awaits its snapshots, 0 when there is no checkpoint to be used, and so no pipeline.
 * KOOP_IO_FAILED, KOOP_NO_MEMORY: it could not be looked at now. */
koop_status koop_track_restore(koop_track *track, const char *path, uint64_t *from);

/* Work that waits for the end of the replay, oldest first. */
void koop_track_keep(koop_track *track, koop_work *work);
void koop_track_keep_first(koop_track *track, koop_work *work);
koop_work *koop_track_take_kept(koop_track *track);

#endif
