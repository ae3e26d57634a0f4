/* Dots, bars and their scales. */
#include "plot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canvas_text.h"

static koop_canvas canvas;

static koop_area fresh(int rows, int cols, koop_glyphs glyphs) {
    assert_int_equal(koop_canvas_resize(&canvas, rows, cols), KOOP_OK);
    canvas.glyphs = glyphs;
    return koop_canvas_area(&canvas);
}

static int tear_down(void **state) {
    (void)state;
    koop_canvas_free(&canvas);
    return 0;
}

static const char *bars(koop_glyphs glyphs, int rows, const double *values, int n) {
    koop_area area = fresh(rows, 16, glyphs);
    koop_plot_scale scale = koop_plot_scale_of(values, n, false);
    koop_plot_bars(area, (koop_rect){0, 0, rows, 16}, values, n, &scale, 0);
    return canvas_row(&canvas, rows - 1);
}

static void bars_run_from_the_smallest_to_the_largest(void **state) {
    (void)state;
    const double ramp[] = {0, 1, 2, 3, 4, 5, 6};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, ramp, 7), "▁▂▃▄▅▆▇");
    const double shifted[] = {-6, 0};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, shifted, 2), "▁▇");
}

static void a_missing_value_leaves_its_column_blank(void **state) {
    (void)state;
    const double values[] = {0, NAN, 6, INFINITY, 3};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, values, 5), "▁ ▇ ▄");
    const double none[] = {NAN, NAN};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, none, 2), "");
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, none, 0), "");
}

static void a_constant_is_drawn_in_the_middle(void **state) {
    (void)state;
    const double constant[] = {3, 3, 3}, one[] = {-7};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, constant, 3), "▄▄▄");
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, one, 1), "▄");
    const double noise[] = {1, 1 + 1e-9, 1}; /* rounding is not a curve */
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, noise, 3), "▄▄▄");
    const double zero[] = {0, 0};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 1, zero, 2), "▄▄");
}

static void bars_of_several_rows_stand_on_the_last(void **state) {
    (void)state;
    const double values[] = {0, 7, 14};
    assert_string_equal(bars(KOOP_GLYPHS_BRAILLE, 2, values, 3), "▁██");
    assert_string_equal(canvas_row(&canvas, 0), "  ▇");
}

static void bars_fall_back_to_what_the_terminal_has(void **state) {
    (void)state;
    const double ramp[] = {0, 1, 2};
    assert_string_equal(bars(KOOP_GLYPHS_BLOCK, 1, ramp, 3), "_▄█");
    const double eight[] = {0, 1, 2, 3, 4, 5, 6};
    assert_string_equal(bars(KOOP_GLYPHS_ASCII, 1, eight, 7), "_.,:-=*");
}

static void the_scale_is_logarithmic_over_a_factor_of_thirty(void **state) {
    (void)state;
    const double wide[] = {0.01, 0.1, 1}, narrow[] = {1, 10}, signs[] = {-1, 0.01, 100};
    koop_plot_scale scale = koop_plot_scale_of(wide, 3, true);
    assert_true(scale.logarithmic);
    assert_int_equal(koop_plot_level(&scale, 0.1, 9), 4);
    assert_int_equal(koop_plot_level(&scale, 1e-30, 9), 0);
    assert_int_equal(koop_plot_level(&scale, 1e30, 9), 8);
    assert_false(koop_plot_scale_of(wide, 3, false).logarithmic);
    assert_false(koop_plot_scale_of(narrow, 2, true).logarithmic);
    assert_false(koop_plot_scale_of(signs, 3, true).logarithmic);
}

static void extreme_values_do_not_overflow_the_scale(void **state) {
    (void)state;
    const double extreme[] = {-1.7e308, 1.7e308, 0};
    koop_plot_scale scale = koop_plot_scale_of(extreme, 3, true);
    assert_int_equal(koop_plot_level(&scale, 0, 9), 4);
    assert_int_equal(koop_plot_level(&scale, 1.7e308, 9), 8);
}

