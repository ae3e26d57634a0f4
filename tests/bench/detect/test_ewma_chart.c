#include "ewma_chart.h"

#include "series.h"

static bench_sample samples[SERIES_MAX];

static bench_detector new_detector(bool increments, double threshold) {
    bench_detector d = {0};
    bench_ewma_chart_options o = bench_ewma_chart_defaults();
    o.scalar = BENCH_LOSS;
    o.increments = increments;
    o.threshold = threshold;
    assert_int_equal(bench_ewma_chart_new(&d, &o), KOOP_OK);
    return d;
}

/* NumPy, from the formulae, on the same numbers: the mean moves by 0.8 at 500 */
static void alarms_are_those_of_an_independent_reference(void **state) {
    (void)state;
    static const size_t values_3[] = {512, 1108}, increments_1[] = {536};
    static const size_t increments_08[] = {229, 359, 536, 624, 729, 993, 1214, 1324, 1485};
    const double levels[] = {0, 0.8, 0.8};
    size_t at[16];
    fill_losses(samples, 2, levels, 3, 500);
    bench_detector values = new_detector(false, 3), increments = new_detector(true, 1);
    assert_int_equal(all_alarms(&values, samples, 1500, at, 16), 2);
    assert_memory_equal(at, values_3, sizeof values_3);
    assert_int_equal(all_alarms(&increments, samples, 1500, at, 16), 1);
    assert_memory_equal(at, increments_1, sizeof increments_1);
    bench_detector_set_threshold(&increments, 0.8);
    assert_int_equal(all_alarms(&increments, samples, 1500, at, 16), 9);
    assert_memory_equal(at, increments_08, sizeof increments_08);
    bench_detector_free(&values);
    bench_detector_free(&increments);
}

/* The same, where the level has not yet settled when the burn-in ends. */
static void short_burn_in_is_counted_and_its_spread_known(void **state) {
    (void)state;
    static const size_t numpy[2][2] = {{10, 683}, {13, 24}};
    const double levels[] = {0, 0.8, 0.8};
    fill_losses(samples, 2, levels, 3, 500);
    for (int k = 0; k < 2; k++) {
        bench_ewma_chart_options o = bench_ewma_chart_defaults();
        bench_detector d = {0};
        size_t at[4];
        o.scalar = BENCH_LOSS;
        o.increments = false;
        o.burn_in = 10;
        o.smoothing = 0.02;
        o.threshold = k ? 9 : 6;
        assert_int_equal(bench_ewma_chart_new(&d, &o), KOOP_OK);
        assert_int_equal(all_alarms(&d, samples, 1500, at, 4), 2);
        assert_memory_equal(at, numpy[k], sizeof numpy[k]);
        bench_detector_free(&d);
    }
}

static void quiet_runs_give_few_alarms(void **state) {
    (void)state;
    bench_detector d = new_detector(false, 4);
    size_t alarms = quiet_alarms(&d, 20, 2000);
    print_message("%zu alarms in 20 × 2,000 quiet samples at threshold 4\n", alarms);
    assert_true(alarms <= 12);
    bench_detector_free(&d);
}

static void leap_of_the_error_is_found_by_its_increments(void **state) {
    (void)state;
    const double levels[] = {0, 20};
    fill_losses(samples, 3, levels, 2, 500);
    bench_detector d = new_detector(true, 3);
    const size_t at = first_alarm_from(&d, samples, 1000, 0);
    assert_true(at >= 500 && at <= 502);
    bench_detector_free(&d);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    bench_detector d = {0};
    for (int bad = 0; bad < 4; bad++) {
        bench_ewma_chart_options o = bench_ewma_chart_defaults();
        if (bad == 0) o.burn_in = 1;
        if (bad == 1) o.smoothing = 0;
        if (bad == 2) o.smoothing = 1;
        if (bad == 3) o.threshold = NAN;
        assert_int_equal(bench_ewma_chart_new(&d, &o), KOOP_BAD_ARGUMENT);
        assert_null(d.methods);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alarms_are_those_of_an_independent_reference),
        cmocka_unit_test(short_burn_in_is_counted_and_its_spread_known),
        cmocka_unit_test(quiet_runs_give_few_alarms),
        cmocka_unit_test(leap_of_the_error_is_found_by_its_increments),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
