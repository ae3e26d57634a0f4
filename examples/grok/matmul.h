/* matmul: the three products that forward and backward passes need, row-major float32, by CBLAS. */
#ifndef GROK_MATMUL_H
#define GROK_MATMUL_H

#include <cblas.h>

/* C (m×n) = A (m×k) B (k×n) + keep·C */
static inline void grok_mul_nn(int m, int n, int k, const float *a, const float *b, float keep,
                               float *c) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, keep, c, n);
}

/* C (m×n) = A (m×k) Bᵀ, B (n×k), + keep·C */
static inline void grok_mul_nt(int m, int n, int k, const float *a, const float *b, float keep,
                               float *c) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a, k, b, k, keep, c, n);
}

/* C (m×n) = Aᵀ B, A (k×m), B (k×n), + keep·C */
static inline void grok_mul_tn(int m, int n, int k, const float *a, const float *b, float keep,
                               float *c) {
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, a, m, b, n, keep, c, n);
}

#endif
