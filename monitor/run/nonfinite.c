#include "nonfinite.h"

#include <math.h>

static size_t count(const void *data, koop_precision precision, size_t at, size_t size) {
    const float *single = data;
    const double *full = data;
    size_t n = 0;
    for (size_t i = at; i < at + size; i++)
        if (!(precision == KOOP_FLOAT32 ? isfinite(single[i]) : isfinite(full[i]))) n++;
    return n;
}

void koop_nonfinite_find(const void *data, koop_precision precision, const size_t *sizes,
                         int n_groups, koop_nonfinite *out) {
    size_t at = 0;
    out->n = 0;
    for (int g = 0; g < n_groups; at += sizes[g++]) {
        const size_t n = count(data, precision, at, sizes[g]);
        if (n == 0) continue;
        out->group[out->n] = g;
        out->share[out->n++] = (double)n / (double)sizes[g];
    }
}
