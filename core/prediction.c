#include "dmd_internal.h"

#include <stdlib.h>
#include <string.h>

/* Notation.  c_t   = ⟨x_i − x̄, x_t − x̄⟩ over the model's T snapshots i: x_t seen from the model
 *            y_t   = axesᵀ c_t, principal coordinates in the model, p
 *            Φ     = last block of U A Uᵀ, p × p(d+1), U = Z V Σ⁻¹ the basis of delayed vectors;
 *            ŷ_t   = Φ [y_{t−1−d}; …; y_{t−1}] */

struct koop_dmd_model {
    koop_dmd_options options;
    int coordinates, rank; /* of the kept fit; rank 0: none kept */
    double *axes;          /* T×p */
    double *phi;           /* p × p(d+1) */
    double *basis;         /* p(d+1) × r, scratch */
    double *advanced;      /* p × r, scratch */
    double *gram;          /* (2T)×(2T): age is at most T; scratch */
    double *column_mean;   /* 2T, scratch */
    double *y;             /* p × 2T, scratch */
    double *guess;         /* p, scratch */
};

koop_status koop_dmd_model_new(koop_dmd_model **out, const koop_dmd_options *o) {
    if (o->pca < 1 || o->center != KOOP_CENTER_MEAN || o->difference) return KOOP_BAD_ARGUMENT;
    koop_dmd_model *m = calloc(1, sizeof *m);
    if (!m) return KOOP_NO_MEMORY;
    m->options = *o;
    size_t span = (size_t)o->span, p = (size_t)o->pca, delayed = p * (size_t)(o->delays + 1);
    size_t r = o->rank ? (size_t)o->rank : KOOP_MAX_RANK;
    m->axes = malloc(span * p * sizeof(double));
    m->phi = malloc(p * delayed * sizeof(double));
    m->basis = malloc(delayed * r * sizeof(double));
    m->advanced = malloc(p * r * sizeof(double));
    m->gram = malloc(4 * span * span * sizeof(double));
    m->column_mean = malloc(2 * span * sizeof(double));
    m->y = malloc(2 * span * p * sizeof(double));
    m->guess = malloc(p * sizeof(double));
    if (!m->axes || !m->phi || !m->basis || !m->advanced || !m->gram || !m->column_mean || !m->y ||
        !m->guess) {
        koop_dmd_model_free(m);
        return KOOP_NO_MEMORY;
    }
    *out = m;
    return KOOP_OK;
}

void koop_dmd_model_free(koop_dmd_model *m) {
    if (!m) return;
    free(m->axes);
    free(m->phi);
    free(m->basis);
    free(m->advanced);
    free(m->gram);
    free(m->column_mean);
    free(m->y);
    free(m->guess);
    free(m);
}

/* U = Z V Σ⁻¹ by blocks: block l of z_t is y_{t+l}, so rows [l p, (l+1) p) are Y[:, l:l+m] V Σ⁻¹.
 */
static void fill_basis(const koop_dmd *d, koop_dmd_model *m, int pairs) {
    int p = m->coordinates, r = m->rank, delayed = p * (m->options.delays + 1);
    for (int l = 0; l <= m->options.delays; l++)
        koop_linalg_gemm(0, 0, p, r, pairs, d->y + (size_t)l * (size_t)p, p, d->v, pairs,
                         m->basis + (size_t)l * (size_t)p, delayed);
    for (int k = 0; k < r; k++)
        for (int i = 0; i < delayed; i++)
            m->basis[(size_t)k * (size_t)delayed + (size_t)i] /= d->sigma[k];
}

koop_status koop_dmd_keep(const koop_dmd *d, koop_dmd_model *m) {
    if (d->rank == 0) return KOOP_NOT_ENOUGH_DATA;
    int pairs = d->options.span - d->options.delays - 1;
    m->coordinates = d->coordinates;
    m->rank = d->rank;
    int p = m->coordinates, r = m->rank, delayed = p * (m->options.delays + 1);
    memcpy(m->axes, d->axes, (size_t)d->options.span * (size_t)p * sizeof(double));
    fill_basis(d, m, pairs);
    koop_linalg_gemm(0, 0, p, r, r, m->basis + (delayed - p), delayed, d->a, r, m->advanced, p);
    koop_linalg_gemm(0, 1, p, delayed, r, m->advanced, p, m->basis, delayed, m->phi, p);
    return KOOP_OK;
}

