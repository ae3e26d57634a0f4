/* linalg: dense linear algebra for the rest of core; the only file that calls CBLAS and LAPACKE.
 *
 * Matrices are column-major doubles. Workspaces are allocated once for the largest order; calls
 * with a workspace do not allocate. Status: KOOP_LAPACK_FAILED when an iteration did not converge.
 */
#ifndef KOOP_LINALG_H
#define KOOP_LINALG_H

#include "status.h"

#include <stddef.h>

/* Pins BLAS to one thread, so that the trainer on the same machine keeps its cores. */
void koop_linalg_single_thread(void);

/* out[i] += Σ_k a_i[k] x[k] for `count` rows a_i of length n: products and sums in double. */
void koop_linalg_dots_f32(const float *const *rows, int count, const double *x, size_t n,
                          double *out);
void koop_linalg_dots_f64(const double *const *rows, int count, const double *x, size_t n,
                          double *out);

/* Σ x[k]². */
double koop_linalg_norm2(const double *x, size_t n);

/* C (m×n) = op(A) op(B), inner dimension k; transposes by flags. Leading dimensions lda, ldb, ldc.
 */
void koop_linalg_gemm(int trans_a, int trans_b, int m, int n, int k, const double *a, int lda,
                      const double *b, int ldb, double *c, int ldc);

/* Replaces the n columns of `block` (m×n) by an orthonormal basis of what of their span lies outside
 * of that of `basis` (m×used, orthonormal; 0 columns: of their span); where that has fewer than n
 * dimensions, others outside complete it. used + n ≤ m; `work` holds (used + 1)·n doubles. */
koop_status koop_linalg_orthonormalise(int m, const double *basis, int used, double *block, int n,
                                       double *work);

/* Replaces a symmetric positive definite matrix (n×n) by its inverse. KOOP_LAPACK_FAILED: it is none. */
koop_status koop_linalg_invert(int n, double *a);

/* Leading eigenpairs of symmetric matrices up to order `max`. */
typedef struct koop_symmetric koop_symmetric;
koop_status koop_symmetric_new(koop_symmetric **out, int max);
void koop_symmetric_free(koop_symmetric *work);

/* The k largest eigenvalues of A (n×n, destroyed) in falling order into `values`, their
 * orthonormal eigenvectors into the columns of `vectors` (n×k). 1 ≤ k ≤ n ≤ max. */
koop_status koop_symmetric_leading(koop_symmetric *work, int n, int k, double *a, double *values,
                                   double *vectors);

/* Eigenvalues and both eigenvector sets of general matrices up to order `max`. */
typedef struct koop_general koop_general;
koop_status koop_general_new(koop_general **out, int max);
void koop_general_free(koop_general *work);

/* A (n×n, destroyed) has eigenvalues re + i·im; left and right (n×n) hold eigenvectors as LAPACK
 * dgeev packs them: column j real, or columns j, j+1 the real and imaginary part of a pair. */
koop_status koop_general_eigen(koop_general *work, int n, double *a, double *re, double *im,
                               double *left, double *right);

/* Thin SVD A (m×n, destroyed) = U diag(s) Vᵀ with k = min(m, n): u m×k, s k, vt k×n. Allocates. */
koop_status koop_linalg_svd(int m, int n, double *a, double *u, double *s, double *vt);

#endif
