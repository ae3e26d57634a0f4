/* fixture: seeded numbers and systems with known eigenvalues, for the tests of core. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include "spectrum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static inline double uniform(uint64_t *state) { /* [0, 1) */
    return (double)(next_random(state) >> 11) / 9007199254740992.0;
}

static inline double gaussian(uint64_t *state) { /* Box and Muller */
    double u = 1 - uniform(state), v = uniform(state);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* x_t = Σ_k amplitude_k ρ_k^t (u_k cos ω_k t + v_k sin ω_k t): eigenvalues ρ_k e^{±iω_k}. */
enum { MAX_PAIRS = 8 };
typedef struct oscillators {
    int pairs;
    size_t n;
    double modulus[MAX_PAIRS], angle[MAX_PAIRS], amplitude[MAX_PAIRS];
    double *u, *v; /* pairs × n */
} oscillators;

static inline oscillators make_oscillators(int pairs, size_t n, double least_amplitude,
                                           uint64_t seed) {
    oscillators o = {.pairs = pairs, .n = n};
    o.u = malloc((size_t)pairs * n * sizeof(double));
    o.v = malloc((size_t)pairs * n * sizeof(double));
    for (int k = 0; k < pairs; k++) {
        o.modulus[k] = 1;
        o.angle[k] = 0.3 + 0.45 * k;
        o.amplitude[k] = pairs > 1 ? pow(least_amplitude, (double)k / (pairs - 1)) : 1;
    }
    for (size_t i = 0; i < (size_t)pairs * n; i++) {
        o.u[i] = gaussian(&seed);
        o.v[i] = gaussian(&seed);
    }
    return o;
}

static inline void free_oscillators(oscillators *o) {
    free(o->u);
    free(o->v);
}

static inline void snapshot(const oscillators *o, double t, double *x) {
    memset(x, 0, o->n * sizeof(double));
    for (int k = 0; k < o->pairs; k++) {
        double size = o->amplitude[k] * pow(o->modulus[k], t);
        double c = size * cos(o->angle[k] * t), s = size * sin(o->angle[k] * t);
        const double *u = o->u + (size_t)k * o->n, *v = o->v + (size_t)k * o->n;
        for (size_t i = 0; i < o->n; i++) x[i] += c * u[i] + s * v[i];
    }
}

/* Largest distance from a known eigenvalue to the nearest one found. */
static inline double worst_eigenvalue(const oscillators *o, const koop_spectrum *found) {
    double worst = 0;
    for (int k = 0; k < o->pairs; k++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double re = o->modulus[k] * cos(o->angle[k]);
            double im = sign * o->modulus[k] * sin(o->angle[k]), nearest = INFINITY;
            for (int j = 0; j < found->rank; j++)
                nearest = fmin(nearest, hypot(found->modes[j].re - re, found->modes[j].im - im));
            worst = fmax(worst, nearest);
        }
    return worst;
}

#endif
