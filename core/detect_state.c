#include "detect_internal.h"

#include <float.h>
#include <math.h>

/* Bounds that no run reaches, below which the detector's arithmetic stays defined. */
static const double any = 1e300, most_score = 1e300;
static const uint64_t most_updates = (uint64_t)1 << 48;

static void exchange_update(int64_t *update, uint64_t last, koop_state *s) {
    uint64_t number = (uint64_t)*update;
    koop_state_count(s, &number, last);
    if (s->status == KOOP_OK) *update = (int64_t)number;
}

static void exchange_signal(koop_signal *signal, koop_state *s) {
    int number = (int)*signal;
    koop_state_int(s, &number, 0, KOOP_SIGNAL_COUNT - 1);
    *signal = (koop_signal)number;
}

static void exchange_options(const koop_detect *d, koop_state *s) {
    koop_state_same_int(s, d->options.warm_up);
    koop_state_same_int(s, d->options.stride);
    koop_state_same_double(s, d->options.false_alarms);
    koop_state_same_int(s, d->n_groups);
}

void koop_detect_exchange(koop_detect *d, koop_state *s) {
    exchange_options(d, s);
    exchange_update(&d->updates, most_updates, s);
    exchange_update(&d->learning_since, (uint64_t)d->updates, s);
    for (int k = 0; k < TRACKS; k++) koop_track_exchange(&d->track[k], s);
    koop_state_doubles(s, d->last_scalar, KOOP_DETECT_SCALARS, any);
    koop_cadence_exchange(&d->cadence, s);
    koop_outlook_exchange(&d->outlook, s);
    koop_state_bytes(s, d->step, sizeof d->step);
    koop_state_bytes(s, &d->quiet_since, sizeof d->quiet_since);
    koop_state_doubles(s, &d->strength, 1, any);
    koop_state_demand(s, d->strength >= 0);
    koop_state_doubles(s, &d->caution, 1, 1);
    koop_state_demand(s, d->caution >= 0);
    koop_state_int(s, &d->onset, 0, KOOP_TRACK_ONSETS - 1);
    exchange_signal(&d->top_signal, s);
    koop_state_doubles(s, &d->highest_rate, 1, DBL_MAX);
    koop_state_doubles(s, &d->learning_rate, 1, d->highest_rate);
    koop_state_doubles(s, &d->rate_change, 1, any);
    koop_state_demand(s, d->learning_rate >= 0 && d->rate_change >= 0);
    koop_state_bool(s, &d->not_finite);
    koop_state_bool(s, &d->learning_after_event);
    koop_event_exchange(&d->last, d->n_groups, s);
}

void koop_event_exchange(koop_event *e, int n_groups, koop_state *s) {
    int kind = (int)e->kind, fired = (int)e->fired;
    koop_state_int(s, &kind, KOOP_EVENT_TRANSITION, KOOP_EVENT_NOT_FINITE);
    koop_state_bytes(s, &e->step, sizeof e->step);
    koop_state_bytes(s, &e->onset, sizeof e->onset);
    koop_state_int(s, &fired, 0, (1 << KOOP_SIGNAL_COUNT) - 1);
    e->kind = (koop_event_kind)kind;
    e->fired = (unsigned)fired;
    koop_state_doubles(s, e->score, KOOP_SIGNAL_COUNT, most_score);
    koop_state_doubles(s, &e->strength, 1, most_score);
    koop_state_doubles(s, &e->speed_ratio, 1, HUGE_VAL);
    koop_state_int(s, &e->n_top, 0, KOOP_EVENT_TOP_GROUPS);
    if (s->status != KOOP_OK) return;
    for (int k = 0; k < e->n_top; k++) {
        koop_state_int(s, &e->top_group[k], 0, n_groups - 1);
        koop_state_doubles(s, &e->top_share[k], 1, most_score);
    }
    koop_state_text(s, e->sentence, sizeof e->sentence);
}
