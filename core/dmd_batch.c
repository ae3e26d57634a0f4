#include "dmd_internal.h"
#include "factors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Data matrices as Redman et al.: q = (d+1)D rows, one column per pair, trajectories side by side.
 * Column (k, t) of X is z_t of trajectory k, of Y its successor. */

typedef struct batch {
    size_t length, dimension, count; /* T, D, N of the (reduced, differenced) trajectories */
    double *x;                       /* T×D×N in C order, a working copy */
    double *data;                    /* q×M: X, then Y */
    koop_factors svd;                /* of X */
    double *a, *before, *after;
    koop_reduced *reduced;
} batch;

static void free_batch(batch *w) {
    free(w->x);
    free(w->data);
    koop_factors_free(&w->svd);
    free(w->a);
    free(w->before);
    free(w->after);
    koop_reduced_free(w->reduced);
}

static double *at(const batch *w, size_t t, size_t i, size_t k) {
    return w->x + (t * w->dimension + i) * w->count + k;
}

static void difference(batch *w) {
    size_t row = w->dimension * w->count;
    w->length--;
    for (size_t t = 0; t < w->length; t++)
        for (size_t i = 0; i < row; i++)
            w->x[t * row + i] = w->x[(t + 1) * row + i] - w->x[t * row + i];
}

static void center(batch *w, koop_center mode) {
    for (size_t i = 0; i < w->dimension; i++)
        for (size_t k = 0; k < w->count; k++) {
            double reference = *at(w, 0, i, k), sum = 0;
            for (size_t t = 0; t < w->length; t++) sum += *at(w, t, i, k);
            if (mode == KOOP_CENTER_MEAN) reference = sum / (double)w->length;
            for (size_t t = 0; t < w->length; t++) *at(w, t, i, k) -= reference;
        }
}

/* All T·N snapshots minus their mean, a row each. */
static void subtract_mean(const batch *w, double *m) {
    size_t rows = w->length * w->count;
    for (size_t i = 0; i < w->dimension; i++) {
        double mean = 0;
        for (size_t t = 0; t < w->length; t++)
            for (size_t n = 0; n < w->count; n++) mean += *at(w, t, i, n) / (double)rows;
        for (size_t t = 0; t < w->length; t++)
            for (size_t n = 0; n < w->count; n++)
                m[i * rows + t * w->count + n] = *at(w, t, i, n) - mean;
    }
}

/* Coordinates T×p×N of the snapshots along the p leading ones of k axes (k×D). */
static void project(const batch *w, const double *axes, size_t k, size_t p, double *coordinates) {
    memset(coordinates, 0, w->length * p * w->count * sizeof *coordinates);
    for (size_t t = 0; t < w->length; t++)
        for (size_t i = 0; i < w->dimension; i++)
            for (size_t c = 0; c < p; c++)
                for (size_t n = 0; n < w->count; n++)
                    coordinates[(t * p + c) * w->count + n] += *at(w, t, i, n) * axes[i * k + c];
}

/* Replaces the D values by the p leading principal coordinates: components of all T·N snapshots
 * minus their mean, applied to the snapshots as they are. */
static koop_status reduce_by_pca(batch *w, size_t p) {
    size_t rows = w->length * w->count, d = w->dimension;
    if (p > (rows < d ? rows : d) || rows > INT32_MAX || d > INT32_MAX) return KOOP_BAD_ARGUMENT;
    double *m = malloc(rows * d * sizeof(double)), *coordinates = NULL;
    koop_factors svd = {.k = 0};
    koop_status status = KOOP_NO_MEMORY;
    if (m) {
        subtract_mean(w, m);
        status = koop_factors_of(&svd, (int)rows, (int)d, m, (int)p);
        free(m);
    }
    if (status == KOOP_OK) coordinates = malloc(rows * p * sizeof(double));
    if (coordinates) {
        project(w, svd.vt, (size_t)svd.k, p, coordinates);
        free(w->x);
        w->x = coordinates;
        w->dimension = p;
    } else if (status == KOOP_OK) {
        status = KOOP_NO_MEMORY;
    }
    koop_factors_free(&svd);
    return status;
}

static void stack(const batch *w, size_t delays, double *data, size_t shift) {
    size_t d = w->dimension, pairs = w->length - delays - 1, q = (delays + 1) * d;
    for (size_t k = 0; k < w->count; k++)
        for (size_t t = 0; t < pairs; t++)
            for (size_t l = 0; l <= delays; l++)
                for (size_t i = 0; i < d; i++)
                    data[(k * pairs + t) * q + l * d + i] = *at(w, t + l + shift, i, k);
}

