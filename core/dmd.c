#include "dmd_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

koop_dmd_options koop_dmd_defaults(void) {
    return (koop_dmd_options){.span = 64,
                              .delays = 4,
                              .rank = 8,
                              .pca = 8,
                              .center = KOOP_CENTER_MEAN,
                              .floor = 1e-6,
                              .dt = 1};
}

bool koop_dmd_valid(const koop_dmd_options *o) {
    return o->delays >= 0 && o->rank >= 0 && o->rank <= KOOP_MAX_RANK && o->energy >= 0 &&
           o->energy < 1 && o->pca >= 0 && o->floor >= 0 && o->floor < 1 && o->dt > 0 &&
           isfinite(o->dt);
}

static bool valid_span(const koop_dmd_options *o) {
    return o->span >= 2 && o->span <= KOOP_MAX_WINDOW && o->span - o->delays >= 2 &&
           o->pca <= o->span;
}

int koop_dmd_choose_rank(const double *energies, int count, double total, double noise,
                         const koop_dmd_options *o) {
    double least = fmax(fmax(o->floor * o->floor * energies[0], noise), DBL_MIN), kept = 0;
    int rank = 0, most = o->rank > 0 && o->rank < count ? o->rank : count;
    while (rank < most && energies[rank] > least) {
        kept += energies[rank++];
        if (o->energy > 0 && kept >= o->energy * total) break;
    }
    return rank;
}

koop_status koop_dmd_new(koop_dmd **out, const koop_dmd_options *options) {
    if (!koop_dmd_valid(options) || !valid_span(options)) return KOOP_BAD_ARGUMENT;
    koop_dmd *d = calloc(1, sizeof *d);
    if (!d) return KOOP_NO_MEMORY;
    d->options = *options;
    size_t span = (size_t)options->span, vectors = span - (size_t)options->delays;
    size_t pairs = vectors - 1, p = (size_t)options->pca;
    d->max_rank = options->rank ? options->rank : KOOP_MAX_RANK;
    if ((size_t)d->max_rank > pairs) d->max_rank = (int)pairs;
    size_t r = (size_t)d->max_rank;
    koop_status status = koop_symmetric_new(&d->symmetric, options->span);
    if (status == KOOP_OK) status = koop_reduced_new(&d->reduced, d->max_rank);
    d->k = malloc(span * span * sizeof(double));
    d->centred = malloc(span * span * sizeof(double));
    d->axes = malloc((span * p + 1) * sizeof(double));
    d->y = malloc((span * p + 1) * sizeof(double));
    d->h = malloc(vectors * vectors * sizeof(double));
    d->g = malloc(pairs * pairs * sizeof(double));
    d->v = malloc(pairs * r * sizeof(double));
    d->sigma = malloc((r > p ? r : p) * sizeof(double));
    d->b = malloc(r * vectors * sizeof(double));
    d->a = malloc(r * r * sizeof(double));
    d->tail = malloc(r * sizeof(double));
    if (!d->k || !d->centred || !d->axes || !d->y || !d->h || !d->g || !d->v || !d->sigma ||
        !d->b || !d->a || !d->tail)
        status = KOOP_NO_MEMORY;
    if (status != KOOP_OK) {
        koop_dmd_free(d);
        return status;
    }
    *out = d;
    return KOOP_OK;
}

void koop_dmd_free(koop_dmd *d) {
    if (!d) return;
    koop_symmetric_free(d->symmetric);
    koop_reduced_free(d->reduced);
    free(d->k);
    free(d->centred);
    free(d->axes);
    free(d->y);
    free(d->h);
    free(d->g);
    free(d->v);
    free(d->sigma);
    free(d->b);
    free(d->a);
    free(d->tail);
    free(d);
}

/* Upper edge of the eigenvalues that rounding noise alone gives `count` vectors of `values` values
 * (Marchenko & Pastur 1967, Math. USSR-Sbornik 1). */
static double noise_edge(const koop_window *window, double values, int count) {
    double root = sqrt(values) + sqrt(count);
    return koop_window_rounding(window) * root * root;
}

/* Replaces K by the Gram matrix of the p leading principal coordinates y = Λ^-½ Uᵀ K (Λ, U from the
 * centred K; UᵀK = UᵀJK because U is orthogonal to the constant vector). */
static koop_status reduce_by_pca(koop_dmd *d, const koop_window *window) {
    int span = d->options.span;
    size_t order = (size_t)span;
    koop_status status =
        koop_window_gram(window, span, 0, KOOP_CENTER_MEAN, d->options.difference, d->centred);
    if (status != KOOP_OK) return status;
    status =
        koop_symmetric_leading(d->symmetric, span, d->options.pca, d->centred, d->sigma, d->axes);
    if (status != KOOP_OK) return status;
    d->variances.count = d->options.pca < KOOP_MAX_RANK ? d->options.pca : KOOP_MAX_RANK;
    memcpy(d->variances.value, d->sigma, (size_t)d->variances.count * sizeof *d->sigma);
    double noise = noise_edge(window, (double)koop_window_length(window), span);
    koop_dmd_options all = {.floor = d->options.floor};
    int p = d->coordinates = koop_dmd_choose_rank(d->sigma, d->options.pca, 0, noise, &all);
    if (p == 0) return KOOP_RANK_ZERO;
    for (int k = 0; k < p; k++)
        for (size_t i = 0; i < order; i++) d->axes[(size_t)k * order + i] /= sqrt(d->sigma[k]);
    koop_linalg_gemm(1, 0, p, span, span, d->axes, span, d->k, span, d->y, p);
    koop_linalg_gemm(1, 0, span, span, p, d->y, p, d->y, p, d->k, span);
    return KOOP_OK;
}

