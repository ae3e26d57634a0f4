/* window: the last snapshots of a trajectory and their Gram matrix, with exact forgetting.
 *
 * Notation.  x_t      snapshot, n values        T   capacity, snapshots kept
 *            δ_t      = x_t − x_{t−1}, stored    E   Gram of increments, E_ij = ⟨δ_i, δ_j⟩
 *            s_t      = ‖x_t‖²
 *
 * Only increments are stored: weights move by 1e-4 or less of their norm a step, so float32
 * increments keep the digits that float32 weights lose. All inner products accumulate in double.
 * Everything else follows from E and s without another pass over n:
 *     ⟨x_i − x_0, x_j − x_0⟩ = Σ_{k≤i, l≤j} E_kl         (referenced to the window's first)
 *     ⟨x_i, x_j⟩             = (s_i + s_j − ‖x_i − x_j‖²)/2
 * and centring on the mean is double centring. A row of E leaves with its snapshot: nothing is
 * ever down-dated, so nothing drifts, and a burst is forgotten when it has left.
 *
 * Cost: a push reads the window once (n·T values) and writes n; koop_window_gram is O(T²).
 * No allocation after koop_window_new. Not thread-safe: one owner.
 * Does not: know steps or time, delay-embed, or reduce (dmd.h does). */
#ifndef KOOP_WINDOW_H
#define KOOP_WINDOW_H

#include "state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum koop_precision { KOOP_FLOAT32 = 4, KOOP_FLOAT64 = 8 } koop_precision;

typedef enum koop_center {
    KOOP_CENTER_NONE, /* raw snapshots, as the paper */
    KOOP_CENTER_MEAN, /* minus the mean of the span */
    KOOP_CENTER_FIRST /* minus the first snapshot of the span */
} koop_center;

enum { KOOP_MAX_GROUPS = 64, KOOP_MAX_WINDOW = 4096 };

typedef struct koop_window_options {
    size_t n;                  /* values a snapshot, ≥ 1 */
    int capacity;              /* T, 2..KOOP_MAX_WINDOW */
    koop_precision precision;  /* storage of the increments */
    int n_groups;              /* 0: one group; else n_groups ≤ KOOP_MAX_GROUPS */
    const size_t *group_sizes; /* n_groups sizes that sum to n; read by the constructor only */
} koop_window_options;

typedef struct koop_window_counters {
    uint64_t pushed;     /* accepted snapshots */
    uint64_t not_finite; /* rejected: NaN, infinity, or a squared norm that overflows */
} koop_window_counters;

typedef struct koop_window koop_window;

/* KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY (n·T·precision bytes and O(T²) more). Free with
 * koop_window_free (NULL is allowed). */
koop_status koop_window_new(koop_window **out, const koop_window_options *options);
void koop_window_free(koop_window *window);
void koop_window_reset(koop_window *window); /* forgets all snapshots, keeps the counters */

/* Takes snapshot x (n values). On KOOP_NOT_FINITE the window is unchanged and the rejection is
 * counted. */
koop_status koop_window_push_f32(koop_window *window, const float *x);
koop_status koop_window_push_f64(koop_window *window, const double *x);

int koop_window_count(const koop_window *window);     /* snapshots held, 0..T */
size_t koop_window_length(const koop_window *window); /* n */
int koop_window_groups(const koop_window *window);
koop_window_counters koop_window_get_counters(const koop_window *window);

/* Gram matrix of `span` consecutive snapshots of which the newest is `back` snapshots old (0: the
 * newest held), into gram (span×span, column-major, oldest first). With `difference`, of the
 * span's `span` latest increments instead (needs one more snapshot); centring then applies to
 * them. KOOP_NOT_ENOUGH_DATA when the window does not hold them, KOOP_BAD_ARGUMENT for span < 1. */
koop_status koop_window_gram(const koop_window *window, int span, int back, koop_center center,
                             bool difference, double *gram);

/* Saves or loads all but the n values of each increment: whoever loads still has the snapshots
 * somewhere. A window just made with the same options then wants koop_window_wanting of them
 * back, the oldest held first, and takes no push before it has them; a snapshot of another norm is
 * KOOP_BAD_MESSAGE. From then on it gives what the saved one would, bit for bit. */
void koop_window_exchange(koop_window *window, koop_state *state);
int koop_window_wanting(const koop_window *window);
koop_status koop_window_refill_f32(koop_window *window, const float *x);
koop_status koop_window_refill_f64(koop_window *window, const double *x);

/* Bytes that a window of these options holds. */
size_t koop_window_bytes(const koop_window_options *options);

/* Variance, per value, of the rounding noise that snapshots of this precision and size carry:
 * u²/2 ‖x‖²/n with u = 2⁻²⁴ or 2⁻⁵³. Rounding to nearest gives 0.14 u² x² on average; a sketch
 * doubles it; the rest is margin. 0 while empty. */
double koop_window_rounding(const koop_window *window);

/* ‖x_t − x_{t−1}‖² for the snapshot `back` old (0: the newest): of all values, and of one group. */
koop_status koop_window_step2(const koop_window *window, int back, double *step2);
koop_status koop_window_group_step2(const koop_window *window, int group, int back, double *step2);

/* ‖x_t‖² of the snapshot `back` old. */
koop_status koop_window_norm2(const koop_window *window, int back, double *norm2);

/* The angle, radians, by which one group's values turned over the latest `span` ≥ 1 snapshots: that
 * between them now and then; growing or shrinking alone is no turn. Reads span times the group.
 * KOOP_NOT_ENOUGH_DATA; KOOP_RANK_ZERO when the values were or are all zero. */
koop_status koop_window_group_turn(const koop_window *window, int group, int span, double *angle);

/* ‖x_a − x_b‖² of the snapshots `a` and `b` old. */
koop_status koop_window_distance2(const koop_window *window, int a, int b, double *distance2);

#endif