/* A = (UᵀYV)Σ⁻¹ and the coordinates UᵀX = ΣVᵀ, UᵀY; then the spectrum. */
static koop_status solve(batch *w, size_t q, size_t m, const koop_dmd_options *o,
                         koop_spectrum *spectrum) {
    const koop_factors *f = &w->svd;
    koop_status status = koop_factors_of(&w->svd, (int)q, (int)m, w->data, o->rank);
    if (status != KOOP_OK) return status;
    size_t k = (size_t)f->k;
    int r = koop_dmd_choose_rank(f->energies, f->k, f->total, 0, o);
    if (r == 0) return KOOP_RANK_ZERO;
    if (r > KOOP_MAX_RANK) return KOOP_TOO_LARGE;
    size_t rank = (size_t)r;
    w->a = malloc(rank * rank * sizeof(double));
    w->before = malloc(rank * m * sizeof(double));
    w->after = malloc(rank * m * sizeof(double));
    if (!w->a || !w->before || !w->after) return KOOP_NO_MEMORY;
    status = koop_reduced_new(&w->reduced, r);
    if (status != KOOP_OK) return status;
    stack(w, (size_t)o->delays, w->data, 1);
    koop_linalg_gemm(1, 0, r, (int)m, (int)q, f->u, (int)q, w->data, (int)q, w->after, r);
    koop_linalg_gemm(0, 1, r, r, (int)m, w->after, r, f->vt, f->k, w->a, r);
    for (size_t j = 0; j < rank; j++)
        for (size_t i = 0; i < rank; i++) w->a[j * rank + i] *= 1 / f->s[j];
    for (size_t t = 0; t < m; t++)
        for (size_t i = 0; i < rank; i++) w->before[t * rank + i] = f->s[i] * f->vt[t * k + i];
    return koop_reduced_spectrum(w->reduced, r, w->a, w->before, w->after, (int)m, o->dt, spectrum);
}

/* Whether any trajectory ever leaves its first snapshot. */
static bool moves(const batch *w, const double *x) {
    size_t row = w->dimension * w->count;
    for (size_t t = 1; t < w->length; t++)
        if (memcmp(x, x + t * row, row * sizeof *x)) return true;
    return false;
}

static koop_status run(batch *w, const double *x, const koop_dmd_options *o,
                       koop_spectrum *spectrum) {
    size_t size = w->length * w->dimension * w->count, delays = (size_t)o->delays;
    w->x = malloc(size * sizeof(double));
    if (!w->x) return KOOP_NO_MEMORY;
    /* Nothing asked for depends on the scale; a power of two changes no digit. */
    double largest = 0;
    int exponent = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isfinite(x[i])) return KOOP_NOT_FINITE;
        largest = fmax(largest, fabs(x[i]));
    }
    if (largest <= 0 || !moves(w, x)) return KOOP_RANK_ZERO;
    frexp(largest, &exponent);
    for (size_t i = 0; i < size; i++) w->x[i] = ldexp(x[i], -exponent);
    if (o->difference) difference(w);
    if (o->center != KOOP_CENTER_NONE) center(w, o->center);
    if (o->pca > 0) {
        koop_status status = reduce_by_pca(w, (size_t)o->pca);
        if (status != KOOP_OK) return status;
    }
    size_t q = (delays + 1) * w->dimension, m = (w->length - delays - 1) * w->count;
    if (q > INT32_MAX || m > INT32_MAX) return KOOP_TOO_LARGE;
    w->data = malloc(q * m * sizeof(double));
    if (!w->data) return KOOP_NO_MEMORY;
    stack(w, delays, w->data, 0);
    return solve(w, q, m, o, spectrum);
}

koop_status koop_dmd_batch(const double *x, size_t T, size_t D, size_t N, const koop_dmd_options *o,
                           koop_spectrum *spectrum) {
    if (D < 1 || N < 1 || !koop_dmd_valid(o)) return KOOP_BAD_ARGUMENT;
    if (T < (size_t)o->delays + 2 + (o->difference ? 1 : 0)) return KOOP_NOT_ENOUGH_DATA;
    if (T > SIZE_MAX / sizeof(double) / D / N / ((size_t)o->delays + 1)) return KOOP_TOO_LARGE;
    batch w = {.length = T, .dimension = D, .count = N};
    koop_status status = run(&w, x, o, spectrum);
    free_batch(&w);
    return status;
}
