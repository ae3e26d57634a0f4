/* page_hinkley: the two-sided Page-Hinkley test for a change in the mean of one scalar.
 *
 * Sources: Page 1954 (Biometrika 41); Hinkley 1971 (Biometrika 58); with forgetting and in this
 * form: Mouss et al. 2004 (Asian Control Conference) and the library river, whose defaults these
 * are and whose alarms this one reproduces (by test).
 *
 * Notation.  x̄_t mean of all values since the last alarm, x_t with them
 *            U_t = α U_{t−1} + x_t − x̄_t − δ,  u_t = min(U_1 … U_t)
 *            L_t = α L_{t−1} + x_t − x̄_t + δ,  l_t = max(L_1 … L_t)
 *
 * Alarm when U_t − u_t or l_t − L_t exceeds the threshold λ, from the `least`-th value on; then
 * everything is forgotten. δ and λ are in units of the scalar: nothing here knows its scale. */
#ifndef BENCH_PAGE_HINKLEY_H
#define BENCH_PAGE_HINKLEY_H

#include "detector.h"

typedef struct bench_page_hinkley_options {
    bench_scalar scalar;
    int least;        /* values before the first alarm, ≥ 1 */
    double delta;     /* δ ≥ 0, change that is tolerated */
    double alpha;     /* α, 0 < α ≤ 1 */
    double threshold; /* λ > 0 */
} bench_page_hinkley_options;

/* The loss, 30 values, δ 0.005, α 0.9999, λ 50. */
bench_page_hinkley_options bench_page_hinkley_defaults(void);

koop_status bench_page_hinkley_new(bench_detector *out, const bench_page_hinkley_options *options);

#endif