void koop_dmd_model_exchange(koop_dmd_model *m, koop_state *s) {
    static const double limit = 1e300;
    int most = m->options.rank ? m->options.rank : KOOP_MAX_RANK;
    koop_state_int(s, &m->coordinates, 1, m->options.pca);
    koop_state_int(s, &m->rank, 1, most);
    if (s->status != KOOP_OK) return;
    size_t p = (size_t)m->coordinates;
    koop_state_doubles(s, m->axes, (size_t)m->options.span * p, limit);
    koop_state_doubles(s, m->phi, p * p * (size_t)(m->options.delays + 1), limit);
}

size_t koop_dmd_model_bytes(const koop_dmd_options *o) {
    size_t span = (size_t)o->span, p = (size_t)o->pca, delayed = p * (size_t)(o->delays + 1);
    size_t r = o->rank ? (size_t)o->rank : KOOP_MAX_RANK;
    return (4 * span * span + span * (3 * p + 2) + delayed * (p + r) + p * (r + 1)) *
           sizeof(double);
}

/* Recentres the Gram matrix of `order` snapshots on the mean of the first `span` of them. */
static void center_on_model(koop_dmd_model *m, int order, int span) {
    double mean = 0;
    for (int j = 0; j < order; j++) {
        double sum = 0;
        for (int i = 0; i < span; i++) sum += m->gram[(size_t)j * (size_t)order + (size_t)i];
        m->column_mean[j] = sum / span;
        if (j < span) mean += m->column_mean[j] / span;
    }
    for (int j = 0; j < order; j++)
        for (int i = 0; i < order; i++)
            m->gram[(size_t)j * (size_t)order + (size_t)i] +=
                mean - m->column_mean[i] - m->column_mean[j];
}

static double dot(const double *a, const double *b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

koop_status koop_dmd_prediction(koop_dmd_model *m, const koop_window *window, int age, int count,
                                double *ratio) {
    int span = m->options.span, p = m->coordinates, order = span + age;
    if (count < 1 || age < count || age > span) return KOOP_BAD_ARGUMENT;
    if (m->rank == 0) return KOOP_NOT_ENOUGH_DATA;
    koop_status status = koop_window_gram(window, order, 0, KOOP_CENTER_FIRST, false, m->gram);
    if (status != KOOP_OK) return status;
    center_on_model(m, order, span);
    int first = order - count; /* of the predicted snapshots; needs the d+1 before it */
    if (first < m->options.delays + 1) return KOOP_BAD_ARGUMENT;
    for (int t = first - m->options.delays - 1; t < order; t++)
        koop_linalg_gemm(1, 0, p, 1, span, m->axes, span, m->gram + (size_t)t * (size_t)order,
                         order, m->y + (size_t)t * (size_t)p, p);
    double error2 = 0, moved2 = 0;
    for (int t = first; t < order; t++) {
        const double *y = m->y + (size_t)t * (size_t)p;
        double step2 = 0;
        koop_linalg_gemm(0, 0, p, 1, p * (m->options.delays + 1), m->phi, p,
                         y - (size_t)p * (size_t)(m->options.delays + 1),
                         p * (m->options.delays + 1), m->guess, p);
        double e2 = m->gram[(size_t)t * (size_t)order + (size_t)t] - 2 * dot(m->guess, y, p) +
                    dot(m->guess, m->guess, p);
        status = koop_window_step2(window, order - 1 - t, &step2);
        if (status != KOOP_OK) return status;
        error2 += e2 > 0 ? e2 : 0;
        moved2 += step2;
    }
    if (moved2 <= 0) return KOOP_RANK_ZERO;
    *ratio = error2 / moved2;
    return KOOP_OK;
}
