/* dmd_internal: what dmd.c, prediction.c and dmd_batch.c share. Notation as in dmd.h. */
#ifndef KOOP_DMD_INTERNAL_H
#define KOOP_DMD_INTERNAL_H

#include "dmd.h"
#include "linalg.h"
#include "reduced.h"

struct koop_dmd {
    koop_dmd_options options;
    koop_symmetric *symmetric;
    koop_reduced *reduced;
    int max_rank;
    double *k;                /* T×T Gram matrix of snapshots or of their coordinates */
    double *centred;          /* T×T, PCA only */
    double *axes;             /* T×p: Λ^-½-scaled eigenvectors of the centred Gram matrix */
    double *y;                /* p×T principal coordinates */
    double *h;                /* (m+1)×(m+1) */
    double *g;                /* m×m, destroyed by the eigensolver */
    double *v;                /* m×r */
    double *sigma;            /* eigenvalues, then singular values, r */
    double *b;                /* r×(m+1) */
    double *a;                /* r×r */
    double *tail;             /* r, scratch */
    koop_variances variances; /* PCA only, of the last fit */
    int coordinates;          /* p of the last fit: may be cut by the floor */
    int rank;                 /* r of the last fit; 0: none yet */
    koop_dmd_counters counters;
};

/* Whether the options make sense whatever the data. */
bool koop_dmd_valid(const koop_dmd_options *options);

/* The rank to keep of singular values whose squares are `energies` (count of them, falling; `total`
 * is the sum of all): those above floor·σ₁ and above `noise`, at most options->rank of them where
 * that is given, and no more than make up options->energy of the total where that is given. */
int koop_dmd_choose_rank(const double *energies, int count, double total, double noise,
                         const koop_dmd_options *options);

#endif
