#include "plan.h"

#include "names.h"

#include <stdlib.h>

static bool chosen(unsigned bits, int i) {
    return bits & 1u << i;
}

static void add(bench_plan *plan, const bench_settings *s, const planted_options *common,
                bool changed, bool quiet) {
    for (int c = 1; c < PLANTED_CHANGES && changed; c++) {
        planted_options *o = &plan->runs[plan->count];
        if (!chosen(s->changes, c)) continue;
        *o = *common;
        o->change = (planted_change)c;
        plan->count++;
    }
    for (int k = 0; k < PLANTED_SCHEDULES && quiet; k++) {
        planted_options *o = &plan->runs[plan->count];
        if (!chosen(s->schedules, k)) continue;
        *o = *common;
        o->schedule = (planted_schedule)k;
        o->steps = s->quiet_steps;
        plan->count++;
    }
}

koop_status bench_plan_new(bench_plan *out, const bench_settings *s, bench_range seeds,
                           bool changed, bool quiet) {
    const size_t most = (size_t)(seeds.last - seeds.first + 1) * PLANTED_MODELS *
                        PLANTED_OPTIMIZERS * (PLANTED_CHANGES + PLANTED_SCHEDULES);
    *out = (bench_plan){.runs = calloc(most, sizeof *out->runs)};
    if (!out->runs) return KOOP_NO_MEMORY;
    planted_options common = planted_defaults();
    common.at = BENCH_CHANGE_AT;
    common.warm_up = BENCH_WARM_UP;
    for (long seed = seeds.first; seed <= seeds.last; seed++)
        for (int m = 0; m < PLANTED_MODELS; m++)
            for (int o = 0; o < PLANTED_OPTIMIZERS; o++) {
                if (!chosen(s->models, m) || !chosen(s->optimizers, o)) continue;
                common.seed = (uint64_t)seed;
                common.model = (planted_model)m;
                common.optimizer = (planted_optimizer)o;
                add(out, s, &common, changed, quiet);
            }
    return KOOP_OK;
}

void bench_plan_free(bench_plan *plan) {
    free(plan->runs);
    *plan = (bench_plan){0};
}

void bench_plan_name(const planted_options *run, char name[BENCH_JOB_NAME]) {
    const bool quiet = run->change == PLANTED_NONE;
    snprintf(name, BENCH_JOB_NAME, "%s-%s-%s-%s-%llu", quiet ? "quiet" : "planted",
             planted_models[run->model], planted_optimizers[run->optimizer],
             quiet ? planted_schedules[run->schedule] : planted_changes[run->change],
             (unsigned long long)run->seed);
}
