/* observer: what is seen of a state.
 *
 * Notation.  x ∈ ℝᵈ state, y ∈ ℝⁿ what is seen, σ noise of observation, v_i standard normal
 *
 *   OBSERVE_STATE      y = x + σv                          n = d
 *   OBSERVE_LINEAR     y = Qx + σv, QᵀQ = 1, Q random      n ≥ d: the same geometry, n times noise
 *   OBSERVE_NONLINEAR  y_i = cos(ω_iᵀx + φ_i) + σv_i       ω_i normal with deviation `scale`,
 *                      φ_i random: Fourier features (Rahimi & Recht 2007), a dictionary of
 *                      nonlinear observables such as extended DMD wants
 *
 * One owner, no locks. */
#ifndef SYSTEMS_OBSERVER_H
#define SYSTEMS_OBSERVER_H

#include "rng.h"
#include "status.h"

typedef enum observer_kind { OBSERVE_STATE, OBSERVE_LINEAR, OBSERVE_NONLINEAR } observer_kind;

typedef struct observer observer;

/* KOOP_BAD_ARGUMENT (n does not fit d), KOOP_NO_MEMORY. Free with observer_free (NULL is allowed).
 */
koop_status observer_new(observer **out, observer_kind kind, int d, int n, double scale,
                         kit_rng *rng);
void observer_free(observer *o);

/* Sees x: n values into y, with noise of deviation `noise` from `rng`. */
void observer_see(const observer *o, const double *x, double noise, kit_rng *rng, double *y);

#endif
