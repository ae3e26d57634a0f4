#include "view_json.h"

#include "take_json.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool take_state(const json_t *json, koop_run_state *out) {
    TAKE_NAMED(json, koop_run_state, koop_run_state_name, KOOP_RUN_FINISHED, out);
}

static bool take_phase(const json_t *json, koop_phase *out) {
    TAKE_NAMED(json, koop_phase, koop_phase_name, KOOP_PHASE_NOT_FINITE, out);
}

static bool take_kind(const json_t *json, koop_event_kind *out) {
    TAKE_NAMED(json, koop_event_kind, koop_event_kind_name, KOOP_EVENT_NOT_FINITE, out);
}

static bool take_signal(const json_t *json, koop_signal *out) {
    TAKE_NAMED(json, koop_signal, koop_signal_name, KOOP_SIGNAL_COUNT - 1, out);
}

static bool take_summary(const json_t *json, koop_run_summary *run) {
    return take_text(json_object_get(json, "uuid"), run->uuid, sizeof run->uuid) &&
           is_uuid(run->uuid) &&
           take_text(json_object_get(json, "name"), run->name, sizeof run->name) &&
           take_text(json_object_get(json, "host"), run->host, sizeof run->host) &&
           take_int64(json_object_get(json, "pid"), 0, INT64_MAX, &run->pid) &&
           take_step(json_object_get(json, "start_ms"), &run->start_ms) &&
           take_state(json_object_get(json, "state"), &run->state) &&
           take_phase(json_object_get(json, "phase"), &run->phase) &&
           take_step(json_object_get(json, "step"), &run->step) &&
           take_count(json_object_get(json, "snapshots"), &run->snapshots) &&
           take_count(json_object_get(json, "dropped"), &run->dropped) &&
           take_count(json_object_get(json, "not_finite"), &run->not_finite) &&
           take_count(json_object_get(json, "refused"), &run->refused) &&
           take_count(json_object_get(json, "pending"), &run->pending) &&
           take_count(json_object_get(json, "lost"), &run->lost) &&
           take_count(json_object_get(json, "damaged"), &run->damaged) &&
           take_count(json_object_get(json, "quarantined"), &run->quarantined) &&
           take_bool(json_object_get(json, "failing"), &run->failing) &&
           take_positive(json_object_get(json, "rate"), &run->rate) &&
           take_real(json_object_get(json, "lag_s"), &run->lag_s) &&
           take_int(json_object_get(json, "events"), INT_MAX, &run->n_events);
}

koop_status koop_summary_from_json(const json_t *json, koop_run_summary *summary) {
    koop_run_summary run;
    memset(&run, 0, sizeof run);
    if (!take_summary(json, &run)) return KOOP_BAD_MESSAGE;
    *summary = run;
    return KOOP_OK;
}

static bool take_eigenvalue(const json_t *row, koop_mode *mode) {
    if (!json_is_array(row) || json_array_size(row) < 4) return false;
    const json_t *residual = json_array_get(row, 3);
    mode->residual = HUGE_VAL;
    return take_real(json_array_get(row, 0), &mode->re) &&
           take_real(json_array_get(row, 1), &mode->im) &&
           take_positive(json_array_get(row, 2), &mode->energy) &&
           (json_is_null(residual) || take_positive(residual, &mode->residual));
}

koop_status koop_spectrum_from_json(const json_t *json, koop_spectrum *spectrum) {
    koop_spectrum s;
    memset(&s, 0, sizeof s);
    if (!take_array(json, KOOP_MAX_RANK, &s.rank)) return KOOP_BAD_MESSAGE;
    for (int i = 0; i < s.rank; i++)
        if (!take_eigenvalue(json_array_get(json, (size_t)i), &s.modes[i])) return KOOP_BAD_MESSAGE;
    *spectrum = s;
    return KOOP_OK;
}

static bool take_rates(const json_t *rates, koop_mode *mode) {
    if (!json_is_array(rates) || json_array_size(rates) < 2) return false;
    const json_t *growth = json_array_get(rates, 0);
    mode->growth = -HUGE_VAL;
    return (json_is_null(growth) || take_real(growth, &mode->growth)) &&
           take_real(json_array_get(rates, 1), &mode->frequency);
}

