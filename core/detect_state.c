#include "detect_internal.h"

#include <math.h>

/* Bounds that no run reaches, below which the detector's arithmetic stays defined. */
static const double any = 1e300, most_score = 1e15;
static const uint64_t most_updates = (uint64_t)1 << 48;

static void exchange_step(int64_t *step, koop_state *s) {
    koop_state_bytes(s, step, sizeof *step);
}

/* An update's number, not above `last`. */
static void exchange_update(int64_t *update, uint64_t last, koop_state *s) {
    uint64_t number = (uint64_t)*update;
    koop_state_count(s, &number, last);
    if (s->status == KOOP_OK) *update = (int64_t)number;
}

static void exchange_place(place *p, int64_t last, koop_state *s) {
    exchange_step(&p->step, s);
    exchange_update(&p->update, (uint64_t)last, s);
}

static void exchange_scores(double *scores, size_t count, koop_state *s) {
    koop_state_doubles(s, scores, count, most_score);
    for (size_t i = 0; i < count; i++) koop_state_demand(s, scores[i] >= 0);
}

static void exchange_track(track *t, int64_t last, koop_state *s) {
    int size = t->reference + t->gap;
    koop_state_same_int(s, t->reference);
    koop_state_same_int(s, t->gap);
    koop_state_int(s, &t->held, 0, size);
    koop_state_int(s, &t->next, 0, size - 1);
    koop_state_demand(s, t->held == size || t->next == t->held);
    if (s->status != KOOP_OK) return;
    koop_state_doubles(s, t->history, (size_t)t->held, any);
    exchange_scores(t->arm, MAX_ARMS, s);
    for (int k = 0; k < MAX_ARMS; k++) exchange_place(&t->left_zero[k], last, s);
    exchange_scores(&t->statistic, 1, s);
    koop_state_doubles(s, &t->level, 1, any);
    koop_state_int(s, &t->direction, -1, 1);
    koop_state_doubles(s, &t->baseline, 1, any);
    exchange_place(&t->onset, last, s);
    koop_state_bool(s, &t->engaged);
}

static void exchange_options(const koop_detect *d, koop_state *s) {
    koop_state_same_int(s, d->options.warm_up);
    koop_state_same_int(s, d->options.refractory);
    koop_state_same_int(s, d->options.stride);
    for (int k = 0; k < KOOP_SIGNAL_COUNT; k++) koop_state_same_double(s, d->options.threshold[k]);
    koop_state_same_int(s, d->n_groups);
}

void koop_detect_exchange(koop_detect *d, koop_state *s) {
    exchange_options(d, s);
    exchange_update(&d->updates, most_updates, s);
    exchange_track(&d->prediction, d->updates, s);
    exchange_track(&d->speed, d->updates, s);
    exchange_track(&d->norm_rate, d->updates, s);
    koop_state_count(s, &d->random, UINT64_MAX);
    koop_state_demand(s, d->random != 0); /* it would stay 0 */
    exchange_step(&d->quiet_since, s);
    exchange_place(&d->last_event, d->updates, s);
    koop_state_bool(s, &d->norm_rises);
    koop_state_bool(s, &d->not_finite);
    exchange_scores(&d->top_score, 1, s);
    int signal = (int)d->top_signal;
    koop_state_int(s, &signal, 0, KOOP_SIGNAL_COUNT - 1);
    d->top_signal = (koop_signal)signal;
    koop_event_exchange(&d->last, d->n_groups, s);
}

void koop_event_exchange(koop_event *e, int n_groups, koop_state *s) {
    int kind = (int)e->kind, fired = (int)e->fired;
    koop_state_int(s, &kind, KOOP_EVENT_TRANSITION, KOOP_EVENT_NOT_FINITE);
    exchange_step(&e->step, s);
    exchange_step(&e->onset, s);
    koop_state_int(s, &fired, 0, (1 << KOOP_SIGNAL_COUNT) - 1);
    e->kind = (koop_event_kind)kind;
    e->fired = (unsigned)fired;
    koop_state_doubles(s, e->score, KOOP_SIGNAL_COUNT, most_score);
    koop_state_doubles(s, &e->speed_ratio, 1, HUGE_VAL);
    koop_state_int(s, &e->n_top, 0, KOOP_EVENT_TOP_GROUPS);
    if (s->status != KOOP_OK) return;
    for (int k = 0; k < e->n_top; k++) {
        koop_state_int(s, &e->top_group[k], 0, n_groups - 1);
        koop_state_doubles(s, &e->top_share[k], 1, most_score);
    }
    koop_state_text(s, e->sentence, sizeof e->sentence);
}
