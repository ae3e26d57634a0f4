#include "factors.h"
#include "leading_svd.h"
#include "linalg.h"

#include <stdlib.h>

void koop_factors_free(koop_factors *f) {
    free(f->u);
    free(f->s);
    free(f->vt);
    free(f->energies);
    *f = (koop_factors){.k = 0};
}

static koop_status make_room(koop_factors *f, int m, int n, int k) {
    const size_t count = (size_t)k;
    koop_factors_free(f);
    f->k = k;
    f->u = malloc((size_t)m * count * sizeof(double));
    f->s = malloc(count * sizeof(double));
    f->vt = malloc(count * (size_t)n * sizeof(double));
    f->energies = malloc(count * sizeof(double));
    return f->u && f->s && f->vt && f->energies ? KOOP_OK : KOOP_NO_MEMORY;
}

koop_status koop_factors_of(koop_factors *f, int m, int n, double *a, int wanted) {
    koop_status status = KOOP_LAPACK_FAILED;
    if (wanted > 0 && koop_leading_svd_pays(m, n, wanted)) {
        status = make_room(f, m, n, wanted);
        if (status == KOOP_OK) status = koop_leading_svd(m, n, a, wanted, f->u, f->s, f->vt);
        f->total = 0;
        for (int j = 0; j < n; j++)
            f->total += koop_linalg_norm2(a + (size_t)j * (size_t)m, (size_t)m);
    }
    if (status == KOOP_LAPACK_FAILED) {
        status = make_room(f, m, n, m < n ? m : n);
        if (status == KOOP_OK) status = koop_linalg_svd(m, n, a, f->u, f->s, f->vt);
        f->total = 0;
        for (int j = 0; j < f->k && status == KOOP_OK; j++) f->total += f->s[j] * f->s[j];
    }
    for (int j = 0; j < f->k && status == KOOP_OK; j++) f->energies[j] = f->s[j] * f->s[j];
    return status;
}
