#include "reconstruction.h"

#include "linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All matrices column-major; S = V Σ⁻¹, so that M = Y S. */
struct bench_reconstruction {
    bench_reconstruction_options options;
    int pairs; /* m */
    koop_symmetric *symmetric;
    double *k;               /* T×T Gram matrix */
    double *h;               /* (m+1)×(m+1) Gram matrix of the delayed vectors */
    double *g;               /* m×m, destroyed by the eigensolver */
    double *sigma, *s;       /* r; m×r */
    double *hs;              /* m×r: H[1:, 1:] S, and H[:, 1:] S for Ã */
    double *a;               /* r×r: Ã */
    double *mm;              /* r×r: MᵀM, destroyed */
    double *axes;            /* r×r: eigenvectors of MᵀM */
    double *lengths;         /* r: its eigenvalues */
    double *state, *scratch; /* r: Ã^k c */
    double *weights;         /* m: S Ã^k c */
    double *kw;              /* m */
};

bench_reconstruction_options bench_reconstruction_defaults(void) {
    return (bench_reconstruction_options){.span = 64,
                                          .delays = 4,
                                          .rank = 8,
                                          .floor = 1e-6,
                                          .center = KOOP_CENTER_MEAN,
                                          .relative = true};
}

static bool is_valid(const bench_reconstruction_options *o) {
    return o->span >= 3 && o->span <= KOOP_MAX_WINDOW && o->delays >= 0 &&
           o->delays <= o->span - 3 && o->rank >= 1 && o->rank <= o->span - o->delays - 1 &&
           o->floor >= 0 && o->floor < 1;
}

koop_status bench_reconstruction_new(bench_reconstruction **out,
                                     const bench_reconstruction_options *o) {
    if (!is_valid(o)) return KOOP_BAD_ARGUMENT;
    bench_reconstruction *w = calloc(1, sizeof *w);
    if (!w) return KOOP_NO_MEMORY;
    w->options = *o;
    w->pairs = o->span - o->delays - 1;
    const size_t span = (size_t)o->span, m = (size_t)w->pairs, r = (size_t)o->rank;
    koop_status status = koop_symmetric_new(&w->symmetric, w->pairs);
    w->k = malloc(span * span * sizeof(double));
    w->h = malloc((m + 1) * (m + 1) * sizeof(double));
    w->g = malloc(m * m * sizeof(double));
    w->sigma = malloc(r * sizeof(double));
    w->s = malloc(m * r * sizeof(double));
    w->hs = malloc(m * r * sizeof(double));
    w->a = malloc(r * r * sizeof(double));
    w->mm = malloc(r * r * sizeof(double));
    w->axes = malloc(r * r * sizeof(double));
    w->lengths = malloc(r * sizeof(double));
    w->state = malloc(r * sizeof(double));
    w->scratch = malloc(r * sizeof(double));
    w->weights = malloc(m * sizeof(double));
    w->kw = malloc(m * sizeof(double));
    if (!w->k || !w->h || !w->g || !w->sigma || !w->s || !w->hs || !w->a || !w->mm || !w->axes ||
        !w->lengths || !w->state || !w->scratch || !w->weights || !w->kw)
        status = KOOP_NO_MEMORY;
    if (status != KOOP_OK) {
        bench_reconstruction_free(w);
        return status;
    }
    *out = w;
    return KOOP_OK;
}

void bench_reconstruction_free(bench_reconstruction *w) {
    if (!w) return;
    koop_symmetric_free(w->symmetric);
    free(w->k);
    free(w->h);
    free(w->g);
    free(w->sigma);
    free(w->s);
    free(w->hs);
    free(w->a);
    free(w->mm);
    free(w->axes);
    free(w->lengths);
    free(w->state);
    free(w->scratch);
    free(w->weights);
    free(w->kw);
    free(w);
}

/* H_ij = Σ_{l=0..d} K_{i+l,j+l}. */
static void embed_delays(bench_reconstruction *w) {
    const int vectors = w->pairs + 1, span = w->options.span;
    for (int j = 0; j < vectors; j++)
        for (int i = 0; i < vectors; i++) {
            double sum = 0;
            for (int l = 0; l <= w->options.delays; l++)
                sum += w->k[(size_t)(j + l) * (size_t)span + (size_t)(i + l)];
            w->h[(size_t)j * (size_t)vectors + (size_t)i] = sum;
        }
}

