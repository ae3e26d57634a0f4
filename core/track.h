/* track: one signal watched: what it is expected to be next, how surprising its next value is, and how
 * much says that it shifted, for every update at which it may have begun.
 *
 * Notation.  y_k the signal at update k;  line and ρ as in robust.h, of up to 144 earlier values that
 *            end 4 updates before k, so that the beginning of a change is not in its own baseline
 *   expected   ŷ_k = line(k) + ρ (y_{k−1} − line(k−1))
 *   surprise   z_k = (y_k − ŷ_k)/s_k, s_k² = scale² + (1−ρ)² · variance of the line there;
 *              g_k = ± √(5 ln(1 + z_k²/5)) 41/43: z taken as Student's t with 5 degrees of freedom and
 *              made normal (Wallace 1959, Ann. Math. Statist. 30): a wild value counts, but its weight
 *              grows with its logarithm only
 *   dispersion the largest, over n = 1, 2, 4, 8, 16, of the mean square of n successive surprises' sum
 *              over n, among the 128 that end 8 before: 1 for white noise. What exceeds 1 by more than
 *              two standard errors says that this series is not what the model takes it for
 *              (oscillation, long memory, bursts), and divides the evidence
 *   toward     for a change of a shape m that began at update j ≤ k, by any amount:
 *              T = Σ m_i g_i / √(dispersion Σ m_i²) over i = j..k, a standard normal where nothing
 *              changed; T²/2 is the log of the generalised likelihood ratio, within a window of 32
 *              updates (Lai 1995, J. R. Stat. Soc. B 57). A shift has in g the shape m_j = 1, m_i =
 *              1 − ρ_i after it; a ramp, n times as large after n updates, m_i = 1 + (1 − ρ_i)(i − j)
 *
 * ρ is averaged over the fits of this series, and begins one standard error above the first: too low a
 * ρ is what makes false alarms of an autocorrelated series.
 *
 * Plain data, no allocation; a few hundred ns an update, every fourth some µs more. Internal to core. */
#ifndef KOOP_TRACK_H
#define KOOP_TRACK_H

#include "robust.h"
#include "state.h"

#include <stdbool.h>

enum {
    KOOP_TRACK_REFERENCE = 144, /* values of the baseline at most, */
    KOOP_TRACK_LEAST = 32,      /* and at least */
    KOOP_TRACK_GAP = 4,
    KOOP_TRACK_HELD = KOOP_TRACK_REFERENCE + KOOP_TRACK_GAP,
    KOOP_TRACK_REFIT = 4,   /* updates from one fit to the next */
    KOOP_TRACK_ONSETS = 32, /* updates back at which a change may have begun */
    KOOP_TRACK_PAST = 128,  /* surprises that say how they disperse, */
    KOOP_TRACK_RECENT = 8   /* and those after them, which do not yet */
};

typedef enum koop_track_shape {
    KOOP_TRACK_SHIFT,
    KOOP_TRACK_RAMP,
    KOOP_TRACK_SHAPES
} koop_track_shape;

typedef struct koop_track {
    double floor; /* least scale: a shift of less is none that matters */
    int held;     /* values kept, the newest first */
    double value[KOOP_TRACK_HELD];
    int fit_age; /* updates since the fit; −1: none yet */
    koop_robust_line line;
    double scale, correlation; /* correlation: averaged; 2: none yet */
    int past;                  /* surprises kept, the newest first, */
    int judged;                /* and those of them since the start or restart */
    double surprise[KOOP_TRACK_PAST + KOOP_TRACK_RECENT];
    double memory[KOOP_TRACK_ONSETS]; /* 1 − ρ of an update, ≥ 0.1; 0: it brought no value */
    double dispersion;                /* at least 1 */
} koop_track;

void koop_track_start(koop_track *track, double floor);

/* Learns anew what is usual, but not how the series disperses and correlates: what is known of that
 * stays, without the newest `drop` surprises. */
void koop_track_restart(koop_track *track, int drop);

/* Takes the value of the present update, finite. */
void koop_track_take(koop_track *track, double value);

/* The present update brought no value: it says nothing for or against a shift. */
void koop_track_miss(koop_track *track);

/* Whether values are judged already. */
bool koop_track_ready(const koop_track *track);

/* T of each shape, for an onset 0, 1, … updates back; 0 before the first update that is judged. */
void koop_track_weigh(const koop_track *track, double toward[KOOP_TRACK_SHAPES][KOOP_TRACK_ONSETS]);

/* By how much the values since an onset `back` updates ago differ from what the baseline says: mean
 * of value − line, of those held. */
double koop_track_shift(const koop_track *track, int back);

void koop_track_exchange(koop_track *track, koop_state *state);

#endif