/* H_ij = Σ_{l=0..d} K_{i+l,j+l}. */
static void embed_delays(koop_dmd *d) {
    int vectors = d->options.span - d->options.delays;
    size_t order = (size_t)d->options.span;
    for (int j = 0; j < vectors; j++)
        for (int i = 0; i <= j; i++) {
            double sum = 0;
            for (int l = 0; l <= d->options.delays; l++)
                sum += d->k[(size_t)(j + l) * order + (size_t)(i + l)];
            d->h[(size_t)j * (size_t)vectors + (size_t)i] = sum;
            d->h[(size_t)i * (size_t)vectors + (size_t)j] = sum;
        }
}

/* Leading singular values and right vectors of the delayed vectors; gives the rank kept. */
static koop_status truncate(koop_dmd *d, const koop_window *window, int pairs, int *rank) {
    size_t m = (size_t)pairs;
    double trace = 0;
    for (size_t j = 0; j < m; j++) {
        memcpy(d->g + j * m, d->h + j * (m + 1), m * sizeof(double));
        trace += d->h[j * (m + 1) + j];
    }
    koop_status status =
        koop_symmetric_leading(d->symmetric, pairs, d->max_rank, d->g, d->sigma, d->v);
    if (status != KOOP_OK) return status;
    double values = d->options.pca > 0 ? d->coordinates : (double)koop_window_length(window);
    double noise = noise_edge(window, values * (d->options.delays + 1), pairs);
    int r = koop_dmd_choose_rank(d->sigma, d->max_rank, trace, noise, &d->options);
    if (r == 0) return KOOP_RANK_ZERO;
    if (r < d->options.rank && d->options.energy <= 0) d->counters.truncated++;
    for (int k = 0; k < r; k++) d->sigma[k] = sqrt(d->sigma[k]);
    *rank = r;
    return KOOP_OK;
}

/* B = Σ⁻¹VᵀH[0:m,:]: its first m columns are ΣVᵀ, exactly; A = B₁VΣ⁻¹. */
static void reduce(koop_dmd *d, int pairs, int r) {
    size_t m = (size_t)pairs, rank = (size_t)r;
    for (size_t t = 0; t < m; t++)
        for (size_t k = 0; k < rank; k++) d->b[t * rank + k] = d->sigma[k] * d->v[k * m + t];
    koop_linalg_gemm(1, 0, r, 1, pairs, d->v, pairs, d->h + m * (m + 1), pairs + 1, d->tail, r);
    for (size_t k = 0; k < rank; k++) d->b[m * rank + k] = d->tail[k] / d->sigma[k];
    koop_linalg_gemm(0, 0, r, r, pairs, d->b + rank, r, d->v, pairs, d->a, r);
    for (size_t j = 0; j < rank; j++)
        for (size_t i = 0; i < rank; i++) d->a[j * rank + i] /= d->sigma[j];
}

static koop_status fit(koop_dmd *d, const koop_window *window, koop_spectrum *spectrum) {
    const koop_dmd_options *o = &d->options;
    int pairs = o->span - o->delays - 1, rank = 0;
    koop_status status = koop_window_gram(window, o->span, 0, o->center, o->difference, d->k);
    if (status == KOOP_OK && o->pca > 0) status = reduce_by_pca(d, window);
    if (status != KOOP_OK) return status;
    embed_delays(d);
    status = truncate(d, window, pairs, &rank);
    if (status != KOOP_OK) return status;
    reduce(d, pairs, rank);
    status =
        koop_reduced_spectrum(d->reduced, rank, d->a, d->b, d->b + rank, pairs, o->dt, spectrum);
    if (status == KOOP_OK) d->rank = rank;
    return status;
}

koop_status koop_dmd_fit(koop_dmd *d, const koop_window *window, koop_spectrum *spectrum) {
    d->rank = 0;
    koop_status status = fit(d, window, spectrum);
    if (status == KOOP_OK) d->counters.fits++;
    if (status == KOOP_RANK_ZERO) d->counters.rank_zero++;
    if (status == KOOP_LAPACK_FAILED) d->counters.lapack_failed++;
    return status;
}

koop_status koop_dmd_variances(const koop_dmd *d, koop_variances *out) {
    if (d->rank == 0 || d->options.pca == 0) return KOOP_NOT_ENOUGH_DATA;
    *out = d->variances;
    return KOOP_OK;
}

void koop_dmd_set_dt(koop_dmd *d, double dt) {
    if (dt > 0 && isfinite(dt)) d->options.dt = dt;
}

koop_dmd_counters koop_dmd_get_counters(const koop_dmd *d) {
    return d->counters;
}

void koop_dmd_exchange(koop_dmd *d, koop_state *s) {
    double dt = d->options.dt;
    koop_state_doubles(s, &dt, 1, DBL_MAX);
    koop_state_demand(s, dt > 0);
    koop_state_count(s, &d->counters.fits, UINT64_MAX / 2);
    koop_state_count(s, &d->counters.rank_zero, UINT64_MAX / 2);
    koop_state_count(s, &d->counters.lapack_failed, UINT64_MAX / 2);
    koop_state_count(s, &d->counters.truncated, UINT64_MAX / 2);
    if (!koop_state_loads(s) || s->status != KOOP_OK) return;
    d->options.dt = dt;
    d->rank = 0;
}

size_t koop_dmd_bytes(const koop_dmd_options *o) {
    size_t span = (size_t)o->span, p = (size_t)o->pca;
    size_t r = o->rank ? (size_t)o->rank : KOOP_MAX_RANK;
    /* K, its centred form, H, G and the eigensolver's vectors; axes, coordinates, V and B */
    return (5 * span * span + 2 * span * (p + r) + 32 * span + 8 * r * r) * sizeof(double);
}
