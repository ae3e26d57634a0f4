/* reconstruction: how well the dynamic modes fitted on a window give that window back.
 *
 * Source: CPDMD (Khamesi, Adams, Bodenham & Cohen, arXiv 2405.15576): exact DMD of the delayed
 * vectors of a window, everything reconstructed from the first of them; the mean squared error is
 * what ewma_chart.h watches.
 *
 * Notation.  T snapshots x_t, d delays, z_t = [x_t; …; x_{t+d}], Z = z_0 … z_{m−1}, Y = z_1 … z_m
 *            Z = U Σ Vᵀ cut at rank r, Ã = UᵀYVΣ⁻¹ = W Λ W⁻¹, modes Φ = YVΣ⁻¹W
 *            ẑ_k = Φ Λ^k Φ⁺ z_0 = M Ã^k c with M = YVΣ⁻¹, c = M⁺z_0: no eigenvectors are needed
 *            x̂_t = first block of ẑ_t (t ≤ m), block t − m of ẑ_m (t > m)
 *            error = Σ_t ‖x_t − x̂_t‖² / T, or with `relative` / Σ_t ‖x_t − x̄‖²
 *
 * All of it follows from the window's Gram matrix K, as do V, Σ and Ã: x̂_t is a combination of
 * snapshots. The error is therefore of all n values, not of a projection. The paper works on raw
 * snapshots (KOOP_CENTER_NONE); weights move little beside their size, so that there a constant is
 * most of what is reconstructed.
 *
 * Cost: O(T³). No allocation after _new. */
#ifndef BENCH_RECONSTRUCTION_H
#define BENCH_RECONSTRUCTION_H

#include "window.h"

typedef struct bench_reconstruction_options {
    int span;           /* T ≥ 3 */
    int delays;         /* d ≥ 0, T − d ≥ 3 */
    int rank;           /* r at most, 1 ≤ r ≤ T − d − 1 */
    double floor;       /* singular values below floor·σ₁ are noise, as in dmd.h */
    koop_center center; /* reference of the snapshots */
    bool relative;      /* to how far the snapshots are from their mean */
} bench_reconstruction_options;

/* Span 64, 4 delays, rank 8, floor 1e-6, mean centred, relative. */
bench_reconstruction_options bench_reconstruction_defaults(void);

typedef struct bench_reconstruction bench_reconstruction;

/* KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status bench_reconstruction_new(bench_reconstruction **out,
                                     const bench_reconstruction_options *options);
void bench_reconstruction_free(bench_reconstruction *work);

/* Of the window's newest `span` snapshots. KOOP_NOT_ENOUGH_DATA; KOOP_RANK_ZERO when they do not
 * move; KOOP_NOT_FINITE when a mode grows beyond double; KOOP_LAPACK_FAILED. */
koop_status bench_reconstruction_error(bench_reconstruction *work, const koop_window *window,
                                       double *error);

#endif
