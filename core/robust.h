/* robust: a series' usual course, estimated so that a few wild values, or the beginning of a change,
 * do not bend it.
 *
 * Model.  y_i = a + b (i − c) + r_i,  c = (n−1)/2,  r_i = ρ r_{i−1} + e_i,  i = 0..n−1
 *   line   Huber's M-estimate (tuning 2) by three steps of iteratively reweighted least squares, begun
 *          at the medians of the two halves (Brown & Mood 1951; Huber 1964, Ann. Math. Statist. 35)
 *   ρ      lag-1 autocorrelation of the residuals clipped at ±3 scales, plus (2 + 4ρ)/n for what
 *          fitting a line takes away (Kendall 1954, Biometrika 41)
 *   scale  of e: root mean square of e clipped at ±3 MAD
 * O(n), no allocation. Internal to core. */
#ifndef KOOP_ROBUST_H
#define KOOP_ROBUST_H

enum { KOOP_ROBUST_MOST = 256 }; /* values, n at most */

/* The median of 1 ≤ count values, which are reordered. */
double koop_robust_median(double *values, int count);

typedef struct koop_robust_line {
    int n;
    double level, slope; /* a, b */
    double correlation;  /* ρ, within −0.3..0.9 */
} koop_robust_line;

/* Line and ρ of y[0..n), 8 ≤ n ≤ KOOP_ROBUST_MOST. */
koop_robust_line koop_robust_fit(const double *y, int n);

/* a + b (i − c), also for i ≥ n. */
double koop_robust_at(const koop_robust_line *line, double i);

/* The scale of e under another ρ than the fitted one. */
double koop_robust_scale(const koop_robust_line *line, const double *y, double correlation);

#endif
