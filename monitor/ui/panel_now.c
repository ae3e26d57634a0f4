/* What the run is doing: a phase word, one sentence why, and the signals of the last while. */
#include "columns.h"
#include "panel.h"
#include "plot.h"
#include "text.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAME_COLS = 9, VALUE_COLS = 8, SPARK_COL = NAME_COLS + VALUE_COLS + 1, N_CURVES = 5 };

/* Whether an event of this kind begins the phase. */
static bool begins(koop_event_kind kind, koop_phase phase) {
    switch (kind) {
    case KOOP_EVENT_TRANSITION:
    case KOOP_EVENT_SCHEDULE:
        return phase == KOOP_PHASE_TRANSITION;
    case KOOP_EVENT_DIVERGING:
        return phase == KOOP_PHASE_DIVERGING;
    case KOOP_EVENT_SETTLED:
        return phase == KOOP_PHASE_SETTLED;
    case KOOP_EVENT_NOT_FINITE:
        return phase == KOOP_PHASE_NOT_FINITE;
    case KOOP_EVENT_GROKKING:
    case KOOP_EVENT_STALLED:
        break;
    }
    return false;
}

/* Since which step the phase lasts: from the onset of the event that began it, else from where the
 * history has it first. */
static const char *since(const koop_view *view, char *out, size_t size) {
    char text[KOOP_TEXT_BYTES];
    int64_t step;
    int last = view->n_events - 1;
    while (last >= 0 && !begins(view->events[last].kind, view->run.phase)) last--;
    bool exact = last >= 0;
    if (exact)
        step = view->events[last].onset;
    else if (!koop_columns_phase_since(view, &step))
        return NULL;
    const char *about = exact || view->history_stride <= 1 ? "" : "about ";
    snprintf(out, size, "since %sstep %s", about, koop_text_count(text, step));
    return out;
}

static int draw_phase(const koop_view *view, koop_area area, int row) {
    char word[64], text[64];
    const char *name = koop_phase_name(view->run.phase);
    size_t n = strlen(name) < sizeof word - 1 ? strlen(name) : sizeof word - 1;
    for (size_t i = 0; i < n; i++) word[i] = (char)toupper((unsigned char)name[i]);
    word[n] = '\0';
    koop_style style = koop_panel_phase_style(view->run.phase) | KOOP_BOLD;
    int col = koop_panel_print(area, row, 0, style, "%s", word) + 2;
    /* The sentence below may say it too. */
    const bool told = area.rect.rows >= 3 && strstr(view->reason, "since step ") != NULL;
    const char *start = told ? NULL : since(view, text, sizeof text);
    if (start != NULL && col + (int)strlen(start) <= area.rect.cols)
        koop_area_text(area, row, col, start, KOOP_DIM);
    return row + 1;
}

/* What is the matter now, in one word: the phase, but of a silent run that it is silent. */
static int draw_state(const koop_view *view, koop_area area, int row) {
    char step[KOOP_TEXT_BYTES];
    koop_text_count(step, view->run.step);
    if (view->run.state == KOOP_RUN_STALLED) {
        int col = koop_panel_print(area, row, 0, KOOP_ROLE_WATCH | KOOP_BOLD, "STALLED");
        koop_panel_print(area, row, col + 2, 0, "at step %s: trainer silent", step);
        return row + 1;
    }
    row = draw_phase(view, area, row);
    if (view->run.state != KOOP_RUN_FINISHED || area.rect.rows < 3) return row;
    koop_panel_print(area, row, 0, KOOP_BOLD, "finished at step %s", step);
    return row + 1;
}

/* The reason for the phase; the phase itself, where another word stands for it. */
static void explain(const koop_view *view, char *out, size_t size) {
    if (view->run.state == KOOP_RUN_STALLED)
        snprintf(out, size, "phase %s: %s", koop_phase_name(view->run.phase), view->reason);
    else
        snprintf(out, size, "%s", view->reason);
}