/* V and Σ of Z, and S = V Σ⁻¹; gives the rank. */
static koop_status decompose(bench_reconstruction *w, int *rank) {
    const size_t m = (size_t)w->pairs;
    for (size_t j = 0; j < m; j++) memcpy(w->g + j * m, w->h + j * (m + 1), m * sizeof(double));
    koop_status status =
        koop_symmetric_leading(w->symmetric, w->pairs, w->options.rank, w->g, w->sigma, w->s);
    if (status != KOOP_OK) return status;
    const double least = w->options.floor * w->options.floor * w->sigma[0];
    int r = 0;
    while (r < w->options.rank && w->sigma[r] > least && w->sigma[r] > 0) r++;
    if (r == 0) return KOOP_RANK_ZERO;
    for (size_t k = 0; k < (size_t)r; k++) {
        w->sigma[k] = sqrt(w->sigma[k]);
        for (size_t i = 0; i < m; i++) w->s[k * m + i] /= w->sigma[k];
    }
    *rank = r;
    return KOOP_OK;
}

/* Ã = Sᵀ H[0:m, 1:m+1] S, and c = (MᵀM)⁺ Mᵀz_0 with MᵀM = Sᵀ H[1:, 1:] S, Mᵀz_0 = Sᵀ H[1:, 0]. */
static koop_status fit(bench_reconstruction *w, int r) {
    const int m = w->pairs, vectors = m + 1;
    const double *shifted = w->h + vectors; /* columns 1 … m */
    koop_linalg_gemm(0, 0, m, r, m, shifted, vectors, w->s, m, w->hs, m);
    koop_linalg_gemm(1, 0, r, r, m, w->s, m, w->hs, m, w->a, r);
    koop_linalg_gemm(0, 0, m, r, m, shifted + 1, vectors, w->s, m, w->hs, m);
    koop_linalg_gemm(1, 0, r, r, m, w->s, m, w->hs, m, w->mm, r);
    koop_linalg_gemm(1, 0, r, 1, m, w->s, m, w->h + 1, vectors, w->state, r);
    koop_status status = koop_symmetric_leading(w->symmetric, r, r, w->mm, w->lengths, w->axes);
    if (status != KOOP_OK) return status;
    koop_linalg_gemm(1, 0, r, 1, r, w->axes, r, w->state, r, w->scratch, r);
    for (int k = 0; k < r; k++)
        w->scratch[k] = w->lengths[k] > 1e-13 * w->lengths[0] ? w->scratch[k] / w->lengths[k] : 0;
    koop_linalg_gemm(0, 0, r, 1, r, w->axes, r, w->scratch, r, w->state, r);
    return KOOP_OK;
}

/* ‖x_t − Σ_i weights_i x_{i+1+block}‖². */
static double error2(bench_reconstruction *w, int t, int block) {
    const int m = w->pairs, span = w->options.span;
    const double *column = w->k + (size_t)t * (size_t)span;
    const double *inner = w->k + (size_t)(block + 1) * (size_t)(span + 1);
    double sum = column[t];
    koop_linalg_gemm(0, 0, m, 1, m, inner, span, w->weights, m, w->kw, m);
    for (int i = 0; i < m; i++) sum += w->weights[i] * (w->kw[i] - 2 * column[i + 1 + block]);
    return fmax(sum, 0);
}

/* Σ_t ‖x_t − x̂_t‖²; advances the state by Ã from c. */
static double total_error2(bench_reconstruction *w, int r) {
    const int m = w->pairs;
    double total = 0;
    for (int t = 0; t <= m; t++) {
        koop_linalg_gemm(0, 0, m, 1, r, w->s, m, w->state, r, w->weights, m);
        total += error2(w, t, 0);
        koop_linalg_gemm(0, 0, r, 1, r, w->a, r, w->state, r, w->scratch, r);
        memcpy(w->state, w->scratch, (size_t)r * sizeof(double));
    }
    for (int block = 1; block <= w->options.delays; block++) total += error2(w, m + block, block);
    return total;
}

/* Σ_t ‖x_t − x̄‖² = tr K − Σ_ij K_ij / T. */
static double motion2(const bench_reconstruction *w) {
    const size_t span = (size_t)w->options.span;
    double trace = 0, sum = 0;
    for (size_t i = 0; i < span; i++) trace += w->k[i * (span + 1)];
    for (size_t i = 0; i < span * span; i++) sum += w->k[i];
    return trace - sum / (double)span;
}

koop_status bench_reconstruction_error(bench_reconstruction *w, const koop_window *window,
                                       double *error) {
    const bench_reconstruction_options *o = &w->options;
    int rank = 0;
    koop_status status = koop_window_gram(window, o->span, 0, o->center, false, w->k);
    if (status != KOOP_OK) return status;
    const double scale = o->relative ? motion2(w) : o->span;
    if (!(scale > 0)) return KOOP_RANK_ZERO;
    embed_delays(w);
    status = decompose(w, &rank);
    if (status == KOOP_OK) status = fit(w, rank);
    if (status != KOOP_OK) return status;
    const double total = total_error2(w, rank);
    if (!isfinite(total)) return KOOP_NOT_FINITE;
    *error = total / scale;
    return KOOP_OK;
}