static bool take_spectrum(const json_t *json, bool *has, koop_spectrum *spectrum) {
    if (json_is_null(json)) return true;
    const json_t *rows = json_object_get(json, "eigenvalues");
    const json_t *rates = json_object_get(json, "rates");
    int n_rates;
    if (koop_spectrum_from_json(rows, spectrum) != KOOP_OK) return false;
    if (!take_array(rates, KOOP_MAX_RANK, &n_rates) || n_rates != spectrum->rank) return false;
    for (int i = 0; i < spectrum->rank; i++)
        if (!take_rates(json_array_get(rates, (size_t)i), &spectrum->modes[i])) return false;
    *has = true;
    return true;
}

static bool take_signals(const json_t *json, koop_signals *signals) {
    if (!json_is_object(json)) return false;
    for (int s = 0; s < KOOP_SIGNAL_COUNT; s++) {
        const json_t *value = json_object_get(json, koop_signal_name((koop_signal)s));
        if (!value) continue;
        if (!take_real(value, &signals->value[s])) return false;
        signals->available |= 1u << s;
    }
    return true;
}

static bool take_shares(const json_t *json, koop_signals *signals) {
    if (!take_array(json, KOOP_MAX_GROUPS, &signals->n_groups)) return false;
    for (int g = 0; g < signals->n_groups; g++)
        if (!take_positive(json_array_get(json, (size_t)g), &signals->group_share[g])) return false;
    return true;
}

static bool take_scalars(const json_t *json, koop_view *view) {
    if (!take_array(json, KOOP_VIEW_SCALARS, &view->n_scalars)) return false;
    for (int i = 0; i < view->n_scalars; i++) {
        const json_t *item = json_array_get(json, (size_t)i);
        const json_t *value = json_object_get(item, "value");
        koop_view_scalar *scalar = &view->scalars[i];
        if (!take_text(json_object_get(item, "name"), scalar->name, sizeof scalar->name))
            return false;
        scalar->finite = !json_is_null(value);
        if (scalar->finite && !take_real(value, &scalar->value)) return false;
    }
    return true;
}

static bool take_groups(const json_t *json, koop_view *view) {
    if (!take_array(json, KOOP_MAX_GROUPS, &view->n_groups)) return false;
    for (int g = 0; g < view->n_groups; g++) {
        const json_t *item = json_array_get(json, (size_t)g);
        koop_view_group *group = &view->groups[g];
        if (!take_text(json_object_get(item, "name"), group->name, sizeof group->name) ||
            !take_count(json_object_get(item, "parameters"), &group->parameters) ||
            !take_positive(json_object_get(item, "share"), &group->share))
            return false;
    }
    return true;
}

static bool take_point(const json_t *json, koop_history_point *point) {
    if (!json_is_array(json) || json_array_size(json) < 2 + KOOP_SERIES_COUNT) return false;
    if (!take_step(json_array_get(json, 0), &point->step)) return false;
    if (!take_phase(json_array_get(json, 1), &point->phase)) return false;
    for (int s = 0; s < KOOP_SERIES_COUNT; s++) {
        const json_t *item = json_array_get(json, (size_t)(2 + s));
        double value;
        if (json_is_null(item)) continue;
        if (!take_real(item, &value) || fabs(value) > FLT_MAX) return false;
        point->value[s] = (float)value;
        point->available |= 1u << s;
    }
    return true;
}

static bool take_history(const json_t *json, koop_view *view) {
    const json_t *points = json_object_get(json, "points");
    if (!take_int(json_object_get(json, "stride"), INT_MAX, &view->history_stride)) return false;
    if (!take_array(points, KOOP_VIEW_HISTORY, &view->n_history)) return false;
    for (int i = 0; i < view->n_history; i++)
        if (!take_point(json_array_get(points, (size_t)i), &view->history[i])) return false;
    return true;
}

/* [name, share]: the group of that name which `event` does not list yet. */
static bool take_top(const json_t *row, const koop_view *view, koop_event *event) {
    char name[KOOP_VIEW_NAME_BYTES];
    const int at = event->n_top;
    if (!take_text(json_array_get(row, 0), name, sizeof name)) return false;
    if (!take_positive(json_array_get(row, 1), &event->top_share[at])) return false;
    for (int g = 0; g < view->n_groups; g++) {
        bool listed = false;
        for (int i = 0; i < at; i++) listed |= event->top_group[i] == g;
        if (listed || strcmp(view->groups[g].name, name) != 0) continue;
        event->top_group[event->n_top++] = g;
        return true;
    }
    return false;
}

