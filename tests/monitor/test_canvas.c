/* The grid of cells: clipping, wide characters, fitting and wrapping. */
#include "canvas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canvas_text.h"

static koop_canvas canvas;

static koop_area fresh(int rows, int cols) {
    assert_int_equal(koop_canvas_resize(&canvas, rows, cols), KOOP_OK);
    canvas.glyphs = KOOP_GLYPHS_BRAILLE;
    return koop_canvas_area(&canvas);
}

static int tear_down(void **state) {
    (void)state;
    koop_canvas_free(&canvas);
    return 0;
}

static void drawing_outside_an_area_does_nothing(void **state) {
    (void)state;
    koop_area all = fresh(5, 9);
    koop_area part = koop_area_part(all, (koop_rect){1, 2, 2, 4});
    for (int row = -3; row < 8; row++) {
        koop_area_text(part, row, -5, "xxxxxxxxxxxxxxxxxxxxxxxx", 0);
        koop_area_fill(part, row, -100, 1 << 30, 'x', 0);
    }
    assert_string_equal(canvas_row(&canvas, 0), "");
    assert_string_equal(canvas_row(&canvas, 1), "  xxxx");
    assert_string_equal(canvas_row(&canvas, 2), "  xxxx");
    assert_string_equal(canvas_row(&canvas, 3), "");
}

static void a_part_never_leaves_its_whole(void **state) {
    (void)state;
    koop_area all = koop_area_part(fresh(10, 10), (koop_rect){2, 2, 5, 5});
    for (int row = -7; row < 9; row++)
        for (int size = -2; size < 14; size++) {
            koop_rect r = koop_area_part(all, (koop_rect){row, row, size, size}).rect;
            assert_true(r.rows >= 0 && r.row >= 2 && r.row + r.rows <= 7);
            assert_true(r.cols >= 0 && r.col >= 2 && r.col + r.cols <= 7);
        }
}

static void a_wide_character_is_not_cut_in_half(void **state) {
    (void)state;
    koop_area all = fresh(1, 6);
    koop_area_text(all, 0, 3, "漢字", 0); /* the second would need columns 5 and 6 */
    assert_string_equal(canvas_row(&canvas, 0), "   漢");
    koop_area_put(all, 0, 4, 'x', 0); /* over the right half: the left one goes */
    assert_string_equal(canvas_row(&canvas, 0), "    x");
    koop_area_text(all, 0, 0, "漢", 0);
    koop_area_put(all, 0, 0, 'y', 0); /* over the left half: the right one goes */
    assert_string_equal(canvas_row(&canvas, 0), "y   x");
    koop_area_text(all, 0, 1, "漢", 0);
    koop_area_text(all, 0, 2, "字", 0); /* across two */
    assert_string_equal(canvas_row(&canvas, 0), "y 字x");
}

static void control_characters_are_drawn_as_a_sign(void **state) {
    (void)state;
    koop_area_text(fresh(1, 8), 0, 0, "a\033[2J\x9b", 0);
    assert_string_equal(canvas_row(&canvas, 0), "a�[2J�");
    koop_area all = fresh(1, 8);
    canvas.glyphs = KOOP_GLYPHS_ASCII;
    koop_area_text(all, 0, 0, "a\033é漢×", 0);
    assert_string_equal(canvas_row(&canvas, 0), "a???x");
}

static void text_that_does_not_fit_ends_in_an_ellipsis(void **state) {
    (void)state;
    koop_area all = fresh(4, 10);
    assert_int_equal(koop_area_fit(all, 0, 0, 5, "abcde", 0), 5);
    assert_int_equal(koop_area_fit(all, 1, 0, 5, "abcdef", 0), 5);
    assert_int_equal(koop_area_fit(all, 2, 0, 4, "漢字漢", 0), 3);
    assert_int_equal(koop_area_fit(all, 3, 2, 0, "abc", 0), 2);
    assert_string_equal(canvas_row(&canvas, 0), "abcde");
    assert_string_equal(canvas_row(&canvas, 1), "abcd…");
    assert_string_equal(canvas_row(&canvas, 2), "漢…");
    assert_string_equal(canvas_row(&canvas, 3), "");
}

static void text_is_wrapped_at_spaces(void **state) {
    (void)state;
    koop_area all = fresh(4, 10);
    assert_int_equal(koop_area_wrap(all, 0, 0, 4, "updates are faster than ever", 0), 3);
    assert_string_equal(canvas_row(&canvas, 0), "updates");
    assert_string_equal(canvas_row(&canvas, 1), "are faster");
    assert_string_equal(canvas_row(&canvas, 2), "than ever");
    all = fresh(4, 10);
    assert_int_equal(koop_area_wrap(all, 0, 2, 2, "updates are faster than ever", 0), 2);
    assert_string_equal(canvas_row(&canvas, 0), "  updates");
    assert_string_equal(canvas_row(&canvas, 1), "  are fas…");
    assert_int_equal(koop_area_wrap(fresh(4, 10), 0, 0, 4, "", 0), 0);
}

static void a_word_longer_than_the_row_is_broken(void **state) {
    (void)state;
    koop_area all = fresh(3, 4);
    assert_int_equal(koop_area_wrap(all, 0, 0, 3, "abcdefghij", 0), 3);
    assert_string_equal(canvas_row(&canvas, 0), "abcd");
    assert_string_equal(canvas_row(&canvas, 2), "ij");
    assert_int_equal(koop_area_wrap(fresh(3, 1), 0, 0, 3, "漢字", 0), 0); /* and ends */
}

static void text_can_be_aligned_right(void **state) {
    (void)state;
    koop_area all = fresh(1, 10);
    assert_int_equal(koop_area_right(all, 0, 8, "1×", 0), 6);
    assert_string_equal(canvas_row(&canvas, 0), "      1×");
}

static void an_impossible_size_is_refused(void **state) {
    (void)state;
    fresh(2, 2);
    assert_int_equal(koop_canvas_resize(&canvas, -1, 5), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_canvas_resize(&canvas, 1 << 16, 1 << 16), KOOP_BAD_ARGUMENT);
    assert_int_equal(canvas.rows, 2);
    assert_int_equal(koop_canvas_resize(&canvas, 0, 0), KOOP_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawing_outside_an_area_does_nothing),
        cmocka_unit_test(a_part_never_leaves_its_whole),
        cmocka_unit_test(a_wide_character_is_not_cut_in_half),
        cmocka_unit_test(control_characters_are_drawn_as_a_sign),
        cmocka_unit_test(text_that_does_not_fit_ends_in_an_ellipsis),
        cmocka_unit_test(text_is_wrapped_at_spaces),
        cmocka_unit_test(a_word_longer_than_the_row_is_broken),
        cmocka_unit_test(text_can_be_aligned_right),
        cmocka_unit_test(an_impossible_size_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
