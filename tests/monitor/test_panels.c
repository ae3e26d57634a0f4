/* The whole screen and each panel, drawn without a terminal: at every size, in every state. */
#include "panel.h"

#include "fake_views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "canvas_text.h"

enum { RUNS = 16, SENTINEL = 0x7E };

static koop_canvas canvas;
static koop_view view;
static koop_run_summary runs[RUNS];
static koop_control control;
static koop_scene scene;
static koop_playback playback;

static int set_up(void **state) {
    (void)state;
    fake_view(&view, 12480);
    for (int i = 0; i < RUNS; i++) fake_summary(&runs[i], i, 12480);
    memset(&control, 0, sizeof control);
    koop_control_view(&control, &view);
    scene = (koop_scene){.view = &view,
                         .runs = runs,
                         .n_runs = 3,
                         .control = &control,
                         .endpoint = "ipc:///run/user/1000/koopmon/koopmon.sock"};
    canvas.glyphs = KOOP_GLYPHS_BRAILLE;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    koop_canvas_free(&canvas);
    return 0;
}

static void draw_at(int rows, int cols) {
    assert_int_equal(koop_canvas_resize(&canvas, rows, cols), KOOP_OK);
    koop_scene_draw(&scene, &canvas);
}

static bool shows(const char *text) {
    for (int row = 0; row < canvas.rows; row++)
        if (strstr(canvas_row(&canvas, row), text) != NULL) return true;
    return false;
}

/* No cell that a terminal could misread, and no half of a wide character alone. */
static void assert_clean(void) {
    for (int i = 0; i < canvas.rows * canvas.cols; i++) {
        uint32_t glyph = canvas.cells[i].glyph;
        assert_true(glyph == 0 || (glyph >= 0x20 && (glyph < 0x7F || glyph > 0x9F)));
        if (canvas.glyphs == KOOP_GLYPHS_ASCII) assert_true(glyph < 0x7F);
        if (glyph == 0) {
            assert_true(i % canvas.cols > 0);
            assert_int_equal(koop_glyph_width(canvas.cells[i - 1].glyph), 2);
        }
    }
}

static void draw_in_all_states(int rows, int cols) {
    static const int counts[] = {0, 1, 2, 5, RUNS};
    for (int page = KOOP_PAGE_OVERVIEW; page <= KOOP_PAGE_HELP; page++)
        for (int c = 0; c < 5; c++) {
            control.page = (koop_page)page;
            control.zoom_mode = (koop_zoom_mode)(c % KOOP_ZOOM_MODES);
            scene.n_runs = counts[c];
            scene.view = &view;
            scene.silent_s = c == 2 ? 12 : 0;
            scene.playback = c == 1 || c == 3 ? &playback : NULL;
            playback.finished = c == 3;
            draw_at(rows, cols);
            assert_clean();
            scene.view = NULL;
            draw_at(rows, cols);
            assert_clean();
        }
}

static void every_size_and_state_draws(void **state) {
    (void)state;
    for (int rows = 1; rows <= 40; rows += rows < 9 ? 1 : 5)
        for (int cols = 1; cols <= 120; cols += cols < 8 ? 1 : 13) draw_in_all_states(rows, cols);
    draw_in_all_states(100, 300);
    canvas.glyphs = KOOP_GLYPHS_ASCII;
    draw_in_all_states(24, 80);
    canvas.glyphs = KOOP_GLYPHS_BLOCK;
    draw_in_all_states(24, 80);
}

/* Draws a panel in a rectangle amid marked cells and looks whether a mark was touched. */
static void assert_stays_inside(const koop_panel *panel, koop_rect rect) {
    for (int i = 0; i < canvas.rows * canvas.cols; i++)
        canvas.cells[i] = (koop_cell){SENTINEL, KOOP_REVERSE};
    koop_area area = koop_area_part(koop_canvas_area(&canvas), rect);
    for (int r = 0; r < area.rect.rows; r++) koop_area_fill(area, r, 0, area.rect.cols, ' ', 0);
    panel->draw(&scene, area);
    for (int row = 0; row < canvas.rows; row++)
        for (int col = 0; col < canvas.cols; col++) {
            bool inside = row >= rect.row && row < rect.row + rect.rows && col >= rect.col &&
                          col < rect.col + rect.cols;
            const koop_cell *cell = &canvas.cells[row * canvas.cols + col];
            if (!inside && (cell->glyph != SENTINEL || cell->style != KOOP_REVERSE))
                fail_msg("%s at %dx%d touched %d,%d", panel->name, rect.rows, rect.cols, row, col);
        }
}

