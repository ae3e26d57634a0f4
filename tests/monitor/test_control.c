/* What keys do. */
#include "control.h"

#include "fake_views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static koop_view view;
static koop_run_summary runs[3];
static koop_control control;

static int set_up(void **state) {
    (void)state;
    fake_view(&view, 12480);
    for (int i = 0; i < 3; i++) fake_summary(&runs[i], i, 12480);
    memset(&control, 0, sizeof control);
    return 0;
}

static void press(int key) {
    koop_control_key(&control, key, runs, 3, &view);
}

static void q_detaches_from_every_page(void **state) {
    (void)state;
    press('q');
    assert_true(control.detach);
    control = (koop_control){.page = KOOP_PAGE_HELP};
    press('q');
    assert_true(control.detach);
}

static void keys_play_a_recording_and_nothing_else(void **state) {
    (void)state;
    static const struct {
        int key;
        koop_play play;
    } keys[] = {{' ', KOOP_PLAY_PAUSE},  {'.', KOOP_PLAY_STEP},   {KOOP_KEY_RIGHT, KOOP_PLAY_STEP},
                {'+', KOOP_PLAY_FASTER}, {'-', KOOP_PLAY_SLOWER}, {'g', KOOP_PLAY_START},
                {'G', KOOP_PLAY_END}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        control = (koop_control){.replay = false};
        press(keys[i].key);
        assert_int_equal(control.play, KOOP_PLAY_NONE);
        assert_int_equal(control.paused, keys[i].key == ' ');
        control = (koop_control){.replay = true};
        press(keys[i].key);
        assert_int_equal(control.play, keys[i].play);
        assert_false(control.paused); /* the player is, not the picture */
    }
    control = (koop_control){.replay = true};
    press('z');
    press('?');
    press('q');
    assert_int_equal(control.play, KOOP_PLAY_NONE);
    assert_true(control.zoom_mode == 1 && control.page == KOOP_PAGE_HELP && control.detach);
}

static void pages_open_and_close(void **state) {
    (void)state;
    press('?');
    assert_int_equal(control.page, KOOP_PAGE_HELP);
    press('?');
    assert_int_equal(control.page, KOOP_PAGE_OVERVIEW);
    press(KOOP_KEY_HELP);
    assert_int_equal(control.page, KOOP_PAGE_HELP);
    press(KOOP_KEY_ENTER);
    assert_int_equal(control.page, KOOP_PAGE_EVENTS);
    press(KOOP_KEY_ESCAPE);
    assert_int_equal(control.page, KOOP_PAGE_OVERVIEW);
    press(KOOP_KEY_ESCAPE);
    assert_int_equal(control.page, KOOP_PAGE_OVERVIEW);
}

static void runs_are_selected_in_a_circle(void **state) {
    (void)state;
    assert_int_equal(koop_control_selected(&control, runs, 3), 0);
    static const struct {
        int key, selected;
    } steps[] = {{'j', 1}, {KOOP_KEY_DOWN, 2}, {KOOP_KEY_TAB, 0},
                 {'k', 2}, {KOOP_KEY_UP, 1},   {KOOP_KEY_BACK_TAB, 0}};
    for (int i = 0; i < 6; i++) {
        press(steps[i].key);
        assert_int_equal(koop_control_selected(&control, runs, 3), steps[i].selected);
    }
}

static void a_selection_follows_its_run_and_not_its_place(void **state) {
    (void)state;
    press('j');
    koop_run_summary reordered[] = {runs[2], runs[0], runs[1]};
    assert_int_equal(koop_control_selected(&control, reordered, 3), 2);
    assert_int_equal(koop_control_selected(&control, reordered, 2), -1); /* it is gone */
    koop_control_key(&control, 'j', reordered, 2, &view);
    assert_int_equal(koop_control_selected(&control, reordered, 2), 0);
}

static void another_run_starts_with_its_own_zoom_and_latest_event(void **state) {
    (void)state;
    koop_control_view(&control, &view);
    press('N');
    assert_true(control.zoom > 1 && control.event == 2);
    press('j');
    assert_true(control.zoom == 0 && control.event == 0);
}