static bool take_fired(const json_t *fired, const json_t *scores, koop_event *event) {
    int n;
    if (!take_array(fired, KOOP_SIGNAL_COUNT, &n) || !json_is_object(scores)) return false;
    for (int i = 0; i < n; i++) {
        koop_signal signal;
        if (!take_signal(json_array_get(fired, (size_t)i), &signal)) return false;
        event->fired |= 1u << signal;
    }
    for (int s = 0; s < KOOP_SIGNAL_COUNT; s++) {
        const json_t *score = json_object_get(scores, koop_signal_name((koop_signal)s));
        if (score && !take_real(score, &event->score[s])) return false;
    }
    return true;
}

static bool take_event(const json_t *json, const koop_view *view, koop_event *event) {
    const json_t *groups = json_object_get(json, "groups");
    const json_t *ratio = json_object_get(json, "speed_ratio");
    const json_t *strength = json_object_get(json, "score");
    int n;
    if (!take_array(groups, KOOP_EVENT_TOP_GROUPS, &n)) return false;
    for (int i = 0; i < n; i++)
        if (!take_top(json_array_get(groups, (size_t)i), view, event)) return false;
    return take_step(json_object_get(json, "step"), &event->step) &&
           take_step(json_object_get(json, "onset"), &event->onset) &&
           take_kind(json_object_get(json, "kind"), &event->kind) &&
           take_text(json_object_get(json, "reason"), event->sentence, sizeof event->sentence) &&
           (json_is_null(ratio) || take_positive(ratio, &event->speed_ratio)) &&
           (json_is_null(strength) || take_positive(strength, &event->strength)) &&
           take_fired(json_object_get(json, "fired"), json_object_get(json, "scores"), event);
}

static bool take_events(const json_t *json, koop_view *view) {
    if (!take_array(json, KOOP_VIEW_EVENTS, &view->n_events)) return false;
    for (int i = 0; i < view->n_events; i++)
        if (!take_event(json_array_get(json, (size_t)i), view, &view->events[i])) return false;
    return true;
}

/* `view` is zeroed. Groups come before the events that name them. */
static bool take_view(const json_t *json, koop_view *view) {
    const json_t *spectrum = json_object_get(json, "spectrum");
    return take_summary(json_object_get(json, "run"), &view->run) &&
           take_count(json_object_get(json, "parameters"), &view->parameters) &&
           take_count(json_object_get(json, "length"), &view->length) &&
           take_int(json_object_get(json, "window"), KOOP_MAX_WINDOW, &view->window) &&
           take_int(json_object_get(json, "filled"), view->window, &view->filled) &&
           take_positive(json_object_get(json, "eta_s"), &view->eta_s) &&
           take_int(json_object_get(json, "delays"), KOOP_MAX_WINDOW, &view->delays) &&
           take_int(json_object_get(json, "rank"), KOOP_MAX_RANK, &view->rank) &&
           take_int(json_object_get(json, "pca"), KOOP_MAX_WINDOW, &view->pca) &&
           take_int(json_object_get(json, "stride"), INT_MAX, &view->stride) &&
           take_text(json_object_get(json, "reason"), view->reason, sizeof view->reason) &&
           take_spectrum(spectrum, &view->has_spectrum, &view->spectrum) &&
           (!view->has_spectrum ||
            take_step(json_object_get(spectrum, "step"), &view->spectrum_step)) &&
           take_spectrum(json_object_get(json, "previous"), &view->has_previous, &view->previous) &&
           take_signals(json_object_get(json, "signals"), &view->signals) &&
           take_shares(json_object_get(json, "group_shares"), &view->signals) &&
           take_scalars(json_object_get(json, "scalars"), view) &&
           take_groups(json_object_get(json, "groups"), view) &&
           take_history(json_object_get(json, "history"), view) &&
           take_events(json_object_get(json, "events"), view);
}

koop_status koop_view_from_json(const json_t *json, koop_view *view) {
    koop_view *taken = calloc(1, sizeof *taken);
    if (!taken) return KOOP_NO_MEMORY;
    const bool good = take_view(json, taken);
    if (good) *view = *taken;
    free(taken);
    return good ? KOOP_OK : KOOP_BAD_MESSAGE;
}
