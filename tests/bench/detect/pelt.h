/* pelt: where a series changed in mean and variance, off line: the exact optimum.
 *
 * Source: Killick, Fearnhead & Eckley 2012 (JASA 107), pruned exact linear time.
 *
 * Notation.  x_0 … x_{n−1}; changes 0 = τ_0 < τ_1 < … < τ_k < n; a segment is τ_i … τ_{i+1}−1
 *            C(segment) = min over μ and σ² ≥ f of −2 log likelihood of the Gaussian
 *                       = l (log(2π v) + S/(l v)), l values, S = Σ(x − x̄)², v = max(S/l, f)
 *            f = 1e-8 times the variance of all: values that repeat are no infinite likelihood
 *            β penalty of a change;  F(t) = min over τ of F(τ) + C(τ … t−1) + β, F(0) = −β
 *
 * A start τ is dropped for good once F(τ) + C(τ … t−1) > F(t), from t + `least` on: earlier, t is
 * not yet a change that the segment's least length allows. That constraint on σ² keeps C a
 * minimum, so the pruning is exact (by test, against the optimum over all partitions).
 *
 * Default penalty 3 log n: BIC with two parameters and the place of the change. It holds for
 * independent values; autocorrelated ones want a larger one. Time O(n) when changes are spread over
 * the series, O(n²) at worst. */
#ifndef BENCH_PELT_H
#define BENCH_PELT_H

#include "status.h"

typedef struct bench_pelt_options {
    double penalty; /* β ≥ 0; 0: 3 log n */
    int least;      /* shortest segment, ≥ 2 */
} bench_pelt_options;

bench_pelt_options bench_pelt_defaults(void); /* 3 log n, 2 */

/* Writes the k changes in rising order (each the index of a segment's first value; room for n) and
 * k. KOOP_BAD_ARGUMENT, KOOP_NOT_FINITE, KOOP_NO_MEMORY; a series of fewer than 2 `least` values,
 * or that does not move, has none. */
koop_status bench_pelt(const double *x, int n, const bench_pelt_options *options, int *changes,
                       int *count);

#endif
