/* A history squeezed into columns. */
#include "columns.h"

#include "fake_views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static koop_view view;
static double values[KOOP_COLUMNS_MAX];

/* Points at steps 10, 20, …, the distance counting up from 1. */
static void ramp(int n) {
    memset(&view, 0, sizeof view);
    view.n_history = n;
    for (int i = 0; i < n; i++) {
        koop_history_point *p = &view.history[i];
        p->step = 10 * (i + 1);
        p->available = 1u << KOOP_SERIES_DISTANCE | 1u << KOOP_SERIES_LOSS;
        p->value[KOOP_SERIES_DISTANCE] = (float)(i + 1);
        p->value[KOOP_SERIES_LOSS] = (float)(n - i);
        p->phase = KOOP_PHASE_STEADY;
    }
}

static void a_short_history_takes_a_column_a_point(void **state) {
    (void)state;
    ramp(3);
    assert_int_equal(koop_columns_count(&view, 70), 3);
    assert_int_equal(koop_columns_values(&view, KOOP_SERIES_DISTANCE, 70, values), 3);
    for (int i = 0; i < 3; i++) assert_true(values[i] == i + 1);
}

static void a_long_one_shows_the_largest_and_the_last_loss(void **state) {
    (void)state;
    ramp(512);
    view.history[1].value[KOOP_SERIES_DISTANCE] = 900;
    assert_int_equal(koop_columns_values(&view, KOOP_SERIES_DISTANCE, 64, values), 64);
    assert_true(values[0] == 900);
    assert_true(values[63] == 512);
    koop_columns_values(&view, KOOP_SERIES_LOSS, 64, values);
    assert_true(values[0] == 512 - 7 && values[63] == 1);
}

static void no_point_is_lost_at_any_width(void **state) {
    (void)state;
    for (int n = 1; n <= KOOP_VIEW_HISTORY; n += 37)
        for (int cols = 1; cols < 300; cols += 7) {
            ramp(n);
            view.history[n / 2].value[KOOP_SERIES_DISTANCE] = 9999;
            view.history[n / 2].phase = KOOP_PHASE_TRANSITION;
            int columns = koop_columns_values(&view, KOOP_SERIES_DISTANCE, cols, values);
            int seen = 0, marked = 0;
            for (int c = 0; c < columns; c++) {
                seen += values[c] == 9999;
                marked += koop_columns_phase(&view, c, cols) == KOOP_PHASE_TRANSITION;
            }
            assert_int_equal(seen, 1);
            assert_int_equal(marked, 1);
        }
}

static void missing_values_stay_missing(void **state) {
    (void)state;
    ramp(4);
    view.history[2].available = 0;
    koop_columns_values(&view, KOOP_SERIES_DISTANCE, 10, values);
    assert_true(isnan(values[2]) && values[3] == 4);
    koop_columns_values(&view, KOOP_SERIES_SPEED, 10, values);
    assert_true(isnan(values[0]));
    assert_true(koop_columns_has(&view, KOOP_SERIES_DISTANCE));
    assert_false(koop_columns_has(&view, KOOP_SERIES_SPEED));
}

static void the_recent_ones_are_the_last(void **state) {
    (void)state;
    int64_t first;
    ramp(100);
    assert_int_equal(koop_columns_recent(&view, KOOP_SERIES_DISTANCE, 8, values, &first), 8);
    assert_int_equal(first, 930);
    assert_true(values[7] == 100);
    assert_int_equal(koop_columns_recent(&view, KOOP_SERIES_DISTANCE, -4, values, &first), 0);
}

static void a_step_is_found_in_the_first_column_that_reaches_it(void **state) {
    (void)state;
    ramp(4); /* points hold the steps up to 10, 20, 30, 40 */
    assert_int_equal(koop_columns_find(&view, 10, 70), 0);
    assert_int_equal(koop_columns_find(&view, 11, 70), 1);
    assert_int_equal(koop_columns_find(&view, 20, 70), 1);
    assert_int_equal(koop_columns_find(&view, -5, 70), 0);
    assert_int_equal(koop_columns_find(&view, 1000, 70), 3);
    assert_int_equal(koop_columns_find(&view, 30, 2), 1);
    ramp(0);
    assert_int_equal(koop_columns_find(&view, 10, 70), -1);
}

static void the_phase_lasts_since_its_first_point(void **state) {
    (void)state;
    int64_t since;
    ramp(5);
    view.run.phase = KOOP_PHASE_STEADY;
    view.history[2].phase = KOOP_PHASE_TRANSITION;
    assert_true(koop_columns_phase_since(&view, &since));
    assert_int_equal(since, 40);
    ramp(0);
    assert_false(koop_columns_phase_since(&view, &since));
}

static void the_loss_is_called_what_the_trainer_calls_it(void **state) {
    (void)state;
    ramp(1);
    assert_string_equal(koop_columns_name(&view, KOOP_SERIES_LOSS), "loss");
    view.n_scalars = 1;
    view.scalars[0] = (koop_view_scalar){"perplexity", true, 1};
    assert_string_equal(koop_columns_name(&view, KOOP_SERIES_LOSS), "perplexity");
    view.n_scalars = 2;
    view.scalars[1] = (koop_view_scalar){"loss", true, 1};
    assert_string_equal(koop_columns_name(&view, KOOP_SERIES_LOSS), "loss");
    assert_string_equal(koop_columns_name(&view, KOOP_SERIES_SPEED), "speed");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_history_takes_a_column_a_point),
        cmocka_unit_test(a_long_one_shows_the_largest_and_the_last_loss),
        cmocka_unit_test(no_point_is_lost_at_any_width),
        cmocka_unit_test(missing_values_stay_missing),
        cmocka_unit_test(the_recent_ones_are_the_last),
        cmocka_unit_test(a_step_is_found_in_the_first_column_that_reaches_it),
        cmocka_unit_test(the_phase_lasts_since_its_first_point),
        cmocka_unit_test(the_loss_is_called_what_the_trainer_calls_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
