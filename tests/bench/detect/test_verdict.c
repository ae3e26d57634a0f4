#include "series.h"
#include "verdict.h"

static void first_alarm_after_the_change_detects_it(void **state) {
    (void)state;
    const bench_alarm alarms[] = {{400, 390},   {1000, 998},  {1499, 1490}, {1512, 1506},
                                  {1530, 1520}, {1900, 1890}, {1901, 1900}};
    const bench_verdict v = bench_judge(alarms, 7, 1500, false);
    assert_true(v.detected);
    assert_true(v.delay == 12 && v.onset_error == 6);
    assert_int_equal(v.extra, 2);
    assert_int_equal(v.early, 2); /* what comes before step 1000 is no matter */
}

static void alarm_at_the_change_and_one_at_the_limit_detect_it(void **state) {
    (void)state;
    const bench_alarm at[] = {{1500, -1}}, limit[] = {{1900, 1502}}, late[] = {{1901, 1502}};
    bench_verdict v = bench_judge(at, 1, 1500, false);
    assert_true(v.detected && v.delay == 0 && isnan(v.onset_error));
    v = bench_judge(limit, 1, 1500, false);
    assert_true(v.detected && v.delay == 400 && v.onset_error == 2);
    v = bench_judge(late, 1, 1500, false);
    assert_false(v.detected);
    assert_true(isnan(v.delay) && isnan(v.onset_error));
    assert_false(bench_judge(NULL, 0, 1500, false).detected);
}

static void place_found_afterwards_may_lie_a_little_before(void **state) {
    (void)state;
    const bench_alarm alarms[] = {{1200, 1200}, {1491, 1491}, {1492, 1492}, {1600, 1600}};
    const bench_verdict v = bench_judge(alarms, 4, 1500, true);
    assert_true(v.detected && isnan(v.delay) && v.onset_error == 8);
    assert_int_equal(v.early, 2);
    assert_int_equal(v.extra, 1);
}

static void quiet_part_begins_at_step_1000(void **state) {
    (void)state;
    const bench_alarm alarms[] = {{999, -1}, {1000, -1}, {3000, -1}};
    assert_int_equal(bench_count_quiet(alarms, 3), 2);
    assert_int_equal(bench_first_alarm(alarms, 3, 1000), 1000);
    assert_int_equal(bench_first_alarm(alarms, 3, 3001), -1);
}

enum { CHANGE = 300, LENGTH = 400 };

static void fill(bench_sample *samples) {
    for (int i = 0; i < LENGTH; i++) samples[i] = (bench_sample){.step = i + 1, .loss = 1};
}

static void blow_up_is_where_the_mean_loss_doubles_or_is_lost(void **state) {
    (void)state;
    static bench_sample samples[LENGTH];
    const bench_series series = {samples, LENGTH};
    fill(samples);
    assert_int_equal(bench_blow_up(&series, CHANGE), -1);
    samples[200].loss = 1e6; /* before the change: the median does not see it */
    for (int i = 320; i < LENGTH; i++) samples[i].loss = 5; /* 3 of 8: mean 2.5 */
    assert_int_equal(bench_blow_up(&series, CHANGE), 323);
    fill(samples);
    samples[350].loss = NAN;
    assert_int_equal(bench_blow_up(&series, CHANGE), 351);
}

static void blow_up_is_not_known_without_enough_before_the_change(void **state) {
    (void)state;
    static bench_sample samples[LENGTH];
    const bench_series series = {samples, LENGTH};
    fill(samples);
    samples[300].loss = NAN;
    assert_int_equal(bench_blow_up(&series, 207), -1);
    assert_int_equal(bench_blow_up(&series, 208), 301);
    assert_int_equal(bench_blow_up(&series, LENGTH + 1), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_alarm_after_the_change_detects_it),
        cmocka_unit_test(alarm_at_the_change_and_one_at_the_limit_detect_it),
        cmocka_unit_test(place_found_afterwards_may_lie_a_little_before),
        cmocka_unit_test(quiet_part_begins_at_step_1000),
        cmocka_unit_test(blow_up_is_where_the_mean_loss_doubles_or_is_lost),
        cmocka_unit_test(blow_up_is_not_known_without_enough_before_the_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
