/* interval: exact confidence intervals of a rate and of a proportion, from counts.
 *
 * Rate from k events in an exposure E (Garwood 1936, Biometrika 28): l and u of the mean of a
 * Poisson count with P(X ≥ k | l) = α/2 and P(X ≤ k | u) = α/2, over E.
 * Proportion of k in n (Clopper & Pearson 1934, Biometrika 26): the same with the binomial.
 * With confidence 1 − α the interval covers the truth at least that often, whatever it is. l is 0
 * for k = 0, and the proportion's u is 1 for k = n.
 *
 * The distribution functions are summed away from their mean, and inverted by bisection. */
#ifndef BENCH_INTERVAL_H
#define BENCH_INTERVAL_H

#include "status.h"

#include <stdint.h>

typedef struct bench_interval {
    double lower, upper;
} bench_interval;

/* Two-sided, in events a unit of exposure. 0 < confidence < 1, exposure > 0, counts up to 1e9:
 * KOOP_BAD_ARGUMENT. */
koop_status bench_interval_rate(uint64_t events, double exposure, double confidence,
                                bench_interval *out);

/* One-sided upper bound of the rate: P(X ≤ events | bound) = 1 − confidence. */
koop_status bench_interval_rate_bound(uint64_t events, double exposure, double confidence,
                                      double *bound);

/* Two-sided. hits ≤ trials, trials ≥ 1. */
koop_status bench_interval_proportion(uint64_t hits, uint64_t trials, double confidence,
                                      bench_interval *out);

#endif
