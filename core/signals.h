/* signals: the numbers that the detector watches, read off the window at every update.
 *
 * Notation as in window.h and dmd.h; u the stride, h = 8 snapshots. Means run over the u snapshots of
 * one update, so that no two updates share any: what follows (track.h) counts on it.
 *   prediction      ½ log of the mean one-step error² over the last h snapshots, by the model
 *                   fitted h snapshots earlier, over their mean ‖δ‖²: 0 is no better than "nothing
 *                   moves"
 *   speed           mean of log ‖δ_t‖
 *   radial          mean cosine of δ_t with x_{t−1}: above 0 the weight norm grows
 *   alignment       mean cosine of δ_t with x_{t−1} − x_{t−1−h}, the way taken before it
 *   persistence     mean cosine of δ_t with δ_{t−1}
 *   straightness    ‖x_t − x_{t−T+1}‖ / Σ ‖δ‖ over the window, 0..1
 *   effective_rank  (Σλ)²/Σλ² of the window's variance spectrum (participation ratio)
 *   mean_modulus, max_modulus   of the spectrum
 *   distance        to the spectrum one window earlier (transport.h)
 * and two that only stand in events: `shares`, each group's part of the motion (group_speed), and
 * `scalars`, what the trainer sends beside its weights.
 *
 * A signal that is not available yet has its bit clear in `available`; its value is then 0. */
#ifndef KOOP_SIGNALS_H
#define KOOP_SIGNALS_H

#include "dmd.h"

typedef enum koop_signal {
    KOOP_SIGNAL_PREDICTION,
    KOOP_SIGNAL_SPEED,
    KOOP_SIGNAL_RADIAL,
    KOOP_SIGNAL_ALIGNMENT,
    KOOP_SIGNAL_PERSISTENCE,
    KOOP_SIGNAL_STRAIGHTNESS,
    KOOP_SIGNAL_EFFECTIVE_RANK,
    KOOP_SIGNAL_MEAN_MODULUS,
    KOOP_SIGNAL_MAX_MODULUS,
    KOOP_SIGNAL_DISTANCE,
    KOOP_SIGNAL_SHARES,
    KOOP_SIGNAL_SCALARS,
    KOOP_SIGNAL_COUNT
} koop_signal;

typedef struct koop_signals {
    unsigned available; /* bit (1u << koop_signal) */
    double value[KOOP_SIGNAL_COUNT];
    int n_groups;
    double group_share[KOOP_MAX_GROUPS]; /* of Σ‖δ‖² over the last h, sums to 1; all 0 when still */
    double
        group_speed[KOOP_MAX_GROUPS]; /* mean of log ‖δ_t‖ of the group; −∞ where it stood still */
} koop_signals;

/* The signal's name as JSON and text show it: "prediction", "speed", … */
const char *koop_signal_name(koop_signal signal);

typedef struct koop_signals_reader koop_signals_reader;

/* Reader for a DMD of `options` updated every `stride` snapshots, 1 ≤ stride < KOOP_MAX_WINDOW.
 * KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status koop_signals_new(koop_signals_reader **out, const koop_dmd_options *options,
                             int stride);
void koop_signals_free(koop_signals_reader *reader);

/* The capacity the window must have so that a model fitted h snapshots ago can still be tested. */
int koop_signals_window_capacity(const koop_dmd_options *options, int stride);

/* Call once per update, after a fit of `dmd` on `window` gave `spectrum`. Never fails: signals that
 * need more data are not available. */
void koop_signals_read(koop_signals_reader *reader, const koop_dmd *dmd, const koop_window *window,
                       const koop_spectrum *spectrum, koop_signals *out);

/* An update without spectrum (a fit failed): what was kept for later is no longer contiguous. */
void koop_signals_interrupt(koop_signals_reader *reader);

/* The spectrum one window before the last update's, or NULL. Borrowed until the next read. */
const koop_spectrum *koop_signals_previous(const koop_signals_reader *reader);

/* Saves or loads what was kept for later updates. */
void koop_signals_exchange(koop_signals_reader *reader, koop_state *state);

/* Bytes that a reader holds, roughly. */
size_t koop_signals_bytes(const koop_dmd_options *options, int stride);

#endif
