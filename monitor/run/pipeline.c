#include "pipeline_internal.h"

#include "describe.h"
#include "history.h"
#include "nonfinite.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notation.  T  span of a fit        u  stride, snapshots an update
 *            s_t step of snapshot t  Δt = (s_t − s_{t−T+1})/(T − 1), steps between snapshots */

const size_t koop_pipeline_max_bytes = (size_t)1 << 30;

koop_pipeline_options koop_pipeline_defaults(void) {
    const koop_detect_options detect = koop_detect_defaults();
    return (koop_pipeline_options){
        .dmd = koop_dmd_defaults(), .stride = detect.stride, .false_alarms = detect.false_alarms};
}

/* Snapshots before the first fit: increments take one more. */
static int wanted(const koop_pipeline *p) {
    return p->options.dmd.span + (p->options.dmd.difference ? 1 : 0);
}

static koop_status new_window(koop_pipeline *p, int capacity) {
    const koop_window_options options = {.n = (size_t)p->view.length,
                                         .capacity = capacity,
                                         .precision = p->precision,
                                         .n_groups = p->view.n_groups,
                                         .group_sizes = p->group_sizes};
    return koop_window_new(&p->window, &options);
}

static koop_status new_detect(koop_pipeline *p) {
    koop_detect_options options = koop_detect_defaults();
    options.stride = p->options.stride;
    options.false_alarms = p->options.false_alarms;
    for (int g = 0; g < p->view.n_groups; g++) p->group_names[g] = p->view.groups[g].name;
    return koop_detect_new(&p->detect, &options, p->view.n_groups > 1 ? p->group_names : NULL,
                           p->view.n_groups);
}

/* The first and the last matrix of a model stand for its embeddings. */
static koop_status new_grokking(koop_pipeline *p, const koop_wire_hello *hello) {
    int first = -1, last = -1;
    for (int g = 0; g < p->view.n_groups; g++) {
        if (hello->groups[g].dimensions < 2) continue;
        if (first < 0) first = g;
        last = g;
    }
    if (first == last || p->options.dmd.span <= KOOP_GROKKING_HORIZON) return KOOP_OK;
    const koop_grokking_options options = koop_grokking_defaults(first, last);
    return koop_grokking_new(&p->grokking, &options, p->group_names, p->view.n_groups);
}

static void describe_options(koop_pipeline *p) {
    p->view.window = wanted(p);
    p->view.delays = p->options.dmd.delays;
    p->view.rank = p->options.dmd.rank;
    p->view.pca = p->options.dmd.pca;
    p->view.stride = p->options.stride;
}

/* One sentence for the time before the detector has one. */
static void explain_filling(koop_pipeline *p) {
    snprintf(p->view.reason, sizeof p->view.reason, "filling the window: %d of %d snapshots",
             p->view.filled, p->view.window);
}

static koop_status build(koop_pipeline *p, const koop_wire_hello *hello) {
    const koop_dmd_options *dmd = &p->options.dmd;
    /* The DMD checks its options before anything is derived from them. */
    koop_status status = koop_dmd_new(&p->dmd, dmd);
    if (status == KOOP_OK) status = koop_signals_new(&p->signals, dmd, p->options.stride);
    if (status != KOOP_OK) return status;
    const int capacity = koop_signals_window_capacity(dmd, p->options.stride);
    if (capacity > KOOP_MAX_WINDOW) return KOOP_TOO_LARGE;
    p->precision = hello->dtype == 8 ? KOOP_FLOAT64 : KOOP_FLOAT32;
    const size_t row_bytes = (size_t)p->precision * (size_t)capacity;
    status =
        koop_describe_run(hello, koop_pipeline_max_bytes / row_bytes, &p->view, p->group_sizes);
    if (status == KOOP_OK) status = new_window(p, capacity);
    if (status == KOOP_OK) status = new_detect(p);
    if (status == KOOP_OK) status = new_grokking(p, hello);
    if (status != KOOP_OK) return status;
    p->snapshot_bytes = (size_t)p->view.length * (size_t)p->precision;
    p->aligned = malloc(p->snapshot_bytes);
    p->steps = calloc((size_t)dmd->span, sizeof *p->steps);
    p->seqs = calloc((size_t)capacity, sizeof *p->seqs);
    p->capacity = capacity;
    if (!p->aligned || !p->steps || !p->seqs) return KOOP_NO_MEMORY;
    describe_options(p);
    explain_filling(p);
    return KOOP_OK;
}

