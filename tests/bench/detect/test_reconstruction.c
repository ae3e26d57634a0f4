#include "reconstruction.h"

#include "../../core/fixture.h"

static koop_window *new_window(size_t n, int capacity) {
    koop_window *w = NULL;
    const koop_window_options o = {.n = n, .capacity = capacity, .precision = KOOP_FLOAT64};
    assert_int_equal(koop_window_new(&w, &o), KOOP_OK);
    return w;
}

static double error_of(const koop_window *window, const bench_reconstruction_options *options) {
    bench_reconstruction *work = NULL;
    double error = -1;
    assert_int_equal(bench_reconstruction_new(&work, options), KOOP_OK);
    assert_int_equal(bench_reconstruction_error(work, window, &error), KOOP_OK);
    bench_reconstruction_free(work);
    return error;
}

/* NumPy: SVD, eigenvectors, modes, pinv, on the same numbers as they stand */
static void error_is_that_of_modes_and_amplitudes(void **state) {
    (void)state;
    static const struct {
        int delays, rank;
        bool relative;
        koop_center center;
        double numpy;
    } cases[] = {{4, 8, true, KOOP_CENTER_MEAN, 0.12947804739122729},
                 {0, 6, false, KOOP_CENTER_MEAN, 4.8356059442890036},
                 {9, 5, false, KOOP_CENTER_NONE, 0.95346444250934814}};
    koop_window *window = new_window(12, 64);
    uint64_t seed = 3;
    for (int t = 0; t < 64; t++) {
        double x[12];
        for (int i = 0; i < 12; i++)
            x[i] = sin(0.2 * t + i) + 0.5 * cos(0.9 * t - 2 * i) + 0.3 * gaussian(&seed) + 3;
        assert_int_equal(koop_window_push_f64(window, x), KOOP_OK);
    }
    for (int k = 0; k < 3; k++) {
        bench_reconstruction_options o = bench_reconstruction_defaults();
        o.delays = cases[k].delays;
        o.rank = cases[k].rank;
        o.relative = cases[k].relative;
        o.center = cases[k].center;
        assert_true(fabs(error_of(window, &o) - cases[k].numpy) < 1e-9);
    }
    koop_window_free(window);
}

/* Oscillators with an angle that changes after `change` snapshots. */
static double error_of_oscillation(int change) {
    bench_reconstruction_options o = bench_reconstruction_defaults();
    oscillators s = make_oscillators(2, 30, 0.5, 1);
    koop_window *window = new_window(30, 64);
    double x[30];
    o.rank = 4;
    o.center = KOOP_CENTER_NONE;
    for (int t = 0; t < 64; t++) {
        snapshot(&s, t < change ? t : change + 1.5 * (t - change), x);
        koop_window_push_f64(window, x);
    }
    const double error = error_of(window, &o);
    free_oscillators(&s);
    koop_window_free(window);
    return error;
}

static void linear_window_is_given_back_and_a_changed_one_is_not(void **state) {
    (void)state;
    assert_true(error_of_oscillation(64) < 1e-8);
    assert_true(error_of_oscillation(32) > 0.1);
}

static void not_enough_or_still_is_told(void **state) {
    (void)state;
    const bench_reconstruction_options o = bench_reconstruction_defaults();
    bench_reconstruction *work = NULL;
    koop_window *window = new_window(3, 64);
    const double x[3] = {1, 2, 3};
    double error = -1;
    assert_int_equal(bench_reconstruction_new(&work, &o), KOOP_OK);
    for (int t = 0; t < 63; t++) koop_window_push_f64(window, x);
    assert_int_equal(bench_reconstruction_error(work, window, &error), KOOP_NOT_ENOUGH_DATA);
    koop_window_push_f64(window, x);
    assert_int_equal(bench_reconstruction_error(work, window, &error), KOOP_RANK_ZERO);
    assert_true(error == -1);
    koop_window_free(window);
    bench_reconstruction_free(work);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    bench_reconstruction *work = NULL;
    for (int bad = 0; bad < 5; bad++) {
        bench_reconstruction_options o = bench_reconstruction_defaults();
        if (bad == 0) o.span = KOOP_MAX_WINDOW + 1;
        if (bad == 1) o.delays = 62;
        if (bad == 2) o.rank = 0;
        if (bad == 3) o.rank = 60;
        if (bad == 4) o.floor = 1;
        assert_int_equal(bench_reconstruction_new(&work, &o), KOOP_BAD_ARGUMENT);
    }
    assert_null(work);
    bench_reconstruction_free(work);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(error_is_that_of_modes_and_amplitudes),
        cmocka_unit_test(linear_window_is_given_back_and_a_changed_one_is_not),
        cmocka_unit_test(not_enough_or_still_is_told),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
