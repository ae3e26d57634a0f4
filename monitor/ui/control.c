#include "control.h"

#include <string.h>

int koop_control_selected(const koop_control *control, const koop_run_summary *runs, int n_runs) {
    for (int i = 0; i < n_runs; i++)
        if (control->run[0] == '\0' || strcmp(runs[i].uuid, control->run) == 0) return i;
    return -1;
}

int koop_control_first_event(const koop_view *view) {
    int first = view->run.n_events - view->n_events + 1;
    return first > 1 ? first : 1;
}

int koop_control_event_index(const koop_control *control, const koop_view *view) {
    int index = control->event - koop_control_first_event(view);
    if (control->event == 0 || index >= view->n_events) return view->n_events - 1;
    return index < 0 ? 0 : index;
}

static void select_run(koop_control *control, int by, const koop_run_summary *runs, int n_runs) {
    if (n_runs == 0) return;
    int now = koop_control_selected(control, runs, n_runs);
    int next = now < 0 ? 0 : (now + by + n_runs) % n_runs;
    if (next == now) return;
    memcpy(control->run, runs[next].uuid, sizeof control->run);
    control->event = 0;
    control->zoom = 0;
}

/* Past the newest event selection means again: whichever is the latest. */
static void select_event(koop_control *control, int by, const koop_view *view) {
    if (view == NULL || view->n_events == 0) return;
    int index = koop_control_event_index(control, view) + by;
    if (index < 0) index = 0;
    int last = view->n_events - 1;
    control->event = index >= last ? 0 : index + koop_control_first_event(view);
}

static void turn_to(koop_control *control, koop_page page) {
    control->page = control->page == page ? KOOP_PAGE_OVERVIEW : page;
    control->help_row = 0;
}

static void scroll_help(koop_control *control, int by) {
    int row = control->help_row + by;
    if (row > control->help_last) row = control->help_last;
    control->help_row = row > 0 ? row : 0;
}

/* Up and down mean what the page shows a list of. */
static void move(koop_control *control, int by, const koop_run_summary *runs, int n_runs,
                 const koop_view *view) {
    switch (control->page) {
    case KOOP_PAGE_OVERVIEW:
        select_run(control, by, runs, n_runs);
        break;
    case KOOP_PAGE_EVENTS:
        select_event(control, -by, view);
        break; /* newest on top */
    case KOOP_PAGE_HELP:
        scroll_help(control, by);
        break;
    }
}

static bool take_play(koop_control *control, int key) {
    static const struct {
        int key;
        koop_play play;
    } keys[] = {{' ', KOOP_PLAY_PAUSE},  {'.', KOOP_PLAY_STEP},   {KOOP_KEY_RIGHT, KOOP_PLAY_STEP},
                {'+', KOOP_PLAY_FASTER}, {'=', KOOP_PLAY_FASTER}, {'-', KOOP_PLAY_SLOWER},
                {'g', KOOP_PLAY_START},  {'G', KOOP_PLAY_END}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].key != key) continue;
        control->play = keys[i].play;
        return true;
    }
    return false;
}

void koop_control_key(koop_control *control, int key, const koop_run_summary *runs, int n_runs,
                      const koop_view *view) {
    if (control->replay && take_play(control, key)) return;
    switch (key) {
    case 'q':
        control->detach = true;
        break;
    case '?':
    case KOOP_KEY_HELP:
        turn_to(control, KOOP_PAGE_HELP);
        break;
    case KOOP_KEY_ENTER:
    case '\n':
        turn_to(control, KOOP_PAGE_EVENTS);
        break;
    case KOOP_KEY_ESCAPE:
        turn_to(control, KOOP_PAGE_OVERVIEW);
        break;
    case KOOP_KEY_UP:
    case 'k':
        move(control, -1, runs, n_runs, view);
        break;
    case KOOP_KEY_DOWN:
    case 'j':
        move(control, 1, runs, n_runs, view);
        break;
    case KOOP_KEY_BACK_TAB:
        select_run(control, -1, runs, n_runs);
        break;
    case KOOP_KEY_TAB:
        select_run(control, 1, runs, n_runs);
        break;
    case 'n':
        select_event(control, 1, view);
        break;
    case 'N':
        select_event(control, -1, view);
        break;
    case 'z':
        control->zoom_mode = (control->zoom_mode + 1) % KOOP_ZOOM_MODES;
        break;
    case ' ':
        control->paused = !control->paused;
        break;
    case KOOP_KEY_REDRAW:
        control->redraw = true;
        break;
    default:
        break;
    }
}

void koop_control_view(koop_control *control, const koop_view *view) {
    if (view->has_spectrum)
        control->zoom = koop_zoom_keep(control->zoom, koop_zoom_wanted(&view->spectrum));
    if (control->event > view->run.n_events) control->event = 0;
}