static void dots_add_up_in_a_cell(void **state) {
    (void)state;
    koop_area area = fresh(1, 3, KOOP_GLYPHS_BRAILLE);
    koop_plot_dot(area, 0, 0, 0);
    koop_plot_dot(area, 1, 3, 0);
    assert_string_equal(canvas_row(&canvas, 0), "⢁");
    area = fresh(1, 3, KOOP_GLYPHS_BLOCK);
    koop_plot_dot(area, 0, 0, 0);
    koop_plot_dot(area, 1, 1, 0);
    koop_plot_dot(area, 2, 0, 0);
    koop_plot_dot(area, 2, 1, 0);
    assert_string_equal(canvas_row(&canvas, 0), "▀▄█");
    area = fresh(1, 3, KOOP_GLYPHS_ASCII);
    koop_plot_dot(area, 0, 0, 0);
    koop_plot_dot(area, 1, 1, 0);
    koop_plot_dot(area, 2, 0, 0);
    koop_plot_dot(area, 2, 1, 0);
    assert_string_equal(canvas_row(&canvas, 0), "'.:");
}

static void a_dot_does_not_overwrite_text(void **state) {
    (void)state;
    koop_area area = fresh(1, 3, KOOP_GLYPHS_BRAILLE);
    koop_area_text(area, 0, 0, "x", 0);
    koop_plot_dot(area, 0, 0, 0);
    koop_plot_dot(area, -1, 0, 0);
    koop_plot_dot(area, 6, 0, 0);
    assert_string_equal(canvas_row(&canvas, 0), "x");
}

static void a_circle_is_closed_and_round(void **state) {
    (void)state;
    koop_area area = fresh(10, 20, KOOP_GLYPHS_BRAILLE);
    koop_plot_circle(area, 19.5, 19.5, 18, 0);
    for (int degree = 0; degree < 360; degree++) {
        double angle = degree * acos(-1) / 180;
        int x = (int)lround(19.5 + 18 * cos(angle)), y = (int)lround(19.5 + 18 * sin(angle));
        bool near = false; /* rounding may put a dot beside the exact one */
        for (int i = -1; i <= 1; i++)
            for (int j = -1; j <= 1; j++)
                near |= koop_area_cell(area, (y + j) / 4, (x + i) / 2)->glyph != ' ';
        assert_true(near);
    }
    assert_int_equal(koop_area_cell(area, 5, 10)->glyph, ' '); /* and hollow */
    assert_int_equal(koop_area_cell(area, 0, 0)->glyph, ' ');
}

static void a_huge_circle_is_a_line_and_a_broken_one_nothing(void **state) {
    (void)state;
    koop_area area = fresh(4, 4, KOOP_GLYPHS_BRAILLE);
    koop_plot_circle(area, 3 - 1e6, 8, 1e6, 0);
    for (int row = 0; row < 4; row++) assert_string_equal(canvas_row(&canvas, row), " ⢸");
    area = fresh(1, 4, KOOP_GLYPHS_BRAILLE);
    koop_plot_circle(area, NAN, 8, 1, 0);
    koop_plot_circle(area, 0, 0, INFINITY, 0);
    assert_string_equal(canvas_row(&canvas, 0), "");
}

static void a_share_is_a_bar_in_eighths(void **state) {
    (void)state;
    koop_area area = fresh(1, 8, KOOP_GLYPHS_BRAILLE);
    koop_plot_share(area, 0, 0, 4, 0.625, 0);
    assert_string_equal(canvas_row(&canvas, 0), "██▌");
    area = fresh(1, 8, KOOP_GLYPHS_ASCII);
    koop_plot_share(area, 0, 0, 4, 0.7, 0);
    assert_string_equal(canvas_row(&canvas, 0), "###");
    area = fresh(1, 8, KOOP_GLYPHS_BRAILLE);
    koop_plot_share(area, 0, 0, 4, 7, 0);
    assert_string_equal(canvas_row(&canvas, 0), "████");
    area = fresh(1, 8, KOOP_GLYPHS_BRAILLE);
    koop_plot_share(area, 0, 0, 4, NAN, 0);
    assert_string_equal(canvas_row(&canvas, 0), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_run_from_the_smallest_to_the_largest),
        cmocka_unit_test(a_missing_value_leaves_its_column_blank),
        cmocka_unit_test(a_constant_is_drawn_in_the_middle),
        cmocka_unit_test(bars_of_several_rows_stand_on_the_last),
        cmocka_unit_test(bars_fall_back_to_what_the_terminal_has),
        cmocka_unit_test(the_scale_is_logarithmic_over_a_factor_of_thirty),
        cmocka_unit_test(extreme_values_do_not_overflow_the_scale),
        cmocka_unit_test(dots_add_up_in_a_cell),
        cmocka_unit_test(a_dot_does_not_overwrite_text),
        cmocka_unit_test(a_circle_is_closed_and_round),
        cmocka_unit_test(a_huge_circle_is_a_line_and_a_broken_one_nothing),
        cmocka_unit_test(a_share_is_a_bar_in_eighths),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