static void no_panel_leaves_its_rectangle(void **state) {
    (void)state;
    static const koop_panel *const panels[] = {
        &koop_panel_header, &koop_panel_spectrum, &koop_panel_now,    &koop_panel_runs,
        &koop_panel_groups, &koop_panel_timeline, &koop_panel_events, &koop_panel_keys,
        &koop_panel_help,   &koop_panel_wait};
    assert_int_equal(koop_canvas_resize(&canvas, 28, 72), KOOP_OK);
    for (int mode = 0; mode < KOOP_ZOOM_MODES; mode++)
        for (int rows = 1; rows <= 24; rows += rows < 7 ? 1 : 6)
            for (int cols = 1; cols <= 64; cols += cols < 5 ? 1 : 12)
                for (size_t p = 0; p < sizeof panels / sizeof *panels; p++) {
                    control.zoom_mode = (koop_zoom_mode)mode;
                    assert_stays_inside(panels[p], (koop_rect){2, 3, rows, cols});
                }
}

static void eighty_by_twenty_four_says_what_matters(void **state) {
    (void)state;
    draw_at(24, 80);
    static const char *const texts[] = {"grok-53",
                                        " LIVE ",
                                        "step 12,480",
                                        "window 64",
                                        "10.4/s",
                                        "lag 0.2 s",
                                        "drops 0",
                                        "3 events",
                                        "zoom 30× near 1",
                                        "2 out",
                                        "●",
                                        "○",
                                        "•",
                                        "TRANSITION  since step 12,190",
                                        "updates 4.0× faster than usual",
                                        "loss       0.412",
                                        "speed ",
                                        "predict ",
                                        "distance ",
                                        "max|λ|",
                                        "10 modes, 6 trusted",
                                        "▸ grok-53",
                                        "fcn-16              stalled",
                                        "finished",
                                        "log loss",
                                        "wwww",
                                        "▲1",
                                        "▲2",
                                        "▲3 step 12,230 transition:",
                                        "? help",
                                        "q detach"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!shows(texts[i])) fail_msg("\"%s\" is not on the screen", texts[i]);
    snprintf(view.events[2].sentence, sizeof view.events[2].sentence, "one row");
    draw_at(24, 80);
    assert_true(shows("steps 0 … 12,480") && shows("latest event")); /* else two have its row */
}

static void a_filling_window_says_how_far_and_how_long(void **state) {
    (void)state;
    view.has_spectrum = view.has_previous = false;
    view.filled = 12;
    view.eta_s = 40;
    view.n_history = view.n_events = view.run.n_events = 0;
    draw_at(50, 200);
    assert_true(shows("12 of 64 snapshots; first spectrum in about 40 s"));
    assert_true(shows("window 12/64"));
    view.eta_s = 0;
    draw_at(50, 200);
    assert_true(shows("12 of 64 snapshots"));
    assert_false(shows("about"));
}

static void without_runs_it_says_how_to_attach(void **state) {
    (void)state;
    scene.view = NULL;
    scene.n_runs = 0;
    draw_at(24, 80);
    assert_true(shows("No runs yet"));
    assert_true(shows("KOOPMON_ENDPOINT=ipc:///run/user/1000/koopmon/koopmon.sock"));
    assert_true(shows("koop_open") && shows("koop_declare") && shows("koop_publish"));
    scene.n_runs = 1;
    draw_at(24, 80);
    assert_false(shows("No runs yet"));
}

static void a_transition_lasts_since_the_onset_that_its_event_names(void **state) {
    (void)state;
    view.events[2].onset = 12191;
    draw_at(24, 80);
    assert_true(shows("TRANSITION  since step 12,191"));
    view.events[2].kind = KOOP_EVENT_NOT_FINITE;
    view.events[1].onset = 6801;
    draw_at(24, 80);
    assert_true(shows("TRANSITION  since step 6,801"));
    view.n_events = 0;
    draw_at(24, 80);
    assert_true(shows("TRANSITION  since about step "));
}

