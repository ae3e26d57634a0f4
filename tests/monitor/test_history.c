/* The decimated history: what must not be lost when a run is longer than the points it has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "history.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static koop_view *view;

static int set_up(void **state) {
    (void)state;
    view = calloc(1, sizeof *view);
    return view ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    free(view);
    return 0;
}

/* Deterministic values that look random. */
static float noise(uint64_t i, int series) {
    uint64_t x = (i + 1) * 0x9E3779B97F4A7C15u + (uint64_t)series * 0xD1B54A32D192ED03u;
    x ^= x >> 29;
    x *= 0xBF58476D1CE4E5B9u;
    return (float)(x >> 40) / 16777216.0f;
}

static koop_history_point point_of(uint64_t i) {
    koop_history_point point = {.step = 100 + 3 * (int64_t)i, .phase = KOOP_PHASE_STEADY};
    for (int s = 0; s < KOOP_SERIES_COUNT; s++)
        koop_history_set(&point, (koop_series)s, (double)noise(i, s));
    return point;
}

static void add(uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
        const koop_history_point point = point_of(i);
        koop_history_add(view, i, &point);
    }
}

static void keeps_every_update_while_there_is_room(void **state) {
    (void)state;
    add(KOOP_VIEW_HISTORY);
    assert_int_equal(view->n_history, KOOP_VIEW_HISTORY);
    assert_int_equal(view->history_stride, 1);
    for (int i = 0; i < KOOP_VIEW_HISTORY; i++) {
        assert_int_equal(view->history[i].step, 100 + 3 * i);
        assert_true(view->history[i].value[KOOP_SERIES_SPEED] ==
                    noise((uint64_t)i, KOOP_SERIES_SPEED));
    }
}

static void one_more_doubles_the_stride_and_keeps_both_ends(void **state) {
    (void)state;
    add(KOOP_VIEW_HISTORY + 1);
    assert_int_equal(view->history_stride, 2);
    assert_int_equal(view->n_history, KOOP_VIEW_HISTORY / 2 + 1);
    assert_int_equal(view->history[0].step, 100);
    assert_int_equal(view->history[view->n_history - 1].step, 100 + 3 * KOOP_VIEW_HISTORY);
}

/* Every point of a long run against the updates it stands for. */
static void check_points(uint64_t count) {
    uint64_t i = 0;
    for (int p = 0; p < view->n_history; p++) {
        const koop_history_point *point = &view->history[p];
        float most[KOOP_SERIES_COUNT] = {0};
        float last_loss = -1, last_accuracy = -1;
        for (; i < count && 100 + 3 * (int64_t)i <= point->step; i++) {
            for (int s = 0; s < KOOP_SERIES_COUNT; s++)
                if (noise(i, s) > most[s]) most[s] = noise(i, s);
            last_loss = noise(i, KOOP_SERIES_LOSS);
            last_accuracy = noise(i, KOOP_SERIES_ACCURACY);
        }
        assert_true(point->value[KOOP_SERIES_LOSS] == last_loss);
        assert_true(point->value[KOOP_SERIES_ACCURACY] == last_accuracy);
        for (int s = KOOP_SERIES_ACCURACY + 1; s < KOOP_SERIES_COUNT; s++)
            assert_true(point->value[s] == most[s]);
    }
    assert_int_equal(i, count);
}

static void a_long_run_keeps_its_ends_maxima_and_last_scalars(void **state) {
    (void)state;
    const uint64_t counts[] = {2, 511, 513, 1023, 1024, 4097, 100000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        add(counts[c]);
        assert_true(view->n_history <= KOOP_VIEW_HISTORY);
        assert_int_equal(view->history[0].step, 100);
        assert_int_equal(view->history[view->n_history - 1].step,
                         100 + 3 * ((int64_t)counts[c] - 1));
        check_points(counts[c]);
    }
    assert_int_equal(view->history_stride, 256);
}

static void the_gravest_phase_survives_merging(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 5000; i++) {
        koop_history_point point = point_of(i);
        if (i == 1234) point.phase = KOOP_PHASE_TRANSITION;
        koop_history_add(view, i, &point);
    }
    int found = 0;
    for (int p = 0; p < view->n_history; p++)
        found += view->history[p].phase == KOOP_PHASE_TRANSITION;
    assert_int_equal(found, 1);
}

static void a_series_that_is_missing_is_not_invented(void **state) {
    (void)state;
    for (uint64_t i = 0; i < 2000; i++) {
        koop_history_point point = {.step = (int64_t)i};
        if (i == 700) koop_history_set(&point, KOOP_SERIES_DISTANCE, -2.5);
        koop_history_add(view, i, &point);
    }
    int found = 0;
    for (int p = 0; p < view->n_history; p++) {
        if (view->history[p].available == 0) continue;
        assert_int_equal(view->history[p].available, 1u << KOOP_SERIES_DISTANCE);
        assert_true(view->history[p].value[KOOP_SERIES_DISTANCE] == -2.5f);
        found++;
    }
    assert_int_equal(found, 1);
}

static void values_that_are_no_finite_float_are_left_out(void **state) {
    (void)state;
    koop_history_point point = {0};
    koop_history_set(&point, KOOP_SERIES_LOSS, (double)NAN);
    koop_history_set(&point, KOOP_SERIES_LOSS, HUGE_VAL);
    koop_history_set(&point, KOOP_SERIES_LOSS, -1e300);
    assert_int_equal(point.available, 0);
    assert_true(point.value[KOOP_SERIES_LOSS] == 0);
    koop_history_set(&point, KOOP_SERIES_LOSS, -(double)FLT_MAX);
    assert_int_equal(point.available, 1u << KOOP_SERIES_LOSS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keeps_every_update_while_there_is_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_more_doubles_the_stride_and_keeps_both_ends, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_long_run_keeps_its_ends_maxima_and_last_scalars, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_gravest_phase_survives_merging, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_series_that_is_missing_is_not_invented, set_up,
                                        tear_down),
        cmocka_unit_test(values_that_are_no_finite_float_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
