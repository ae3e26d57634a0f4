/* series: made-up series of samples for the tests of the detectors. */
#ifndef SERIES_H
#define SERIES_H

#include "../../core/fixture.h"

#include "calibrate.h"

enum { SERIES_MAX = 4096 };

/* Gaussian losses of deviation 1 whose mean is levels[k] in the k-th `length` samples. */
static inline void fill_losses(bench_sample *samples, uint64_t seed, const double *levels,
                               int n_levels, int length) {
    for (int i = 0; i < n_levels * length; i++)
        samples[i] = (bench_sample){.step = i,
                                    .loss = levels[i / length] + gaussian(&seed),
                                    .grad_norm = NAN,
                                    .reconstruction = NAN};
}

/* Alarms of the detector over the samples, all of them counted. */
static inline size_t all_alarms(const bench_detector *detector, const bench_sample *samples,
                                size_t count, size_t *at, size_t most) {
    const bench_series series = {samples, count};
    const bench_policy policy = {0};
    return bench_alarms(detector, &series, &policy, at, most);
}

/* The first alarm at or after sample `from`; `count` when there is none. */
static inline size_t first_alarm_from(const bench_detector *detector, const bench_sample *samples,
                                      size_t count, size_t from) {
    const bench_series series = {samples, count};
    const bench_policy policy = {.warm_up = from};
    size_t at = count;
    bench_alarms(detector, &series, &policy, &at, 1);
    return at;
}

/* Alarms in n_runs quiet runs of `length` samples. */
static inline size_t quiet_alarms(const bench_detector *detector, uint64_t n_runs, int length) {
    static bench_sample samples[SERIES_MAX];
    const double level = 0;
    size_t alarms = 0;
    for (uint64_t seed = 1; seed <= n_runs; seed++) {
        fill_losses(samples, 100 + seed, &level, 1, length);
        alarms += all_alarms(detector, samples, (size_t)length, NULL, 0);
    }
    return alarms;
}

#endif