static void events_are_stepped_through_and_end_in_following(void **state) {
    (void)state;
    assert_int_equal(koop_control_event_index(&control, &view), 2);
    press('N');
    assert_int_equal(koop_control_event_index(&control, &view), 1);
    press('N');
    press('N'); /* the oldest stays */
    assert_int_equal(koop_control_event_index(&control, &view), 0);
    press('n');
    press('n');
    assert_int_equal(control.event, 0);
    press('n');
    assert_int_equal(control.event, 0);
}

static void a_selected_event_keeps_its_number_when_others_come(void **state) {
    (void)state;
    press('N');
    view.n_events = 3; /* one fell out, one came */
    view.run.n_events = 4;
    assert_int_equal(koop_control_first_event(&view), 2);
    assert_int_equal(koop_control_event_index(&control, &view), 0);
    view.run.n_events = 9; /* it fell out itself: the oldest held */
    assert_int_equal(koop_control_event_index(&control, &view), 0);
    view.run.n_events = view.n_events = 1; /* another count of the same run */
    koop_control_view(&control, &view);
    assert_int_equal(control.event, 0);
}

static void up_and_down_move_in_the_list_of_events(void **state) {
    (void)state;
    press(KOOP_KEY_ENTER);
    press('j'); /* newest on top: down is older */
    assert_int_equal(control.event, 2);
    press('k');
    assert_int_equal(control.event, 0);
    assert_int_equal(koop_control_selected(&control, runs, 3), 0);
}

static void help_scrolls_no_further_than_it_has_rows(void **state) {
    (void)state;
    press('?');
    control.help_last = 2;
    press('k');
    assert_int_equal(control.help_row, 0);
    for (int i = 0; i < 5; i++) press('j');
    assert_int_equal(control.help_row, 2);
    control.help_last = -7; /* a screen that shows it all */
    press('j');
    assert_int_equal(control.help_row, 0);
}

static void z_goes_round_and_space_holds(void **state) {
    (void)state;
    press('z');
    assert_int_equal(control.zoom_mode, KOOP_ZOOM_DISK);
    press('z');
    press('z');
    assert_int_equal(control.zoom_mode, KOOP_ZOOM_NEAR_ONE);
    press(' ');
    assert_true(control.paused);
    press(' ');
    assert_false(control.paused);
    press(KOOP_KEY_REDRAW);
    assert_true(control.redraw);
}

static void every_key_is_harmless_without_runs_and_view(void **state) {
    (void)state;
    for (int key = -1; key < 0x110010; key++)
        if (key != 'q') koop_control_key(&control, key, NULL, 0, NULL);
    assert_false(control.detach);
    view.n_events = view.run.n_events = 0;
    press('n');
    press('N');
    assert_int_equal(control.event, 0);
    assert_int_equal(koop_control_event_index(&control, &view), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(keys_play_a_recording_and_nothing_else, set_up),
        cmocka_unit_test_setup(q_detaches_from_every_page, set_up),
        cmocka_unit_test_setup(pages_open_and_close, set_up),
        cmocka_unit_test_setup(runs_are_selected_in_a_circle, set_up),
        cmocka_unit_test_setup(a_selection_follows_its_run_and_not_its_place, set_up),
        cmocka_unit_test_setup(another_run_starts_with_its_own_zoom_and_latest_event, set_up),
        cmocka_unit_test_setup(events_are_stepped_through_and_end_in_following, set_up),
        cmocka_unit_test_setup(a_selected_event_keeps_its_number_when_others_come, set_up),
        cmocka_unit_test_setup(up_and_down_move_in_the_list_of_events, set_up),
        cmocka_unit_test_setup(help_scrolls_no_further_than_it_has_rows, set_up),
        cmocka_unit_test_setup(z_goes_round_and_space_holds, set_up),
        cmocka_unit_test_setup(every_key_is_harmless_without_runs_and_view, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
