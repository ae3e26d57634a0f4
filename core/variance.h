/* variance: the variance spectrum of a window, and how far two of them are apart.
 *
 * Notation.  v_1 ≥ v_2 ≥ …  eigenvalues of the window's centred Gram matrix: the variance (times
 *            the number of snapshots) along each principal coordinate
 *            s_k = v_k / Σ_i v_i   shares; below 1e-12 they are rounding, and count as 1e-12
 *
 * distance = (1/n) Σ_k |log s_k − log s'_k|, over n = the longer one's count; those that the
 * shorter one lacks count as 1e-12. A mean of nepers: log 2 = 0.69 is a factor of two. It tells kinds
 * of training apart; but unlike the eigenvalues of the Koopman operator it depends on coordinates,
 * so that conjugate dynamics may differ in it.
 *
 * Plain data. */
#ifndef KOOP_VARIANCE_H
#define KOOP_VARIANCE_H

#include "spectrum.h"

typedef struct koop_variances {
    int count; /* 0: unknown */
    double value[KOOP_MAX_RANK];
} koop_variances;

/* KOOP_NOT_ENOUGH_DATA when either is empty, KOOP_RANK_ZERO when the sum of either is not above 0,
 * KOOP_NOT_FINITE. */
koop_status koop_variance_distance(const koop_variances *a, const koop_variances *b,
                                   double *distance);

#endif
