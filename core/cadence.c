#include "cadence.h"

#include "robust.h"

#include <string.h>

static const double least = 2.0 / 3, most = 1.5, broken = 16, most_gap = 2e19;

void koop_cadence_take(koop_cadence *c, int64_t step) {
    if (c->begun) {
        memmove(c->gap + 1, c->gap, (KOOP_CADENCE_GAPS - 1) * sizeof *c->gap);
        c->gap[0] = (double)step - (double)c->last;
        if (c->held < KOOP_CADENCE_GAPS) c->held++;
    }
    c->last = step;
    c->begun = true;
}

static bool regular(double gap, double usual) {
    return gap >= least * usual && gap <= most * usual;
}

static double median_gap(const koop_cadence *c) {
    double gaps[KOOP_CADENCE_GAPS];
    memcpy(gaps, c->gap, (size_t)c->held * sizeof *gaps);
    return koop_robust_median(gaps, c->held);
}

koop_cadence_state koop_cadence_judge(koop_cadence *c, int count) {
    if (c->held == 0) return KOOP_CADENCE_REGULAR;
    double now = median_gap(c);
    if (count > c->held) count = c->held;
    if (c->usual == 0) c->usual = now;
    bool same = regular(now, c->usual);
    for (int i = 0; i < count; i++)
        if (c->gap[i] <= 0 || c->gap[i] > broken * c->usual) same = false;
    if (!same) {
        c->usual = now > 0 ? now : 0;
        return KOOP_CADENCE_BROKEN;
    }
    for (int i = 0; i < count; i++)
        if (!regular(c->gap[i], c->usual)) return KOOP_CADENCE_IRREGULAR;
    return KOOP_CADENCE_REGULAR;
}

void koop_cadence_exchange(koop_cadence *c, koop_state *s) {
    koop_state_bytes(s, &c->last, sizeof c->last);
    koop_state_bool(s, &c->begun);
    koop_state_int(s, &c->held, 0, KOOP_CADENCE_GAPS);
    if (s->status != KOOP_OK) return;
    koop_state_doubles(s, c->gap, (size_t)c->held, most_gap);
    koop_state_doubles(s, &c->usual, 1, most_gap);
    koop_state_demand(s, c->usual >= 0);
}
