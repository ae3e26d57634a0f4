/* detect: from signals to events: what changed in a training run, and when. Causal and on line: a
 * decision at an update uses that update and earlier ones only, and what is usual is learned from the
 * run itself, as it is.
 *
 * Method. Each signal is a track (track.h): a robust line and an AR(1) residual, over up to 144 updates
 * that end 4 before the present one, say what is expected; how far the present value is from it becomes
 * a standard normal surprise under heavy (Student, 5 degrees of freedom) tails; and for every onset
 * within the last 32 updates a likelihood ratio e^v says how much better a change since then explains
 * the surprises: the mean over two shapes, a shift and a ramp, of that of the track alone, with weight
 * ¾, and that of it given the others (joint.h), with weight ¼. The tracks come in five families:
 * prediction; speed, with the trainer's scalars, which have half of the weight; radial; alignment with
 * persistence; the groups' shares. Within a family tracks depend on each other, so their ratios are
 * averaged: by chance the ratio for one onset passes x less than 1 time in x, and a mean of such ones
 * about as seldom, for all that they depend on each other (Wilson 2019, Proc. Natl. Acad. Sci. 116, on
 * harmonic means of probabilities). Beside the families stands a sixth: all tracks together (joint.h).
 * The six are combined by the mixture of Xie & Siegmund (2013, Ann. Statist. 41) for a change that some
 * of many sensors see:
 *     S = max over onsets j of Σ_f log(1 − p₀ + p₀ e^{v_f(j)}),  p₀ = 0.3
 * An event is raised when S > h; its onset is the j of the maximum.
 *
 * Why so. An old baseline of medians (60 updates, no line, no correlation) gave 30..40 false alarms
 * per 10,000 snapshots on systems with memory; a conformal martingale needs exchangeable values, which
 * those of a training are not; a window-limited likelihood ratio (Lai 1995) of surprises that are white
 * by construction keeps its rate under autocorrelation, heavy tails and drift, and finds the onset for
 * nothing. A CUSUM with a fixed allowance was as fast on large changes only. One batch moves speed,
 * persistence and shares at once: what signals say given each other and together made delays a
 * quarter shorter, and false alarms a third as many (tuning seeds).
 *
 * The promise: at most `false_alarms` per 10,000 snapshots, all signals together. It is kept by
 * measurement, not by theory: the ratios are those of the likeliest amount, the families are not
 * independent, and the sixth is of the same surprises again, so no law of S is known. h = 16.5 +
 * log(4/(rate · stride))/0.5 is set so that simulated AR(1) noise with ρ = 0.7 at every update (the worst
 * of those tried) keeps it right after the warm-up, while the baseline is short; trainings in which
 * nothing changes stay below half of it, Student-t₅ noise at a seventh, independent and drifting noise
 * at a twentieth (tests/bench/README.md). What is like none of these may alarm more often. A level that
 * wanders by itself, as a random walk does, is a change, and is told as one; a shift by less than 3% of
 * a speed, or 0.006 of a cosine, is none that matters, however still a run is.
 *
 * After an event all tracks learn anew (36 updates): one lasting change is one event; a change that
 * falls into the warm-up is not told, and none while the run diverges. A learning rate that the trainer
 * sends is taken out of the speed, and a jump of it is told as `schedule`, no alarm; when it begins or
 * ceases to be told, the speed alone is learned anew; below a hundredth of its highest nothing is
 * judged. Snapshots that came early or late are not compared with those that did not (cadence.h); after
 * a break of the cadence all is learned anew. Scalars count while they change from update to update.
 *
 * While the baseline is short h is higher by a share of 12/n − 12/144, n the values in that of the speed
 * (0 while the speed has none).
 *
 * Each transition makes the next one harder: h is raised by a tenth, which fades by half in 350 updates,
 * up to twice h. A run whose dynamics are not what the tracks take them for (chaos, oscillations) gets
 * few false alarms so.
 *
 * Beside them outlook.h tells `diverging` and `settled`.
 *
 * Deterministic: the same inputs give the same events, bit for bit on one machine. No allocation after
 * _new. */
#ifndef KOOP_DETECT_H
#define KOOP_DETECT_H

#include "signals.h"

typedef enum koop_event_kind {
    KOOP_EVENT_TRANSITION, /* the dynamics changed */
    KOOP_EVENT_SCHEDULE,   /* the trainer changed its learning rate, and said so */
    KOOP_EVENT_SETTLED,    /* nothing more is being learned */
    KOOP_EVENT_DIVERGING,  /* the updates grow without bound */
    KOOP_EVENT_GROKKING,   /* generalisation may be setting in: experimental */
    KOOP_EVENT_STALLED,    /* no snapshots any more; the daemon's to say, it has a clock */
    KOOP_EVENT_NOT_FINITE  /* a snapshot held NaN or infinity */
} koop_event_kind;

