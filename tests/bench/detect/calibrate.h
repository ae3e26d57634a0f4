/* calibrate: how often a detector alarms on given series, and the threshold at which it alarms no
 * more often than promised: the same rule for all detectors, so that their delays compare.
 *
 * An alarm counts when it comes at or after `warm_up` samples of its series, and more than
 * `refractory` samples after the last one that counted. All samples from `warm_up` on are exposure.
 *
 * An alarm changes what a detector remembers, so that its number need not fall steadily with the
 * threshold: what the search returns has been run and held, it need not be the least of all. */
#ifndef BENCH_CALIBRATE_H
#define BENCH_CALIBRATE_H

#include "detector.h"

typedef struct bench_series {
    const bench_sample *samples;
    size_t count;
} bench_series;

typedef struct bench_policy {
    size_t warm_up, refractory; /* samples */
} bench_policy;

typedef struct bench_tally {
    uint64_t alarms;
    uint64_t exposure; /* samples */
} bench_tally;

/* Restarts the detector and runs it over a series. Writes the indices of the first `most` alarms
 * that count to `at` (NULL when most is 0); gives the number of all of them. */
size_t bench_alarms(const bench_detector *detector, const bench_series *series,
                    const bench_policy *policy, size_t *at, size_t most);

bench_tally bench_count_alarms(const bench_detector *detector, const bench_series *series,
                               size_t n_series, const bench_policy *policy);

typedef struct bench_target {
    double per_10000;   /* alarms a 10,000 samples of exposure, at most; ≥ 0 */
    double least, most; /* where to look for the threshold, 0 < least < most */
    double tolerance;   /* of the threshold, relative, > 0 */
} bench_target;

/* 1 per 10,000; 1e-3 … 1e6; 1%. */
bench_target bench_target_defaults(void);

/* Bisects log threshold; sets the detector's threshold to what it found and gives it: within the
 * tolerance of `least` when every threshold holds. KOOP_NOT_FOUND when not even `most` holds and
 * KOOP_NOT_ENOUGH_DATA without exposure: the detector is then left at `most`. KOOP_BAD_ARGUMENT. */
koop_status bench_calibrate(const bench_detector *detector, const bench_series *series,
                            size_t n_series, const bench_policy *policy, const bench_target *target,
                            double *threshold);

#endif
