/* transport: exact Wasserstein-1 distances between spectra, as sets of points in the plane.
 *
 * mean assignment distance   min over bijections π of (1/r) Σ_j |λ_j − μ_π(j)|: the distance of
 *     Redman et al. (NeurIPS 2024); equals SciPy's mean over linear_sum_assignment.
 * weighted transport         min Σ_ij f_ij |λ_i − μ_j| over flows f with the given marginals, for
 *     unequal sizes or weights. Equals the former when sizes agree and weights are uniform.
 * residual-weighted          the latter with weights ∝ 1/(residual_j + 0.05): eigenvalues that the
 *     data do not bear out (spectrum.h) weigh little. The 0.05 keeps one very good mode from being
 *     all that counts.
 *
 * Cost: assignment O(r³) (shortest augmenting paths: Jonker & Volgenant 1987, Computing 38);
 * weighted O((n+m)²) per augmentation, of which there are at least n+m−1: for spectra, not for
 * thousands of points (1,000 against 999 take half a minute). Weights below 1e-15 of their sum
 * count as 0; distances above 1e304 are KOOP_NOT_FINITE. The workspace is allocated once; no call allocates. */
#ifndef KOOP_TRANSPORT_H
#define KOOP_TRANSPORT_H

#include "spectrum.h"

typedef struct koop_transport koop_transport;

/* Workspace for point sets of up to `max_points` a side, 1 ≤ max_points ≤ 4096.
 * KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with koop_transport_free (NULL is allowed). */
koop_status koop_transport_new(koop_transport **out, int max_points);
void koop_transport_free(koop_transport *transport);

/* Mean assignment distance of n points a[2n] = {re, im, …} and b[2n]. matching[i] (n ints, may be
 * NULL) gets the partner in b of point i of a. KOOP_BAD_ARGUMENT for n < 1 or above the
 * workspace, KOOP_NOT_FINITE. */
koop_status koop_transport_assign(koop_transport *transport, const double *a, const double *b,
                                  int n, int *matching, double *distance);

/* Exact transport of n weighted points onto m; NULL weights mean uniform. Weights are ≥ 0 with a
 * positive sum and are normalised to 1. Errors as above. */
koop_status koop_transport_weighted(koop_transport *transport, const double *a, const double *wa,
                                    int n, const double *b, const double *wb, int m,
                                    double *distance);

/* Distance of two spectra: assignment when the ranks agree, uniform transport when they do not.
 * KOOP_NOT_ENOUGH_DATA when either is empty. */
koop_status koop_transport_spectra(koop_transport *transport, const koop_spectrum *a,
                                   const koop_spectrum *b, double *distance);

/* The same weighted by residuals; KOOP_NOT_FINITE for a residual that is NaN. */
koop_status koop_transport_residual(koop_transport *transport, const koop_spectrum *a,
                                    const koop_spectrum *b, double *distance);

/* The weight of an eigenvalue of this residual: 1/(residual + 0.05), 20 at most. */
double koop_transport_weight(double residual);

#endif
