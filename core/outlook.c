#include "outlook.h"

#include <math.h>
#include <string.h>

enum { ALL = KOOP_OUTLOOK_UPDATES, QUARTER = ALL / 4, BURST = 64, REST = 16, RING = 8 };

static const double doubled = 0.693147180559945, errors = 6, fallen = 1.0 / 3;
static const double rest = -4.605170185988091, unrest = -3.401197381662155; /* log 1/100, 1/30 */
static const double near_one = 0.1, most = 1e300;

/* Mean of one quarter of the values held, 0 the newest. */
static double quarter(const koop_outlook *o, int q) {
    double sum = 0;
    for (int i = 0; i < QUARTER; i++) sum += o->growth[q * QUARTER + i];
    return sum / QUARTER;
}

/* Growth along the least squares line through all values held, over its standard error. */
static double significance(const koop_outlook *o) {
    double mean = 0, product = 0, square = 0, rest2 = 0;
    for (int i = 0; i < ALL; i++) mean += o->growth[i] / ALL;
    for (int i = 0; i < ALL; i++) {
        double x = (ALL - 1) / 2.0 - i; /* the newest first */
        product += x * (o->growth[i] - mean);
        square += x * x;
    }
    double slope = product / square;
    for (int i = 0; i < ALL; i++)
        rest2 += pow(o->growth[i] - mean - slope * ((ALL - 1) / 2.0 - i), 2);
    return slope / (sqrt(rest2 / (ALL - 2) / square) + 1e-12);
}

static bool grows(const koop_outlook *o) {
    if (o->held < ALL || o->updates < BURST + ALL) return false;
    double newest = quarter(o, 0), growth = newest - quarter(o, 3);
    if (growth < doubled || newest <= o->highest || significance(o) < errors) return false;
    for (int q = 0; q < 3; q++) /* a step is all in one quarter, or two */
        if (quarter(o, q) - quarter(o, q + 1) < growth / 5) return false;
    return true;
}

double koop_outlook_rate_since(const koop_outlook *o, int back) {
    if (back > o->held - 1) back = o->held - 1;
    if (back < 1 || o->rate[0] == 0 || o->rate[back] == 0) return 1;
    return exp(o->rate[0] - o->rate[back]);
}

static void remember(koop_outlook *o, int64_t step, double growth, double speed) {
    if (o->held == ALL && o->updates >= BURST + ALL - 1) { /* what leaves counts as seen */
        double before = quarter(o, 1);
        if (o->updates == BURST + ALL - 1 || before > o->highest) o->highest = before;
    }
    memmove(o->growth + 1, o->growth, (ALL - 1) * sizeof *o->growth);
    memmove(o->step + 1, o->step, (ALL - 1) * sizeof *o->step);
    memmove(o->rate + 1, o->rate, (ALL - 1) * sizeof *o->rate);
    o->growth[0] = growth;
    o->rate[0] = speed - growth;
    o->step[0] = step;
    if (o->held < ALL) o->held++;
    o->recent[o->updates % RING] = speed;
    o->updates++;
}

static bool begins_to_diverge(koop_outlook *o, int64_t *onset) {
    if (o->held < QUARTER) return false;
    double newest = quarter(o, 0);
    if (o->diverging) {
        if (newest > o->diverged_to) o->diverged_to = newest;
        double fall = o->diverged_to - newest;
        o->diverging = fall < fallen * (o->diverged_to - o->diverged_from);
        return false;
    }
    if (!grows(o)) return false;
    o->diverging = true;
    o->diverged_from = quarter(o, 3);
    o->diverged_to = newest;
    *onset = o->diverging_since = o->step[ALL - 1];
    return true;
}

static bool begins_to_rest(koop_outlook *o, int64_t step, double mean_modulus, int64_t *onset) {
    if (o->updates < RING) return false;
    double mean = 0;
    for (int i = 0; i < RING; i++) mean += o->recent[i] / RING;
    if (o->updates == RING || mean > o->fastest) o->fastest = mean;
    double slow = mean - o->fastest;
    if (o->settled) o->settled = slow < unrest;
    bool resting = slow < rest && fabs(mean_modulus - 1) < near_one;
    if (!resting) {
        o->resting = 0;
        return false;
    }
    if (o->resting == 0) o->resting_since = step;
    if (o->resting < REST) o->resting++;
    if (o->settled || o->resting < REST) return false;
    o->settled = true;
    *onset = o->resting_since;
    return true;
}

koop_outlook_news koop_outlook_take(koop_outlook *o, int64_t step, double growth, double speed,
                                    double mean_modulus, int64_t *onset) {
    remember(o, step, growth, speed);
    bool rests = begins_to_rest(o, step, mean_modulus, onset);
    bool diverges = begins_to_diverge(o, onset);
    if (o->diverging || o->settled) {
        o->last_of_either = step;
        o->was_either = true;
    }
    if (diverges) return KOOP_OUTLOOK_DIVERGES;
    return rests ? KOOP_OUTLOOK_SETTLES : KOOP_OUTLOOK_NOTHING;
}

void koop_outlook_exchange(koop_outlook *o, koop_state *s) {
    uint64_t updates = (uint64_t)o->updates;
    koop_state_int(s, &o->held, 0, ALL);
    koop_state_doubles(s, o->growth, ALL, most);
    koop_state_bytes(s, o->step, sizeof o->step);
    koop_state_doubles(s, o->rate, ALL, most);
    koop_state_doubles(s, &o->highest, 1, most);
    koop_state_doubles(s, &o->fastest, 1, most);
    koop_state_doubles(s, o->recent, RING, most);
    koop_state_count(s, &updates, (uint64_t)1 << 48);
    o->updates = (int64_t)updates;
    koop_state_int(s, &o->resting, 0, REST);
    koop_state_bytes(s, &o->resting_since, sizeof o->resting_since);
    koop_state_doubles(s, &o->diverged_from, 1, most);
    koop_state_doubles(s, &o->diverged_to, 1, most);
    koop_state_bytes(s, &o->diverging_since, sizeof o->diverging_since);
    koop_state_bytes(s, &o->last_of_either, sizeof o->last_of_either);
    koop_state_bool(s, &o->diverging);
    koop_state_bool(s, &o->settled);
    koop_state_bool(s, &o->was_either);
}
