/* reduced: from a reduced operator and the window's reduced coordinates to a spectrum.
 *
 * The last step that streaming and batch DMD share: the eigenvalues of A with the energy and
 * residual of each (spectrum.h has the formulas). Internal to core. */
#ifndef KOOP_REDUCED_H
#define KOOP_REDUCED_H

#include "linalg.h"
#include "spectrum.h"

typedef struct koop_reduced koop_reduced;

/* Workspace for operators up to order `max_rank` ≤ KOOP_MAX_RANK. */
koop_status koop_reduced_new(koop_reduced **out, int max_rank);
void koop_reduced_free(koop_reduced *reduced);

/* A r×r (kept); before and after: r×m coordinates of each pair's first and second vector, so that
 * after ≈ A before. Fills `spectrum`, ordered, with rates for dt. KOOP_LAPACK_FAILED. */
koop_status koop_reduced_spectrum(koop_reduced *reduced, int r, const double *a,
                                  const double *before, const double *after, int m, double dt,
                                  koop_spectrum *spectrum);

#endif
