/* Lorenz's system, the linear one, and how they are seen: against references and invariants. */
#include "close.h"
#include "dynamics.h"
#include "linear.h"
#include "lorenz.h"
#include "observer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

static const double beta = 8.0 / 3;

/* From (1, 1, 1) at ρ = 28, by Taylor series of order 24 in 50 decimal digits. */
static const double at_half[3] = {1.1982729680495447356, -8.8671977297371506082,
                                  32.454740211503757563};
static const double at_one[3] = {-9.3785700109250623608, -8.3570337884266447329,
                                 29.362325337363428180};

static void trajectory_equals_the_reference(void **state) {
    (void)state;
    double x[3] = {1, 1, 1};
    lorenz_advance(28, 0.5, x);
    for (int i = 0; i < 3; i++) assert_close(x[i], at_half[i], 1e-7);
    lorenz_advance(28, 0.5, x);
    for (int i = 0; i < 3; i++) assert_close(x[i], at_one[i], 1e-7);
}

static double error_of_steps(int steps) {
    double x[3] = {1, 1, 1}, square = 0;
    for (int k = 0; k < steps; k++) lorenz_step(28, 1.0 / steps, x);
    for (int i = 0; i < 3; i++) square += (x[i] - at_one[i]) * (x[i] - at_one[i]);
    return sqrt(square);
}

static void error_falls_with_the_fourth_power_of_the_step(void **state) {
    (void)state;
    for (int steps = 800; steps <= 1600; steps *= 2)
        assert_close(log2(error_of_steps(steps) / error_of_steps(2 * steps)), 4, 0.25);
}

static void volumes_shrink_as_the_divergence_says(void **state) {
    (void)state;
    const double time = 0.2, small = 1e-5;
    double j[3][3];
    for (int k = 0; k < 3; k++) {
        double ahead[3] = {-3, 4, 20}, behind[3] = {-3, 4, 20};
        ahead[k] += small;
        behind[k] -= small;
        lorenz_advance(28, time, ahead);
        lorenz_advance(28, time, behind);
        for (int i = 0; i < 3; i++) j[i][k] = (ahead[i] - behind[i]) / (2 * small);
    }
    double determinant = j[0][0] * (j[1][1] * j[2][2] - j[1][2] * j[2][1]) -
                         j[0][1] * (j[1][0] * j[2][2] - j[1][2] * j[2][0]) +
                         j[0][2] * (j[1][0] * j[2][1] - j[1][1] * j[2][0]);
    assert_close(log(fabs(determinant)), -(10 + 1 + beta) * time, 1e-5);
}

static void fixed_points_stay(void **state) {
    (void)state;
    double r = sqrt(beta * 19);
    for (int side = -1; side <= 1; side++) {
        double x[3] = {side * r, side * r, side ? 19 : 0}, slope[3];
        lorenz_slope(20, x, slope);
        for (int i = 0; i < 3; i++) assert_close(slope[i], 0, 1e-13);
    }
}

static void advancing_by_no_time_moves_nothing(void **state) {
    (void)state;
    double x[3] = {1, 2, 3};
    lorenz_advance(28, 0, x);
    assert_true(x[0] == 1 && x[1] == 2 && x[2] == 3);
}

/* Rotations shrink by their moduli and the decay by its own; eigenvalues come in the order told. */
static void linear_modes_shrink_by_their_moduli(void **state) {
    (void)state;
    kit_rng rng = kit_rng_seed(3);
    double x[LINEAR_DIM], lambda[LINEAR_DIM][2];
    linear_eigenvalues(lambda);
    linear_start(&rng, x);
    assert_close(hypot(x[0], x[1]), 1, 1e-15);
    assert_close(hypot(x[2], x[3]), 1, 1e-15);
    assert_close(fabs(x[4]), 1, 0);
    for (int t = 0; t < 100; t++) linear_step(x);
    assert_close(hypot(x[0], x[1]), pow(0.995, 100), 1e-13);
    assert_close(hypot(x[2], x[3]), pow(0.97, 100), 1e-13);
    assert_close(fabs(x[4]), pow(0.9, 100), 1e-13);
    for (int j = 0; j < LINEAR_DIM; j++) {
        double modulus = hypot(lambda[j][0], lambda[j][1]);
        assert_close(modulus, j < 2 ? 0.995 : j < 4 ? 0.97 : 0.9, 1e-15);
        assert_close(fabs(atan2(lambda[j][1], lambda[j][0])), j < 2 ? 0.3 : j < 4 ? 0.9 : 0, 1e-15);
        assert_true(j == 4 || (j % 2 == 0) == (lambda[j][1] > 0));
    }
}

static void linear_observables_keep_lengths_and_cosines_stay_within_one(void **state) {
    (void)state;
    kit_rng rng = kit_rng_seed(1);
    double x[3] = {3, -2, 6}, y[50];
    observer *o;
    assert_int_equal(observer_new(&o, OBSERVE_LINEAR, 3, 50, 1, &rng), KOOP_OK);
    observer_see(o, x, 0, &rng, y);
    double square = 0;
    for (int i = 0; i < 50; i++) square += y[i] * y[i];
    assert_close(sqrt(square), 7, 1e-13);
    observer_free(o);
    assert_int_equal(observer_new(&o, OBSERVE_NONLINEAR, 3, 50, 1, &rng), KOOP_OK);
    observer_see(o, x, 0, &rng, y);
    for (int i = 0; i < 50; i++) assert_true(fabs(y[i]) <= 1 && y[i] != (i ? y[i - 1] : 2));
    observer_free(o);
}

