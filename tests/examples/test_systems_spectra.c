/* What the spectrum and its residuals say of systems whose Koopman spectrum is known. */
#include "close.h"
#include "dmd.h"
#include "dynamics.h"
#include "linear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <complex.h>
#include <stdlib.h>

/* Of `snapshots` of a system, untruncated by noise floors, by the batch path. */
static koop_spectrum spectrum_of(dynamics_kind kind, const dynamics_options *options,
                                 size_t snapshots, int delays, int rank) {
    dynamics *d;
    assert_int_equal(dynamics_new(&d, kind, options), KOOP_OK);
    size_t values = (size_t)dynamics_values(d);
    double *x = calloc(snapshots * values, sizeof *x);
    assert_non_null(x);
    for (size_t t = 0; t < snapshots; t++)
        assert_int_equal(dynamics_next(d, x + t * values), KOOP_OK);
    koop_dmd_options dmd = koop_dmd_defaults();
    dmd.delays = delays;
    dmd.rank = rank;
    dmd.floor = 0;
    dmd.pca = 0;
    dmd.center = KOOP_CENTER_NONE;
    koop_spectrum spectrum;
    assert_int_equal(koop_dmd_batch(x, snapshots, values, 1, &dmd, &spectrum), KOOP_OK);
    free(x);
    dynamics_free(d);
    return spectrum;
}

/* The mode nearest to re + i·im. */
static const koop_mode *nearest(const koop_spectrum *s, double re, double im, double *distance) {
    const koop_mode *best = NULL;
    *distance = HUGE_VAL;
    for (int j = 0; j < s->rank; j++) {
        double d = hypot(s->modes[j].re - re, s->modes[j].im - im);
        if (d < *distance) {
            *distance = d;
            best = &s->modes[j];
        }
    }
    return best;
}

static void clean_linear_window_gives_the_exact_eigenvalues(void **state) {
    (void)state;
    double lambda[LINEAR_DIM][2], distance;
    linear_eigenvalues(lambda);
    for (int observables = 0; observables <= 40; observables += 40)
        for (int delays = 0; delays <= 16; delays += 4) {
            dynamics_options options = dynamics_defaults();
            options.observables = observables;
            koop_spectrum s = spectrum_of(DYNAMICS_LINEAR, &options, 64, delays, LINEAR_DIM);
            assert_int_equal(s.rank, LINEAR_DIM);
            for (int j = 0; j < LINEAR_DIM; j++) {
                const koop_mode *mode = nearest(&s, lambda[j][0], lambda[j][1], &distance);
                assert_close(distance, 0, 1e-9);
                assert_close(mode->residual, 0, 1e-9);
            }
        }
}

/* In the long run, of a mode of stationary variance S = q²/(1 − |λ|²) seen under noise s, least
 * squares finds λ S/(S + s²): process noise alone (s = 0) leaves eigenvalues where they are. */
static void observation_noise_pulls_eigenvalues_to_zero_and_process_noise_does_not(void **state) {
    (void)state;
    double lambda[LINEAR_DIM][2], distance;
    linear_eigenvalues(lambda);
    for (int noisy = 0; noisy <= 1; noisy++) {
        dynamics_options options = dynamics_defaults();
        options.process_noise = 0.1;
        options.observation_noise = 0.1 * noisy;
        options.skip = 1000;
        koop_spectrum s = spectrum_of(DYNAMICS_LINEAR, &options, 50000, 0, 0);
        for (int j = 0; j < LINEAR_DIM; j++) {
            double square = lambda[j][0] * lambda[j][0] + lambda[j][1] * lambda[j][1];
            double variance = 0.01 / (1 - square);
            double shrinks = variance / (variance + 0.01 * noisy);
            const koop_mode *mode =
                nearest(&s, shrinks * lambda[j][0], shrinks * lambda[j][1], &distance);
            assert_close(distance, 0, 0.01);
            assert_close(koop_mode_modulus(mode), shrinks * sqrt(square), 0.006);
        }
    }
}

/* Least squares leaves errors orthogonal to what it predicts from, so that
 *     residual² = Σ|g(t+1)|²/Σ|g(t)|² − |λ|²,
 * and where the quotient is 1, as it is in a long window of what does not die out, the residual
 * knows no more than the modulus. */
