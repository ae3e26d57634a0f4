/* verdict: what the alarms of one run are worth, where it is known when its training was changed.
 *
 * Notation.  c        step of the change
 *            delay    step of the first alarm from c on, minus c: detected when ≤ BENCH_WITHIN
 *            extra    further alarms up to c + BENCH_WITHIN
 *            early    alarms from step BENCH_QUIET_FROM up to c: false ones
 *            m_k      mean loss of steps k−7 … k
 *            blow-up  first k ≥ c at which m_k is not finite, or more than twice its median over the
 *                     200 steps before c
 *
 * Of a detector that looks at all of a series afterwards, an alarm is a place of change, which may
 * lie BENCH_BEFORE steps before c; it has no delay. */
#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include "calibrate.h"

enum { BENCH_WITHIN = 400, BENCH_QUIET_FROM = 1000, BENCH_BEFORE = 8 };

typedef struct bench_alarm {
    int64_t step;  /* at which it was raised */
    int64_t onset; /* where the change is said to have begun; −1: not said */
} bench_alarm;

typedef struct bench_verdict {
    bool detected;
    double delay;       /* NaN: not detected, or looked at afterwards */
    double onset_error; /* |onset − c|; NaN: not detected, or not said */
    int extra, early;
} bench_verdict;

/* Alarms in rising order of their steps. */
bench_verdict bench_judge(const bench_alarm *alarms, size_t n, int64_t change, bool afterwards);

/* Alarms from step BENCH_QUIET_FROM on. */
int bench_count_quiet(const bench_alarm *alarms, size_t n);

/* The step of the first alarm at or after the change; −1: none. */
int64_t bench_first_alarm(const bench_alarm *alarms, size_t n, int64_t change);

/* The step at which the loss blew up; −1: it did not. Steps are 1, 2, …; −1 too where there are fewer
 * than 208 of them before the change. */
int64_t bench_blow_up(const bench_series *series, int64_t change);

#endif
