/* assignment_tracking: watches the eigenvalues themselves, each followed from update to update by
 * the optimal assignment between successive spectra.
 *
 * Source: the idea of CHASM (Khamesi, Cohen, Adams & Bodenham, arXiv 2605.07852), of which the
 * abstract says: the truncated eigenvalue sequence of a DMD operator; optimal linear assignment,
 * since a spectrum has no order; a multivariate EWMA on complex values "augmented" by their
 * conjugates. That is all that was at hand: what follows is built from it, not from the paper's
 * formulae; and the spectra are those of overlapping windows, not of CHASM's recursive estimate.
 *
 * Notation.  λ_1 … λ_k  the k eigenvalues of largest modulus; a direction that the rank left out
 *                       has the eigenvalue 0
 *            π          bijection to the spectrum before, of least Σ |λ_j − λ'_π(j)| (transport.h)
 *            x_j        λ_j in the order of the first spectrum, carried on by π; (re, im)
 *
 * BENCH_ASSIGNMENT_STEP   |z| of log((1/k) Σ |λ_j − λ'_π(j)| + 1e-12) as in trailing.h: how far the
 *     spectrum moved in one update.
 * BENCH_ASSIGNMENT_PATH   a multivariate EWMA (Lowry et al. 1992, Technometrics 34) of the paths:
 *     Z_j = (1 − s) Z_j + s (x_j − μ_j), with μ_j and the 2×2 covariance S_j of (re, im) (the same
 *     as the augmented covariance) over the `reference` updates that end `gap` ago;
 *     √( (1/2k) Σ_j Z_jᵀ (s/(2 − s) · (S_j + 1e-6 I))⁻¹ Z_j ). Pairs of eigenvalues count as
 *     uncorrelated: conjugate ones would make the whole covariance singular.
 *
 * Alarm when that exceeds the threshold; then all is forgotten. Samples without a spectrum are
 * passed over. */
#ifndef BENCH_ASSIGNMENT_TRACKING_H
#define BENCH_ASSIGNMENT_TRACKING_H

#include "detector.h"

typedef enum bench_assignment { BENCH_ASSIGNMENT_STEP, BENCH_ASSIGNMENT_PATH } bench_assignment;

typedef struct bench_assignment_options {
    bench_assignment watched;
    int eigenvalues;    /* k, 1..KOOP_MAX_RANK */
    int reference, gap; /* updates; 2 ≤ reference, 0 ≤ gap, 4,096 in all at most */
    double smoothing;   /* s, 0 < s ≤ 1; of BENCH_ASSIGNMENT_PATH */
    double threshold;   /* > 0 */
} bench_assignment_options;

/* The step with threshold 6, or the path with s 0.2 and threshold 4; k 8, 60 updates, gap 8. */
bench_assignment_options bench_assignment_defaults(bench_assignment watched);

koop_status bench_assignment_new(bench_detector *out, const bench_assignment_options *options);

#endif
