/* leading_svd: the k largest singular values of a matrix and their vectors, without the others.
 *
 * Notation.  A (m×n), U (m×k) and V (n×k) orthonormal, A V = U S, Aᵀ U = V S, s₁ ≥ … ≥ s_k
 *            L = [L₁ L₂ …] (m×c), R = [R₁ R₂ …] (n×c) orthonormal bases that grow by b columns,
 *            T = RᵀAᵀL (c×c); T = X S Yᵀ gives the approximations V = R X and U = L Y
 *
 * Block Golub–Kahan–Lanczos bidiagonalisation with thick restart (G. H. Golub, F. T. Luk &
 * M. L. Overton 1981, ACM Trans. Math. Softw. 7, 149–169; J. Baglama & L. Reichel 2006, Numer.
 * Algorithms 43, 251–272): Aᵀ L_j, less what R holds of it, gives R_j; A R_j, less what L holds of
 * it, gives L_{j+1}. Both bases are orthogonalised in full, and A itself is applied, never AᵀA, so
 * that small singular values are as exact as with LAPACK. The first block is random with a fixed
 * seed: the same matrix gives the same digits.
 *
 * Cost: 4·b·m·n operations a step and some ten steps where the values fall, against more than
 * 4·m·n·min(m, n) of the full decomposition; memory (m + n)(k + 160) doubles. */
#ifndef KOOP_LEADING_SVD_H
#define KOOP_LEADING_SVD_H

#include "status.h"

#include <stdbool.h>

/* Whether the matrix is so large that this is worth it: the bases take at most a quarter of the
 * space. */
bool koop_leading_svd_pays(int m, int n, int k);

/* u m×k, s k in falling order, vt k×n; A is kept. What is returned has ‖A v − s u‖ and ‖Aᵀu − s v‖
 * of at most 1e-13 s₁, measured. KOOP_LAPACK_FAILED: not reached, or s_k is followed by a value so
 * near to it that the space of the k is not defined to 1e-6; the full decomposition is to decide.
 * KOOP_BAD_ARGUMENT where it does not pay, KOOP_NO_MEMORY. */
koop_status koop_leading_svd(int m, int n, const double *a, int k, double *u, double *s,
                             double *vt);

#endif
