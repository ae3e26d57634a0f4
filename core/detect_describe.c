#include "detect_internal.h"
#include "sentence.h"

#include <math.h>

void koop_detect_rank_groups(const double *by, const koop_signals *s, koop_event *event) {
    bool taken[KOOP_MAX_GROUPS] = {false};
    for (event->n_top = 0; event->n_top < KOOP_EVENT_TOP_GROUPS; event->n_top++) {
        int best = -1;
        for (int g = 0; g < s->n_groups; g++)
            if (!taken[g] && by[g] > 0 && (best < 0 || by[g] > by[best])) best = g;
        if (best < 0) return;
        taken[best] = true;
        event->top_group[event->n_top] = best;
        event->top_share[event->n_top] = s->group_share[best];
    }
}

/* Groups of the blocks whose shares changed, by how much says so; else by their shares. */
static void name_groups(const koop_detect *d, const koop_signals *s, koop_event *event) {
    double by[KOOP_MAX_GROUPS] = {0};
    bool shares = event->fired & 1u << KOOP_SIGNAL_SHARES;
    for (int b = 0; b < d->n_blocks && shares; b++) {
        double evidence = d->evidence[TRACK_BLOCKS + b][d->onset];
        int first = b * d->n_groups / d->n_blocks, end = (b + 1) * d->n_groups / d->n_blocks;
        for (int g = first; g < end; g++)
            if (evidence > 4 && s->group_share[g] >= 0.05) by[g] = evidence;
    }
    koop_detect_rank_groups(by, s, event);
    if (event->n_top == 0) koop_detect_rank_groups(s->group_share, s, event);
}

/* The step halfway through the update `back` ago: where in it a change began is not known. */
static int64_t step_of_onset(const koop_detect *d, int back) {
    int64_t end = d->step[back], begin = d->step[back + 1];
    uint64_t between = (uint64_t)end - (uint64_t)begin; /* more than an int64_t may hold */
    return begin < end ? end - (int64_t)(between / 2) : end;
}

/* Signals that say so: those of an evidence that one in a hundred would reach by chance, and the
 * strongest. */
static void score(const koop_detect *d, koop_event *event) {
    static const double noteworthy = 4.6; /* log 100 */
    for (int k = 0; k < TRACKS; k++) {
        koop_signal signal = koop_detect_signal_of(k);
        double evidence = d->evidence[k][d->onset];
        if (evidence / d->threshold > event->score[signal])
            event->score[signal] = evidence / d->threshold;
        if (evidence > noteworthy) event->fired |= 1u << signal;
    }
    event->fired |= 1u << d->top_signal;
    event->strength = koop_detect_level(d);
}

static koop_movements movements(const koop_detect *d, const koop_event *event,
                                const koop_signals *s, const koop_detect_scalars *c) {
    koop_movements m = {.norm_rises = s->value[KOOP_SIGNAL_RADIAL] > 0};
    double most = 0;
    for (int k = 0; k < TRACKS; k++) {
        koop_signal signal = koop_detect_signal_of(k);
        double shift = koop_track_shift(&d->track[k], d->onset);
        if (!(event->fired & 1u << signal) || signal == KOOP_SIGNAL_SHARES) continue;
        if (signal == KOOP_SIGNAL_SCALARS) {
            if (d->evidence[k][d->onset] <= most || !c) continue;
            most = d->evidence[k][d->onset];
            m.scalar = c->name[k - TRACK_SCALARS];
        }
        m.up[signal] = shift > 0 ? 1 : -1;
    }
    return m;
}

void koop_detect_describe(const koop_detect *d, int64_t step, const koop_signals *s,
                          const koop_detect_scalars *c, koop_event *event) {
    *event = (koop_event){.kind = KOOP_EVENT_TRANSITION, .step = step};
    event->onset = step_of_onset(d, d->onset);
    if (event->onset > step) event->onset = step;
    score(d, event);
    if (koop_track_ready(&d->track[TRACK_SPEED]))
        event->speed_ratio = exp(koop_track_shift(&d->track[TRACK_SPEED], d->onset));
    name_groups(d, s, event);
    koop_sentence_transition(event, movements(d, event, s, c),
                             d->n_groups > 1 ? d->group_names : NULL);
}
