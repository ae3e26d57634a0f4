#include "rivals.h"

#include "adwin.h"
#include "assignment_tracking.h"
#include "ewma_chart.h"
#include "page_hinkley.h"
#include "pelt.h"
#include "scalar_chart.h"

#include <math.h>
#include <stdlib.h>

/* The next place, for a detector that was just made. */
static bench_rival *add(bench_rivals *r, const char *name, bool calibrated) {
    bench_rival *rival = &r->rival[r->n++];
    *rival = (bench_rival){.name = name, .calibrated = calibrated};
    return rival;
}

static koop_status add_chart(bench_rivals *r, const char *name, bench_scalar scalar) {
    bench_scalar_chart_options options = bench_scalar_chart_defaults();
    bench_rival *rival = add(r, name, true);
    options.scalar = scalar;
    rival->of_loss = scalar == BENCH_LOG_LOSS;
    rival->of_gradient = !rival->of_loss;
    return bench_scalar_chart_new(&rival->detector, &options);
}

static koop_status add_page_hinkley(bench_rivals *r, const char *name, bool calibrated) {
    bench_page_hinkley_options options = bench_page_hinkley_defaults();
    bench_rival *rival = add(r, name, calibrated);
    options.scalar = BENCH_LOG_LOSS;
    rival->of_loss = true;
    rival->threshold = options.threshold;
    return bench_page_hinkley_new(&rival->detector, &options);
}

static koop_status add_adwin(bench_rivals *r, const char *name, bool calibrated) {
    bench_adwin_options options = bench_adwin_defaults();
    bench_rival *rival = add(r, name, calibrated);
    options.scalar = BENCH_LOG_LOSS;
    rival->of_loss = true;
    rival->threshold = options.threshold;
    return bench_adwin_new(&rival->detector, &options);
}

static koop_status add_assignment(bench_rivals *r, const char *name, bench_assignment watched) {
    const bench_assignment_options options = bench_assignment_defaults(watched);
    return bench_assignment_new(&add(r, name, true)->detector, &options);
}

static koop_status add_reconstruction(bench_rivals *r, const char *name) {
    const bench_ewma_chart_options options = bench_ewma_chart_defaults();
    return bench_ewma_chart_new(&add(r, name, true)->detector, &options);
}

static koop_status add_pelt(bench_rivals *r, const char *name, bool calibrated) {
    bench_rival *rival = add(r, name, calibrated);
    rival->afterwards = rival->of_loss = true;
    rival->threshold = 1;
    return KOOP_OK;
}

koop_status bench_rivals_new(bench_rivals *out) {
    *out = (bench_rivals){0};
    koop_status status = add_chart(out, "loss alone: CUSUM", BENCH_LOG_LOSS);
    if (status == KOOP_OK)
        status = add_chart(out, "gradient norm alone: CUSUM", BENCH_LOG_GRAD_NORM);
    if (status == KOOP_OK) status = add_page_hinkley(out, "loss: Page-Hinkley", true);
    if (status == KOOP_OK) status = add_page_hinkley(out, "loss: Page-Hinkley, published", false);
    if (status == KOOP_OK) status = add_adwin(out, "loss: ADWIN", true);
    if (status == KOOP_OK) status = add_adwin(out, "loss: ADWIN, published", false);
    if (status == KOOP_OK) status = add_pelt(out, "loss: PELT, afterwards", true);
    if (status == KOOP_OK) status = add_pelt(out, "loss: PELT, afterwards, BIC", false);
    if (status == KOOP_OK)
        status = add_assignment(out, "eigenvalues: step (CHASM)", BENCH_ASSIGNMENT_STEP);
    if (status == KOOP_OK)
        status = add_assignment(out, "eigenvalues: path (CHASM)", BENCH_ASSIGNMENT_PATH);
    if (status == KOOP_OK) status = add_reconstruction(out, "reconstruction (CPDMD)");
    if (status != KOOP_OK) bench_rivals_free(out);
    return status;
}

void bench_rivals_free(bench_rivals *rivals) {
    for (int k = 0; k < rivals->n; k++) bench_detector_free(&rivals->rival[k].detector);
    *rivals = (bench_rivals){0};
}

/* Step by step */

static bool is_lost(const bench_rival *rival, const bench_sample *sample) {
    return (rival->of_loss && !isfinite(sample->loss)) ||
           (rival->of_gradient && !isfinite(sample->grad_norm));
}

