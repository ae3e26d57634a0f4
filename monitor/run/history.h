/* history: a whole run in at most KOOP_VIEW_HISTORY points of its view.
 *
 * Notation.  u  index of an update, 0, 1, 2, …     s  history_stride, updates merged in one point
 *
 * Point 0 is update 0 alone, so the run's first step stays; point i ≥ 1 merges the updates
 * 1 + (i−1)s … i·s as they come. When all points are full and one more comes, neighbours merge
 * and s doubles. A merged point has the step of its last update (the newest step always shows),
 * the largest of each series but the last loss, and the gravest phase: nothing that stood out is
 * lost.
 *
 * Deterministic, no allocation. Cost: O(1), and O(KOOP_VIEW_HISTORY) once per doubling. */
#ifndef KOOP_HISTORY_H
#define KOOP_HISTORY_H

#include "view.h"

/* Adds update `index`: 0 for the first call on a view, then one more each time. */
void koop_history_add(koop_view *view, uint64_t index, const koop_history_point *point);

/* Sets a series of a point, if `value` is a finite float. */
void koop_history_set(koop_history_point *point, koop_series series, double value);

#endif
