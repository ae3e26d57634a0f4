/* linear: a stable linear system whose Koopman eigenvalues are known.
 *
 * x_{t+1} = A x_t on ℝ⁵, A normal and block diagonal: two rotations that shrink and a real decay,
 *     λ = 0.995 e^{±0.3i},  0.97 e^{±0.9i},  0.9
 * Of linear observables these five are the whole spectrum.
 *
 * Pure computation: no I/O, no allocation, reentrant. */
#ifndef SYSTEMS_LINEAR_H
#define SYSTEMS_LINEAR_H

#include "rng.h"

enum { LINEAR_DIM = 5 };

/* Real and imaginary parts, by falling modulus, of a pair the positive imaginary part first. */
void linear_eigenvalues(double (*lambda)[2]);

/* Each mode with amplitude 1, the rotations at random angles and the decay of random sign. */
void linear_start(kit_rng *rng, double *x);

/* One step, in place. */
void linear_step(double *x);

#endif
