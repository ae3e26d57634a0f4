/* distance_matrix: the distances between all pairs of spectra, on several threads.
 *
 * The threads share the items, which are read only, and which row is the next, behind a mutex; each
 * has a workspace of its own and writes the pairs of the rows it took. A distance depends on its two
 * spectra alone, so the matrix does not depend on the number of threads. */
#ifndef KOOP_DISTANCE_MATRIX_H
#define KOOP_DISTANCE_MATRIX_H

#include "sides.h"

typedef enum koop_distance {
    KOOP_DISTANCE_ASSIGNMENT, /* mean distance of the best pairing; unequal sizes: transport */
    KOOP_DISTANCE_RESIDUAL,   /* transport weighted by residuals */
    KOOP_DISTANCE_VARIANCE,   /* of the windows' log variance spectra */
    KOOP_DISTANCES
} koop_distance;

enum { KOOP_DISTANCE_MAX_THREADS = 64 };

const char *koop_distance_name(koop_distance distance); /* "assignment", … */

/* Whether the item has what the distance is measured on. */
bool koop_distance_known(const koop_side_item *item, koop_distance distance);

/* Complains that some item has not; the exit code. */
int koop_distance_refuse(const char *command, koop_distance distance);

/* matrix[n×n], symmetric with zeros on the diagonal, of items that all know the distance; `threads`
 * from 1 to KOOP_DISTANCE_MAX_THREADS (fewer, where the system gives no more). KOOP_NOT_FINITE and
 * others of transport.h and variance.h, KOOP_NO_MEMORY. */
koop_status koop_distance_matrix(const koop_side_item *const *items, int n, koop_distance distance,
                                 int threads, double *matrix);

#endif
