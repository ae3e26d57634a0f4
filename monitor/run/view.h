/* view: everything the terminal UI, the JSON output and alerts show of one run, as plain data.
 *
 * Made by the pipeline, published by the daemon, drawn by the UI; copied by assignment. All text
 * in it is already safe to show on a terminal. A value that is not known yet has its `has_…` flag
 * clear or is counted out by its n_… field: nothing here is ever NaN. */
#ifndef KOOP_VIEW_H
#define KOOP_VIEW_H

#include "detect.h"
#include "spectrum.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    KOOP_VIEW_NAME_BYTES = 65,
    KOOP_VIEW_UUID_BYTES = 33, /* 32 hexadecimal digits and NUL */
    KOOP_VIEW_HISTORY = 512,   /* points over the whole run, decimated by pairs when full */
    KOOP_VIEW_EVENTS = 128,    /* the latest */
    KOOP_VIEW_SCALARS = 32,
    KOOP_VIEW_RUNS = 256
};

typedef enum koop_run_state {
    KOOP_RUN_LIVE,
    KOOP_RUN_STALLED, /* the trainer's heartbeat is missing: dead, stopped or cut off */
    KOOP_RUN_FINISHED /* it said goodbye */
} koop_run_state;

/* One line of a run list. */
typedef struct koop_run_summary {
    char uuid[KOOP_VIEW_UUID_BYTES];
    char name[KOOP_VIEW_NAME_BYTES];
    char host[KOOP_VIEW_NAME_BYTES];
    int64_t pid;
    int64_t start_ms; /* Unix time */
    koop_run_state state;
    koop_phase phase;
    int64_t step;       /* of the newest snapshot */
    uint64_t snapshots; /* taken into the window since the run began */
    uint64_t dropped;   /* by the trainer's ring */
    uint64_t not_finite;
    uint64_t refused;     /* malformed or misshapen messages */
    uint64_t pending;     /* journaled, not yet computed */
    uint64_t lost;        /* finished runs: published, but neither dropped nor in the journal */
    uint64_t damaged;     /* ranges of the journal that were found damaged, and passed over */
    uint64_t quarantined; /* files in its quarantine: copies of what was damaged */
    bool failing;         /* the journal cannot be written: nothing is taken for now */
    double rate;          /* snapshots a second over the last seconds; 0 unless live */
    double lag_s;         /* from publication to view, of the newest snapshot */
    int n_events;         /* since the run began */
} koop_run_summary;

/* The history keeps, for each point, the largest of the values it merges (of scalars the last). */
typedef enum koop_series {
    KOOP_SERIES_LOSS,       /* koop_view_scalar_of */
    KOOP_SERIES_ACCURACY,   /* likewise */
    KOOP_SERIES_SPEED,      /* mean ‖δ‖ over 8 snapshots (not its logarithm) */
    KOOP_SERIES_PREDICTION, /* one-step error over persistence, exp of the signal */
    KOOP_SERIES_DISTANCE,
    KOOP_SERIES_MODULUS, /* largest |λ| */
    KOOP_SERIES_COUNT
} koop_series;

typedef struct koop_history_point {
    int64_t step;
    unsigned available; /* bit (1u << koop_series) */
    koop_phase phase;
    float value[KOOP_SERIES_COUNT];
} koop_history_point;

typedef struct koop_view_scalar {
    char name[33];
    bool finite;
    double value;
} koop_view_scalar;

typedef struct koop_view_group {
    char name[KOOP_VIEW_NAME_BYTES];
    uint64_t parameters;
    double share; /* of the recent update energy, 0..1 */
} koop_view_group;

typedef struct koop_view {
    koop_run_summary run;
    uint64_t parameters; /* of the model */
    uint64_t length;     /* values a snapshot as received: sketched groups count k */
    int window, filled;  /* snapshots wanted for the first spectrum, and held (≤ window) */
    double eta_s;        /* seconds to the first spectrum; 0 when there or unknown */
    int delays, rank, pca, stride;
    char reason[KOOP_SENTENCE_BYTES]; /* why the phase is what it is */
    bool has_spectrum;
    int64_t spectrum_step;
    koop_spectrum spectrum;
    bool has_previous; /* spectrum one window earlier */
    koop_spectrum previous;
    koop_signals signals;
    int n_scalars;
    koop_view_scalar scalars[KOOP_VIEW_SCALARS]; /* of the newest snapshot */
    int n_groups;
    koop_view_group groups[KOOP_MAX_GROUPS];
    int history_stride; /* updates merged in one point */
    int n_history;
    koop_history_point history[KOOP_VIEW_HISTORY];
    int n_events; /* held here, oldest first; run.n_events counts all */
    koop_event events[KOOP_VIEW_EVENTS];
} koop_view;

const char *koop_run_state_name(koop_run_state state); /* "live", "stalled", "finished" */
const char *koop_series_name(koop_series series);      /* "loss", "speed", "predict", … */

/* The trainer's scalar behind a series: for the loss "loss", else the first scalar that is no
 * accuracy; for the accuracy a name with "acc" in it, a held-out one (test, val, eval) first. NULL
 * for other series and when the newest snapshot brought none. Borrowed. */
const koop_view_scalar *koop_view_scalar_of(const koop_view *view, koop_series series);

/* Whether a scalar's name says that it is measured on what is not trained on: it begins with a word
 * such as test, val or eval, as test_loss does, valLoss and val/loss, but not value_loss. */
bool koop_view_is_held_out(const char *name);

#endif
