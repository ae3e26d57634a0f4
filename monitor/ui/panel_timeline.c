/* The whole run: loss and spectrum distance as bars, the phases as letters, the events as numbered
 * marks, and the sentence of the selected event. */
#include "columns.h"
#include "panel.h"
#include "plot.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { LABEL_COLS = 10, MARK = 0x25B2 };

/* Where the bars begin: a narrow terminal spends nothing on labels. */
static int bars_col(koop_area area) {
    return area.rect.cols >= 50 ? LABEL_COLS : 0;
}

static void label(koop_area area, int row, const char *text) {
    if (bars_col(area) > 0) koop_area_fit(area, row, 0, LABEL_COLS - 1, text, KOOP_DIM);
}

static void draw_series(const koop_view *view, koop_series series, koop_area area, int row,
                        int rows) {
    double values[KOOP_COLUMNS_MAX];
    char text[64];
    int col = bars_col(area), cols = area.rect.cols - col;
    int n = koop_columns_values(view, series, cols, values);
    koop_plot_scale scale = koop_plot_scale_of(
        values, n, series != KOOP_SERIES_DISTANCE && series != KOOP_SERIES_ACCURACY);
    const char *name = koop_columns_name(view, series);
    snprintf(text, sizeof text, "%s%s", scale.logarithmic ? "log " : "", name);
    label(area, row + rows - 1, text);
    koop_plot_bars(area, (koop_rect){row, col, rows, cols}, values, n, &scale, KOOP_ROLE_DATA);
}

static void draw_phases(const koop_view *view, koop_area area, int row) {
    int col = bars_col(area), cols = area.rect.cols - col;
    int n = koop_columns_count(view, cols);
    label(area, row, "phase");
    for (int c = 0; c < n; c++) {
        koop_phase phase = koop_columns_phase(view, c, cols);
        koop_area_put(area, row, col + c, (uint32_t)koop_panel_phase_letter(phase),
                      koop_panel_phase_style(phase));
    }
}

static bool blank(koop_area area, int row, int col, int cols) {
    for (int c = col; c < col + cols; c++) {
        const koop_cell *cell = koop_area_cell(area, row, c);
        if (cell == NULL || cell->glyph != ' ') return false;
    }
    return true;
}

/* One mark under its column, with its number to the right, or to the left where that has no room.
 */
static void draw_mark(koop_area area, int row, int col, int number, koop_style style) {
    char text[16];
    int digits = snprintf(text, sizeof text, "%d", number);
    if (!blank(area, row, col, 1)) return;
    koop_area_put(area, row, col, MARK, style);
    if (blank(area, row, col + 1, digits) &&
        (blank(area, row, col + digits + 1, 1) || col + digits + 1 == area.rect.cols))
        koop_area_text(area, row, col + 1, text, style);
    else if (col > digits && blank(area, row, col - digits - 1, digits + 1))
        koop_area_text(area, row, col - digits, text, style);
}

static void draw_marks(const koop_scene *scene, koop_area area, int row) {
    const koop_view *view = scene->view;
    int col = bars_col(area), first = koop_control_first_event(view);
    int selected = koop_control_event_index(scene->control, view);
    koop_area marks = koop_area_part(area, (koop_rect){row, col, 1, area.rect.cols - col});
    label(area, row, "events");
    if (selected < 0) return;
    for (int i = view->n_events; i >= 0; i--) { /* the selected one first, then from the newest */
        int event = i == view->n_events ? selected : i;
        if (event == selected && i != view->n_events) continue;
        int at = koop_columns_find(view, view->events[event].step, marks.rect.cols);
        koop_style style = event == selected ? KOOP_ROLE_ALARM | KOOP_BOLD : KOOP_ROLE_TEXT;
        if (at >= 0) draw_mark(marks, 0, at, first + event, style);
    }
}

static void draw_sentence(const koop_scene *scene, koop_area area, int row) {
    const koop_view *view = scene->view;
    char step[KOOP_TEXT_BYTES];
    int index = koop_control_event_index(scene->control, view);
    if (index < 0) {
        koop_panel_print(area, row, 0, KOOP_DIM, "no events so far");
        return;
    }
    const koop_event *event = &view->events[index];
    int col = koop_panel_print(area, row, 0, KOOP_ROLE_ALARM | KOOP_BOLD, "▲%d",
                               koop_control_first_event(view) + index);
    col = koop_panel_print(area, row, col + 1, KOOP_BOLD,
                           "step %s %s:", koop_text_count(step, event->step),
                           koop_event_kind_name(event->kind));
    koop_panel_print(area, row, col + 1, KOOP_ROLE_TEXT, "%s", event->sentence);
}

static void draw_heading(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    char first[KOOP_TEXT_BYTES], last[KOOP_TEXT_BYTES], title[96], note[64];
    snprintf(title, sizeof title, "whole run");
    if (view->n_history > 0)
        snprintf(title, sizeof title, "steps %s … %s",
                 koop_text_count(first, view->history[0].step),
                 koop_text_count(last, view->history[view->n_history - 1].step));
    if (scene->control->event > 0)
        snprintf(note, sizeof note, "event %d of %d", scene->control->event, view->run.n_events);
    else
        snprintf(note, sizeof note, "latest event");
    koop_panel_heading(area, title, view->n_events > 0 ? note : NULL);
}

/* Rows go first to the sentence, then phases and marks, one row of bars, the heading, more bars. */
static void draw(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    koop_series upper =
        koop_columns_has(view, KOOP_SERIES_LOSS) ? KOOP_SERIES_LOSS : KOOP_SERIES_SPEED;
    koop_series second =
        koop_columns_has(view, KOOP_SERIES_ACCURACY) ? KOOP_SERIES_ACCURACY : KOOP_SERIES_DISTANCE;
    int rows = area.rect.rows, row = 0;
    if (rows >= 5) draw_heading(scene, area), row++;
    if (view->n_history == 0 && view->n_events == 0) {
        koop_panel_print(area, row, 0, KOOP_DIM, "begins with the first spectrum");
        return;
    }
    int bars = rows - row - (rows >= 4 ? 3 : 2);
    int lower = bars / 2;
    if (bars > lower) draw_series(view, upper, area, row, bars - lower);
    if (lower > 0) draw_series(view, second, area, row + bars - lower, lower);
    if (bars > 0) row += bars;
    if (rows >= 2) draw_phases(view, area, row++);
    if (rows >= 4) draw_marks(scene, area, row++);
    draw_sentence(scene, area, row);
}

const koop_panel koop_panel_timeline = {"timeline", draw};