static size_t alarms_at_once(const bench_rival *rival, const bench_series *series,
                             bench_alarm *alarms) {
    size_t n = 0;
    bool lost = false;
    bench_detector_restart(&rival->detector);
    for (size_t i = 0; i < series->count; i++) {
        const bench_sample *sample = &series->samples[i];
        const bool alarm = bench_detector_step(&rival->detector, sample);
        const bool loses = is_lost(rival, sample) && !lost;
        lost = lost || loses;
        if ((alarm || loses) && n < BENCH_ALARMS) alarms[n++] = (bench_alarm){sample->step, -1};
    }
    return n;
}

/* Afterwards */

/* Log losses from BENCH_QUIET_FROM on, as far as they are finite; *from the first of their samples. */
static int log_losses(const bench_series *series, double *x, size_t *from) {
    int n = 0;
    for (size_t i = 0; i < series->count; i++) {
        double value;
        if (series->samples[i].step < BENCH_QUIET_FROM) continue;
        if (n == 0) *from = i;
        if (!bench_sample_scalar(&series->samples[i], BENCH_LOG_LOSS, &value)) break;
        x[n++] = value;
    }
    return n;
}

static size_t alarms_afterwards(const bench_rival *rival, const bench_series *series,
                                bench_alarm *alarms) {
    double *x = malloc(series->count * sizeof *x + 1);
    int *changes = malloc(series->count * sizeof *changes + 1);
    size_t from = 0, n = 0;
    int count = 0;
    if (x && changes) {
        const int length = log_losses(series, x, &from);
        bench_pelt_options options = bench_pelt_defaults();
        options.penalty = rival->threshold * 3 * log(length);
        if (length < 1 || bench_pelt(x, length, &options, changes, &count) != KOOP_OK) count = 0;
        for (int k = 0; k < count && n < BENCH_ALARMS; k++) {
            const int64_t step = series->samples[from + (size_t)changes[k]].step;
            alarms[n++] = (bench_alarm){step, step};
        }
        if (from + (size_t)length < series->count && n < BENCH_ALARMS && length > 0) {
            const int64_t step = series->samples[from + (size_t)length].step;
            alarms[n++] = (bench_alarm){step, step};
        }
    }
    free(changes);
    free(x);
    return n;
}

size_t bench_rival_alarms(const bench_rival *rival, const bench_series *series,
                          bench_alarm alarms[BENCH_ALARMS]) {
    return (rival->afterwards ? alarms_afterwards : alarms_at_once)(rival, series, alarms);
}

/* Calibrating */

/* The smallest penalty on a grid of tenths that keeps the promise. */
static koop_status calibrate_pelt(bench_rival *rival, const bench_series *quiet, size_t n,
                                  double per_10000) {
    bench_alarm alarms[BENCH_ALARMS];
    double exposure = 0;
    for (size_t k = 0; k < n; k++)
        if (quiet[k].count >= BENCH_QUIET_FROM)
            exposure += (double)(quiet[k].count - BENCH_QUIET_FROM + 1);
    if (exposure <= 0) return KOOP_NOT_ENOUGH_DATA;
    for (rival->threshold = 1; rival->threshold < 100; rival->threshold *= 1.1) {
        size_t found = 0;
        for (size_t k = 0; k < n; k++) found += alarms_afterwards(rival, &quiet[k], alarms);
        rival->holds = (double)found * 1e4 <= per_10000 * exposure;
        if (rival->holds) break;
    }
    return KOOP_OK;
}

static koop_status calibrate(bench_rival *rival, const bench_series *quiet, size_t n,
                             double per_10000) {
    if (rival->afterwards) return calibrate_pelt(rival, quiet, n, per_10000);
    bench_target target = bench_target_defaults();
    const bench_policy policy = {.warm_up = BENCH_QUIET_FROM - 1};
    target.per_10000 = per_10000;
    const koop_status status =
        bench_calibrate(&rival->detector, quiet, n, &policy, &target, &rival->threshold);
    rival->holds = status == KOOP_OK;
    if (status != KOOP_NOT_FOUND) return status;
    rival->threshold = target.most;
    return KOOP_OK;
}

koop_status bench_rivals_calibrate(bench_rivals *rivals, const bench_series *quiet, size_t n,
                                   double per_10000) {
    koop_status status = KOOP_OK;
    for (int k = 0; k < rivals->n && status == KOOP_OK; k++)
        if (rivals->rival[k].calibrated) status = calibrate(&rivals->rival[k], quiet, n, per_10000);
    return status;
}
