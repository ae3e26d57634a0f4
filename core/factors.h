/* factors: the singular value decomposition of a matrix, as far as it is wanted.
 *
 * Notation.  A (m×n) = U diag(s) Vᵀ, s₁ ≥ s₂ ≥ …; U m×k, Vᵀ k×n, column-major.
 *
 * Of a large matrix only the leading triplets are computed (leading_svd.h), unless nothing sets them
 * apart from those that follow; otherwise, and of a small one, all are, by LAPACK. */
#ifndef KOOP_FACTORS_H
#define KOOP_FACTORS_H

#include "status.h"

typedef struct koop_factors {
    int k;              /* triplets: all, or the leading ones */
    double *u, *s, *vt; /* m×k, k, k×n */
    double *energies;   /* k: s² */
    double total;       /* Σ s² over all, those that were left out too */
} koop_factors;

/* Fills in at least the `wanted` leading triplets of A (destroyed), fewer only where A has fewer; 0:
 * all. `factors` is zero-initialised, and freed by the caller also after a failure.
 * KOOP_NO_MEMORY, KOOP_LAPACK_FAILED. */
koop_status koop_factors_of(koop_factors *factors, int m, int n, double *a, int wanted);
void koop_factors_free(koop_factors *factors);

#endif
