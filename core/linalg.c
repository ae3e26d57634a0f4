#include "linalg.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

/* The window kernel is worth a second version for wide vector units; sanitizers cannot run the
 * resolver that chooses between them. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define KERNEL __attribute__((target_clones("avx2", "default")))
#else
#define KERNEL
#endif

enum { LANES = 16 };

/* Of orthogonalisation: twice is enough, but for a block that lay within the basis and comes out of
 * the first time at random. */
enum { PASSES = 4 };
#define NEARLY 1e-3 /* share of a unit vector that may still have been in the basis before a pass */

void koop_linalg_single_thread(void) {
    openblas_set_num_threads(1);
}

KERNEL static double dot_f32(const float *restrict a, const double *restrict x, size_t n) {
    double lane[LANES] = {0};
    size_t k = 0;
    for (; k + LANES <= n; k += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += (double)a[k + (size_t)l] * x[k + (size_t)l];
    double sum = 0;
    for (; k < n; k++) sum += (double)a[k] * x[k];
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int l = 0; l < width; l++) lane[l] += lane[l + width];
    return sum + lane[0];
}

void koop_linalg_dots_f32(const float *const *rows, int count, const double *x, size_t n,
                          double *out) {
    for (int i = 0; i < count; i++) out[i] += dot_f32(rows[i], x, n);
}

void koop_linalg_dots_f64(const double *const *rows, int count, const double *x, size_t n,
                          double *out) {
    for (int i = 0; i < count; i++) out[i] += cblas_ddot((int)n, rows[i], 1, x, 1);
}

double koop_linalg_norm2(const double *x, size_t n) {
    return cblas_ddot((int)n, x, 1, x, 1);
}

void koop_linalg_gemm(int trans_a, int trans_b, int m, int n, int k, const double *a, int lda,
                      const double *b, int ldb, double *c, int ldc) {
    cblas_dgemm(CblasColMajor, trans_a ? CblasTrans : CblasNoTrans,
                trans_b ? CblasTrans : CblasNoTrans, m, n, k, 1.0, a, lda, b, ldb, 0.0, c, ldc);
}

koop_status koop_linalg_orthonormalise(int m, const double *basis, int used, double *block, int n,
                                       double *work) {
    double *tau = work, *share = work + n, largest = 1;
    for (int pass = 0; pass < PASSES && (pass < 2 || largest > NEARLY); pass++) {
        if (used > 0) {
            koop_linalg_gemm(1, 0, used, n, m, basis, m, block, m, share, used);
            cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, used, -1.0, basis, m,
                        share, used, 1.0, block, m);
        }
        int info = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, m, n, block, m, tau);
        if (info == 0) info = LAPACKE_dorgqr(LAPACK_COL_MAJOR, m, n, n, block, m, tau);
        if (info != 0)
            return info == LAPACK_WORK_MEMORY_ERROR ? KOOP_NO_MEMORY : KOOP_LAPACK_FAILED;
        largest = used > 0 ? fabs(share[cblas_idamax(used * n, share, 1)]) : 0;
    }
    return KOOP_OK;
}

/* Tridiagonal reduction, relatively robust representations for the wanted pairs, back
 * transformation. dsyevr does the same only when all pairs are wanted; for some it bisects, which
 * is two to three times slower at these orders. */
struct koop_symmetric {
    int max, lwork, liwork;
    double *work, *diagonal, *off, *tau, *values, *vectors;
    int *iwork, *support;
};

/* The largest workspace that the three steps ask for. */
static void ask_workspace(koop_symmetric *w) {
    double reduce = 0, solve = 0, restore = 0, unused = 0;
    int max = w->max, found = 0, iunused = 0;
    lapack_logical robust = 1;
    LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', max, &unused, max, &unused, &unused, &unused,
                        &reduce, -1);
    LAPACKE_dstemr_work(LAPACK_COL_MAJOR, 'V', 'I', max, &unused, &unused, 0, 0, 1, max, &found,
                        &unused, &unused, max, max, &iunused, &robust, &solve, -1, &w->liwork, -1);
    LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'L', 'N', max, max, &unused, max, &unused, &unused,
                        max, &restore, -1);
    w->lwork = (int)fmax(fmax(reduce, solve), restore);
}

