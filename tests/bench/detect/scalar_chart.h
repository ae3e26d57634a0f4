/* scalar_chart: a CUSUM on one scalar against its own recent past; what a careful person would do
 * with the loss alone, or the gradient norm alone.
 *
 * Source: Page 1954 (Biometrika 41); z by median and MAD of the past (trailing.h), clipped so that
 * no single value alarms by itself.
 *
 *     z_t as in trailing.h, clipped at ±c
 *     U_t = max(0, U_{t−1} + z_t − k),  L_t = max(0, L_{t−1} − z_t − k)
 *
 * Alarm when U or L exceeds the threshold; then the past is forgotten too, and the next alarm
 * waits until there is a new one: a change that lasts is one alarm. */
#ifndef BENCH_SCALAR_CHART_H
#define BENCH_SCALAR_CHART_H

#include "detector.h"

typedef struct bench_scalar_chart_options {
    bench_scalar scalar;
    int reference, gap; /* trailing.h */
    double allowance;   /* k ≥ 0 */
    double clip;        /* c > k */
    double threshold;   /* > 0 */
} bench_scalar_chart_options;

/* Log of the loss; 240 values, gap 32, k 0.5, c 6, threshold 15. */
bench_scalar_chart_options bench_scalar_chart_defaults(void);

koop_status bench_scalar_chart_new(bench_detector *out, const bench_scalar_chart_options *options);

#endif
