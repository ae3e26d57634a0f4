/* auroc: how well a score tells events from controls: the chance that an event's is the higher.
 *
 * Notation.  x_1 … x_m scores of events, y_1 … y_n of controls
 *            A = (1/mn) Σ_ij [x_i > y_j] + ½ [x_i = y_j]           (Mann & Whitney 1947)
 *            deviation: DeLong's standard deviation of A (DeLong et al. 1988, Biometrics 44):
 *                √(s²_x/m + s²_y/n), s² the variances of Σ_j [·]/n over i and of Σ_i [·]/m over j
 *            interval: Newcombe's method 5 (Newcombe 2006, Statistics in Medicine 25): all θ with
 *                (A − θ)² ≤ z² θ(1 − θ)/(mn) · (1 + N ((1 − θ)/(2 − θ) + θ/(1 + θ))),
 *                N = (m + n)/2 − 1
 *
 * DeLong's interval and a bootstrap's shrink to the point 1 when A is 1, just where a claim is
 * made; Newcombe's does not: it takes the variance at θ, under Hanley and McNeil's model. */
#ifndef BENCH_AUROC_H
#define BENCH_AUROC_H

#include "interval.h"

#include <stddef.h>

typedef struct bench_auroc {
    double area;
    double deviation; /* 0 when m or n is 1 */
    bench_interval interval;
} bench_auroc;

/* KOOP_BAD_ARGUMENT for m or n of 0 or a confidence outside (0, 1), KOOP_NOT_FINITE for a NaN
 * (infinities are scores like others). O(mn). */
koop_status bench_auroc_of(const double *events, size_t m, const double *controls, size_t n,
                           double confidence, bench_auroc *out);

#endif
