/* matmul: the three products that forward and backward passes need, row-major, by CBLAS. */
#ifndef KIT_MATMUL_H
#define KIT_MATMUL_H

#include "real.h"

#include <cblas.h>

#ifdef KIT_REAL_DOUBLE
#define KIT_GEMM cblas_dgemm
#else
#define KIT_GEMM cblas_sgemm
#endif

/* C (m×n) = A (m×k) B (k×n) + keep·C */
static inline void kit_mul_nn(int m, int n, int k, const kit_real *a, const kit_real *b,
                              kit_real keep, kit_real *c) {
    KIT_GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, keep, c, n);
}

/* C (m×n) = A (m×k) Bᵀ, B (n×k), + keep·C */
static inline void kit_mul_nt(int m, int n, int k, const kit_real *a, const kit_real *b,
                              kit_real keep, kit_real *c) {
    KIT_GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a, k, b, k, keep, c, n);
}

/* C (m×n) = Aᵀ B, A (k×m), B (k×n), + keep·C */
static inline void kit_mul_tn(int m, int n, int k, const kit_real *a, const kit_real *b,
                              kit_real keep, kit_real *c) {
    KIT_GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, k, 1, a, m, b, n, keep, c, n);
}

#endif