static void modes_in_one_place_are_counted(void **state) {
    (void)state;
    view.spectrum.rank = 0;
    for (int i = 0; i < 3; i++) fake_mode(&view.spectrum, 0.95, 0, i == 1 ? 0.01 : 0.3);
    fake_mode(&view.spectrum, 0.5, 1.5, 0.01);
    view.has_previous = false;
    control.zoom_mode = KOOP_ZOOM_DISK;
    draw_at(24, 80);
    int threes = 0;
    for (int i = 0; i < canvas.rows * canvas.cols; i++)
        threes +=
            canvas.cells[i].glyph == '3' && canvas.cells[i].style == (KOOP_ROLE_MODE | KOOP_BOLD);
    assert_int_equal(threes, 1);
    view.spectrum.rank = 0;
    for (int i = 0; i < 12; i++) fake_mode(&view.spectrum, 0.95, 0, 0.3);
    draw_at(24, 80);
    int nines = 0;
    for (int i = 0; i < canvas.rows * canvas.cols; i++)
        nines += canvas.cells[i].glyph == '9' && canvas.cells[i].style == KOOP_ROLE_MODE;
    assert_int_equal(nines, 1);
}

static void a_failing_journal_and_what_is_lost_are_said(void **state) {
    (void)state;
    draw_at(24, 80);
    assert_false(shows("journal") || shows("lost"));
    view.run.failing = true;
    view.run.lost = 1200;
    draw_at(24, 80);
    assert_true(shows("journal failing") && shows("lost 1,200") && !shows("damaged"));
    view.run.lost = 0;
    view.run.damaged = 3;
    draw_at(24, 80);
    assert_true(shows("damaged 3"));
}

static void a_silent_daemon_is_said_and_the_last_view_kept(void **state) {
    (void)state;
    scene.silent_s = 12;
    draw_at(24, 80);
    assert_true(shows("NO DAEMON ANSWERS for 12 s"));
    assert_false(shows("LIVE"));
    assert_true(shows("TRANSITION"));
    scene.view = NULL;
    draw_at(24, 80);
    assert_true(shows("koopmon serve"));
    assert_false(shows("No runs yet"));
}

static void stalled_and_finished_runs_say_since_when(void **state) {
    (void)state;
    view.run.state = KOOP_RUN_STALLED;
    draw_at(24, 80);
    assert_true(shows(" STALLED ") && shows("STALLED  at step 12,480: trainer silent"));
    assert_true(shows("phase transition: updates 4.0×"));
    assert_false(shows("LIVE") || shows("TRANSITION"));
    control.page = KOOP_PAGE_EVENTS;
    draw_at(24, 80);
    assert_true(shows("stalled at step 12,480: trainer silent"));
    control.page = KOOP_PAGE_OVERVIEW;
    view.run.state = KOOP_RUN_FINISHED;
    draw_at(24, 80);
    assert_true(shows(" FINISHED ") && shows("finished at step 12,480"));
}