/* The newest value of a series as text; "-" where the newest update had none. */
static void current(const koop_view *view, koop_series series, char out[KOOP_TEXT_BYTES]) {
    const koop_view_scalar *scalar = koop_view_scalar_of(view, series);
    const koop_history_point *last = &view->history[view->n_history > 0 ? view->n_history - 1 : 0];
    if (scalar != NULL) {
        if (scalar->finite)
            koop_text_value(out, scalar->value);
        else
            strcpy(out, "NaN/Inf");
    } else if (view->n_history == 0 || !(last->available & (1u << series))) {
        strcpy(out, "-");
    } else if (series == KOOP_SERIES_MODULUS) {
        koop_text_modulus(out, (double)last->value[series]);
    } else {
        koop_text_value(out, (double)last->value[series]);
    }
}

/* A curve of `height` rows with its name and newest value beside its foot. */
static void draw_spark(const koop_view *view, koop_series series, koop_area area, int top,
                       int height) {
    double values[KOOP_COLUMNS_MAX];
    char text[KOOP_TEXT_BYTES];
    int64_t first;
    int cols = area.rect.cols - SPARK_COL, row = top + height - 1;
    bool ascii = area.canvas->glyphs != KOOP_GLYPHS_BRAILLE;
    const char *name = series != KOOP_SERIES_MODULUS ? koop_columns_name(view, series)
                       : ascii                       ? "max|l|"
                                                     : "max|λ|";
    koop_area_fit(area, row, 0, NAME_COLS - 1, name, KOOP_DIM);
    current(view, series, text);
    koop_area_right(area, row, NAME_COLS + VALUE_COLS - 1, text, KOOP_ROLE_TEXT);
    int n = koop_columns_recent(view, series, cols, values, &first);
    koop_plot_scale scale = koop_plot_scale_of(values, n, false);
    koop_plot_bars(area, (koop_rect){top, SPARK_COL, height, cols}, values, n, &scale,
                   KOOP_ROLE_DATA);
}

static void draw_modes(const koop_view *view, koop_area area, int row) {
    if (!view->has_spectrum) {
        koop_panel_print(area, row, 0, KOOP_DIM, "no spectrum yet");
        return;
    }
    koop_panel_print(area, row, 0, KOOP_ROLE_TEXT, "%d modes, %d trusted", view->spectrum.rank,
                     koop_spectrum_trusted(&view->spectrum));
}

/* "last 1,120 steps": what the sparklines span. */
static const char *span(const koop_view *view, int cols, char *out, size_t size) {
    double values[KOOP_COLUMNS_MAX];
    char steps[KOOP_TEXT_BYTES];
    int64_t first;
    int n = koop_columns_recent(view, KOOP_SERIES_SPEED, cols - SPARK_COL, values, &first);
    if (n < 2) return NULL;
    int64_t covered = view->history[view->n_history - 1].step - first;
    snprintf(out, size, "last %s steps", koop_text_count(steps, covered));
    return covered > 0 ? out : NULL;
}

/* Whether a scalar is told beside the curves; the loss has one of its own. */
static bool is_told(const koop_view *view, int i) {
    return &view->scalars[i] != koop_view_scalar_of(view, KOOP_SERIES_LOSS);
}

static int draw_scalar(const koop_view_scalar *scalar, koop_area area, int row, int col) {
    char value[KOOP_TEXT_BYTES];
    col = koop_area_text(area, row, col, scalar->name, KOOP_DIM) + 1;
    if (!scalar->finite)
        return koop_area_text(area, row, col, "NaN/Inf", KOOP_ROLE_ALARM | KOOP_BOLD);
    return koop_area_text(area, row, col, koop_text_value(value, scalar->value), KOOP_ROLE_TEXT);
}

/* The trainer's other scalars side by side, held-out ones first, since training does not drive
 * them itself; what does not fit into `rows` is left out. Returns
 * the row after them. */
