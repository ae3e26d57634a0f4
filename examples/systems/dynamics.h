/* dynamics: Lorenz's system and a linear one, with noise, as streams of snapshots.
 *
 * Notation.  x_t state, F the system's step of time Δt, y_t snapshot, w and v standard normal
 *            x_{t+1} = F(x_t) + q w_t        q process noise: the system itself is shaken
 *            y_t     = h(x_t) + s v_t        s observation noise: only what is seen of it is
 *
 * Lorenz starts near its z axis and runs for 25 units of time before anything is counted, the linear
 * system with amplitude 1 in every mode. What is random comes in streams of its own, from one seed: the same seed with other noise starts
 * at the same state and is seen by the same h. One owner, no locks. */
#ifndef SYSTEMS_DYNAMICS_H
#define SYSTEMS_DYNAMICS_H

#include "status.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum dynamics_kind { DYNAMICS_LORENZ, DYNAMICS_LINEAR, DYNAMICS_KINDS } dynamics_kind;

enum { DYNAMICS_MAX_OBSERVABLES = 4096 };

typedef struct dynamics_options {
    double rho;               /* of Lorenz */
    double dt;                /* Δt of Lorenz; a step of the linear system is one step */
    double process_noise;     /* q ≥ 0 */
    double observation_noise; /* s ≥ 0 */
    int observables;          /* 0: the state itself; else so many random functions of it, cosines
                                 for Lorenz, orthonormal linear ones (then ≥ 5) for the linear */
    long skip;                /* steps before the first snapshot, ≥ 0 */
    uint64_t seed;
} dynamics_options;

/* rho 28, dt 0.05, no noise, the state itself, nothing skipped, seed 0. */
dynamics_options dynamics_defaults(void);

typedef struct dynamics dynamics;

/* "lorenz", "linear". */
const char *dynamics_name(dynamics_kind kind);

/* KOOP_BAD_ARGUMENT (an option that is not finite or out of its range), KOOP_NO_MEMORY. Free with
 * dynamics_free (NULL is allowed). */
koop_status dynamics_new(dynamics **out, dynamics_kind kind, const dynamics_options *options);
void dynamics_free(dynamics *d);

/* Values of a snapshot. */
int dynamics_values(const dynamics *d);

/* The snapshot of now, then one step. KOOP_NOT_FINITE once noise has driven the state to where the
 * integration blows up. */
koop_status dynamics_next(dynamics *d, double *y);

#endif
