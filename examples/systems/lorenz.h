/* lorenz: the Lorenz equations, integrated by the classical Runge–Kutta method.
 *
 * Notation.  x = (x, y, z) state;  ẋ = σ(y − x),  ẏ = x(ρ − z) − y,  ż = xy − βz
 *            σ = 10, β = 8/3;  ρ by the caller
 *
 *   ρ = 28           the butterfly: a mixing attractor (Luzzatto, Melbourne & Paccaut 2005, Comm.
 *                    Math. Phys. 260), so that constants aside its Koopman operator has no
 *                    eigenfunctions, but a continuous spectrum
 *   24.06 < ρ < 24.74  the attractor and two stable fixed points side by side
 *   1 < ρ < 24.06    in the end everything spirals into one of C± = (±√(β(ρ−1)), ±√(β(ρ−1)), ρ−1),
 *                    after chaos that may last long (Sparrow 1982, The Lorenz Equations)
 *
 * Pure computation: no I/O, no allocation, reentrant. */
#ifndef SYSTEMS_LORENZ_H
#define SYSTEMS_LORENZ_H

enum { LORENZ_DIM = 3 };

/* ẋ at x. Its divergence is −(σ + 1 + β) everywhere: volumes shrink by that rate. */
void lorenz_slope(double rho, const double *x, double *slope);

/* One Runge–Kutta step of length h, in place; the error of a fixed time falls with h⁴. */
void lorenz_step(double rho, double h, double *x);

/* `time` ≥ 0 in equal steps of at most LORENZ_STEP, in place. */
#define LORENZ_STEP 0.001
void lorenz_advance(double rho, double time, double *x);

#endif
