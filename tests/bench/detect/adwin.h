/* adwin: a window of one scalar that keeps growing until two parts of it differ in mean.
 *
 * Source: Bifet & Gavaldà 2007 (SIAM International Conference on Data Mining), the version with
 * exponential histograms (ADWIN2) and the bound by the variance, which does not ask for values in
 * [0, 1]; variances of buckets after Babcock et al. 2003 (PODS). Constants and defaults as in the
 * library river.
 *
 * Notation.  W     the window, n values of variance σ²; W = W₀ W₁ at a boundary between buckets,
 *                  n₀ + n₁ = n, means μ₀, μ₁
 *            s     shortest part that counts,  1/m = 1/(n₀ − s + 1) + 1/(n₁ − s + 1)
 *            δ     confidence, D = log(2 log(n)/δ)
 *            ε     = √(2 σ² D/m) + 2 D/(3 m)
 *
 * Every `clock` values, where n > `grace`: while |μ₀ − μ₁| > ε for a boundary, the oldest bucket is
 * dropped; if any was, that is the alarm. What is left of the window stays, as in the paper. Two
 * things differ from river: that one forgets all of the window after an alarm, and does not try
 * the boundary after the newest bucket of a size.
 *
 * The threshold is log(1/δ). The term 2 D/(3 m) is in units of the scalar.
 *
 * Buckets hold 2^k values, at most `buckets` of a size; of one too many the oldest two merge. */
#ifndef BENCH_ADWIN_H
#define BENCH_ADWIN_H

#include "detector.h"

enum { BENCH_ADWIN_MAX_BUCKETS = 32 };

typedef struct bench_adwin_options {
    bench_scalar scalar;
    int clock;        /* values from one look for a change to the next, ≥ 1 */
    int buckets;      /* 1..BENCH_ADWIN_MAX_BUCKETS */
    int least;        /* s ≥ 1 */
    int grace;        /* ≥ 0 */
    double threshold; /* log(1/δ) > 0 */
} bench_adwin_options;

/* The loss, clock 32, 5 buckets a size, s 5, grace 10, δ 0.002. */
bench_adwin_options bench_adwin_defaults(void);

koop_status bench_adwin_new(bench_detector *out, const bench_adwin_options *options);

#endif
