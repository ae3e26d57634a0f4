#include "calibrate.h"

#include <math.h>

size_t bench_alarms(const bench_detector *detector, const bench_series *series,
                    const bench_policy *policy, size_t *at, size_t most) {
    size_t count = 0, last = 0;
    bench_detector_restart(detector);
    for (size_t i = 0; i < series->count; i++) {
        if (!bench_detector_step(detector, &series->samples[i]) || i < policy->warm_up) continue;
        if (count > 0 && i - last <= policy->refractory) continue;
        if (count < most) at[count] = i;
        count++;
        last = i;
    }
    return count;
}

bench_tally bench_count_alarms(const bench_detector *detector, const bench_series *series,
                               size_t n_series, const bench_policy *policy) {
    bench_tally tally = {0};
    for (size_t k = 0; k < n_series; k++) {
        tally.alarms += bench_alarms(detector, &series[k], policy, NULL, 0);
        if (series[k].count > policy->warm_up) tally.exposure += series[k].count - policy->warm_up;
    }
    return tally;
}

bench_target bench_target_defaults(void) {
    return (bench_target){.per_10000 = 1, .least = 1e-3, .most = 1e6, .tolerance = 0.01};
}

koop_status bench_calibrate(const bench_detector *detector, const bench_series *series,
                            size_t n_series, const bench_policy *policy, const bench_target *target,
                            double *threshold) {
    if (!(target->per_10000 >= 0) || !(target->least > 0) || !(target->most > target->least) ||
        !isfinite(target->most) || !(target->tolerance > 0))
        return KOOP_BAD_ARGUMENT;
    double low = log(target->least), high = log(target->most), now = high;
    for (bool first = true; first || high - low > target->tolerance; first = false) {
        bench_detector_set_threshold(detector, exp(now));
        const bench_tally tally = bench_count_alarms(detector, series, n_series, policy);
        if (tally.exposure == 0) return KOOP_NOT_ENOUGH_DATA;
        const bool holds = (double)tally.alarms * 1e4 <= target->per_10000 * (double)tally.exposure;
        if (first && !holds) return KOOP_NOT_FOUND;
        if (holds)
            high = now;
        else
            low = now;
        now = low + (high - low) / 2;
    }
    *threshold = exp(high);
    bench_detector_set_threshold(detector, *threshold);
    return KOOP_OK;
}