koop_status koop_pipeline_new(koop_pipeline **out, const koop_pipeline_options *options,
                              const koop_wire_hello *hello, koop_update_handler *handler,
                              void *context) {
    if (options->stride < 1) return KOOP_BAD_ARGUMENT;
    koop_pipeline *p = calloc(1, sizeof *p);
    if (!p) return KOOP_NO_MEMORY;
    p->options = *options;
    p->handler = handler;
    p->context = context;
    const koop_status status = build(p, hello);
    if (status != KOOP_OK) {
        koop_pipeline_free(p);
        return status;
    }
    *out = p;
    return KOOP_OK;
}

void koop_pipeline_free(koop_pipeline *p) {
    if (!p) return;
    koop_window_free(p->window);
    koop_dmd_free(p->dmd);
    koop_signals_free(p->signals);
    koop_detect_free(p->detect);
    koop_grokking_free(p->grokking);
    free(p->aligned);
    free(p->steps);
    free(p->seqs);
    free(p);
}

const koop_view *koop_pipeline_view(const koop_pipeline *p) {
    return &p->view;
}

koop_dmd_counters koop_pipeline_get_counters(const koop_pipeline *p) {
    return koop_dmd_get_counters(p->dmd);
}

static void record_event(koop_pipeline *p, const koop_event *event) {
    koop_view *view = &p->view;
    if (view->n_events == KOOP_VIEW_EVENTS) {
        memmove(view->events, view->events + 1, (KOOP_VIEW_EVENTS - 1) * sizeof *view->events);
        view->n_events--;
    }
    view->events[view->n_events++] = *event;
    if (view->run.n_events < INT_MAX) view->run.n_events++;
}

static void tell(const koop_pipeline *p, int64_t step, bool fitted, const koop_event *event) {
    if (!p->handler) return;
    koop_variances variances;
    koop_grokking_reading grokking;
    const bool known = fitted && koop_dmd_variances(p->dmd, &variances) == KOOP_OK;
    const bool watched =
        fitted && p->grokking && koop_grokking_read(p->grokking, &grokking) == KOOP_OK;
    const koop_update update = {.step = step,
                                .spectrum = fitted ? &p->view.spectrum : NULL,
                                .signals = fitted ? &p->view.signals : NULL,
                                .event = event,
                                .variances = known ? &variances : NULL,
                                .grokking = watched ? &grokking : NULL,
                                .snapshots = p->view.run.snapshots,
                                .n_groups = p->view.n_groups,
                                .groups = p->view.groups};
    p->handler(p->context, &update);
}

/* Δt of the window whose newest step is `step`. A trainer whose steps do not rise over the window
 * (it restarted its count) keeps the Δt from before. */
static void set_dt(koop_pipeline *p, int64_t step) {
    const uint64_t span = (uint64_t)p->options.dmd.span;
    const int64_t first = p->steps[p->view.run.snapshots % span]; /* the oldest in the ring */
    koop_dmd_set_dt(p->dmd, ((double)step - (double)first) / (double)(span - 1));
}

static void set_scalar(koop_history_point *point, koop_series series, const koop_view *view) {
    const koop_view_scalar *scalar = koop_view_scalar_of(view, series);
    if (scalar && scalar->finite) koop_history_set(point, series, scalar->value);
}

