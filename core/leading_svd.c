#include "leading_svd.h"
#include "linalg.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* BLOCK columns a step; KEPT more than the wanted ones survive a restart, after which STEPS steps
 * fit before the next. */
enum { BLOCK = 16, KEPT = 16, STEPS = 8 };

#define CONVERGED 1e-15 /* of s₁: estimated residual at which the iteration ends */
#define EXACT 1e-13     /* of s₁: measured residual that is let pass */
#define NEAREST 1e-9 /* of s₁: distance to the next value, below which no space is singled out */

typedef struct bases {
    int m, n, k, kept, most; /* kept at a restart, most columns of a basis */
    const double *a;
    int used;                       /* c, columns of both bases; L holds the next block besides */
    double *left, *right;           /* m×(most + b), n×most */
    double *t;                      /* most×most */
    double *y, *x, *s;              /* T = X S Yᵀ: y holds Yᵀ, both c×c */
    double *scratch;                /* max(m, n)×most, also most×most */
    double *small;                  /* most×b */
    double coupling[BLOCK * BLOCK]; /* C = L_{j+1}ᵀ A R_j */
} bases;

static size_t cells(int rows, int columns) {
    return (size_t)rows * (size_t)columns;
}

static int most_columns(int k) {
    return k + KEPT + STEPS * BLOCK;
}

bool koop_leading_svd_pays(int m, int n, int k) {
    return k >= 1 && (m < n ? m : n) / 4 >= most_columns(k);
}

static void free_bases(bases *w) {
    free(w->left);
    free(w->right);
    free(w->t);
    free(w->y);
    free(w->x);
    free(w->s);
    free(w->scratch);
    free(w->small);
}

static koop_status make_bases(bases *w) {
    const int longer = w->m > w->n ? w->m : w->n;
    w->left = malloc(cells(w->m, w->most + BLOCK) * sizeof(double));
    w->right = malloc(cells(w->n, w->most) * sizeof(double));
    w->t = calloc(cells(w->most, w->most), sizeof(double));
    w->y = malloc(cells(w->most, w->most) * sizeof(double));
    w->x = malloc(cells(w->most, w->most) * sizeof(double));
    w->s = malloc((size_t)w->most * sizeof(double));
    w->scratch = malloc(cells(longer, w->most) * sizeof(double));
    w->small = malloc(cells(w->most + 1, BLOCK) * sizeof(double));
    return w->left && w->right && w->t && w->y && w->x && w->s && w->scratch && w->small
               ? KOOP_OK
               : KOOP_NO_MEMORY;
}

/* Uniform in ±½: xorshift64 (G. Marsaglia 2003, J. Stat. Softw. 8(14)). */
static void fill_at_random(double *x, size_t count) {
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < count; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        x[i] = (double)(state >> 11) / 9007199254740992.0 - 0.5;
    }
}

/* R_j and the columns of T that belong to it: Aᵀ L_j = R T[:, j]. */
static koop_status extend_right(bases *w) {
    double *fresh = w->right + cells(w->n, w->used), *image = w->scratch;
    koop_linalg_gemm(1, 0, w->n, BLOCK, w->m, w->a, w->m, w->left + cells(w->m, w->used), w->m,
                     image, w->n);
    memcpy(fresh, image, cells(w->n, BLOCK) * sizeof *fresh);
    koop_status status =
        koop_linalg_orthonormalise(w->n, w->right, w->used, fresh, BLOCK, w->small);
    if (status != KOOP_OK) return status;
    const int rows = w->used + BLOCK;
    koop_linalg_gemm(1, 0, rows, BLOCK, w->n, w->right, w->n, image, w->n,
                     w->t + cells(w->most, w->used), w->most);
    return KOOP_OK;
}

/* L_{j+1} and C: A R_j = L (T[j, :])ᵀ + L_{j+1} C. */
static koop_status extend_left(bases *w) {
    const int used = w->used + BLOCK;
    double *fresh = w->left + cells(w->m, used), *image = w->scratch;
    koop_linalg_gemm(0, 0, w->m, BLOCK, w->n, w->a, w->m, w->right + cells(w->n, w->used), w->n,
                     image, w->m);
    memcpy(fresh, image, cells(w->m, BLOCK) * sizeof *fresh);
    koop_status status = koop_linalg_orthonormalise(w->m, w->left, used, fresh, BLOCK, w->small);
    if (status != KOOP_OK) return status;
    koop_linalg_gemm(1, 0, BLOCK, BLOCK, w->m, fresh, w->m, image, w->m, w->coupling, BLOCK);
    w->used = used;
    return KOOP_OK;
}

static koop_status decompose_t(bases *w) {
    for (int j = 0; j < w->used; j++)
        memcpy(w->scratch + cells(w->used, j), w->t + cells(w->most, j),
               (size_t)w->used * sizeof *w->t);
    return koop_linalg_svd(w->used, w->used, w->scratch, w->x, w->s, w->y);
}