typedef enum koop_phase {
    KOOP_PHASE_WARMING_UP, /* nothing is usual yet */
    KOOP_PHASE_STEADY,     /* S below half its threshold */
    KOOP_PHASE_DRIFTING,   /* S above that */
    KOOP_PHASE_TRANSITION, /* since an event, until what is usual is known again */
    KOOP_PHASE_DIVERGING,
    KOOP_PHASE_SETTLED,
    KOOP_PHASE_NOT_FINITE /* snapshots hold NaN or infinity: nothing can be said */
} koop_phase;

enum {
    KOOP_EVENT_TOP_GROUPS = 3,
    KOOP_SENTENCE_BYTES = 320,
    KOOP_DETECT_SCALARS = 4,
    KOOP_DETECT_BLOCKS = 12 /* groups are tracked in so many runs of neighbours at most */
};

typedef struct koop_event {
    koop_event_kind kind;
    int64_t step;                    /* trainer's step of the update that decided */
    int64_t onset;                   /* estimated step at which the change began, ≤ step */
    unsigned fired;                  /* signals that say so, bit (1u << koop_signal) */
    double score[KOOP_SIGNAL_COUNT]; /* evidence v at the onset over h, unraised; 0 where none */
    double strength;                 /* S over h as it is, above 1; 0 where the kind has none */
    double speed_ratio;              /* speed over its baseline; 0 when unknown */
    int n_top;                       /* groups: those whose shares changed, else those that move
                                        most, by falling share */
    int top_group[KOOP_EVENT_TOP_GROUPS];
    double top_share[KOOP_EVENT_TOP_GROUPS];
    char sentence[KOOP_SENTENCE_BYTES]; /* one plain sentence, no final full stop; UTF-8 */
} koop_event;

typedef struct koop_detect_options {
    int warm_up;         /* snapshots after the first update before an alarm, 240 */
    int stride;          /* snapshots an update, 4 */
    double false_alarms; /* at most, per 10,000 snapshots, 0.001..100: 1 */
} koop_detect_options;

koop_detect_options koop_detect_defaults(void);

/* What the trainer sends beside its weights. */
typedef struct koop_detect_scalars {
    double learning_rate; /* of the newest snapshot; ≤ 0: not told */
    int n;
    const char *name[KOOP_DETECT_SCALARS]; /* borrowed; at one place always the same */
    double value[KOOP_DETECT_SCALARS]; /* mean over the update, or of its logarithm; NaN: none */
} koop_detect_scalars;

typedef struct koop_detect koop_detect;

/* `group_names`: n_groups names, borrowed until free; NULL: the sentences name no groups.
 * KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status koop_detect_new(koop_detect **out, const koop_detect_options *options,
                            const char *const *group_names, int n_groups);
void koop_detect_free(koop_detect *detect);

/* A snapshot of `step` was taken into the window. */
void koop_detect_snapshot(koop_detect *detect, int64_t step);

/* One update at the trainer's `step`; `scalars` may be NULL. *fired says whether `event` was
 * written. KOOP_BAD_ARGUMENT for more groups than _new was told of. */
koop_status koop_detect_update(koop_detect *detect, int64_t step, const koop_signals *signals,
                               const koop_detect_scalars *scalars, bool *fired, koop_event *event);

/* A snapshot at `step` was rejected as not finite. The first of a streak gives an event. */
void koop_detect_not_finite(koop_detect *detect, int64_t step, bool *fired, koop_event *event);

/* Says in such an event which `n` groups hold NaN or infinity, in rising order; of none it stays as it
 * is: then values are too large to square. */
void koop_detect_name_not_finite(const koop_detect *detect, const int *groups, int n,
                                 koop_event *event);

koop_phase koop_detect_phase(const koop_detect *detect);

/* S of the last update over h: 1 = alarm. */
double koop_detect_level(const koop_detect *detect);

/* One sentence that says why the phase is what it is. */
void koop_detect_reason(const koop_detect *detect, char reason[KOOP_SENTENCE_BYTES]);

/* Saves or loads the detector's state, and an event of a run of `n_groups` groups. */
void koop_detect_exchange(koop_detect *detect, koop_state *state);
void koop_event_exchange(koop_event *event, int n_groups, koop_state *state);

/* "transition", "schedule", "settled", "diverging", "grokking?", "stalled", "not-finite" */
const char *koop_event_kind_name(koop_event_kind kind);
const char *koop_phase_name(koop_phase phase); /* "warming up", "steady", … */

#endif