static void residuals_of_what_is_stationary_say_no_more_than_the_moduli(void **state) {
    (void)state;
    for (int k = 0; k < DYNAMICS_KINDS; k++)
        for (int delays = 0; delays <= 16; delays += 16) {
            dynamics_options options = dynamics_defaults();
            options.process_noise = k == DYNAMICS_LINEAR ? 0.1 : 0;
            options.skip = 500;
            koop_spectrum s = spectrum_of((dynamics_kind)k, &options, 4096, delays, 8);
            for (int j = 0; j < s.rank; j++) {
                double modulus = koop_mode_modulus(&s.modes[j]);
                double deficit = fmax(1 - modulus * modulus, 0);
                assert_close(s.modes[j].residual, sqrt(deficit), 0.02);
            }
        }
}

/* The attractor mixes: constants aside there are no eigenfunctions, whatever the modes say. */
static void trust_in_modes_of_lorenz_is_a_matter_of_the_time_step(void **state) {
    (void)state;
    dynamics_options options = dynamics_defaults();
    options.dt = 0.2;
    koop_spectrum coarse = spectrum_of(DYNAMICS_LORENZ, &options, 1024, 0, 8);
    assert_int_equal(koop_spectrum_trusted(&coarse), 0);
    options.dt = 0.01;
    koop_spectrum fine = spectrum_of(DYNAMICS_LORENZ, &options, 1024, 48, 8);
    assert_int_equal(koop_spectrum_trusted(&fine), 8);
}

static void cosines_of_lorenz_leave_the_constants_alone_to_be_trusted(void **state) {
    (void)state;
    dynamics_options options = dynamics_defaults();
    options.observables = 200;
    koop_spectrum s = spectrum_of(DYNAMICS_LORENZ, &options, 4096, 0, 64);
    assert_int_equal(koop_spectrum_trusted(&s), 1);
    assert_close(s.modes[0].re, 1, 1e-5);
    assert_close(s.modes[0].im, 0, 0);
}

/* μ³ + (σ+β+1)μ² + (ρ+σ)βμ + 2σβ(ρ−1) = 0 at C±: one real root, found by bisection, and a pair. */
static double complex linearised_pair(double rho) {
    const double b = 8.0 / 3, c2 = 10 + b + 1, c1 = (rho + 10) * b, c0 = 20 * b * (rho - 1);
    double low = -100, high = 0;
    for (int k = 0; k < 200; k++) {
        double mid = (low + high) / 2;
        *(((mid + c2) * mid + c1) * mid + c0 < 0 ? &low : &high) = mid;
    }
    double re = -(c2 + low) / 2, square = -c0 / low;
    return re + I * sqrt(square - re * re);
}

static void spiral_into_the_fixed_point_has_the_linearised_eigenvalues(void **state) {
    (void)state;
    dynamics_options options = dynamics_defaults();
    options.rho = 20;
    options.skip = 2000;
    double complex lambda = cexp(linearised_pair(20) * options.dt);
    for (uint64_t seed = 0; seed < 3; seed++) {
        options.seed = seed;
        koop_spectrum s = spectrum_of(DYNAMICS_LORENZ, &options, 64, 1, 3);
        double distance;
        assert_true(nearest(&s, 1, 0, &distance)->residual < 1e-6);
        assert_close(distance, 0, 1e-6);
        (void)nearest(&s, creal(lambda), cimag(lambda), &distance);
        assert_close(distance, 0, 1e-5);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_linear_window_gives_the_exact_eigenvalues),
        cmocka_unit_test(observation_noise_pulls_eigenvalues_to_zero_and_process_noise_does_not),
        cmocka_unit_test(residuals_of_what_is_stationary_say_no_more_than_the_moduli),
        cmocka_unit_test(trust_in_modes_of_lorenz_is_a_matter_of_the_time_step),
        cmocka_unit_test(cosines_of_lorenz_leave_the_constants_alone_to_be_trusted),
        cmocka_unit_test(spiral_into_the_fixed_point_has_the_linearised_eigenvalues),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
