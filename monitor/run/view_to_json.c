#include "view_json.h"

#include <math.h>
#include <string.h>

/* json_object_set_new and json_array_append_new refuse a NULL value, so a failed allocation shows
 * in their result: `bad` gathers those, and `finish` gives up the whole. */
static json_t *finish(json_t *json, int bad) {
    if (!bad) return json;
    json_decref(json);
    return NULL;
}

/* JSON knows no NaN and no infinity. */
static json_t *real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value) {
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

/* A sentence that was cut within a character is no UTF-8, which jansson refuses. */
static json_t *text(const char *string) {
    json_t *json = json_string(string);
    if (json) return json;
    char plain[KOOP_SENTENCE_BYTES];
    size_t n = 0;
    for (; string[n] && n + 1 < sizeof plain; n++)
        plain[n] = (unsigned char)string[n] < 0x80 ? string[n] : '?';
    plain[n] = '\0';
    return json_string(plain);
}

json_t *koop_summary_to_json(const koop_run_summary *summary) {
    json_t *json = json_object();
    int bad = 0;
    bad |= json_object_set_new(json, "uuid", text(summary->uuid));
    bad |= json_object_set_new(json, "name", text(summary->name));
    bad |= json_object_set_new(json, "host", text(summary->host));
    bad |= json_object_set_new(json, "pid", json_integer(summary->pid));
    bad |= json_object_set_new(json, "start_ms", json_integer(summary->start_ms));
    bad |= json_object_set_new(json, "state", text(koop_run_state_name(summary->state)));
    bad |= json_object_set_new(json, "phase", text(koop_phase_name(summary->phase)));
    bad |= json_object_set_new(json, "step", json_integer(summary->step));
    bad |= json_object_set_new(json, "snapshots", count(summary->snapshots));
    bad |= json_object_set_new(json, "dropped", count(summary->dropped));
    bad |= json_object_set_new(json, "not_finite", count(summary->not_finite));
    bad |= json_object_set_new(json, "refused", count(summary->refused));
    bad |= json_object_set_new(json, "pending", count(summary->pending));
    bad |= json_object_set_new(json, "lost", count(summary->lost));
    bad |= json_object_set_new(json, "damaged", count(summary->damaged));
    bad |= json_object_set_new(json, "quarantined", count(summary->quarantined));
    bad |= json_object_set_new(json, "failing", json_boolean(summary->failing));
    bad |= json_object_set_new(json, "rate", real(summary->rate));
    bad |= json_object_set_new(json, "lag_s", real(summary->lag_s));
    bad |= json_object_set_new(json, "events", json_integer(summary->n_events));
    return finish(json, bad);
}

json_t *koop_spectrum_to_json(const koop_spectrum *spectrum) {
    json_t *json = json_array();
    int bad = 0;
    for (int i = 0; i < spectrum->rank; i++) {
        const koop_mode *mode = &spectrum->modes[i];
        json_t *row = json_array();
        bad |= json_array_append_new(row, real(mode->re));
        bad |= json_array_append_new(row, real(mode->im));
        bad |= json_array_append_new(row, real(mode->energy));
        bad |= json_array_append_new(row, real(mode->residual));
        bad |= json_array_append_new(json, row);
    }
    return finish(json, bad);
}

static json_t *rates_to_json(const koop_spectrum *spectrum) {
    json_t *json = json_array();
    int bad = 0;
    for (int i = 0; i < spectrum->rank; i++) {
        json_t *row = json_array();
        bad |= json_array_append_new(row, real(spectrum->modes[i].growth));
        bad |= json_array_append_new(row, real(spectrum->modes[i].frequency));
        bad |= json_array_append_new(json, row);
    }
    return finish(json, bad);
}

static json_t *view_spectrum_to_json(const koop_spectrum *spectrum, const int64_t *step) {
    json_t *json = json_object();
    int bad = 0;
    if (step) bad |= json_object_set_new(json, "step", json_integer(*step));
    bad |= json_object_set_new(json, "eigenvalues", koop_spectrum_to_json(spectrum));
    bad |= json_object_set_new(json, "rates", rates_to_json(spectrum));
    return finish(json, bad);
}

json_t *koop_signals_to_json(const koop_signals *signals) {
    json_t *json = json_object();
    int bad = 0;
    for (int s = 0; s < KOOP_SIGNAL_COUNT; s++) {
        if (!(signals->available & (1u << s)) || !isfinite(signals->value[s])) continue;
        bad |= json_object_set_new(json, koop_signal_name((koop_signal)s),
                                   json_real(signals->value[s]));
    }
    return finish(json, bad);
}

/* The fired signal of the highest score, or -1. */
static int strongest(const koop_event *event) {
    int best = -1;
    for (int s = 0; s < KOOP_SIGNAL_COUNT; s++) {
        if (!(event->fired & (1u << s))) continue;
        if (best < 0 || event->score[s] > event->score[best]) best = s;
    }
    return best;
}

static json_t *top_groups_to_json(const koop_event *event, const koop_view_group *groups,
                                  int n_groups) {
    json_t *json = json_array();
    int bad = 0;
    for (int i = 0; i < event->n_top; i++) {
        if (event->top_group[i] < 0 || event->top_group[i] >= n_groups) continue;
        json_t *row = json_array();
        bad |= json_array_append_new(row, text(groups[event->top_group[i]].name));
        bad |= json_array_append_new(row, real(event->top_share[i]));
        bad |= json_array_append_new(json, row);
    }
    return finish(json, bad);
}

json_t *koop_event_to_json(const koop_event *event, const koop_view_group *groups, int n_groups) {
    const int best = strongest(event);
    json_t *json = json_object(), *fired = json_array(), *scores = json_object();
    int bad = 0;
    for (int s = 0; s < KOOP_SIGNAL_COUNT; s++) {
        const char *name = koop_signal_name((koop_signal)s);
        if (event->fired & (1u << s)) bad |= json_array_append_new(fired, text(name));
        if (event->score[s] != 0 && isfinite(event->score[s]))
            bad |= json_object_set_new(scores, name, json_real(event->score[s]));
    }
    bad |= json_object_set_new(json, "step", json_integer(event->step));
    bad |= json_object_set_new(json, "onset", json_integer(event->onset));
    bad |= json_object_set_new(json, "kind", text(koop_event_kind_name(event->kind)));
    bad |= json_object_set_new(json, "signal",
                               best < 0 ? json_null() : text(koop_signal_name((koop_signal)best)));
    bad |= json_object_set_new(json, "score",
                               event->strength > 0 ? real(event->strength) : json_null());
    bad |= json_object_set_new(json, "reason", text(event->sentence));
    bad |= json_object_set_new(json, "groups", top_groups_to_json(event, groups, n_groups));
    bad |= json_object_set_new(json, "fired", fired);
    bad |= json_object_set_new(json, "scores", scores);
    bad |= json_object_set_new(json, "speed_ratio", real(event->speed_ratio));
    return finish(json, bad);
}

static json_t *scalars_to_json(const koop_view *view) {
    json_t *json = json_array();
    int bad = 0;
    for (int i = 0; i < view->n_scalars; i++) {
        const koop_view_scalar *scalar = &view->scalars[i];
        json_t *item = json_object();
        bad |= json_object_set_new(item, "name", text(scalar->name));
        bad |=
            json_object_set_new(item, "value", scalar->finite ? real(scalar->value) : json_null());
        bad |= json_array_append_new(json, item);
    }
    return finish(json, bad);
}

static json_t *groups_to_json(const koop_view *view) {
    json_t *json = json_array();
    int bad = 0;
    for (int g = 0; g < view->n_groups; g++) {
        const koop_view_group *group = &view->groups[g];
        json_t *item = json_object();
        bad |= json_object_set_new(item, "name", text(group->name));
        bad |= json_object_set_new(item, "parameters", count(group->parameters));
        bad |= json_object_set_new(item, "share", real(group->share));
        bad |= json_array_append_new(json, item);
    }
    return finish(json, bad);
}

static json_t *shares_to_json(const koop_signals *signals) {
    json_t *json = json_array();
    int bad = 0;
    for (int g = 0; g < signals->n_groups; g++)
        bad |= json_array_append_new(json, real(signals->group_share[g]));
    return finish(json, bad);
}

static json_t *point_to_json(const koop_history_point *point) {
    json_t *json = json_array();
    int bad = json_array_append_new(json, json_integer(point->step));
    bad |= json_array_append_new(json, text(koop_phase_name(point->phase)));
    for (int s = 0; s < KOOP_SERIES_COUNT; s++) {
        const bool has = point->available & (1u << s);
        bad |= json_array_append_new(json, has ? real((double)point->value[s]) : json_null());
    }
    return finish(json, bad);
}

static json_t *history_to_json(const koop_view *view) {
    json_t *json = json_object(), *columns = json_array(), *points = json_array();
    int bad = json_array_append_new(columns, json_string("step"));
    bad |= json_array_append_new(columns, json_string("phase"));
    for (int s = 0; s < KOOP_SERIES_COUNT; s++)
        bad |= json_array_append_new(columns, text(koop_series_name((koop_series)s)));
    for (int i = 0; i < view->n_history; i++)
        bad |= json_array_append_new(points, point_to_json(&view->history[i]));
    bad |= json_object_set_new(json, "stride", json_integer(view->history_stride));
    bad |= json_object_set_new(json, "columns", columns);
    bad |= json_object_set_new(json, "points", points);
    return finish(json, bad);
}

static json_t *events_to_json(const koop_view *view) {
    json_t *json = json_array();
    int bad = 0;
    for (int i = 0; i < view->n_events; i++)
        bad |= json_array_append_new(
            json, koop_event_to_json(&view->events[i], view->groups, view->n_groups));
    return finish(json, bad);
}

json_t *koop_view_to_json(const koop_view *view) {
    json_t *json = json_object();
    int bad = 0;
    bad |= json_object_set_new(json, "run", koop_summary_to_json(&view->run));
    bad |= json_object_set_new(json, "parameters", count(view->parameters));
    bad |= json_object_set_new(json, "length", count(view->length));
    bad |= json_object_set_new(json, "window", json_integer(view->window));
    bad |= json_object_set_new(json, "filled", json_integer(view->filled));
    bad |= json_object_set_new(json, "eta_s", real(view->eta_s));
    bad |= json_object_set_new(json, "delays", json_integer(view->delays));
    bad |= json_object_set_new(json, "rank", json_integer(view->rank));
    bad |= json_object_set_new(json, "pca", json_integer(view->pca));
    bad |= json_object_set_new(json, "stride", json_integer(view->stride));
    bad |= json_object_set_new(json, "reason", text(view->reason));
    bad |= json_object_set_new(json, "spectrum",
                               view->has_spectrum
                                   ? view_spectrum_to_json(&view->spectrum, &view->spectrum_step)
                                   : json_null());
    bad |= json_object_set_new(json, "previous",
                               view->has_previous ? view_spectrum_to_json(&view->previous, NULL)
                                                  : json_null());
    bad |= json_object_set_new(json, "signals", koop_signals_to_json(&view->signals));
    bad |= json_object_set_new(json, "group_shares", shares_to_json(&view->signals));
    bad |= json_object_set_new(json, "scalars", scalars_to_json(view));
    bad |= json_object_set_new(json, "groups", groups_to_json(view));
    bad |= json_object_set_new(json, "history", history_to_json(view));
    bad |= json_object_set_new(json, "events", events_to_json(view));
    return finish(json, bad);
}
