#include "page_hinkley.h"

#include "series.h"

static bench_sample samples[SERIES_MAX];

static bench_detector new_detector(double threshold) {
    bench_detector d = {0};
    bench_page_hinkley_options o = bench_page_hinkley_defaults();
    o.threshold = threshold;
    assert_int_equal(bench_page_hinkley_new(&d, &o), KOOP_OK);
    return d;
}

/* river 0.26.1, drift.PageHinkley(threshold) on the same numbers */
static void alarms_are_those_of_river(void **state) {
    (void)state;
    static const size_t river_50[] = {877, 1019, 2012, 2579};
    static const size_t river_10[] = {
        29,   78,   219,  313,  362,  431,  504,  544,  618,  707,  787,  861,  958,  1006, 1036,
        1140, 1203, 1253, 1320, 1361, 1395, 1517, 1594, 1636, 1666, 1736, 1899, 1937, 1991, 2021,
        2059, 2151, 2181, 2228, 2339, 2416, 2447, 2504, 2570, 2600, 2765, 2850, 2895, 2933, 2980};
    const double levels[] = {0, 2, -1};
    size_t at[64];
    fill_losses(samples, 1, levels, 3, 1000);
    bench_detector d = new_detector(50);
    assert_int_equal(all_alarms(&d, samples, 3000, at, 64), 4);
    assert_memory_equal(at, river_50, sizeof river_50);
    bench_detector_set_threshold(&d, 10);
    assert_int_equal(all_alarms(&d, samples, 3000, at, 64), 45);
    assert_memory_equal(at, river_10, sizeof river_10);
    bench_detector_free(&d);
}

static void quiet_runs_give_few_alarms_and_a_shift_one_soon(void **state) {
    (void)state;
    bench_detector d = new_detector(100);
    size_t alarms = quiet_alarms(&d, 20, 2000);
    print_message("%zu alarms in 20 × 2,000 quiet samples at threshold 100\n", alarms);
    assert_true(alarms <= 8);
    for (int down = 0; down < 2; down++) {
        const double levels[] = {0, down ? -3 : 3};
        fill_losses(samples, 5, levels, 2, 1000);
        size_t at = first_alarm_from(&d, samples, 2000, 1000);
        assert_true(at < 1080);
    }
    bench_detector_free(&d);
}

static void scalar_that_is_not_finite_is_passed_over(void **state) {
    (void)state;
    bench_detector d = new_detector(50);
    const double levels[] = {0, 2};
    size_t at[2][8], counts[2];
    fill_losses(samples, 9, levels, 2, 500);
    counts[0] = all_alarms(&d, samples, 1000, at[0], 8);
    memmove(samples + 701, samples + 700, 300 * sizeof *samples);
    samples[700].loss = NAN;
    counts[1] = all_alarms(&d, samples, 1001, at[1], 8);
    assert_true(counts[0] > 0);
    assert_int_equal(counts[0], counts[1]);
    for (size_t i = 0; i < counts[0]; i++) assert_int_equal(at[1][i], at[0][i] + (at[0][i] >= 700));
    bench_detector_free(&d);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    bench_detector d = {0};
    for (int bad = 0; bad < 5; bad++) {
        bench_page_hinkley_options o = bench_page_hinkley_defaults();
        if (bad == 0) o.least = 0;
        if (bad == 1) o.delta = -1;
        if (bad == 2) o.alpha = 1.1;
        if (bad == 3) o.threshold = NAN;
        if (bad == 4) o.alpha = 0;
        assert_int_equal(bench_page_hinkley_new(&d, &o), KOOP_BAD_ARGUMENT);
        assert_null(d.methods);
    }
    bench_detector_free(&d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alarms_are_those_of_river),
        cmocka_unit_test(quiet_runs_give_few_alarms_and_a_shift_one_soon),
        cmocka_unit_test(scalar_that_is_not_finite_is_passed_over),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