static void set_signal(koop_history_point *point, koop_series series, const koop_signals *signals,
                       koop_signal signal, bool logarithm) {
    if (!(signals->available & (1u << signal))) return;
    const double value = signals->value[signal];
    koop_history_set(point, series, logarithm ? exp(value) : value);
}

static void add_history(koop_pipeline *p, const koop_signals *signals) {
    const koop_view *view = &p->view;
    koop_history_point point;
    memset(&point, 0, sizeof point);
    point.step = view->run.step;
    point.phase = view->run.phase;
    set_scalar(&point, KOOP_SERIES_LOSS, view);
    set_scalar(&point, KOOP_SERIES_ACCURACY, view);
    set_signal(&point, KOOP_SERIES_SPEED, signals, KOOP_SIGNAL_SPEED, true);
    set_signal(&point, KOOP_SERIES_PREDICTION, signals, KOOP_SIGNAL_PREDICTION, true);
    set_signal(&point, KOOP_SERIES_DISTANCE, signals, KOOP_SIGNAL_DISTANCE, false);
    set_signal(&point, KOOP_SERIES_MODULUS, signals, KOOP_SIGNAL_MAX_MODULUS, false);
    koop_history_add(&p->view, p->updates++, &point);
}

/* The view of an update whose fit gave a spectrum. */
static void take_fit(koop_pipeline *p, int64_t step) {
    koop_view *view = &p->view;
    view->has_spectrum = true;
    view->spectrum_step = step;
    koop_signals_read(p->signals, p->dmd, p->window, &view->spectrum, &view->signals);
    const koop_spectrum *previous = koop_signals_previous(p->signals);
    view->has_previous = previous != NULL;
    if (previous) view->previous = *previous;
    for (int g = 0; g < view->n_groups && g < view->signals.n_groups; g++)
        view->groups[g].share = view->signals.group_share[g];
}

/* The view of an update without spectrum: what was true of the last one is not shown as new. */
static void take_failure(koop_pipeline *p, koop_status why) {
    koop_view *view = &p->view;
    koop_signals_interrupt(p->signals);
    view->has_spectrum = view->has_previous = false;
    memset(&view->signals, 0, sizeof view->signals);
    for (int g = 0; g < view->n_groups; g++) view->groups[g].share = 0;
    if (why == KOOP_RANK_ZERO)
        snprintf(view->reason, sizeof view->reason,
                 "nothing moves: the last %d snapshots are the same", view->filled);
    else
        snprintf(view->reason, sizeof view->reason, "no spectrum of this window: %s",
                 koop_strstatus(why));
}

/* Looks for the onset of generalisation: its event is one without update. */
static void watch_grokking(koop_pipeline *p, int64_t step) {
    koop_event event;
    bool fired = false;
    const uint64_t newest = p->view.run.snapshots - 1, horizon = KOOP_GROKKING_HORIZON;
    if (!p->grokking || newest < horizon) return;
    const int64_t before = p->steps[(newest - horizon) % (uint64_t)p->options.dmd.span];
    koop_grokking_update(p->grokking, step, before, p->window, &fired, &event);
    if (!fired) return;
    record_event(p, &event);
    tell(p, step, false, &event);
}

static void update(koop_pipeline *p, int64_t step) {
    koop_view *view = &p->view;
    set_dt(p, step);
    koop_event event;
    bool fired = false;
    koop_status status = koop_dmd_fit(p->dmd, p->window, &view->spectrum);
    const bool fitted = status == KOOP_OK;
    if (fitted) {
        take_fit(p, step);
        koop_detect_scalars scalars;
        koop_scalar_watch_read(&p->scalars, &scalars);
        status = koop_detect_update(p->detect, step, &view->signals, &scalars, &fired, &event);
        view->run.phase = koop_detect_phase(p->detect);
        koop_detect_reason(p->detect, view->reason);
        if (status != KOOP_OK) fired = false;
    } else
        take_failure(p, status);
    if (fired) record_event(p, &event);
    watch_grokking(p, step);
    add_history(p, &view->signals);
    if (fitted) tell(p, step, true, fired ? &event : NULL);
}