/* ‖A v_i − s_i u_i‖ = ‖C X[last block, i]‖: what A R leaves of L is all in the last block. */
static double residual(const bases *w, int i) {
    const double *last = w->x + cells(w->used, i) + w->used - BLOCK;
    double sum = 0;
    for (int row = 0; row < BLOCK; row++) {
        double dot = 0;
        for (int j = 0; j < BLOCK; j++) dot += w->coupling[j * BLOCK + row] * last[j];
        sum += dot * dot;
    }
    return sqrt(sum);
}

/* The first k have converged, and the one after them is known so well that none but them can be
 * meant. */
static bool has_converged(const bases *w) {
    for (int i = 0; i < w->k; i++)
        if (residual(w, i) > CONVERGED * w->s[0]) return false;
    return residual(w, w->k) <= w->s[w->k - 1] - w->s[w->k] || !(w->s[w->k] > 0);
}

/* out = L Y[:, :count] or R X[:, :count]. */
static void combine_left(const bases *w, int count, double *out) {
    koop_linalg_gemm(0, 1, w->m, count, w->used, w->left, w->m, w->y, w->used, out, w->m);
}

static void combine_right(const bases *w, int count, double *out) {
    koop_linalg_gemm(0, 0, w->n, count, w->used, w->right, w->n, w->x, w->used, out, w->n);
}

/* The bases shrink to the best approximations, and the next block follows them. */
static void restart(bases *w) {
    const double *next = w->left + cells(w->m, w->used);
    combine_left(w, w->kept, w->scratch);
    memcpy(w->left, w->scratch, cells(w->m, w->kept) * sizeof *w->left);
    memmove(w->left + cells(w->m, w->kept), next, cells(w->m, BLOCK) * sizeof *w->left);
    combine_right(w, w->kept, w->scratch);
    memcpy(w->right, w->scratch, cells(w->n, w->kept) * sizeof *w->right);
    memset(w->t, 0, cells(w->most, w->most) * sizeof *w->t);
    for (int i = 0; i < w->kept; i++) w->t[cells(w->most, i) + (size_t)i] = w->s[i];
    w->used = w->kept;
}

static koop_status iterate(bases *w) {
    /* Half of what the full decomposition needs is the most that is worth trying. */
    const int steps = (w->m < w->n ? w->m : w->n) / (2 * BLOCK);
    fill_at_random(w->left, cells(w->m, BLOCK));
    koop_status status = koop_linalg_orthonormalise(w->m, w->left, 0, w->left, BLOCK, w->small);
    for (int step = 0; step < steps && status == KOOP_OK; step++) {
        if (w->used + BLOCK > w->most) restart(w);
        status = extend_right(w);
        if (status == KOOP_OK) status = extend_left(w);
        if (status == KOOP_OK) status = decompose_t(w);
        if (status == KOOP_OK && w->used > w->k && has_converged(w)) return KOOP_OK;
    }
    return status == KOOP_OK ? KOOP_LAPACK_FAILED : status;
}

/* The largest ‖column of image − s · vector‖. */
static double worst(const double *image, const double *vectors, const double *s, int length,
                    int k) {
    double largest = 0;
    for (int j = 0; j < k; j++) {
        double sum = 0;
        for (size_t i = cells(length, j); i < cells(length, j + 1); i++) {
            const double difference = image[i] - s[j] * vectors[i];
            sum += difference * difference;
        }
        largest = fmax(largest, sqrt(sum));
    }
    return largest;
}

/* Takes the vectors out of the bases and measures them. V takes the place of R. */
static koop_status finish(bases *w, double *u, double *s, double *vt) {
    const size_t n = (size_t)w->n, k = (size_t)w->k;
    double *v = w->right, *image = w->scratch;
    memcpy(s, w->s, k * sizeof *s);
    combine_left(w, w->k, u);
    combine_right(w, w->k, image);
    memcpy(v, image, n * k * sizeof *v);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++) vt[i * k + j] = v[j * n + i];
    koop_linalg_gemm(0, 0, w->m, w->k, w->n, w->a, w->m, v, w->n, image, w->m);
    const double of_right = worst(image, u, s, w->m, w->k);
    koop_linalg_gemm(1, 0, w->n, w->k, w->m, w->a, w->m, u, w->m, image, w->n);
    const double of_left = worst(image, v, s, w->n, w->k);
    return fmax(of_right, of_left) <= EXACT * s[0] ? KOOP_OK : KOOP_LAPACK_FAILED;
}

koop_status koop_leading_svd(int m, int n, const double *a, int k, double *u, double *s,
                             double *vt) {
    if (!koop_leading_svd_pays(m, n, k)) return KOOP_BAD_ARGUMENT;
    bases w = {.m = m, .n = n, .k = k, .kept = k + KEPT, .most = most_columns(k), .a = a};
    koop_status status = make_bases(&w);
    if (status == KOOP_OK) status = iterate(&w);
    if (status == KOOP_OK && w.s[k - 1] - w.s[k] < NEAREST * w.s[0]) status = KOOP_LAPACK_FAILED;
    if (status == KOOP_OK) status = finish(&w, u, s, vt);
    free_bases(&w);
    return status;
}
