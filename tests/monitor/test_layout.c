/* Which panels a terminal shows: for every size, without overlap. */
#include "layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool overlap(koop_rect a, koop_rect b) {
    return a.row < b.row + b.rows && b.row < a.row + a.rows && a.col < b.col + b.cols &&
           b.col < a.col + a.cols;
}

static void check(const koop_layout *layout, int rows, int cols) {
    for (int i = 0; i < KOOP_SLOT_COUNT; i++) {
        koop_rect a = layout->at[i];
        if (!koop_layout_has(layout, (koop_slot)i)) {
            assert_true(a.rows >= 0 && a.cols >= 0);
            continue;
        }
        assert_true(a.row >= 0 && a.row + a.rows <= rows);
        assert_true(a.col >= 0 && a.col + a.cols <= cols);
        for (int j = 0; j < i; j++)
            assert_false(koop_layout_has(layout, (koop_slot)j) && overlap(a, layout->at[j]));
    }
    assert_true(koop_layout_has(layout, KOOP_SLOT_HEADER));
}

static void no_size_makes_panels_overlap_or_leave_the_screen(void **state) {
    (void)state;
    static const int runs[] = {0, 1, 2, 3, 16, 256};
    for (int rows = 1; rows <= 100; rows++)
        for (int cols = 1; cols <= 300; cols++) {
            for (int r = 0; r < 6; r++) {
                koop_layout layout = koop_layout_overview(rows, cols, runs[r]);
                check(&layout, rows, cols);
            }
            koop_layout page = koop_layout_page(rows, cols);
            check(&page, rows, cols);
        }
}

static void no_screen_at_all_has_no_panels(void **state) {
    (void)state;
    koop_layout none = koop_layout_overview(0, 80, 1), page = koop_layout_page(24, 0);
    for (int i = 0; i < KOOP_SLOT_COUNT; i++) {
        assert_false(koop_layout_has(&none, (koop_slot)i));
        assert_false(koop_layout_has(&page, (koop_slot)i));
    }
}

static void eighty_by_twenty_four_shows_what_matters(void **state) {
    (void)state;
    koop_layout layout = koop_layout_overview(24, 80, 3);
    static const koop_slot shown[] = {KOOP_SLOT_HEADER, KOOP_SLOT_SPECTRUM, KOOP_SLOT_NOW,
                                      KOOP_SLOT_RUNS,   KOOP_SLOT_TIMELINE, KOOP_SLOT_KEYS};
    for (int i = 0; i < 6; i++) assert_true(koop_layout_has(&layout, shown[i]));
    assert_true(layout.at[KOOP_SLOT_SPECTRUM].cols >= 28);
    assert_true(layout.at[KOOP_SLOT_NOW].cols >= 40 && layout.at[KOOP_SLOT_NOW].rows >= 12);
}

static void a_single_run_gives_its_place_to_the_layers(void **state) {
    (void)state;
    koop_layout layout = koop_layout_overview(24, 80, 1);
    assert_false(koop_layout_has(&layout, KOOP_SLOT_RUNS));
    assert_true(koop_layout_has(&layout, KOOP_SLOT_GROUPS));
}

static void a_wide_terminal_shows_layers_and_events_too(void **state) {
    (void)state;
    koop_layout layout = koop_layout_overview(50, 200, 16);
    for (int i = 0; i < KOOP_SLOT_PAGE; i++) assert_true(koop_layout_has(&layout, (koop_slot)i));
}

static void a_shrinking_terminal_keeps_the_header_longest(void **state) {
    (void)state;
    koop_layout layout = koop_layout_overview(10, 40, 3);
    assert_false(koop_layout_has(&layout, KOOP_SLOT_SPECTRUM));
    assert_true(koop_layout_has(&layout, KOOP_SLOT_TIMELINE));
    layout = koop_layout_overview(7, 40, 3);
    assert_false(koop_layout_has(&layout, KOOP_SLOT_TIMELINE));
    assert_true(koop_layout_has(&layout, KOOP_SLOT_KEYS));
    layout = koop_layout_overview(3, 40, 3);
    assert_false(koop_layout_has(&layout, KOOP_SLOT_KEYS));
    assert_true(koop_layout_has(&layout, KOOP_SLOT_NOW));
    layout = koop_layout_overview(1, 40, 3);
    assert_false(koop_layout_has(&layout, KOOP_SLOT_NOW));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_size_makes_panels_overlap_or_leave_the_screen),
        cmocka_unit_test(no_screen_at_all_has_no_panels),
        cmocka_unit_test(eighty_by_twenty_four_shows_what_matters),
        cmocka_unit_test(a_single_run_gives_its_place_to_the_layers),
        cmocka_unit_test(a_wide_terminal_shows_layers_and_events_too),
        cmocka_unit_test(a_shrinking_terminal_keeps_the_header_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
