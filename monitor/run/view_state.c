#include "view_state.h"

#include <float.h>
#include <limits.h>
#include <math.h>

static void exchange_phase(koop_phase *phase, koop_state *s) {
    int number = (int)*phase;
    koop_state_int(s, &number, KOOP_PHASE_WARMING_UP, KOOP_PHASE_NOT_FINITE);
    if (s->status == KOOP_OK) *phase = (koop_phase)number;
}

static void exchange_mask(unsigned *mask, int bits, koop_state *s) {
    int number = (int)*mask;
    koop_state_int(s, &number, 0, (1 << bits) - 1);
    if (s->status == KOOP_OK) *mask = (unsigned)number;
}

static void exchange_summary(koop_run_summary *run, koop_state *s) {
    exchange_phase(&run->phase, s);
    koop_state_bytes(s, &run->step, sizeof run->step);
    koop_state_count(s, &run->snapshots, UINT64_MAX / 2);
    koop_state_count(s, &run->dropped, UINT64_MAX);
    koop_state_count(s, &run->not_finite, UINT64_MAX / 2);
    koop_state_count(s, &run->refused, UINT64_MAX / 2);
    koop_state_int(s, &run->n_events, 0, INT_MAX);
}

static void exchange_signals(koop_signals *signals, int n_groups, koop_state *s) {
    exchange_mask(&signals->available, KOOP_SIGNAL_COUNT, s);
    koop_state_doubles(s, signals->value, KOOP_SIGNAL_COUNT, DBL_MAX);
    koop_state_int(s, &signals->n_groups, 0, n_groups);
    if (s->status != KOOP_OK) return;
    koop_state_doubles(s, signals->group_share, (size_t)signals->n_groups, DBL_MAX);
}

static void exchange_scalars(koop_view *view, koop_state *s) {
    koop_state_int(s, &view->n_scalars, 0, KOOP_VIEW_SCALARS);
    for (int i = 0; i < view->n_scalars && s->status == KOOP_OK; i++) {
        koop_view_scalar *scalar = &view->scalars[i];
        koop_state_text(s, scalar->name, sizeof scalar->name);
        koop_state_bool(s, &scalar->finite);
        koop_state_doubles(s, &scalar->value, 1, DBL_MAX);
    }
}

static void exchange_point(koop_history_point *point, koop_state *s) {
    koop_state_bytes(s, &point->step, sizeof point->step);
    exchange_mask(&point->available, KOOP_SERIES_COUNT, s);
    exchange_phase(&point->phase, s);
    koop_state_bytes(s, point->value, sizeof point->value);
    for (int k = 0; k < KOOP_SERIES_COUNT; k++)
        koop_state_demand(s, s->status == KOOP_OK && isfinite(point->value[k]));
}

static void exchange_history(koop_view *view, bool begun, koop_state *s) {
    koop_state_int(s, &view->history_stride, begun ? 1 : 0, begun ? 1 << 30 : 0);
    koop_state_int(s, &view->n_history, begun ? 1 : 0, begun ? KOOP_VIEW_HISTORY : 0);
    for (int i = 0; i < view->n_history && s->status == KOOP_OK; i++)
        exchange_point(&view->history[i], s);
}

static void exchange_events(koop_view *view, koop_state *s) {
    koop_state_int(s, &view->n_events, 0, KOOP_VIEW_EVENTS);
    for (int i = 0; i < view->n_events && s->status == KOOP_OK; i++)
        koop_event_exchange(&view->events[i], view->n_groups, s);
    koop_state_demand(s, view->n_events <= view->run.n_events);
}

void koop_view_exchange(koop_view *view, bool begun, koop_state *s) {
    exchange_summary(&view->run, s);
    koop_state_int(s, &view->filled, 0, view->window);
    koop_state_text(s, view->reason, sizeof view->reason);
    koop_state_bool(s, &view->has_spectrum);
    koop_state_bytes(s, &view->spectrum_step, sizeof view->spectrum_step);
    koop_spectrum_exchange(&view->spectrum, s);
    koop_state_bool(s, &view->has_previous);
    koop_spectrum_exchange(&view->previous, s);
    exchange_signals(&view->signals, view->n_groups, s);
    exchange_scalars(view, s);
    for (int g = 0; g < view->n_groups; g++)
        koop_state_doubles(s, &view->groups[g].share, 1, DBL_MAX);
    exchange_history(view, begun, s);
    exchange_events(view, s);
}
