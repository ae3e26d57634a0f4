#include "pace.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static koop_pace started(double speed, int64_t t_ms, int64_t now_ms) {
    koop_pace pace = {.speed = speed};
    assert_int_equal(koop_pace_wait(&pace, t_ms, now_ms), 0); /* the first is due at once */
    koop_pace_take(&pace, t_ms, now_ms);
    return pace;
}

static void a_gap_takes_its_length_over_the_speed(void **state) {
    (void)state;
    koop_pace pace = started(1, 1000, 50);
    assert_int_equal(koop_pace_wait(&pace, 1400, 50), 400);
    assert_int_equal(koop_pace_wait(&pace, 1400, 350), 100);
    assert_int_equal(koop_pace_wait(&pace, 1400, 450), 0);
    pace = started(10, 1000, 50);
    assert_int_equal(koop_pace_wait(&pace, 2000, 60), 90);
    pace = started(INFINITY, 1000, 50);
    assert_int_equal(koop_pace_wait(&pace, 1000000, 50), 0);
}

static void what_the_computation_took_counts_and_a_late_one_is_not_made_up_for(void **state) {
    (void)state;
    koop_pace pace = started(1, 0, 0);
    assert_int_equal(koop_pace_wait(&pace, 100, 70), 30);
    assert_int_equal(koop_pace_wait(&pace, 100, 5000), 0);
    koop_pace_take(&pace, 100, 5000);
    assert_int_equal(koop_pace_wait(&pace, 200, 5000), 100);
}

static void a_pause_stops_the_clock(void **state) {
    (void)state;
    koop_pace pace = started(1, 0, 0);
    assert_int_equal(koop_pace_wait(&pace, 500, 100), 400);
    koop_pace_set_paused(&pace, true, 200);
    assert_int_equal(koop_pace_wait(&pace, 500, 9000), -1);
    koop_pace_set_paused(&pace, false, 10000);
    assert_int_equal(koop_pace_wait(&pace, 500, 10000), 300);
}

static void another_speed_is_for_the_rest_of_the_gap(void **state) {
    (void)state;
    koop_pace pace = started(1, 0, 0);
    assert_int_equal(koop_pace_wait(&pace, 1000, 400), 600);
    koop_pace_set_speed(&pace, 2, 400);
    assert_int_equal(koop_pace_wait(&pace, 1000, 400), 300);
    koop_pace_set_speed(&pace, 0.5, 400);
    assert_int_equal(koop_pace_wait(&pace, 1000, 400), 1200);
    koop_pace_set_speed(&pace, INFINITY, 400);
    assert_int_equal(koop_pace_wait(&pace, 1000, 400), 0);
}

static void long_gaps_are_cut_and_times_never_run_backwards(void **state) {
    (void)state;
    koop_pace pace = started(1, 1000, 0);
    assert_int_equal(koop_pace_wait(&pace, 900, 0), 0);
    koop_pace_take(&pace, 900, 0);
    assert_int_equal(koop_pace_wait(&pace, 1300, 0), 300);
    koop_pace_take(&pace, 1300, 300);
    assert_int_equal(koop_pace_wait(&pace, INT64_MAX, 300), KOOP_PACE_GAP_MS);
    koop_pace_take(&pace, INT64_MAX, 2300);
    assert_int_equal(koop_pace_wait(&pace, INT64_MIN, 2300), 0);
}

static koop_pace_span spanned(const int64_t *times, int n) {
    koop_pace_span span = {.snapshots = 0};
    for (int i = 0; i < n; i++) koop_pace_add(&span, times[i]);
    return span;
}

static void the_active_length_leaves_out_the_night(void **state) {
    (void)state;
    int64_t times[1001];
    for (int i = 0; i <= 1000; i++) times[i] = 100 * i + (i > 500 ? 8 * 3600000 : 0);
    koop_pace_span span = spanned(times, 1001);
    assert_int_equal(span.snapshots, 1001);
    assert_int_equal(span.last_ms - span.first_ms, 100000 + 8 * 3600000);
    const double active_ms = koop_pace_active_ms(&span);
    assert_true(active_ms >= 99900 && active_ms <= 99900 + 32 * 128);
    for (int i = 0; i <= 1000; i++) times[i] = 60000 * i;
    span = spanned(times, 1001);
    assert_true(koop_pace_active_ms(&span) == 60e6);
}

static void short_and_timeless_recordings_have_a_length_too(void **state) {
    (void)state;
    koop_pace_span span = spanned(NULL, 0);
    assert_true(koop_pace_active_ms(&span) == 0);
    span = spanned((int64_t[]){5}, 1);
    assert_true(koop_pace_active_ms(&span) == 0);
    span = spanned((int64_t[]){0, 0, 0}, 3);
    assert_true(koop_pace_active_ms(&span) == 0);
    span = spanned((int64_t[]){10, 5, 1010}, 3);
    assert_true(koop_pace_active_ms(&span) == 1000);
    span = spanned((int64_t[]){INT64_MIN, 0, INT64_MAX}, 3);
    assert_true(isfinite(koop_pace_active_ms(&span)));
}

static void speeds_are_one_two_five(void **state) {
    (void)state;
    assert_true(koop_pace_speed_for(0, 30000) == 1);
    assert_true(koop_pace_speed_for(30000, 30000) == 1);
    assert_true(koop_pace_speed_for(31000, 30000) == 2);
    assert_true(koop_pace_speed_for(36e6, 30000) == 2000);
    static const double steps[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50};
    for (int i = 0; i < 8; i++) {
        assert_float_equal(koop_pace_faster(steps[i], 50), steps[i + 1], 1e-12);
        assert_float_equal(koop_pace_slower(steps[i + 1], 50), steps[i], 1e-12);
    }
    assert_true(isinf(koop_pace_faster(50, 50)) && isinf(koop_pace_faster(INFINITY, 50)));
    assert_true(koop_pace_slower(INFINITY, 50) == 50);
    assert_true(koop_pace_slower(0.1, 50) == 0.1 && koop_pace_slower(0.001, 50) == 0.1);
    assert_true(koop_pace_faster(3, 50) == 5 && koop_pace_slower(3, 50) == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_takes_its_length_over_the_speed),
        cmocka_unit_test(what_the_computation_took_counts_and_a_late_one_is_not_made_up_for),
        cmocka_unit_test(a_pause_stops_the_clock),
        cmocka_unit_test(another_speed_is_for_the_rest_of_the_gap),
        cmocka_unit_test(long_gaps_are_cut_and_times_never_run_backwards),
        cmocka_unit_test(the_active_length_leaves_out_the_night),
        cmocka_unit_test(short_and_timeless_recordings_have_a_length_too),
        cmocka_unit_test(speeds_are_one_two_five),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
