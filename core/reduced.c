#include "reduced.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct koop_reduced {
    koop_general *eigen;
    double *a, *re, *im, *left, *right;
};

koop_status koop_reduced_new(koop_reduced **out, int max_rank) {
    koop_reduced *w = calloc(1, sizeof *w);
    if (!w) return KOOP_NO_MEMORY;
    size_t r = (size_t)max_rank;
    koop_status status = koop_general_new(&w->eigen, max_rank);
    w->a = malloc(r * r * sizeof(double));
    w->re = malloc(r * sizeof(double));
    w->im = malloc(r * sizeof(double));
    w->left = malloc(r * r * sizeof(double));
    w->right = malloc(r * r * sizeof(double));
    if (!w->a || !w->re || !w->im || !w->left || !w->right) status = KOOP_NO_MEMORY;
    if (status != KOOP_OK) {
        koop_reduced_free(w);
        return status;
    }
    *out = w;
    return KOOP_OK;
}

void koop_reduced_free(koop_reduced *w) {
    if (!w) return;
    koop_general_free(w->eigen);
    free(w->a);
    free(w->re);
    free(w->im);
    free(w->left);
    free(w->right);
    free(w);
}

/* Entry i of eigenvector j as dgeev packs it; `second`: j is the conjugate of a pair. */
static double complex entry(const double *vectors, int r, int j, int i, double im, int second) {
    const double *column = vectors + (size_t)(second ? j - 1 : j) * (size_t)r;
    double imaginary = im != 0 ? column[i + r] : 0;
    return column[i] + I * (second ? -imaginary : imaginary);
}

/* Energy (not yet a share) and residual of mode j. */
static void measure(const koop_reduced *w, int r, int j, int second, const double *before,
                    const double *after, int m, koop_mode *mode) {
    double complex y[KOOP_MAX_RANK], scale = 0, lambda = w->re[j] + I * w->im[j];
    for (int i = 0; i < r; i++) {
        y[i] = conj(entry(w->left, r, j, i, w->im[j], second));
        scale += y[i] * entry(w->right, r, j, i, w->im[j], second);
    }
    /* A defective eigenvalue has orthogonal left and right vectors: its share is unbounded. */
    double norm = cabs(scale) > DBL_EPSILON ? cabs(scale) : DBL_EPSILON;
    double power = 0, error = 0;
    for (int t = 0; t < m; t++) {
        double complex g = 0, next = 0;
        for (int i = 0; i < r; i++) {
            g += y[i] * before[(size_t)t * (size_t)r + (size_t)i];
            next += y[i] * after[(size_t)t * (size_t)r + (size_t)i];
        }
        double complex miss = next - lambda * g;
        power += creal(g) * creal(g) + cimag(g) * cimag(g);
        error += creal(miss) * creal(miss) + cimag(miss) * cimag(miss);
    }
    mode->re = w->re[j];
    mode->im = w->im[j];
    mode->energy = power / (norm * norm);
    mode->residual = power > 0 ? sqrt(error / power) : 1; /* unexcited: nothing known */
}

koop_status koop_reduced_spectrum(koop_reduced *w, int r, const double *a, const double *before,
                                  const double *after, int m, double dt, koop_spectrum *spectrum) {
    memcpy(w->a, a, (size_t)r * (size_t)r * sizeof(double));
    koop_status status = koop_general_eigen(w->eigen, r, w->a, w->re, w->im, w->left, w->right);
    if (status != KOOP_OK) return status;
    double total = 0;
    int second = 0;
    for (int j = 0; j < r; j++) {
        measure(w, r, j, second, before, after, m, &spectrum->modes[j]);
        total += spectrum->modes[j].energy;
        second = w->im[j] != 0 && !second;
    }
    for (int j = 0; j < r && total > 0; j++) spectrum->modes[j].energy /= total;
    spectrum->rank = r;
    koop_spectrum_rates(spectrum, dt);
    koop_spectrum_order(spectrum);
    return KOOP_OK;
}
