#include "ewma_chart.h"

#include <math.h>
#include <stdlib.h>

typedef struct ewma_chart {
    bench_ewma_chart_options options;
    bool started; /* whether there is a last value to take an increment from */
    double last;
    int64_t count; /* of δ */
    double mean, variance, level;
    double remains; /* (1 − λ)^{2(t−2)} */
} ewma_chart;

bench_ewma_chart_options bench_ewma_chart_defaults(void) {
    return (bench_ewma_chart_options){.scalar = BENCH_RECONSTRUCTION,
                                      .increments = true,
                                      .burn_in = 60,
                                      .smoothing = 0.1,
                                      .threshold = 3};
}

static void restart(void *state) {
    ewma_chart *c = state;
    *c = (ewma_chart){.options = c->options, .remains = 1};
}

/* The δ that this value gives, if it gives one. */
static bool take_increment(ewma_chart *c, double value, double *delta) {
    bool has = c->started || !c->options.increments;
    *delta = c->options.increments ? value - c->last : value;
    c->last = value;
    c->started = true;
    return has;
}

static void learn(ewma_chart *c, double delta) {
    double apart = delta - c->mean;
    c->count++;
    c->mean += apart / (double)c->count;
    c->variance += (apart * (delta - c->mean) - c->variance) / (double)c->count;
}

static bool step(void *state, const bench_sample *sample) {
    ewma_chart *c = state;
    const bench_ewma_chart_options *o = &c->options;
    double value, delta;
    if (!bench_sample_scalar(sample, o->scalar, &value) || !take_increment(c, value, &delta))
        return false;
    if (c->count < 2) {
        learn(c, delta);
        c->level = c->mean;
        return false;
    }
    double share = o->smoothing / (2 - o->smoothing);
    double spread = sqrt(c->variance * share * (1 - c->remains));
    c->level += o->smoothing * (delta - c->level);
    c->remains *= (1 - o->smoothing) * (1 - o->smoothing);
    learn(c, delta);
    bool alarm = c->count > o->burn_in && fabs(c->level - c->mean) > o->threshold * spread;
    if (alarm) restart(c);
    return alarm;
}

static void set_threshold(void *state, double threshold) {
    ewma_chart *c = state;
    c->options.threshold = threshold;
}

koop_status bench_ewma_chart_new(bench_detector *out, const bench_ewma_chart_options *o) {
    static const bench_detector_methods methods = {step, restart, set_threshold, free};
    if (o->burn_in < 2 || !(o->smoothing > 0 && o->smoothing < 1) || !(o->threshold > 0))
        return KOOP_BAD_ARGUMENT;
    ewma_chart *c = calloc(1, sizeof *c);
    if (!c) return KOOP_NO_MEMORY;
    c->options = *o;
    restart(c);
    *out = (bench_detector){"ewma chart", &methods, c};
    return KOOP_OK;
}
