/* The events with their full sentences, newest first; the selected one marked and kept in sight. */
#include "panel.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

enum { INDENT = 2, DETAIL_ROWS = 4 };

/* "speed 1.2, prediction 0.7; together 1.9 × an alarm": what says so, and how much of it each does. */
static void scores(const koop_event *event, char *out, size_t size) {
    char value[KOOP_TEXT_BYTES];
    size_t used = 0;
    out[0] = '\0';
    if (!(event->strength > 0)) return;
    for (int s = 0; s < KOOP_SIGNAL_COUNT && used < size; s++) {
        if (!(event->fired & (1u << s))) continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s %s", used > 0 ? ", " : "",
                                 koop_signal_name((koop_signal)s),
                                 koop_text_value(value, event->score[s]));
    }
    if (used < size)
        snprintf(out + used, size - used, "; together %s × an alarm",
                 koop_text_value(value, event->strength));
}

/* One event from `row` on; returns the row after it. Rows outside the area are not drawn. */
static int draw_event(const koop_scene *scene, koop_area area, int row, int index) {
    const koop_view *view = scene->view;
    const koop_event *event = &view->events[index];
    bool selected = index == koop_control_event_index(scene->control, view);
    char step[KOOP_TEXT_BYTES], onset[KOOP_TEXT_BYTES], text[160];
    koop_style mark = selected ? KOOP_ROLE_ALARM | KOOP_BOLD : KOOP_ROLE_TEXT;
    int col = koop_panel_print(area, row, 0, mark, "%s%d", selected ? "▸" : "▲",
                               koop_control_first_event(view) + index);
    col = koop_panel_print(area, row, col + 1, KOOP_BOLD, "step %s  %s",
                           koop_text_count(step, event->step), koop_event_kind_name(event->kind));
    if (event->onset < event->step)
        koop_panel_print(area, row, col + 2, KOOP_DIM, "began about step %s",
                         koop_text_count(onset, event->onset));
    row++;
    row += koop_area_wrap(area, row, INDENT, DETAIL_ROWS, event->sentence, KOOP_ROLE_TEXT);
    scores(event, text, sizeof text);
    if (text[0] != '\0') row += koop_area_wrap(area, row, INDENT, 2, text, KOOP_DIM);
    return row;
}

/* How many of the newest events must be passed over so that the selected one ends in sight. The
 * canvas is drawn on only at the end, so measuring needs an area that draws nothing. */
static int skip(const koop_scene *scene, koop_area area, int rows) {
    const koop_view *view = scene->view;
    int selected = koop_control_event_index(scene->control, view), from = view->n_events - 1;
    koop_area nowhere = area;
    nowhere.rect.rows = 0;
    for (; from > selected; from--) {
        int row = 0;
        for (int i = from; i >= selected; i--) row = draw_event(scene, nowhere, row, i);
        if (row <= rows) break;
    }
    return view->n_events - 1 - from;
}

/* How the run ended, if it did: what came after all events. */
static int draw_end(const koop_view *view, koop_area area, int row) {
    char step[KOOP_TEXT_BYTES];
    if (view->run.state == KOOP_RUN_LIVE) return row;
    bool stalled = view->run.state == KOOP_RUN_STALLED;
    koop_panel_print(area, row, 0, stalled ? KOOP_ROLE_WATCH | KOOP_BOLD : KOOP_BOLD,
                     "%s at step %s%s", koop_run_state_name(view->run.state),
                     koop_text_count(step, view->run.step), stalled ? ": trainer silent" : "");
    return row + 1;
}

static void draw(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    char note[64];
    snprintf(note, sizeof note, "%d, newest first", view->run.n_events);
    koop_panel_heading(area, "events", view->n_events > 0 ? note : NULL);
    int begin = draw_end(view, area, 1), rows = area.rect.rows - begin, row = 0;
    koop_area list = koop_area_part(area, (koop_rect){begin, 0, rows, area.rect.cols});
    if (view->n_events == 0) koop_panel_print(list, 0, 0, KOOP_DIM, "none so far");
    for (int i = view->n_events - 1 - skip(scene, list, rows); i >= 0 && row < rows; i--)
        row = draw_event(scene, list, row, i);
}

const koop_panel koop_panel_events = {"events", draw};
