#include "columns.h"

#include <math.h>
#include <string.h>

int koop_columns_count(const koop_view *view, int cols) {
    return view->n_history < cols ? view->n_history : cols < 0 ? 0 : cols;
}

static double value_at(const koop_view *view, int point, koop_series series) {
    const koop_history_point *p = &view->history[point];
    return p->available & (1u << series) ? (double)p->value[series] : NAN;
}

/* First point of a column; that of column `columns` is the end of the history. */
static int first_point(const koop_view *view, int column, int columns) {
    return (int)((int64_t)column * view->n_history / columns);
}

int koop_columns_values(const koop_view *view, koop_series series, int cols,
                        double out[KOOP_COLUMNS_MAX]) {
    int columns = koop_columns_count(view, cols);
    for (int c = 0; c < columns; c++) {
        out[c] = NAN;
        int end = first_point(view, c + 1, columns);
        for (int i = first_point(view, c, columns); i < end; i++) {
            double value = value_at(view, i, series);
            if (isnan(value)) continue;
            if (isnan(out[c]) || series == KOOP_SERIES_LOSS || series == KOOP_SERIES_ACCURACY ||
                value > out[c])
                out[c] = value;
        }
    }
    return columns;
}

int koop_columns_recent(const koop_view *view, koop_series series, int cols,
                        double out[KOOP_COLUMNS_MAX], int64_t *first) {
    int columns = koop_columns_count(view, cols);
    int start = view->n_history - columns;
    *first = columns > 0 ? view->history[start].step : 0;
    for (int c = 0; c < columns; c++) out[c] = value_at(view, start + c, series);
    return columns;
}

koop_phase koop_columns_phase(const koop_view *view, int column, int cols) {
    int columns = koop_columns_count(view, cols);
    koop_phase gravest = KOOP_PHASE_WARMING_UP;
    int end = first_point(view, column + 1, columns);
    for (int i = first_point(view, column, columns); i < end; i++)
        if (view->history[i].phase > gravest) gravest = view->history[i].phase;
    return gravest;
}

int koop_columns_find(const koop_view *view, int64_t step, int cols) {
    int columns = koop_columns_count(view, cols), c = 0;
    while (c < columns - 1 && view->history[first_point(view, c + 1, columns) - 1].step < step) c++;
    return columns > 0 ? c : -1;
}

bool koop_columns_phase_since(const koop_view *view, int64_t *step) {
    int i = view->n_history - 1;
    if (i < 0) return false;
    while (i > 0 && view->history[i - 1].phase == view->run.phase) i--;
    *step = view->history[i].step;
    return true;
}

bool koop_columns_has(const koop_view *view, koop_series series) {
    for (int i = 0; i < view->n_history; i++)
        if (view->history[i].available & (1u << series)) return true;
    return false;
}

const char *koop_columns_name(const koop_view *view, koop_series series) {
    const koop_view_scalar *scalar = koop_view_scalar_of(view, series);
    return scalar != NULL ? scalar->name : koop_series_name(series);
}
