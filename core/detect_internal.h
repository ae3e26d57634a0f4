/* detect_internal: what the files of the detector share: its state. */
#ifndef KOOP_DETECT_INTERNAL_H
#define KOOP_DETECT_INTERNAL_H

#include "cadence.h"
#include "detect.h"
#include "outlook.h"
#include "track.h"

enum {
    TRACK_PREDICTION,
    TRACK_SPEED,
    TRACK_RADIAL,
    TRACK_ALIGNMENT,
    TRACK_PERSISTENCE,
    TRACK_BLOCKS, /* the first of them */
    TRACK_SCALARS = TRACK_BLOCKS + KOOP_DETECT_BLOCKS,
    TRACKS = TRACK_SCALARS + KOOP_DETECT_SCALARS
};

struct koop_detect {
    koop_detect_options options;
    double threshold; /* h */
    const char *const *group_names;
    int n_groups, n_blocks;
    koop_track track[TRACKS];
    double last_scalar[KOOP_DETECT_SCALARS];
    koop_cadence cadence;
    koop_outlook outlook;
    int64_t step[KOOP_TRACK_ONSETS + 1];        /* of the latest updates, the newest first */
    int64_t updates;                            /* so far */
    int64_t learning_since;                     /* update at which all tracks were started */
    int64_t quiet_since;                        /* step */
    double strength;                            /* S */
    double caution;                             /* by what share h is raised at present */
    int onset;                                  /* updates back, of the largest S */
    koop_signal top_signal;                     /* whose evidence is the largest */
    double evidence[TRACKS][KOOP_TRACK_ONSETS]; /* v of this update, for an onset i updates back */
    double learning_rate, highest_rate;         /* 0: not told */
    double rate_change;                         /* usual |Δ log| of an update, averaged */
    bool not_finite;                            /* within a streak of rejected snapshots */
    bool learning_after_event;
    koop_event last; /* transition or schedule; sentence empty: none yet */
};

/* The signal that a track is shown as. */
koop_signal koop_detect_signal_of(int track);

/* Whether events are told already. */
bool koop_detect_is_warm(const koop_detect *detect);

/* Fills a transition at `step` that the present update decides. */
void koop_detect_describe(const koop_detect *detect, int64_t step, const koop_signals *signals,
                          const koop_detect_scalars *scalars, koop_event *event);

/* The groups that move by what is given of each, the largest first, into the event. */
void koop_detect_rank_groups(const double *by, const koop_signals *signals, koop_event *event);

/* Evidence, S and its onset at the present update, from the tracks. */
void koop_detect_judge(koop_detect *detect);

#endif