static void observer_refuses_what_does_not_fit(void **state) {
    (void)state;
    kit_rng rng = kit_rng_seed(1);
    observer *o;
    assert_int_equal(observer_new(&o, OBSERVE_STATE, 3, 4, 1, &rng), KOOP_BAD_ARGUMENT);
    assert_int_equal(observer_new(&o, OBSERVE_LINEAR, 5, 4, 1, &rng), KOOP_BAD_ARGUMENT);
    assert_int_equal(observer_new(&o, OBSERVE_NONLINEAR, 3, 0, 1, &rng), KOOP_BAD_ARGUMENT);
    assert_null(o);
    observer_free(NULL);
}

enum { ROWS = 20, WIDTH = 8 };

static void run(dynamics_kind kind, dynamics_options options, double y[ROWS][WIDTH]) {
    dynamics *d;
    memset(y, 0, sizeof(double[ROWS][WIDTH]));
    assert_int_equal(dynamics_new(&d, kind, &options), KOOP_OK);
    assert_true(dynamics_values(d) <= WIDTH);
    for (int t = 0; t < ROWS; t++) assert_int_equal(dynamics_next(d, y[t]), KOOP_OK);
    dynamics_free(d);
}

static void equal_seeds_give_equal_snapshots_and_noise_leaves_the_start(void **state) {
    (void)state;
    double plain[ROWS][WIDTH], again[ROWS][WIDTH], other[ROWS][WIDTH];
    for (int k = 0; k < DYNAMICS_KINDS; k++)
        for (int observables = 0; observables <= 8; observables += 8) {
            dynamics_options options = dynamics_defaults();
            options.observables = observables;
            run((dynamics_kind)k, options, plain);
            options.process_noise = 0.1;
            run((dynamics_kind)k, options, again);
            assert_memory_equal(plain[0], again[0], sizeof plain[0]);
            assert_memory_not_equal(plain[1], again[1], sizeof plain[1]);
            options.observation_noise = 0.1;
            run((dynamics_kind)k, options, again);
            run((dynamics_kind)k, options, other);
            assert_memory_equal(again, other, sizeof again);
            options.seed = 1;
            run((dynamics_kind)k, options, other);
            assert_memory_not_equal(again[0], other[0], sizeof again[0]);
        }
}

static void skipping_begins_later_on_the_same_trajectory(void **state) {
    (void)state;
    double plain[ROWS][WIDTH], later[ROWS][WIDTH];
    for (int k = 0; k < DYNAMICS_KINDS; k++) {
        dynamics_options options = dynamics_defaults();
        options.process_noise = 0.1;
        run((dynamics_kind)k, options, plain);
        options.skip = 5;
        run((dynamics_kind)k, options, later);
        assert_memory_equal(plain[5], later[0], (ROWS - 5) * sizeof plain[0]);
    }
}

/* Observation noise leaves the trajectory alone: its deviation is what was asked for. */
static void observation_noise_has_the_deviation_asked_for(void **state) {
    (void)state;
    dynamics_options options = dynamics_defaults();
    dynamics *clean, *noisy;
    assert_int_equal(dynamics_new(&clean, DYNAMICS_LORENZ, &options), KOOP_OK);
    options.observation_noise = 0.5;
    assert_int_equal(dynamics_new(&noisy, DYNAMICS_LORENZ, &options), KOOP_OK);
    double square = 0, a[3], b[3];
    for (int t = 0; t < 2000; t++) {
        assert_int_equal(dynamics_next(clean, a), KOOP_OK);
        assert_int_equal(dynamics_next(noisy, b), KOOP_OK);
        for (int i = 0; i < 3; i++) square += (b[i] - a[i]) * (b[i] - a[i]);
    }
    assert_close(sqrt(square / 6000), 0.5, 0.02);
    dynamics_free(clean);
    dynamics_free(noisy);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    dynamics_options bad[9];
    for (int k = 0; k < 9; k++) bad[k] = dynamics_defaults();
    bad[0].rho = NAN;
    bad[1].dt = 0;
    bad[2].dt = INFINITY;
    bad[3].process_noise = -1;
    bad[4].observation_noise = NAN;
    bad[5].observables = -1;
    bad[6].observables = DYNAMICS_MAX_OBSERVABLES + 1;
    bad[7].skip = -1;
    bad[8].observables = 4;
    dynamics *d;
    for (int k = 0; k < 9; k++) {
        assert_int_equal(dynamics_new(&d, DYNAMICS_LINEAR, &bad[k]), KOOP_BAD_ARGUMENT);
        assert_null(d);
    }
    dynamics_free(NULL);
}

static void blow_up_is_said(void **state) {
    (void)state;
    dynamics_options options = dynamics_defaults();
    options.process_noise = 1e8;
    dynamics *d;
    double y[3];
    assert_int_equal(dynamics_new(&d, DYNAMICS_LORENZ, &options), KOOP_OK);
    koop_status status = KOOP_OK;
    for (int t = 0; t < 100 && status == KOOP_OK; t++) status = dynamics_next(d, y);
    assert_int_equal(status, KOOP_NOT_FINITE);
    dynamics_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trajectory_equals_the_reference),
        cmocka_unit_test(error_falls_with_the_fourth_power_of_the_step),
        cmocka_unit_test(volumes_shrink_as_the_divergence_says),
        cmocka_unit_test(fixed_points_stay),
        cmocka_unit_test(advancing_by_no_time_moves_nothing),
        cmocka_unit_test(linear_modes_shrink_by_their_moduli),
        cmocka_unit_test(linear_observables_keep_lengths_and_cosines_stay_within_one),
        cmocka_unit_test(observer_refuses_what_does_not_fit),
        cmocka_unit_test(equal_seeds_give_equal_snapshots_and_noise_leaves_the_start),
        cmocka_unit_test(skipping_begins_later_on_the_same_trajectory),
        cmocka_unit_test(observation_noise_has_the_deviation_asked_for),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(blow_up_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
