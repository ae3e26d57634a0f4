#include "interval.h"

#include <math.h>
#include <stdbool.h>

static const double most_events = 1e9;

/* A count's distribution: Poisson of mean `parameter`, or binomial of n trials at it. */
typedef struct law {
    bool binomial;
    double n;
} law;

static double log_term(const law *l, double parameter, double x) {
    if (!l->binomial) return x * log(parameter) - parameter - lgamma(x + 1);
    return lgamma(l->n + 1) - lgamma(x + 1) - lgamma(l->n - x + 1) + x * log(parameter) +
           (l->n - x) * log1p(-parameter);
}

/* P(X = x) / P(X = x − 1). */
static double ratio(const law *l, double parameter, double x) {
    if (!l->binomial) return parameter / x;
    return (l->n - x + 1) / x * parameter / (1 - parameter);
}

/* Σ of the terms from x downward (below) or upward; they fall away from x, or nearly so. */
static double tail(const law *l, double parameter, double x, bool below) {
    double term = exp(log_term(l, parameter, x)), sum = term;
    if (below)
        for (double i = x; i > 0 && term > 1e-18 * sum; i--) sum += term /= ratio(l, parameter, i);
    else
        for (double i = x + 1; (!l->binomial || i <= l->n) && term > 1e-18 * sum; i++)
            sum += term *= ratio(l, parameter, i);
    return sum;
}

/* P(X ≤ k) or P(X ≥ k), each summed on the side of the mean where its terms fall away from k. */
static double probability(const law *l, double parameter, double k, bool at_most) {
    const double mean = l->binomial ? l->n * parameter : parameter;
    if (at_most)
        return k <= mean ? tail(l, parameter, k, true) : 1 - tail(l, parameter, k + 1, false);
    return k >= mean ? tail(l, parameter, k, false) : 1 - tail(l, parameter, k - 1, true);
}

/* The parameter in (low, high) at which P(X ≤ k) (falling) or P(X ≥ k) (rising) is p. */
static double invert(const law *l, double k, bool at_most, double p, double low, double high) {
    for (int i = 0; i < 200; i++) {
        const double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) break;
        if ((probability(l, middle, k, at_most) > p) == at_most)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

/* Above every bound of a Poisson mean at a tail of p: P(X ≤ k | λ) ≤ exp(k − λ)(λ/k)^k. */
static double above(double k, double p) {
    const double t = -log(p);
    return k + 2 * t + 2 * sqrt(2 * (k + 1) * t) + 2;
}

static bool is_valid(double count, double confidence) {
    return confidence > 0 && confidence < 1 && count <= most_events;
}

koop_status bench_interval_rate(uint64_t events, double exposure, double confidence,
                                bench_interval *out) {
    const double k = (double)events, p = (1 - confidence) / 2;
    if (!is_valid(k, confidence) || !(exposure > 0) || !isfinite(exposure))
        return KOOP_BAD_ARGUMENT;
    const law poisson = {0};
    out->lower = events ? invert(&poisson, k, false, p, 0, k) / exposure : 0;
    out->upper = invert(&poisson, k, true, p, 0, above(k, p)) / exposure;
    return KOOP_OK;
}

koop_status bench_interval_rate_bound(uint64_t events, double exposure, double confidence,
                                      double *bound) {
    const double k = (double)events, p = 1 - confidence;
    if (!is_valid(k, confidence) || !(exposure > 0) || !isfinite(exposure))
        return KOOP_BAD_ARGUMENT;
    const law poisson = {0};
    *bound = invert(&poisson, k, true, p, 0, above(k, p)) / exposure;
    return KOOP_OK;
}

koop_status bench_interval_proportion(uint64_t hits, uint64_t trials, double confidence,
                                      bench_interval *out) {
    const double k = (double)hits, p = (1 - confidence) / 2;
    if (trials < 1 || hits > trials || !is_valid((double)trials, confidence))
        return KOOP_BAD_ARGUMENT;
    const law binomial = {.binomial = true, .n = (double)trials};
    out->lower = hits ? invert(&binomial, k, false, p, 0, 1) : 0;
    out->upper = hits < trials ? invert(&binomial, k, true, p, 0, 1) : 1;
    return KOOP_OK;
}
