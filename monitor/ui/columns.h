/* columns: a view's history as columns of a drawing. Pure.
 *
 * Points are one to a column while they fit; then a column stands for several and shows the largest
 * value (of scalars the last) and the gravest phase. A point's step is that of the last update in
 * it. */
#ifndef KOOP_COLUMNS_H
#define KOOP_COLUMNS_H

#include "view.h"

enum { KOOP_COLUMNS_MAX = KOOP_VIEW_HISTORY };

/* Columns that the whole history takes when `cols` are there: min(points, cols). */
int koop_columns_count(const koop_view *view, int cols);

/* The values of `series` over the whole history, one a column, NAN where none; returns how many. */
int koop_columns_values(const koop_view *view, koop_series series, int cols,
                        double out[KOOP_COLUMNS_MAX]);

/* The last values of `series`, at most `cols`; *first gets the step of the first of them. */
int koop_columns_recent(const koop_view *view, koop_series series, int cols,
                        double out[KOOP_COLUMNS_MAX], int64_t *first);

/* The phase of column `column` of koop_columns_count(view, cols). */
koop_phase koop_columns_phase(const koop_view *view, int column, int cols);

/* The column in which `step` falls: the first one that reaches it, else the last; -1 without
 * history. */
int koop_columns_find(const koop_view *view, int64_t step, int cols);

/* The step since which the newest phase has lasted, exact while history_stride is 1. False without
 * history. */
bool koop_columns_phase_since(const koop_view *view, int64_t *step);

bool koop_columns_has(const koop_view *view, koop_series series);

/* What a series is called: a scalar as the trainer calls it. */
const char *koop_columns_name(const koop_view *view, koop_series series);

#endif
