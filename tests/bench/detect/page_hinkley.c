#include "page_hinkley.h"

#include <math.h>
#include <stdlib.h>

typedef struct page_hinkley {
    bench_page_hinkley_options options;
    int64_t count;
    double mean, rise, least_rise, fall, most_fall;
} page_hinkley;

bench_page_hinkley_options bench_page_hinkley_defaults(void) {
    return (bench_page_hinkley_options){
        .scalar = BENCH_LOSS, .least = 30, .delta = 0.005, .alpha = 0.9999, .threshold = 50};
}

static void restart(void *state) {
    page_hinkley *p = state;
    *p = (page_hinkley){.options = p->options, .least_rise = INFINITY, .most_fall = -INFINITY};
}

static bool step(void *state, const bench_sample *sample) {
    page_hinkley *p = state;
    const bench_page_hinkley_options *o = &p->options;
    double x;
    if (!bench_sample_scalar(sample, o->scalar, &x)) return false;
    p->count++;
    p->mean += (x - p->mean) / (double)p->count;
    p->rise = o->alpha * p->rise + x - p->mean - o->delta;
    p->fall = o->alpha * p->fall + x - p->mean + o->delta;
    p->least_rise = fmin(p->least_rise, p->rise);
    p->most_fall = fmax(p->most_fall, p->fall);
    bool alarm = p->count >= o->least &&
                 (p->rise - p->least_rise > o->threshold || p->most_fall - p->fall > o->threshold);
    if (alarm) restart(p);
    return alarm;
}

static void set_threshold(void *state, double threshold) {
    page_hinkley *p = state;
    p->options.threshold = threshold;
}

koop_status bench_page_hinkley_new(bench_detector *out, const bench_page_hinkley_options *o) {
    static const bench_detector_methods methods = {step, restart, set_threshold, free};
    if (o->least < 1 || !(o->delta >= 0) || !(o->alpha > 0 && o->alpha <= 1) || !(o->threshold > 0))
        return KOOP_BAD_ARGUMENT;
    page_hinkley *p = calloc(1, sizeof *p);
    if (!p) return KOOP_NO_MEMORY;
    p->options = *o;
    restart(p);
    *out = (bench_detector){"page-hinkley", &methods, p};
    return KOOP_OK;
}