static int draw_scalars(const koop_view *view, koop_area area, int row, int rows) {
    int col = 0, end = row + rows;
    koop_area nowhere = area;
    nowhere.rect.rows = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < view->n_scalars; i++) {
            const koop_view_scalar *scalar = &view->scalars[i];
            if (!is_told(view, i) || koop_view_is_held_out(scalar->name) != (pass == 0)) continue;
            int wide = draw_scalar(scalar, nowhere, 0, 0);
            bool wrap = col > 0 && col + wide > area.rect.cols;
            if (row + wrap >= end || wide > area.rect.cols) continue;
            if (wrap) row++, col = 0;
            col = draw_scalar(scalar, area, row, col) + 3;
        }
    return row + (col > 0);
}

/* What else is known: the window, the model, the trainer. */
static void draw_facts(const koop_view *view, koop_area area, int row) {
    char model[KOOP_TEXT_BYTES], length[KOOP_TEXT_BYTES];
    koop_panel_print(area, row++, 0, KOOP_DIM, "window %d, delays %d, rank %d, stride %d",
                     view->window, view->delays, view->rank, view->stride);
    koop_panel_print(area, row++, 0, KOOP_DIM, "%s parameters in %s values a snapshot",
                     koop_text_size(model, view->parameters), koop_text_size(length, view->length));
    koop_panel_print(area, row, 0, KOOP_DIM, "trainer pid %" PRId64 " on %s", view->run.pid,
                     view->run.host);
}

/* Rows for the reason, of those that are left for it and all that follows: the whole of it goes before
 * the last curves. */
static int reason_rows(koop_area area, const char *reason, int left, bool told) {
    enum { MOST = 5, FEWEST_CURVES = 3 };
    koop_area nowhere = area;
    nowhere.rect.rows = 0;
    int wanted = koop_area_wrap(nowhere, 0, 0, MOST, reason, KOOP_ROLE_TEXT);
    int spare = left - N_CURVES - 1 - told;
    int rows = spare >= 2 ? spare : left < 2 ? left : 2;
    if (rows < wanted && left >= wanted + FEWEST_CURVES + told) rows = wanted;
    return rows < MOST ? rows : MOST;
}

static int draw_curves(const koop_view *view, koop_area area, int row) {
    static const koop_series order[N_CURVES] = {KOOP_SERIES_LOSS, KOOP_SERIES_SPEED,
                                                KOOP_SERIES_PREDICTION, KOOP_SERIES_DISTANCE,
                                                KOOP_SERIES_MODULUS};
    int rows = area.rect.rows - row;
    int height = rows >= 4 * N_CURVES ? 3 : rows >= 3 * N_CURVES ? 2 : 1;
    for (int i = 0; i < N_CURVES && row < area.rect.rows; i++, row += height)
        draw_spark(view, order[i], area, row, height);
    return row;
}

static void draw(const koop_scene *scene, koop_area area) {
    const koop_view *view = scene->view;
    char note[64], reason[KOOP_SENTENCE_BYTES + 32];
    int rows = area.rect.rows, row = 0;
    if (rows >= 6)
        koop_panel_heading(area, "now", span(view, area.rect.cols, note, sizeof note)), row++;
    row = draw_state(view, area, row);
    bool told = view->n_scalars > 1 && rows >= 10;
    explain(view, reason, sizeof reason);
    int most = reason_rows(area, reason, rows - row, told);
    row += koop_area_wrap(area, row, 0, most, reason, KOOP_ROLE_TEXT);
    row += rows - row > N_CURVES + 1 + told;
    row = draw_curves(view, koop_area_part(area, (koop_rect){0, 0, rows - told, area.rect.cols}),
                      row);
    row += rows - row > 1 + told;
    if (row < rows) draw_modes(view, area, row++);
    if (told) row = draw_scalars(view, area, row, rows - row < 3 ? rows - row : 3);
    if (rows - row >= 4) draw_facts(view, area, row + 1);
}

const koop_panel koop_panel_now = {"now", draw};
