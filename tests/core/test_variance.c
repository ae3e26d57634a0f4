#include "variance.h"

#include "dmd.h"
#include "fixture.h"

static void distance_is_the_mean_of_log_ratios_of_shares(void **state) {
    (void)state;
    const koop_variances a = {2, {3, 1}}, b = {2, {8, 8}};
    double distance = 0;
    assert_int_equal(koop_variance_distance(&a, &b, &distance), KOOP_OK);
    assert_true(fabs(distance - (log(1.5) + log(2)) / 2) < 1e-15);
    assert_int_equal(koop_variance_distance(&b, &a, &distance), KOOP_OK);
    assert_true(fabs(distance - (log(1.5) + log(2)) / 2) < 1e-15);
}

static void what_is_lost_in_rounding_counts_alike(void **state) {
    (void)state;
    const koop_variances a = {3, {1, 1e-15, -1e-18}}, b = {1, {5}};
    double distance = 1;
    assert_int_equal(koop_variance_distance(&a, &b, &distance), KOOP_OK);
    assert_true(distance < 1e-12);
}

static void nothing_to_compare_is_refused(void **state) {
    (void)state;
    const koop_variances a = {1, {1}}, none = {0}, still = {1, {0}}, bad = {1, {NAN}};
    double distance = 7;
    assert_int_equal(koop_variance_distance(&a, &none, &distance), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_variance_distance(&still, &a, &distance), KOOP_RANK_ZERO);
    assert_int_equal(koop_variance_distance(&a, &bad, &distance), KOOP_NOT_FINITE);
    assert_true(distance == 7);
}

/* Two coordinates that go through whole periods: variances T/2 · amplitude². */
static void a_fit_leaves_the_variances_of_its_window(void **state) {
    (void)state;
    enum { T = 32 };
    koop_window *w = NULL;
    koop_dmd *d = NULL;
    koop_dmd_options o = koop_dmd_defaults();
    koop_window_options wo = {.n = 2, .capacity = T, .precision = KOOP_FLOAT64};
    koop_spectrum spectrum;
    koop_variances v = {.count = -1};
    o.span = T;
    o.pca = 2;
    assert_int_equal(koop_window_new(&w, &wo), KOOP_OK);
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    assert_int_equal(koop_dmd_variances(d, &v), KOOP_NOT_ENOUGH_DATA);
    for (int t = 0; t < T; t++) {
        const double angle = 6.283185307179586 * t / T, x[2] = {5 + sin(2 * angle), 3 * cos(angle)};
        assert_int_equal(koop_window_push_f64(w, x), KOOP_OK);
    }
    assert_int_equal(koop_dmd_fit(d, w, &spectrum), KOOP_OK);
    assert_int_equal(koop_dmd_variances(d, &v), KOOP_OK);
    assert_int_equal(v.count, 2);
    assert_true(fabs(v.value[0] - 9 * T / 2.0) < 1e-9);
    assert_true(fabs(v.value[1] - T / 2.0) < 1e-9);
    koop_dmd_free(d);
    o.pca = 0;
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    assert_int_equal(koop_dmd_fit(d, w, &spectrum), KOOP_OK);
    assert_int_equal(koop_dmd_variances(d, &v), KOOP_NOT_ENOUGH_DATA);
    koop_dmd_free(d);
    koop_window_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_is_the_mean_of_log_ratios_of_shares),
        cmocka_unit_test(what_is_lost_in_rounding_counts_alike),
        cmocka_unit_test(nothing_to_compare_is_refused),
        cmocka_unit_test(a_fit_leaves_the_variances_of_its_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
