/* The whole run: loss and spectrum distance as bars, the phases as letters, the events as numbered
 * marks, and the sentence of the selected event. */
#include "columns.h"
#include "panel.h"
#include "plot.h"
#include "text.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum { LABEL_COLS = 10, MARK = 0x25B2, NARROWEST = 36, SENTENCE_ROWS = 2 };

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

/* One mark under its column, or to the left of the one that is there already; with its number to the
 * right, or to the left where that has no room. */
static void draw_mark(koop_area area, int row, int col, int number, koop_style style) {
    char text[16];
    int digits = snprintf(text, sizeof text, "%d", number);
    if (!blank(area, row, col, 1)) col--;
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

/* The event that is explained, over at most `rows` rows; returns how many it takes. */
static int draw_sentence(const koop_scene *scene, koop_area area, int row, int rows) {
    const koop_view *view = scene->view;
    char step[KOOP_TEXT_BYTES], mark[16], when[64], text[KOOP_SENTENCE_BYTES + 96];
    int index = koop_control_event_index(scene->control, view);
    if (index < 0) {
        koop_panel_print(area, row, 0, KOOP_DIM, "no events so far");
        return 1;
    }
    const koop_event *event = &view->events[index];
    snprintf(mark, sizeof mark, "▲%d", koop_control_first_event(view) + index);
    snprintf(when, sizeof when, "step %s %s:", koop_text_count(step, event->step),
             koop_event_kind_name(event->kind));
    snprintf(text, sizeof text, "%s %s %s", mark, when, event->sentence);
    if (area.rect.cols < NARROWEST) rows = 1; /* too narrow for what is drawn anew below */
    rows = koop_area_wrap(area, row, 0, rows, text, KOOP_ROLE_TEXT);
    int col = koop_panel_print(area, row, 0, KOOP_ROLE_ALARM | KOOP_BOLD, "%s", mark);
    koop_panel_print(area, row, col + 1, KOOP_BOLD, "%s", when);
    return rows;
}

static int sentence_rows(const koop_scene *scene, koop_area area) {
    koop_area nowhere = area;
    nowhere.rect.rows = 0;
    return draw_sentence(scene, nowhere, 0, SENTENCE_ROWS);
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

/* Rows of each part. They go first to one row of the sentence, then to phases and marks, one row of
 * bars, the heading, more bars. A sentence that wants two rows takes one of many bars, or the heading's. */
typedef struct parts {
    int heading, bars, sentence;
} parts;

static parts divide(int rows, bool long_sentence) {
    parts p = {.heading = rows >= 5, .sentence = 1};
    p.bars = rows - p.heading - (rows >= 4 ? 3 : 2);
    if (long_sentence && p.bars >= 3)
        p.bars--, p.sentence++;
    else if (long_sentence && p.heading)
        p.heading--, p.sentence++;
    return p;
}

static void draw(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    koop_series upper =
        koop_columns_has(view, KOOP_SERIES_LOSS) ? KOOP_SERIES_LOSS : KOOP_SERIES_SPEED;
    koop_series second =
        koop_columns_has(view, KOOP_SERIES_ACCURACY) ? KOOP_SERIES_ACCURACY : KOOP_SERIES_DISTANCE;
    int rows = area.rect.rows, row = 0;
    parts p = divide(rows, sentence_rows(scene, area) > 1);
    if (p.heading > 0) draw_heading(scene, area), row++;
    if (view->n_history == 0 && view->n_events == 0) {
        koop_panel_print(area, row, 0, KOOP_DIM, "begins with the first spectrum");
        return;
    }
    int lower = p.bars / 2;
    if (p.bars > lower) draw_series(view, upper, area, row, p.bars - lower);
    if (lower > 0) draw_series(view, second, area, row + p.bars - lower, lower);
    if (p.bars > 0) row += p.bars;
    if (rows >= 2) draw_phases(view, area, row++);
    if (rows >= 4) draw_marks(scene, area, row++);
    draw_sentence(scene, area, row, p.sentence);
}

const koop_panel koop_panel_timeline = {"timeline", draw};
