/* detect_internal: what detect.c and detect_state.c share: the detector's state. */
#ifndef KOOP_DETECT_INTERNAL_H
#define KOOP_DETECT_INTERNAL_H

#include "detect.h"

/* One track per alarmed signal. `history` holds the latest values, a ring; a statistic compares the
 * new value with a reference that ends `gap` updates before it. `arms` are sums restarted at 0
 * (CUSUM up and down; four martingales), each with where it last left 0.
 *
 * A track that was part of an event is `engaged`: its arms rest at 0 until the signal is back at
 * what its sliding reference calls usual (the smoothed z below 1), so that one lasting change is
 * one event, the next change is another, and a drift that never ends is none. */

enum { MAX_HISTORY = 128, MAX_ARMS = 4 };

/* A place on the run's axis, by the trainer's step and by update. */
typedef struct place {
    int64_t step, update;
} place;

typedef struct track {
    int reference, gap;          /* updates */
    int held, next;              /* of history */
    double history[MAX_HISTORY]; /* reference + gap values at most */
    double arm[MAX_ARMS];
    place left_zero[MAX_ARMS];
    double statistic;
    double level;    /* smoothed z */
    int direction;   /* of the excursion against the reference */
    double baseline; /* median of the reference */
    place onset;     /* of the current excursion */
    bool engaged;
} track;

struct koop_detect {
    koop_detect_options options;
    const char *const *group_names;
    int n_groups;
    track prediction, speed, norm_rate;
    uint64_t random;     /* breaks ties of conformal p-values */
    int64_t updates;     /* the present one's number, from 1 */
    int64_t quiet_since; /* step */
    place last_event;    /* update 0: none yet */
    bool norm_rises;
    bool not_finite; /* within a streak of rejected snapshots */
    double top_score;
    koop_signal top_signal;
    koop_event last; /* transition; sentence empty: none yet */
};

#endif
