/* detect: from signals to events. Causal and on line: a decision at an update uses that update and
 * earlier ones only, and the baseline is estimated from the run itself.
 *
 * Three statistics, one per alarmed signal (the others explain, they do not alarm):
 *   prediction  two-sided CUSUM (Page 1954, Biometrika 41) with allowance 0.75 on robust z-scores
 *               clipped at ±6
 *   speed       |robust z|
 *   norm_rate   conformal test martingale (Vovk et al. 2003, ICML), restarted at 1: largest of the
 *               log power martingales ε = 0.2, 0.4, 0.6, 0.8 on the p-value of |value − median|
 *               among the last 120
 * Robust z: (value − median)/(1.4826 MAD + 1e-3 |median| + 1e-9) over 60 earlier updates, with a
 * gap of 8 (prediction) or 2 (speed) updates so that a change does not enter its own baseline.
 *
 * An event is raised when a statistic passes its threshold, then none for `refractory` snapshots;
 * what passes within them and began with the same change belongs to it, what began later waits. A
 * signal that was part of an event rests until it is back at what its sliding baseline calls usual
 * (phase "drifting" meanwhile): one lasting change is one event, a drift that never ends is no
 * stream of them, and neither hides a change of another signal.
 *
 * Thresholds were measured at ≤ 1 false alarm per 10,000 snapshots on trainings other than yours;
 * they rest on update spacing `stride` = 4 and window 64. What is not calibrated yet: smooth
 * learning-rate schedules raise the rate.
 *
 * Deterministic: the same inputs give the same events, bit for bit. No allocation after _new. */
#ifndef KOOP_DETECT_H
#define KOOP_DETECT_H

#include "signals.h"

typedef enum koop_event_kind {
    KOOP_EVENT_TRANSITION, /* the dynamics changed */
    KOOP_EVENT_SETTLED,    /* nothing more is being learned */
    KOOP_EVENT_DIVERGING,  /* the updates grow without bound */
    KOOP_EVENT_GROKKING,   /* generalisation may be setting in: experimental */
    KOOP_EVENT_STALLED,    /* no snapshots any more; the daemon's to say, it has a clock */
    KOOP_EVENT_NOT_FINITE  /* a snapshot held NaN or infinity */
} koop_event_kind;

typedef enum koop_phase {
    KOOP_PHASE_WARMING_UP, /* no baseline yet */
    KOOP_PHASE_STEADY,     /* every statistic below three quarters of its threshold */
    KOOP_PHASE_DRIFTING,   /* a statistic above that, or a signal not back at usual */
    KOOP_PHASE_TRANSITION  /* within the refractory period of an event */
} koop_phase;

enum { KOOP_EVENT_TOP_GROUPS = 3, KOOP_SENTENCE_BYTES = 320 };

typedef struct koop_event {
    koop_event_kind kind;
    int64_t step;   /* trainer's step of the update that decided */
    int64_t onset;  /* estimated step at which the change began, ≤ step */
    unsigned fired; /* signals that passed their threshold, bit (1u << koop_signal) */
    double score[KOOP_SIGNAL_COUNT]; /* statistic over threshold, 1 = alarm; 0 where none */
    double speed_ratio;              /* speed over its baseline; 0 when unknown */
    int n_top;                       /* groups that moved most, by falling share */
    int top_group[KOOP_EVENT_TOP_GROUPS];
    double top_share[KOOP_EVENT_TOP_GROUPS];
    char sentence[KOOP_SENTENCE_BYTES]; /* one plain sentence, no final full stop; UTF-8 */
} koop_event;

typedef struct koop_detect_options {
    int warm_up;                         /* snapshots after the first update before an alarm, 240 */
    int refractory;                      /* snapshots, 100 */
    int stride;                          /* snapshots an update, 4 */
    double threshold[KOOP_SIGNAL_COUNT]; /* 0: the signal does not alarm */
} koop_detect_options;

koop_detect_options koop_detect_defaults(void);

typedef struct koop_detect koop_detect;

/* `group_names`: n_groups names for the sentences, borrowed until free; NULL when n_groups < 2. */
koop_status koop_detect_new(koop_detect **out, const koop_detect_options *options,
                            const char *const *group_names, int n_groups);
void koop_detect_free(koop_detect *detect);

/* One update at the trainer's `step`. *fired says whether `event` was written. */
koop_status koop_detect_update(koop_detect *detect, int64_t step, const koop_signals *signals,
                               bool *fired, koop_event *event);

/* A snapshot at `step` was rejected as not finite. The first of a streak gives an event. */
void koop_detect_not_finite(koop_detect *detect, int64_t step, bool *fired, koop_event *event);

koop_phase koop_detect_phase(const koop_detect *detect);

/* One sentence that says why the phase is what it is. */
void koop_detect_reason(const koop_detect *detect, char reason[KOOP_SENTENCE_BYTES]);

/* Saves or loads the detector's state, and an event of a run of `n_groups` groups. */
void koop_detect_exchange(koop_detect *detect, koop_state *state);
void koop_event_exchange(koop_event *event, int n_groups, koop_state *state);

const char *koop_event_kind_name(
    koop_event_kind
        kind); /* "transition", "settled", "diverging", "grokking?", "stalled", "not-finite" */
const char *koop_phase_name(koop_phase phase); /* "warming up", "steady", … */

#endif
