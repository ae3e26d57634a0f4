#include "scalar_chart.h"

#include "series.h"

static bench_sample samples[SERIES_MAX];

static bench_detector new_detector(bench_scalar scalar) {
    bench_detector d = {0};
    bench_scalar_chart_options o = bench_scalar_chart_defaults();
    o.scalar = scalar;
    assert_int_equal(bench_scalar_chart_new(&d, &o), KOOP_OK);
    return d;
}

static void quiet_runs_give_few_alarms(void **state) {
    (void)state;
    bench_detector d = new_detector(BENCH_LOSS);
    size_t alarms = quiet_alarms(&d, 20, 2000);
    print_message("%zu alarms in 20 × 2,000 quiet samples\n", alarms);
    assert_true(alarms <= 10);
    bench_detector_free(&d);
}

static void shift_up_or_down_is_one_alarm_soon(void **state) {
    (void)state;
    bench_detector d = new_detector(BENCH_LOSS);
    for (int down = 0; down < 2; down++) {
        const double levels[] = {0, down ? -2 : 2};
        fill_losses(samples, 2, levels, 2, 600);
        const size_t at = first_alarm_from(&d, samples, 1200, 600);
        assert_true(at >= 603 && at < 630);
        assert_int_equal(first_alarm_from(&d, samples, 1200, at + 1), 1200);
    }
    bench_detector_free(&d);
}

/* U after n values at the clip is n (6 − 0.5): the third passes 15. */
static void one_value_alone_never_alarms_and_three_do(void **state) {
    (void)state;
    const double level = 0;
    bench_detector d = new_detector(BENCH_LOSS);
    fill_losses(samples, 3, &level, 1, 400);
    for (int n = 1; n <= 3; n++) {
        for (int i = 0; i < 300; i++) samples[i].loss = i % 2 ? 0.01 : -0.01; /* |z| = 0.67 */
        for (int i = 300; i < 400; i++) samples[i].loss = 0;
        for (int i = 300; i < 300 + n; i++) samples[i].loss = 1e6;
        assert_int_equal(first_alarm_from(&d, samples, 400, 0), n == 3 ? 302 : 400);
    }
    bench_detector_free(&d);
}

static void logarithm_makes_the_scale_of_the_loss_not_matter(void **state) {
    (void)state;
    bench_detector d = new_detector(BENCH_LOG_LOSS);
    const double levels[] = {0, 1};
    size_t first = 0;
    for (int k = 0; k < 2; k++) {
        fill_losses(samples, 4, levels, 2, 600);
        for (int i = 0; i < 1200; i++) samples[i].loss = exp(samples[i].loss + (k ? 20 : 18));
        const size_t at = first_alarm_from(&d, samples, 1200, 600);
        assert_true(at < 660);
        if (k) assert_true(at <= first + 2 && first <= at + 2);
        first = at;
    }
    bench_detector_free(&d);
}

static void gradient_norm_is_another_scalar(void **state) {
    (void)state;
    const double levels[] = {0, 5};
    fill_losses(samples, 5, levels, 2, 600);
    for (int i = 0; i < 1200; i++) {
        samples[i].grad_norm = exp(0.1 * samples[i].loss);
        samples[i].loss = 1;
    }
    bench_detector loss = new_detector(BENCH_LOG_LOSS), norm = new_detector(BENCH_LOG_GRAD_NORM);
    assert_int_equal(first_alarm_from(&loss, samples, 1200, 0), 1200);
    const size_t at = first_alarm_from(&norm, samples, 1200, 0);
    assert_true(at >= 600 && at < 610);
    bench_detector_free(&loss);
    bench_detector_free(&norm);
}

static void scalars_without_a_logarithm_are_passed_over(void **state) {
    (void)state;
    const bench_scalar logs[] = {BENCH_LOG_LOSS, BENCH_LOG_GRAD_NORM, BENCH_LOG_RECONSTRUCTION};
    const double bad[] = {0, -1, NAN, INFINITY};
    double value = 7;
    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 4; i++) {
            const bench_sample s = {.loss = bad[i], .grad_norm = bad[i], .reconstruction = bad[i]};
            assert_false(bench_sample_scalar(&s, logs[k], &value));
        }
    assert_true(value == 7);
    const bench_sample s = {.loss = 1, .grad_norm = 2, .reconstruction = 3};
    assert_true(bench_sample_scalar(&s, BENCH_LOSS, &value) && value == 1);
    assert_true(bench_sample_scalar(&s, BENCH_GRAD_NORM, &value) && value == 2);
    assert_true(bench_sample_scalar(&s, BENCH_LOG_GRAD_NORM, &value) && value == log(2));
    assert_true(bench_sample_scalar(&s, BENCH_RECONSTRUCTION, &value) && value == 3);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    bench_detector d = {0};
    for (int bad = 0; bad < 4; bad++) {
        bench_scalar_chart_options o = bench_scalar_chart_defaults();
        if (bad == 0) o.allowance = -1;
        if (bad == 1) o.clip = 0.5;
        if (bad == 2) o.threshold = 0;
        if (bad == 3) o.reference = 1;
        assert_int_equal(bench_scalar_chart_new(&d, &o), KOOP_BAD_ARGUMENT);
        assert_null(d.methods);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_runs_give_few_alarms),
        cmocka_unit_test(shift_up_or_down_is_one_alarm_soon),
        cmocka_unit_test(one_value_alone_never_alarms_and_three_do),
        cmocka_unit_test(logarithm_makes_the_scale_of_the_loss_not_matter),
        cmocka_unit_test(gradient_norm_is_another_scalar),
        cmocka_unit_test(scalars_without_a_logarithm_are_passed_over),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
