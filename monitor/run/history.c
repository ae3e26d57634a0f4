#include "history.h"

#include <float.h>
#include <math.h>

void koop_history_set(koop_history_point *point, koop_series series, double value) {
    if (!(fabs(value) <= FLT_MAX)) return;
    point->value[series] = (float)value;
    point->available |= 1u << series;
}

/* Merges `later` into `point`. */
static void merge(koop_history_point *point, const koop_history_point *later) {
    for (int s = 0; s < KOOP_SERIES_COUNT; s++) {
        const unsigned bit = 1u << s;
        if (!(later->available & bit)) continue;
        const bool scalar = s == KOOP_SERIES_LOSS || s == KOOP_SERIES_ACCURACY;
        const bool replaces =
            !(point->available & bit) || scalar || later->value[s] > point->value[s];
        if (replaces) point->value[s] = later->value[s];
    }
    point->available |= later->available;
    point->step = later->step;
    if (later->phase > point->phase) point->phase = later->phase;
}

/* Merges points 1 and 2, 3 and 4, …; an odd last one stays alone and will take more. */
static void halve(koop_view *view) {
    int kept = 1;
    for (int i = 1; i < view->n_history; i += 2) {
        koop_history_point point = view->history[i];
        if (i + 1 < view->n_history) merge(&point, &view->history[i + 1]);
        view->history[kept++] = point;
    }
    view->n_history = kept;
    view->history_stride *= 2;
}

void koop_history_add(koop_view *view, uint64_t index, const koop_history_point *point) {
    if (index == 0) {
        view->history_stride = 1;
        view->n_history = 1;
        view->history[0] = *point;
        return;
    }
    bool begins = (index - 1) % (uint64_t)view->history_stride == 0;
    if (begins && view->n_history == KOOP_VIEW_HISTORY) {
        halve(view);
        begins = (index - 1) % (uint64_t)view->history_stride == 0;
    }
    if (begins)
        view->history[view->n_history++] = *point;
    else
        merge(&view->history[view->n_history - 1], point);
}
