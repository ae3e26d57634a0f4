#include "calibrate.h"

#include "page_hinkley.h"
#include "scalar_chart.h"

#include "series.h"

/* Alarms at every sample whose loss is above the threshold. */
static double limit;

static bool exceeds(void *state, const bench_sample *sample) {
    (void)state;
    return sample->loss > limit;
}

static void no_restart(void *state) {
    (void)state;
}

static void set_limit(void *state, double threshold) {
    (void)state;
    limit = threshold;
}

static const bench_detector_methods methods = {exceeds, no_restart, set_limit, no_restart};
static const bench_detector plain = {"plain", &methods, NULL};

static void warm_up_and_refractory_samples_do_not_count(void **state) {
    (void)state;
    bench_sample samples[100] = {{0}};
    const int alarms[] = {3, 9, 10, 15, 16, 30, 99};
    for (int i = 0; i < 7; i++) samples[alarms[i]].loss = 2;
    const bench_series series = {samples, 100};
    const bench_policy policy = {.warm_up = 10, .refractory = 5};
    size_t at[4] = {0};
    set_limit(NULL, 1);
    assert_int_equal(bench_alarms(&plain, &series, &policy, at, 3), 4);
    assert_int_equal(at[0], 10);
    assert_int_equal(at[1], 16);
    assert_int_equal(at[2], 30);
    assert_int_equal(at[3], 0);
    const bench_series several[] = {series, {samples, 5}, series};
    const bench_tally tally = bench_count_alarms(&plain, several, 3, &policy);
    assert_int_equal(tally.alarms, 8);
    assert_int_equal(tally.exposure, 180);
}

/* 10,000 samples with the losses 1, 2, 3 …: k alarms at most means a threshold of 10,000 − k. */
static void threshold_is_the_least_that_holds(void **state) {
    (void)state;
    static bench_sample samples[10000];
    for (int i = 0; i < 10000; i++) samples[i].loss = i + 1;
    const bench_series series = {samples, 10000};
    const bench_policy policy = {0};
    bench_target target = bench_target_defaults();
    target.tolerance = 1e-6;
    for (int k = 0; k < 3; k++) {
        double threshold = 0;
        target.per_10000 = k * 100;
        assert_int_equal(bench_calibrate(&plain, &series, 1, &policy, &target, &threshold),
                         KOOP_OK);
        assert_true(threshold >= 10000 - k * 100 && threshold < (10000 - k * 100) * (1 + 1e-5));
        assert_true(limit == threshold);
    }
    target.most = 5000;
    double threshold = -1;
    assert_int_equal(bench_calibrate(&plain, &series, 1, &policy, &target, &threshold),
                     KOOP_NOT_FOUND);
    target.least = 6000;
    assert_int_equal(bench_calibrate(&plain, &series, 1, &policy, &target, &threshold),
                     KOOP_BAD_ARGUMENT);
    target = bench_target_defaults();
    assert_int_equal(bench_calibrate(&plain, &series, 0, &policy, &target, &threshold),
                     KOOP_NOT_ENOUGH_DATA);
    assert_true(threshold == -1);
}

/* The promise, made on some runs, on others of the same kind. */
static void calibrated_detectors_keep_their_promise_and_still_find_a_shift(void **state) {
    (void)state;
    enum { RUNS = 10, LENGTH = 4000 };
    static bench_sample samples[2 * RUNS][LENGTH], shifted[2000];
    bench_series series[2 * RUNS];
    const bench_policy policy = {.warm_up = 300, .refractory = 100};
    const double level = 0, levels[] = {0, 2};
    const bench_target target = bench_target_defaults();
    for (int k = 0; k < 2 * RUNS; k++) {
        fill_losses(samples[k], 1000 + (uint64_t)k, &level, 1, LENGTH);
        series[k] = (bench_series){samples[k], LENGTH};
    }
    bench_scalar_chart_options chart = bench_scalar_chart_defaults();
    const bench_page_hinkley_options page = bench_page_hinkley_defaults();
    chart.scalar = BENCH_LOSS;
    bench_detector detectors[2] = {{0}};
    assert_int_equal(bench_scalar_chart_new(&detectors[0], &chart), KOOP_OK);
    assert_int_equal(bench_page_hinkley_new(&detectors[1], &page), KOOP_OK);
    fill_losses(shifted, 5, levels, 2, 1000);
    for (int i = 0; i < 2; i++) {
        double threshold = 0;
        assert_int_equal(bench_calibrate(&detectors[i], series, RUNS, &policy, &target, &threshold),
                         KOOP_OK);
        const bench_tally tuned = bench_count_alarms(&detectors[i], series, RUNS, &policy);
        const bench_tally fresh = bench_count_alarms(&detectors[i], series + RUNS, RUNS, &policy);
        print_message("%s: threshold %.3g, %d alarms in %d tuning samples, %d in fresh ones\n",
                      detectors[i].name, threshold, (int)tuned.alarms, (int)tuned.exposure,
                      (int)fresh.alarms);
        assert_true(tuned.alarms <= tuned.exposure / 10000);
        assert_true(fresh.alarms <= 12);
        const size_t at = first_alarm_from(&detectors[i], shifted, 2000, 1000);
        assert_true(at < 1100);
        bench_detector_free(&detectors[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(warm_up_and_refractory_samples_do_not_count),
        cmocka_unit_test(threshold_is_the_least_that_holds),
        cmocka_unit_test(calibrated_detectors_keep_their_promise_and_still_find_a_shift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
