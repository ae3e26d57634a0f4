/* plan: which trainings are made, and what each is called. */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "settings.h"
#include "work.h"

enum { BENCH_CHANGE_AT = 1500, BENCH_QUIET_STEPS = 4000, BENCH_WARM_UP = 2000 };

typedef struct bench_plan {
    size_t count;
    planted_options *runs; /* those of one seed before those of the next */
} bench_plan;

/* The trainings of seeds: with changes, without (of every schedule), or both. KOOP_NO_MEMORY. Free with
 * bench_plan_free. */
koop_status bench_plan_new(bench_plan *out, const bench_settings *settings, bench_range seeds,
                           bool changed, bool quiet);
void bench_plan_free(bench_plan *plan);

/* "planted-mlp-sgd-lr-drop-2000", "quiet-mlp-sgd-cosine-2000" */
void bench_plan_name(const planted_options *run, char name[BENCH_JOB_NAME]);

#endif