static void phase_lasts_since_the_event_that_began_it(void **state) {
    (void)state;
    static const struct {
        koop_event_kind kind;
        koop_phase phase;
        const char *text;
    } cases[] = {{KOOP_EVENT_SCHEDULE, KOOP_PHASE_TRANSITION, "TRANSITION  since step 12,190"},
                 {KOOP_EVENT_DIVERGING, KOOP_PHASE_DIVERGING, "DIVERGING  since step 12,190"},
                 {KOOP_EVENT_SETTLED, KOOP_PHASE_SETTLED, "SETTLED  since step 12,190"},
                 {KOOP_EVENT_NOT_FINITE, KOOP_PHASE_NOT_FINITE, "NOT FINITE  since step 12,190"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        view.events[2].kind = cases[i].kind;
        view.run.phase = cases[i].phase;
        draw_at(24, 80);
        assert_true(shows(cases[i].text));
    }
    strcpy(view.reason, "nothing unusual since step 11,000");
    view.run.phase = KOOP_PHASE_STEADY;
    draw_at(24, 80);
    assert_true(shows("STEADY") && !shows("STEADY  since")); /* said once */
}

/* A sentence is not cut where there is room for more of it. */
static void long_sentences_are_told_in_full(void **state) {
    (void)state;
    static const char *const sentence =
        "updates are 1.6× slower, the last model no longer predicts "
        "them and grad_norm is lower than expected";
    snprintf(view.reason, sizeof view.reason, "%s", sentence);
    snprintf(view.events[2].sentence, sizeof view.events[2].sentence, "%s", sentence);
    draw_at(24, 80);
    assert_true(shows(" them and grad_norm is lower "));                       /* the reason */
    assert_true(shows(" predicts them and grad_norm is lower than expected")); /* the event */
    assert_true(shows("loss       0.412") && shows("log loss")); /* and all the rest */
    assert_true(shows("accuracy 0.980"));
    draw_at(20, 40);
    assert_true(shows("▲3 step 12,230 transition: updates are"));
    assert_true(shows("1.6× slower, the last model no longer…"));
}

static void events_in_one_column_are_marked_side_by_side(void **state) {
    (void)state;
    view.events[1].step = view.events[2].step = 6864;
    draw_at(24, 80);
    assert_true(shows("2▲▲3"));
}

static void trouble_outweighs_pace_in_a_narrow_header(void **state) {
    (void)state;
    view.run.dropped = 1234;
    view.run.not_finite = 2;
    draw_at(24, 60);
    assert_true(shows("drops 1,234") && shows("not finite 2"));
    assert_false(shows("10.4/s"));
    view.scalars[1].finite = false;
    draw_at(24, 80);
    assert_true(shows("NaN/Inf"));
}

static void held_out_scalars_are_told_first(void **state) {
    (void)state;
    view.n_scalars = 4;
    view.scalars[2] = (koop_view_scalar){"train_accuracy_of_the_last_batch", true, 1};
    view.scalars[3] = (koop_view_scalar){"test_accuracy", true, 0.075};
    draw_at(24, 80);
    assert_true(shows("test_accuracy 0.075   accuracy 0.980"));
    assert_false(shows("last_batch")); /* no room, and not cut */
}

static void the_selected_event_explains_itself_below_the_timeline(void **state) {
    (void)state;
    koop_control_key(&control, 'N', runs, 3, &view);
    draw_at(24, 80);
    assert_true(shows("▲2 step 6,864 transition: the last model no longer predicts"));
    draw_at(30, 80);
    assert_true(shows("event 2 of 3"));
    control.page = KOOP_PAGE_EVENTS;
    draw_at(24, 80);
    assert_true(shows("▸2 step 6,864  transition  began about step 6,824"));
    assert_true(shows("prediction 1.40, speed 2.13; together 2.60 × an alarm"));
    assert_true(shows("Esc back"));
}

static void the_selected_event_is_in_sight_among_many(void **state) {
    (void)state;
    view.n_events = KOOP_VIEW_EVENTS;
    view.run.n_events = 140;
    for (int i = 0; i < KOOP_VIEW_EVENTS; i++)
        fake_event(&view.events[i], 90 * i, "updates 2.0× faster than usual");
    control.page = KOOP_PAGE_EVENTS;
    for (int number = 13; number < 140; number += 9) {
        char text[16];
        control.event = number;
        draw_at(20, 80);
        snprintf(text, sizeof text, "▸%d ", number);
        assert_true(shows(text));
    }
}

static void the_selected_run_is_in_sight_among_many(void **state) {
    (void)state;
    scene.n_runs = RUNS;
    memcpy(control.run, runs[12].uuid, sizeof control.run);
    draw_at(24, 80);
    assert_true(shows("▸ fcn-5") && shows("13 of 16"));
}

static void the_key_bar_names_only_keys_that_do_something(void **state) {
    (void)state;
    scene.n_runs = 1;
    view.n_events = view.run.n_events = 0;
    draw_at(24, 80);
    assert_false(shows("j/k run") || shows("n/N event") || shows("Enter events"));
    assert_true(shows("z zoom"));
    view.has_spectrum = false;
    draw_at(24, 80);
    assert_false(shows("z zoom"));
    draw_at(8, 12);
    assert_true(shows("q detach"));
}

static void a_replay_says_how_it_plays_and_which_keys_do(void **state) {
    (void)state;
    playback = (koop_playback){.speed = 10, .share = 0.41};
    scene.playback = &playback;
    draw_at(24, 80);
    assert_true(shows(" REPLAY ×10 ") && shows("41%") && shows("Space pause") && shows("q leave"));
    assert_true(shows("+/- speed") && shows(". step") && shows("G end"));
    assert_false(shows("LIVE") || shows("PAUSED") || shows("lag") || shows("detach"));
    playback.paused = true;
    draw_at(24, 80);
    assert_true(shows(" PAUSED ") && shows("Space go on"));
    playback.speed = INFINITY;
    draw_at(24, 80);
    assert_true(shows(" REPLAY max "));
    playback.speed = 2000;
    draw_at(24, 80);
    assert_true(shows(" REPLAY ×2,000 "));
    playback = (koop_playback){.speed = 0.5, .share = 1, .finished = true};
    view.run.state = KOOP_RUN_STALLED; /* it was cut off */
    draw_at(24, 80);
    assert_true(shows(" REPLAY END ") && shows(" STALLED ") && shows("g start"));
    view.run.state = KOOP_RUN_FINISHED;
    draw_at(24, 80);
    assert_true(shows(" REPLAY END ") && shows(" FINISHED "));
    assert_false(shows("×0.5") || shows("100%") || shows("+/- speed") || shows("Space"));
    scene.view = NULL;
    playback = (koop_playback){.speed = 1, .share = 0.07, .seeking = true};
    draw_at(24, 80);
    assert_true(shows("Computing up to where the replay begins") && shows("7% of the recording"));
    control.page = KOOP_PAGE_HELP;
    draw_at(60, 80);
    assert_true(shows("one update on") && shows("faster, slower"));
    assert_false(shows("detach") || shows("daemon"));
}

static void strange_names_are_shown_without_harm(void **state) {
    (void)state;
    snprintf(view.run.name, sizeof view.run.name, "漢字\033]0;x\a\xff\u202E");
    snprintf(runs[0].name, sizeof runs[0].name, "%s", view.run.name);
    snprintf(view.groups[2].name, sizeof view.groups[2].name, "\r\n\t\x9b");
    snprintf(view.reason, sizeof view.reason, "\033[31mred\033[0m");
    snprintf(view.events[2].sentence, sizeof view.events[2].sentence,
             "\x1b"
             "c 漢漢漢漢漢漢");
    for (int cols = 1; cols < 100; cols++) {
        draw_at(24, cols);
        assert_clean();
    }
    assert_true(shows("漢字�]0;x���"));
}

static void extreme_numbers_are_drawn(void **state) {
    (void)state;
    view.run.failing = control.paused = true;
    view.run.lost = view.run.not_finite = view.run.refused = view.run.pending = UINT64_MAX;
    view.run.step = INT64_MIN;
    view.run.dropped = UINT64_MAX;
    view.run.rate = 1e300;
    view.window = view.filled = 0;
    view.spectrum.rank = KOOP_MAX_RANK;
    for (int j = 0; j < KOOP_MAX_RANK; j++)
        view.spectrum.modes[j] = (koop_mode){.re = j % 2 ? 1e300 : NAN, .growth = -HUGE_VAL};
    for (int i = 0; i < view.n_history; i++)
        for (int s = 0; s < KOOP_SERIES_COUNT; s++)
            view.history[i].value[s] = i % 2 ? 3e38F : -3e38F;
    draw_in_all_states(24, 80);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_size_and_state_draws, set_up),
        cmocka_unit_test_setup(no_panel_leaves_its_rectangle, set_up),
        cmocka_unit_test_setup(eighty_by_twenty_four_says_what_matters, set_up),
        cmocka_unit_test_setup(a_filling_window_says_how_far_and_how_long, set_up),
        cmocka_unit_test_setup(without_runs_it_says_how_to_attach, set_up),
        cmocka_unit_test_setup(a_transition_lasts_since_the_onset_that_its_event_names, set_up),
        cmocka_unit_test_setup(modes_in_one_place_are_counted, set_up),
        cmocka_unit_test_setup(a_failing_journal_and_what_is_lost_are_said, set_up),
        cmocka_unit_test_setup(a_silent_daemon_is_said_and_the_last_view_kept, set_up),
        cmocka_unit_test_setup(stalled_and_finished_runs_say_since_when, set_up),
        cmocka_unit_test_setup(phase_lasts_since_the_event_that_began_it, set_up),
        cmocka_unit_test_setup(long_sentences_are_told_in_full, set_up),
        cmocka_unit_test_setup(events_in_one_column_are_marked_side_by_side, set_up),
        cmocka_unit_test_setup(trouble_outweighs_pace_in_a_narrow_header, set_up),
        cmocka_unit_test_setup(held_out_scalars_are_told_first, set_up),
        cmocka_unit_test_setup(the_selected_event_explains_itself_below_the_timeline, set_up),
        cmocka_unit_test_setup(the_selected_event_is_in_sight_among_many, set_up),
        cmocka_unit_test_setup(the_selected_run_is_in_sight_among_many, set_up),
        cmocka_unit_test_setup(the_key_bar_names_only_keys_that_do_something, set_up),
        cmocka_unit_test_setup(a_replay_says_how_it_plays_and_which_keys_do, set_up),
        cmocka_unit_test_setup(strange_names_are_shown_without_harm, set_up),
        cmocka_unit_test_setup(extreme_numbers_are_drawn, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
