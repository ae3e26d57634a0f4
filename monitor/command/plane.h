/* plane: the plane in which trajectories move most: their first two principal components.
 *
 * Of several trajectories together, snapshots x_t of D values: the axes are those of at most
 * KOOP_PLANE_SNAPSHOTS of all the snapshots, evenly spread, minus their mean; then all are projected. */
#ifndef KOOP_PLANE_H
#define KOOP_PLANE_H

#include "status.h"

#include <stddef.h>

enum { KOOP_PLANE_SNAPSHOTS = 1000 };

/* T×D×N in C order, as koop_trajectory_load has it; finite. */
typedef struct koop_plane_part {
    const double *x;
    size_t length, count; /* T, N */
} koop_plane_part;

/* Fills points[i] (length × 2 × count, C order) of each part, and shares: of the variance, that lie
 * along the first and the second. Signs are such that the largest entry of an axis is positive.
 * KOOP_NOT_ENOUGH_DATA: fewer than two values or three snapshots; KOOP_RANK_ZERO: nothing moves.
 * KOOP_TOO_LARGE, KOOP_NO_MEMORY, KOOP_LAPACK_FAILED. */
koop_status koop_plane(const koop_plane_part *parts, int n, size_t dimension, double *const *points,
                       double shares[2]);

#endif