/* Names the groups that hold what is not finite. */
static void locate(koop_pipeline *p, koop_event *event) {
    koop_nonfinite where;
    koop_nonfinite_find(p->aligned, p->precision, p->group_sizes, p->view.n_groups, &where);
    koop_detect_name_not_finite(p->detect, where.group, where.n, event);
    for (int k = 0; k < event->n_top; k++) event->top_share[k] = where.share[k];
}

/* Phase and reason stand until the next update: without one the weights have stayed as they are. */
static void reject(koop_pipeline *p, int64_t step) {
    static const koop_signals none = {.available = 0};
    koop_event event;
    bool fired = false;
    koop_detect_not_finite(p->detect, step, &fired, &event);
    p->view.run.phase = koop_detect_phase(p->detect);
    if (p->view.run.not_finite % (uint64_t)p->options.stride == 1 % (uint64_t)p->options.stride)
        add_history(p, &none);
    if (!fired) return;
    locate(p, &event);
    record_event(p, &event);
    memcpy(p->view.reason, event.sentence, sizeof p->view.reason);
    tell(p, step, false, &event);
}

/* The data is little-endian, as are the hosts that koopmon runs on. */
koop_status koop_pipeline_give(koop_pipeline *p, const uint8_t *data, bool again) {
    memcpy(p->aligned, data, p->snapshot_bytes);
    if (p->precision == KOOP_FLOAT64)
        return again ? koop_window_refill_f64(p->window, p->aligned)
                     : koop_window_push_f64(p->window, p->aligned);
    return again ? koop_window_refill_f32(p->window, p->aligned)
                 : koop_window_push_f32(p->window, p->aligned);
}

koop_status koop_pipeline_push(koop_pipeline *p, const koop_wire_snapshot *snapshot) {
    koop_view *view = &p->view;
    if (p->awaiting) return KOOP_BAD_ARGUMENT;
    if (snapshot->seq <= p->last_seq) return KOOP_OK;
    if (snapshot->at != 0 || snapshot->total != p->snapshot_bytes ||
        snapshot->bytes != p->snapshot_bytes) {
        view->run.refused++;
        return KOOP_BAD_SHAPE;
    }
    p->last_seq = snapshot->seq;
    view->run.step = snapshot->step;
    view->run.dropped = snapshot->dropped;
    koop_describe_scalars(snapshot, view);

    const koop_status status = koop_pipeline_give(p, snapshot->data, false);
    const koop_window_counters counters = koop_window_get_counters(p->window);
    view->run.not_finite = counters.not_finite;
    if (status == KOOP_NOT_FINITE) {
        reject(p, snapshot->step);
        return KOOP_OK;
    }
    if (status != KOOP_OK) return status;
    const uint64_t span = (uint64_t)p->options.dmd.span;
    p->steps[view->run.snapshots % span] = snapshot->step;
    p->seqs[view->run.snapshots % (uint64_t)p->capacity] = snapshot->seq;
    view->run.snapshots = counters.pushed;
    koop_detect_snapshot(p->detect, snapshot->step);
    koop_scalar_watch_take(&p->scalars, view);
    const int held = koop_window_count(p->window);
    view->filled = held < view->window ? held : view->window;

    /* Updates are spaced so that one falls on the snapshot that fills the window. */
    const uint64_t u = (uint64_t)p->options.stride;
    const bool due = view->run.snapshots % u == (uint64_t)view->window % u;
    if (view->filled < view->window) {
        view->run.phase = KOOP_PHASE_WARMING_UP;
        explain_filling(p);
        if (due) {
            watch_grokking(p, snapshot->step);
            add_history(p, &view->signals);
        }
    } else if (due)
        update(p, snapshot->step);
    return KOOP_OK;
}