koop_status koop_symmetric_new(koop_symmetric **out, int max) {
    if (max < 1) return KOOP_BAD_ARGUMENT;
    koop_symmetric *w = calloc(1, sizeof *w);
    if (!w) return KOOP_NO_MEMORY;
    size_t order = (size_t)max;
    w->max = max;
    ask_workspace(w);
    w->work = malloc((size_t)w->lwork * sizeof(double));
    w->iwork = malloc((size_t)w->liwork * sizeof(int));
    w->diagonal = malloc(order * sizeof(double));
    w->off = malloc(order * sizeof(double));
    w->tau = malloc(order * sizeof(double));
    w->values = malloc(order * sizeof(double));
    w->vectors = malloc(order * order * sizeof(double));
    w->support = malloc(2 * order * sizeof(int));
    if (!w->work || !w->iwork || !w->diagonal || !w->off || !w->tau || !w->values || !w->vectors ||
        !w->support) {
        koop_symmetric_free(w);
        return KOOP_NO_MEMORY;
    }
    *out = w;
    return KOOP_OK;
}

void koop_symmetric_free(koop_symmetric *w) {
    if (!w) return;
    free(w->work);
    free(w->iwork);
    free(w->diagonal);
    free(w->off);
    free(w->tau);
    free(w->values);
    free(w->vectors);
    free(w->support);
    free(w);
}

koop_status koop_symmetric_leading(koop_symmetric *w, int n, int k, double *a, double *values,
                                   double *vectors) {
    int found = 0;
    lapack_logical robust = 1;
    if (n > w->max || k < 1 || k > n) return KOOP_BAD_ARGUMENT;
    int info = LAPACKE_dsytrd_work(LAPACK_COL_MAJOR, 'L', n, a, n, w->diagonal, w->off, w->tau,
                                   w->work, w->lwork);
    if (info == 0)
        info = LAPACKE_dstemr_work(LAPACK_COL_MAJOR, 'V', 'I', n, w->diagonal, w->off, 0, 0,
                                   n - k + 1, n, &found, w->values, w->vectors, n, k, w->support,
                                   &robust, w->work, w->lwork, w->iwork, w->liwork);
    if (info != 0 || found != k) return KOOP_LAPACK_FAILED;
    info = LAPACKE_dormtr_work(LAPACK_COL_MAJOR, 'L', 'L', 'N', n, k, a, n, w->tau, w->vectors, n,
                               w->work, w->lwork);
    if (info != 0) return KOOP_LAPACK_FAILED;
    for (int j = 0; j < k; j++) {
        values[j] = w->values[k - 1 - j];
        cblas_dcopy(n, w->vectors + (size_t)(k - 1 - j) * (size_t)n, 1,
                    vectors + (size_t)j * (size_t)n, 1);
    }
    return KOOP_OK;
}

struct koop_general {
    int max, lwork;
    double *work;
};

koop_status koop_general_new(koop_general **out, int max) {
    if (max < 1) return KOOP_BAD_ARGUMENT;
    koop_general *w = calloc(1, sizeof *w);
    if (!w) return KOOP_NO_MEMORY;
    double size = 0, unused = 0;
    w->max = max;
    LAPACKE_dgeev_work(LAPACK_COL_MAJOR, 'V', 'V', max, &unused, max, &unused, &unused, &unused,
                       max, &unused, max, &size, -1);
    w->lwork = (int)size;
    w->work = malloc((size_t)w->lwork * sizeof(double));
    if (!w->work) {
        koop_general_free(w);
        return KOOP_NO_MEMORY;
    }
    *out = w;
    return KOOP_OK;
}

void koop_general_free(koop_general *w) {
    if (!w) return;
    free(w->work);
    free(w);
}

koop_status koop_general_eigen(koop_general *w, int n, double *a, double *re, double *im,
                               double *left, double *right) {
    if (n < 1 || n > w->max) return KOOP_BAD_ARGUMENT;
    int info = LAPACKE_dgeev_work(LAPACK_COL_MAJOR, 'V', 'V', n, a, n, re, im, left, n, right, n,
                                  w->work, w->lwork);
    return info == 0 ? KOOP_OK : KOOP_LAPACK_FAILED;
}

koop_status koop_linalg_invert(int n, double *a) {
    int info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', n, a, n);
    if (info == 0) info = LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', n, a, n);
    if (info != 0) return KOOP_LAPACK_FAILED;
    for (int j = 0; j < n; j++)
        for (int i = j + 1; i < n; i++) a[i * n + j] = a[j * n + i];
    return KOOP_OK;
}

koop_status koop_linalg_svd(int m, int n, double *a, double *u, double *s, double *vt) {
    int k = m < n ? m : n;
    int info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'S', m, n, a, m, s, u, m, vt, k);
    return info == 0                          ? KOOP_OK
           : info == LAPACK_WORK_MEMORY_ERROR ? KOOP_NO_MEMORY
                                              : KOOP_LAPACK_FAILED;
}
