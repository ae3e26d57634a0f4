#include "verdict.h"

#include <math.h>
#include <stdlib.h>

enum { SMOOTHED = 8, REFERENCE = 200 };

bench_verdict bench_judge(const bench_alarm *alarms, size_t n, int64_t change, bool afterwards) {
    const int64_t from = afterwards ? change - BENCH_BEFORE : change;
    bench_verdict v = {.delay = NAN, .onset_error = NAN};
    for (size_t i = 0; i < n; i++) {
        const bench_alarm *a = &alarms[i];
        if (a->step < from) {
            v.early += a->step >= BENCH_QUIET_FROM;
            continue;
        }
        if (a->step > change + BENCH_WITHIN) break;
        if (v.detected) {
            v.extra++;
            continue;
        }
        v.detected = true;
        if (!afterwards) v.delay = (double)(a->step - change);
        if (a->onset >= 0) v.onset_error = fabs((double)(a->onset - change));
    }
    return v;
}

int bench_count_quiet(const bench_alarm *alarms, size_t n) {
    int count = 0;
    for (size_t i = 0; i < n; i++) count += alarms[i].step >= BENCH_QUIET_FROM;
    return count;
}

int64_t bench_first_alarm(const bench_alarm *alarms, size_t n, int64_t change) {
    for (size_t i = 0; i < n; i++)
        if (alarms[i].step >= change) return alarms[i].step;
    return -1;
}

/* m of the sample i. */
static double smoothed(const bench_series *series, size_t i) {
    double sum = 0;
    for (size_t k = 0; k < SMOOTHED; k++) sum += series->samples[i - k].loss;
    return sum / SMOOTHED;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int64_t bench_blow_up(const bench_series *series, int64_t change) {
    double before[REFERENCE];
    if (change < REFERENCE + SMOOTHED || (size_t)change > series->count) return -1;
    const size_t first = (size_t)change - 1; /* its sample */
    for (size_t k = 0; k < REFERENCE; k++) before[k] = smoothed(series, first - 1 - k);
    qsort(before, REFERENCE, sizeof *before, compare);
    const double usual = (before[REFERENCE / 2 - 1] + before[REFERENCE / 2]) / 2;
    for (size_t i = first; i < series->count; i++) {
        const double m = smoothed(series, i);
        if (!isfinite(m) || m > 2 * usual) return series->samples[i].step;
    }
    return -1;
}
