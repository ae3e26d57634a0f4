#include "observer.h"

#include <math.h>
#include <stdlib.h>

struct observer {
    observer_kind kind;
    int d, n;
    double *weights; /* n×d, row by row: Q or ω */
    double *phases;  /* n, of the nonlinear kind */
};

/* Modified Gram–Schmidt on the columns, twice over for orthogonality to rounding. */
static void make_orthonormal(double *q, int n, int d) {
    for (int column = 0; column < d; column++)
        for (int pass = 0; pass < 2; pass++) {
            for (int before = 0; before < column; before++) {
                double dot = 0;
                for (int i = 0; i < n; i++) dot += q[i * d + before] * q[i * d + column];
                for (int i = 0; i < n; i++) q[i * d + column] -= dot * q[i * d + before];
            }
            double norm = 0;
            for (int i = 0; i < n; i++) norm = hypot(norm, q[i * d + column]);
            for (int i = 0; i < n; i++) q[i * d + column] /= norm;
        }
}

static void draw(observer *o, double scale, kit_rng *rng) {
    const double pi = acos(-1);
    for (int k = 0; k < o->n * o->d; k++) o->weights[k] = scale * kit_rng_normal(rng);
    if (o->kind == OBSERVE_LINEAR) make_orthonormal(o->weights, o->n, o->d);
    for (int i = 0; i < o->n; i++)
        o->phases[i] = 2 * pi * (double)kit_rng_below(rng, 1 << 20) / (1 << 20);
}

koop_status observer_new(observer **out, observer_kind kind, int d, int n, double scale,
                         kit_rng *rng) {
    *out = NULL;
    if (d < 1 || n < 1 || (kind == OBSERVE_STATE && n != d) || (kind == OBSERVE_LINEAR && n < d))
        return KOOP_BAD_ARGUMENT;
    observer *o = calloc(1, sizeof *o);
    if (!o) return KOOP_NO_MEMORY;
    o->kind = kind;
    o->d = d;
    o->n = n;
    o->weights = calloc((size_t)n * (size_t)d, sizeof *o->weights);
    o->phases = calloc((size_t)n, sizeof *o->phases);
    if (!o->weights || !o->phases) {
        observer_free(o);
        return KOOP_NO_MEMORY;
    }
    if (kind != OBSERVE_STATE) draw(o, scale, rng);
    *out = o;
    return KOOP_OK;
}

void observer_free(observer *o) {
    if (!o) return;
    free(o->weights);
    free(o->phases);
    free(o);
}

static double seen(const observer *o, const double *x, int i) {
    if (o->kind == OBSERVE_STATE) return x[i];
    double dot = 0;
    for (int k = 0; k < o->d; k++) dot += o->weights[i * o->d + k] * x[k];
    return o->kind == OBSERVE_LINEAR ? dot : cos(dot + o->phases[i]);
}

void observer_see(const observer *o, const double *x, double noise, kit_rng *rng, double *y) {
    for (int i = 0; i < o->n; i++) {
        y[i] = seen(o, x, i);
        if (noise > 0) y[i] += noise * kit_rng_normal(rng);
    }
}
