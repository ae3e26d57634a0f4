/* spectrum: the Koopman eigenvalues of one window, with what is known about each of them.
 *
 * Notation.  B       reduced coordinates of the window's (delayed) vectors, r×(m+1), by time
 *            A       reduced operator, r×r, B(:,t+1) ≈ A B(:,t)
 *            λ_j     eigenvalue of A;  w_j right, y_j left eigenvector, ‖w_j‖ = 1, y_jᴴ w_j = 1
 *            g_j(t)  = y_jᴴ B(:,t), the eigenfunction of λ_j along the window
 *
 * energy_j   = Σ_t |g_j(t)|² / Σ_i Σ_t |g_i(t)|²  share of the mode in the window, sums to 1
 * growth_j   = log|λ_j| / Δt                       per step; 0 on the unit circle
 * frequency_j= arg λ_j / (2π Δt)                   cycles per step
 * residual_j = (Σ_t |g_j(t+1) − λ_j g_j(t)|² / Σ_t |g_j(t)|²)^½, 0 for an exact eigenfunction
 *              (residual DMD: Colbrook & Townsend 2024, Comm. Pure Appl. Math. 77, eq. 3.2,
 *              for the functionals y_j instead of dictionary functions)
 *
 * Plain data: copied by assignment, owned by whoever holds it. */
#ifndef KOOP_SPECTRUM_H
#define KOOP_SPECTRUM_H

#include "state.h"

enum { KOOP_MAX_RANK = 64 };

typedef struct koop_mode {
    double re, im;    /* the eigenvalue λ */
    double energy;    /* share of the window's energy, 0..1 */
    double growth;    /* log|λ|/Δt per step; -HUGE_VAL for λ = 0 */
    double frequency; /* cycles per step, -1/(2Δt)..1/(2Δt) */
    double residual;  /* ≥ 0; small means trusted */
} koop_mode;

typedef struct koop_spectrum {
    int rank;
    koop_mode modes[KOOP_MAX_RANK]; /* ordered: see koop_spectrum_order */
} koop_spectrum;

/* Residual below which a mode counts as trusted in counts and drawings. */
#define KOOP_TRUSTED_RESIDUAL 0.1

double koop_mode_modulus(const koop_mode *mode);
double koop_spectrum_max_modulus(const koop_spectrum *spectrum); /* 0 when rank is 0 */
double koop_spectrum_mean_modulus(const koop_spectrum *spectrum);
int koop_spectrum_trusted(const koop_spectrum *spectrum); /* modes with a trusted residual */

/* Orders modes by falling modulus, then by rising |arg λ|, a conjugate pair with the positive
 * imaginary part first: equal spectra print equally. */
void koop_spectrum_order(koop_spectrum *spectrum);

/* Fills growth and frequency of every mode from its eigenvalue; Δt = dt steps. */
void koop_spectrum_rates(koop_spectrum *spectrum, double dt);

/* Saves or loads a spectrum. */
void koop_spectrum_exchange(koop_spectrum *spectrum, koop_state *state);

#endif
