#include "scalar_chart.h"

#include "trailing.h"

#include <math.h>
#include <stdlib.h>

typedef struct scalar_chart {
    bench_scalar_chart_options options;
    bench_trailing *past;
    double rise, fall;
} scalar_chart;

bench_scalar_chart_options bench_scalar_chart_defaults(void) {
    return (bench_scalar_chart_options){.scalar = BENCH_LOG_LOSS,
                                        .reference = 240,
                                        .gap = 32,
                                        .allowance = 0.5,
                                        .clip = 6,
                                        .threshold = 15};
}

static void restart(void *state) {
    scalar_chart *c = state;
    bench_trailing_clear(c->past);
    c->rise = c->fall = 0;
}

static bool step(void *state, const bench_sample *sample) {
    scalar_chart *c = state;
    const bench_scalar_chart_options *o = &c->options;
    double x, z;
    if (!bench_sample_scalar(sample, o->scalar, &x) || !bench_trailing_score(c->past, x, &z))
        return false;
    z = fmax(-o->clip, fmin(o->clip, z));
    c->rise = fmax(0, c->rise + z - o->allowance);
    c->fall = fmax(0, c->fall - z - o->allowance);
    bool alarm = c->rise > o->threshold || c->fall > o->threshold;
    if (alarm) restart(c);
    return alarm;
}

static void set_threshold(void *state, double threshold) {
    scalar_chart *c = state;
    c->options.threshold = threshold;
}

static void release(void *state) {
    scalar_chart *c = state;
    bench_trailing_free(c->past);
    free(c);
}

koop_status bench_scalar_chart_new(bench_detector *out, const bench_scalar_chart_options *o) {
    static const bench_detector_methods methods = {step, restart, set_threshold, release};
    if (!(o->allowance >= 0) || !(o->clip > o->allowance) || !(o->threshold > 0))
        return KOOP_BAD_ARGUMENT;
    scalar_chart *c = calloc(1, sizeof *c);
    if (!c) return KOOP_NO_MEMORY;
    c->options = *o;
    koop_status status = bench_trailing_new(&c->past, o->reference, o->gap);
    if (status != KOOP_OK) {
        release(c);
        return status;
    }
    *out = (bench_detector){"scalar chart", &methods, c};
    return KOOP_OK;
}
