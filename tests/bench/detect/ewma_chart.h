/* ewma_chart: an EWMA control chart whose mean and variance are estimated as it goes: the decision
 * rule of CPDMD, on the error that reconstruction.h computes.
 *
 * Sources: Khamesi, Adams, Bodenham & Cohen, "Online Changepoint Detection via Dynamic Mode
 * Decomposition" (CPDMD, arXiv 2405.15576), as the authors' published program has it; the chart:
 * Roberts 1959 (Technometrics 1), Lucas & Saccucci 1990 (Technometrics 32).
 *
 * Notation.  e_t scalar, δ_t = e_t − e_{t−1} its increments (or e_t itself, without `increments`)
 *            μ, σ  mean and standard deviation of all δ before t
 *            Z_t = (1 − λ) Z_{t−1} + λ δ_t, from the mean of the first two
 *            s_t = σ √(λ/(2 − λ) · (1 − (1 − λ)^{2(t−2)})), t counting the δ so far
 *
 * Alarm when |Z_t − μ| exceeds threshold · s_t, with δ_t in μ but not yet in s_t, after `burn_in`
 * values of δ; then everything is forgotten. What is not here: CPDMD also chooses window, delays
 * and rank anew after each alarm, by search on the burn-in. */
#ifndef BENCH_EWMA_CHART_H
#define BENCH_EWMA_CHART_H

#include "detector.h"

typedef struct bench_ewma_chart_options {
    bench_scalar scalar;
    bool increments;
    int burn_in;      /* ≥ 2 */
    double smoothing; /* λ, 0 < λ < 1 */
    double threshold; /* control limit in standard deviations, > 0 */
} bench_ewma_chart_options;

/* Increments of the reconstruction error; burn-in 60, λ 0.1, 3 standard deviations. */
bench_ewma_chart_options bench_ewma_chart_defaults(void);

koop_status bench_ewma_chart_new(bench_detector *out, const bench_ewma_chart_options *options);

#endif
