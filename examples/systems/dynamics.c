#include "dynamics.h"
#include "linear.h"
#include "lorenz.h"
#include "observer.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_DIM = LINEAR_DIM };

/* Streams of random numbers of one seed. */
enum { START, OBSERVABLES, PROCESS, OBSERVATION, STREAMS };

struct dynamics {
    dynamics_kind kind;
    dynamics_options options;
    int dim, values;
    double x[MAX_DIM];
    kit_rng rng[STREAMS];
    observer *observer;
};

/* ω of Lorenz's cosines: its coordinates have a deviation of 8 to 9. */
static const double cosine_scale = 0.1;

static const double settling_time = 25;

dynamics_options dynamics_defaults(void) {
    return (dynamics_options){.rho = 28, .dt = 0.05};
}

const char *dynamics_name(dynamics_kind kind) {
    static const char *const names[DYNAMICS_KINDS] = {"lorenz", "linear"};
    return names[kind];
}

static bool is_valid(dynamics_kind kind, const dynamics_options *o) {
    const double numbers[] = {o->rho, o->process_noise, o->observation_noise};
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (!(isfinite(numbers[k]) && numbers[k] >= 0)) return false;
    if (!(isfinite(o->dt) && o->dt > 0) || o->skip < 0) return false;
    if (o->observables < 0 || o->observables > DYNAMICS_MAX_OBSERVABLES) return false;
    return kind == DYNAMICS_LORENZ || o->observables == 0 || o->observables >= LINEAR_DIM;
}

static void start(dynamics *d) {
    kit_rng *rng = &d->rng[START];
    if (d->kind == DYNAMICS_LINEAR) {
        linear_start(rng, d->x);
        return;
    }
    for (int i = 0; i < LORENZ_DIM; i++) d->x[i] = kit_rng_normal(rng);
    d->x[2] += d->options.rho - 1;
    lorenz_advance(d->options.rho, settling_time, d->x);
}

static void advance(dynamics *d) {
    const dynamics_options *o = &d->options;
    if (d->kind == DYNAMICS_LORENZ)
        lorenz_advance(o->rho, o->dt, d->x);
    else
        linear_step(d->x);
    for (int i = 0; i < d->dim && o->process_noise > 0; i++)
        d->x[i] += o->process_noise * kit_rng_normal(&d->rng[PROCESS]);
}

koop_status dynamics_new(dynamics **out, dynamics_kind kind, const dynamics_options *options) {
    *out = NULL;
    if (!is_valid(kind, options)) return KOOP_BAD_ARGUMENT;
    dynamics *d = calloc(1, sizeof *d);
    if (!d) return KOOP_NO_MEMORY;
    d->kind = kind;
    d->options = *options;
    d->dim = kind == DYNAMICS_LORENZ ? LORENZ_DIM : LINEAR_DIM;
    d->values = options->observables ? options->observables : d->dim;
    kit_rng seeds = kit_rng_seed(options->seed);
    for (int k = 0; k < STREAMS; k++) d->rng[k] = kit_rng_seed(kit_rng_next(&seeds));
    observer_kind seen = !options->observables     ? OBSERVE_STATE
                         : kind == DYNAMICS_LINEAR ? OBSERVE_LINEAR
                                                   : OBSERVE_NONLINEAR;
    koop_status status =
        observer_new(&d->observer, seen, d->dim, d->values, cosine_scale, &d->rng[OBSERVABLES]);
    if (status != KOOP_OK) {
        dynamics_free(d);
        return status;
    }
    start(d);
    for (long t = 0; t < options->skip; t++) advance(d);
    *out = d;
    return KOOP_OK;
}

void dynamics_free(dynamics *d) {
    if (!d) return;
    observer_free(d->observer);
    free(d);
}

int dynamics_values(const dynamics *d) {
    return d->values;
}

koop_status dynamics_next(dynamics *d, double *y) {
    for (int i = 0; i < d->dim; i++)
        if (!isfinite(d->x[i])) return KOOP_NOT_FINITE;
    observer_see(d->observer, d->x, d->options.observation_noise, &d->rng[OBSERVATION], y);
    advance(d);
    return KOOP_OK;
}
