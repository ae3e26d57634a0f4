#include "detect_internal.h"
#include "sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BASELINE = 60, MARTINGALE_BASELINE = 120 };

static const double cusum_allowance = 0.75, z_clip = 6, onset_z = 2;
static const double smoothing = 0.1, usual_z = 1;
static const double power[MAX_ARMS] = {0.2, 0.4, 0.6, 0.8};

koop_detect_options koop_detect_defaults(void) {
    koop_detect_options o = {.warm_up = 240, .refractory = 100, .stride = 4};
    /* each alone at 1 false alarm per 10,000 snapshots, times 1.15 because three listen together */
    o.threshold[KOOP_SIGNAL_PREDICTION] = 9.1 * 1.15;
    o.threshold[KOOP_SIGNAL_SPEED] = 4.7 * 1.15;
    o.threshold[KOOP_SIGNAL_NORM_RATE] = 4.5 * 1.15;
    return o;
}

koop_status koop_detect_new(koop_detect **out, const koop_detect_options *options,
                            const char *const *group_names, int n_groups) {
    if (options->warm_up < 0 || options->refractory < 0 || options->stride < 1 || n_groups < 0)
        return KOOP_BAD_ARGUMENT;
    koop_detect *d = calloc(1, sizeof *d);
    if (!d) return KOOP_NO_MEMORY;
    d->options = *options;
    d->group_names = group_names;
    d->n_groups = n_groups;
    d->prediction = (track){.reference = BASELINE, .gap = 8};
    d->speed = (track){.reference = BASELINE, .gap = 2};
    d->norm_rate = (track){.reference = MARTINGALE_BASELINE, .gap = 0};
    d->random = 0x9e3779b97f4a7c15u;
    *out = d;
    return KOOP_OK;
}

void koop_detect_free(koop_detect *d) {
    free(d);
}

static int compare_doubles(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Sorts. */
static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    int half = count / 2;
    return count % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

static bool ready(const track *t) {
    return t->held == t->reference + t->gap;
}

/* The oldest `reference` values. */
static void copy_reference(const track *t, double *out) {
    int size = t->reference + t->gap;
    for (int i = 0; i < t->reference; i++) out[i] = t->history[(t->next + i) % size];
}

static void remember(track *t, double value) {
    int size = t->reference + t->gap;
    t->history[t->next] = value;
    t->next = (t->next + 1) % size;
    if (t->held < size) t->held++;
}

/* Also keeps the baseline and the smoothed z. */
static double robust_z(track *t, double value) {
    double reference[MAX_HISTORY];
    copy_reference(t, reference);
    t->baseline = median(reference, t->reference);
    for (int i = 0; i < t->reference; i++) reference[i] = fabs(reference[i] - t->baseline);
    double spread = 1.4826 * median(reference, t->reference) + 1e-3 * fabs(t->baseline) + 1e-9;
    double z = (value - t->baseline) / spread;
    double clipped = z > z_clip ? z_clip : z < -z_clip ? -z_clip : z;
    t->level += smoothing * (clipped - t->level);
    return z;
}

static void add_to_arm(track *t, int k, double increment, place now) {
    double before = t->arm[k];
    t->arm[k] = before + increment > 0 && !t->engaged ? before + increment : 0;
    if (before <= 0 && t->arm[k] > 0) t->left_zero[k] = now;
}

/* The largest arm is the statistic, and its rise from 0 the onset. */
static int take_largest_arm(track *t, int arms) {
    int best = 0;
    for (int k = 1; k < arms; k++)
        if (t->arm[k] > t->arm[best]) best = k;
    t->statistic = t->arm[best];
    t->onset = t->left_zero[best];
    return best;
}

static void cusum(track *t, double value, place now) {
    double z = robust_z(t, value);
    z = z > z_clip ? z_clip : z < -z_clip ? -z_clip : z;
    add_to_arm(t, 0, z - cusum_allowance, now);
    add_to_arm(t, 1, -z - cusum_allowance, now);
    int up = take_largest_arm(t, 2) == 0;
    t->direction = t->engaged ? (t->level > 0 ? 1 : -1) : up ? 1 : -1;
}

static void robust_score(track *t, double value, place now) {
    double before = t->statistic, z = robust_z(t, value);
    t->statistic = t->engaged ? 0 : fabs(z);
    t->direction = z >= 0 ? 1 : -1;
    if (before <= onset_z) t->onset = now;
}

static double uniform(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (double)(*state >> 11) / 9007199254740992.0;
}

static void conformal(track *t, double value, place now, uint64_t *random) {
    double reference[MAX_HISTORY];
    (void)robust_z(t, value); /* for the baseline and the level */
    double strangeness = fabs(value - t->baseline);
    int stranger = 0, as_strange = 1;
    copy_reference(t, reference);
    for (int i = 0; i < t->reference; i++) {
        double other = fabs(reference[i] - t->baseline);
        stranger += other > strangeness;
        as_strange += other == strangeness;
    }
    double p = (stranger + uniform(random) * as_strange) / (t->reference + 1);
    p = p > 1e-4 ? p : 1e-4;
    for (int k = 0; k < MAX_ARMS; k++)
        add_to_arm(t, k, log(power[k]) + (power[k] - 1) * log(p), now);
    take_largest_arm(t, MAX_ARMS);
    t->direction = t->level >= 0 ? 1 : -1;
}

static void update_tracks(koop_detect *d, place now, const koop_signals *s) {
    if (s->available & 1u << KOOP_SIGNAL_PREDICTION) {
        double value = s->value[KOOP_SIGNAL_PREDICTION];
        if (ready(&d->prediction)) cusum(&d->prediction, value, now);
        remember(&d->prediction, value);
    }
    if (s->available & 1u << KOOP_SIGNAL_SPEED) {
        double value = s->value[KOOP_SIGNAL_SPEED];
        if (ready(&d->speed)) robust_score(&d->speed, value, now);
        remember(&d->speed, value);
    }
    if (s->available & 1u << KOOP_SIGNAL_NORM_RATE) {
        double value = s->value[KOOP_SIGNAL_NORM_RATE];
        if (ready(&d->norm_rate)) conformal(&d->norm_rate, value, now, &d->random);
        remember(&d->norm_rate, value);
    }
}

static track *track_of(koop_detect *d, koop_signal signal) {
    switch (signal) {
    case KOOP_SIGNAL_PREDICTION:
        return &d->prediction;
    case KOOP_SIGNAL_SPEED:
        return &d->speed;
    case KOOP_SIGNAL_NORM_RATE:
        return &d->norm_rate;
    case KOOP_SIGNAL_STRAIGHTNESS:
    case KOOP_SIGNAL_EFFECTIVE_RANK:
    case KOOP_SIGNAL_MEAN_MODULUS:
    case KOOP_SIGNAL_MAX_MODULUS:
    case KOOP_SIGNAL_DISTANCE:
    case KOOP_SIGNAL_COUNT:
        break;
    }
    return NULL;
}

/* Whether the last event is more than the refractory period old. */
static bool quiet(const koop_detect *d) {
    int64_t since = (d->updates - d->last_event.update) * d->options.stride;
    return d->last_event.update == 0 || since > d->options.refractory;
}

/* Whether an excursion that passes its threshold in the refractory period began with that event's
 * change: the short signals average over 8 snapshots, so allow for as many. */
static bool belongs_to_last(const koop_detect *d, const track *t) {
    int64_t after = (t->onset.update - d->last_event.update) * d->options.stride;
    return d->last_event.update > 0 && !quiet(d) && after <= 8;
}

/* Fills the scores and what fired. A change of its own within the refractory period waits. */
static void score(koop_detect *d, koop_event *event) {
    d->top_score = 0;
    for (int k = 0; k < KOOP_SIGNAL_COUNT; k++) {
        track *t = track_of(d, (koop_signal)k);
        if (!t || d->options.threshold[k] <= 0 || !ready(t)) continue;
        if (t->engaged && quiet(d) && fabs(t->level) < usual_z) t->engaged = false;
        event->score[k] = t->statistic / d->options.threshold[k];
        if (event->score[k] > d->top_score) {
            d->top_score = event->score[k];
            d->top_signal = (koop_signal)k;
        }
        if (event->score[k] <= 1) continue;
        if (belongs_to_last(d, t))
            t->engaged = true;
        else
            event->fired |= 1u << k;
    }
}

static void engage(track *t) {
    t->engaged = true;
    memset(t->arm, 0, sizeof t->arm);
}

static void rank_groups(const koop_signals *s, koop_event *event) {
    bool taken[KOOP_MAX_GROUPS] = {false};
    for (event->n_top = 0; event->n_top < KOOP_EVENT_TOP_GROUPS; event->n_top++) {
        int best = -1;
        for (int g = 0; g < s->n_groups; g++)
            if (!taken[g] && s->group_share[g] > 0 &&
                (best < 0 || s->group_share[g] > s->group_share[best]))
                best = g;
        if (best < 0) return;
        taken[best] = true;
        event->top_group[event->n_top] = best;
        event->top_share[event->n_top] = s->group_share[best];
    }
}

static void describe(koop_detect *d, int64_t step, const koop_signals *s, koop_event *event) {
    koop_directions directions = {.norm_rises = d->norm_rises};
    event->kind = KOOP_EVENT_TRANSITION;
    event->step = event->onset = step;
    for (int k = 0; k < KOOP_SIGNAL_COUNT; k++)
        if (event->fired & 1u << k) {
            track *t = track_of(d, (koop_signal)k);
            if (t->onset.step < event->onset) event->onset = t->onset.step;
            engage(t);
            if (k == KOOP_SIGNAL_PREDICTION) directions.prediction = t->direction;
            if (k == KOOP_SIGNAL_SPEED) directions.speed = t->direction;
            if (k == KOOP_SIGNAL_NORM_RATE) directions.norm_rate = t->direction;
        }
    if (ready(&d->speed) && s->available & 1u << KOOP_SIGNAL_SPEED)
        event->speed_ratio = exp(s->value[KOOP_SIGNAL_SPEED] - d->speed.baseline);
    rank_groups(s, event);
    koop_sentence_transition(event, directions, d->n_groups > 1 ? d->group_names : NULL);
}

koop_status koop_detect_update(koop_detect *d, int64_t step, const koop_signals *signals,
                               bool *fired, koop_event *event) {
    *fired = false;
    if (signals->n_groups < 0 || signals->n_groups > KOOP_MAX_GROUPS ||
        (d->group_names && signals->n_groups > d->n_groups))
        return KOOP_BAD_ARGUMENT;
    if (d->updates == 0) d->quiet_since = step;
    d->updates++;
    d->not_finite = false;
    d->norm_rises = signals->value[KOOP_SIGNAL_NORM_RATE] > 0;
    update_tracks(d, (place){step, d->updates}, signals);
    koop_event now = {0};
    score(d, &now);
    if (d->top_score > 1) d->quiet_since = step;
    bool warm = (d->updates - 1) * d->options.stride >= d->options.warm_up;
    if (now.fired == 0 || !warm || !quiet(d)) return KOOP_OK;
    d->last_event = (place){step, d->updates};
    describe(d, step, signals, &now);
    *event = d->last = now;
    *fired = true;
    return KOOP_OK;
}

void koop_detect_not_finite(koop_detect *d, int64_t step, bool *fired, koop_event *event) {
    *fired = !d->not_finite;
    d->not_finite = true;
    if (!*fired) return;
    koop_sentence s;
    *event = (koop_event){.kind = KOOP_EVENT_NOT_FINITE, .step = step, .onset = step};
    koop_sentence_begin(&s, event->sentence);
    koop_sentence_add(
        &s, "the weights hold NaN, infinity or values too large to square; such snapshots "
            "stay out of the window");
}

/* The track that is ready last of those that this run has. */
static const track *slowest(const koop_detect *d) {
    return d->prediction.held > 0 ? &d->prediction : &d->speed;
}

static const track *drifting(const koop_detect *d) {
    if (d->prediction.engaged) return &d->prediction;
    if (d->speed.engaged) return &d->speed;
    return d->norm_rate.engaged ? &d->norm_rate : NULL;
}

koop_phase koop_detect_phase(const koop_detect *d) {
    if (!ready(&d->speed) || !ready(slowest(d)) ||
        (d->updates - 1) * d->options.stride < d->options.warm_up)
        return KOOP_PHASE_WARMING_UP;
    if (d->last_event.update > 0 && !quiet(d)) return KOOP_PHASE_TRANSITION;
    return d->top_score > 0.75 || drifting(d) ? KOOP_PHASE_DRIFTING : KOOP_PHASE_STEADY;
}

/* "prediction error still below usual, since the transition at step 1,204", or "updates slower than
 * usual, at 63% of an alarm". */
static void add_drift(const koop_detect *d, koop_sentence *s) {
    const track *t = drifting(d);
    bool lasting = t != NULL;
    if (!lasting)
        t = d->top_signal == KOOP_SIGNAL_SPEED       ? &d->speed
            : d->top_signal == KOOP_SIGNAL_NORM_RATE ? &d->norm_rate
                                                     : &d->prediction;
    if (t == &d->speed) {
        koop_sentence_add(s, lasting ? "updates still " : "updates ");
        koop_sentence_add(s, t->direction > 0 ? "faster" : "slower");
    } else if (t == &d->norm_rate) {
        koop_sentence_add(s, lasting ? "the weight norm still " : "the weight norm ");
        koop_sentence_add(s, koop_sentence_norm(t->direction, d->norm_rises));
    } else {
        koop_sentence_add(s, lasting ? "prediction error still " : "prediction error ");
        koop_sentence_add(s, t->direction > 0 ? "higher" : "lower");
    }
    koop_sentence_add(s, " than usual, ");
    koop_sentence_add(s, lasting ? "since step " : "at ");
    koop_sentence_add_integer(s, lasting ? d->last_event.step : (int64_t)(100 * d->top_score));
    if (!lasting) koop_sentence_add(s, "% of an alarm");
}

void koop_detect_reason(const koop_detect *d, char reason[KOOP_SENTENCE_BYTES]) {
    koop_sentence s;
    koop_sentence_begin(&s, reason);
    switch (koop_detect_phase(d)) {
    case KOOP_PHASE_WARMING_UP: {
        int wanted = slowest(d)->reference + slowest(d)->gap, held = slowest(d)->held;
        koop_sentence_add(&s, "learning what is usual for this run: ");
        koop_sentence_add_integer(&s, held);
        koop_sentence_add(&s, " of ");
        koop_sentence_add_integer(&s, wanted);
        koop_sentence_add(&s, " updates");
        break;
    }
    case KOOP_PHASE_STEADY:
        koop_sentence_add(&s, "nothing unusual since step ");
        koop_sentence_add_integer(&s, d->quiet_since);
        break;
    case KOOP_PHASE_DRIFTING:
        add_drift(d, &s);
        break;
    case KOOP_PHASE_TRANSITION:
        koop_sentence_add(&s, "since step ");
        koop_sentence_add_integer(&s, d->last.onset);
        koop_sentence_add(&s, ": ");
        koop_sentence_add(&s, d->last.sentence);
        break;
    }
}

const char *koop_event_kind_name(koop_event_kind kind) {
    switch (kind) {
    case KOOP_EVENT_TRANSITION:
        return "transition";
    case KOOP_EVENT_SETTLED:
        return "settled";
    case KOOP_EVENT_DIVERGING:
        return "diverging";
    case KOOP_EVENT_GROKKING:
        return "grokking?";
    case KOOP_EVENT_STALLED:
        return "stalled";
    case KOOP_EVENT_NOT_FINITE:
        return "not-finite";
    }
    return "unknown";
}

const char *koop_phase_name(koop_phase phase) {
    switch (phase) {
    case KOOP_PHASE_WARMING_UP:
        return "warming up";
    case KOOP_PHASE_STEADY:
        return "steady";
    case KOOP_PHASE_DRIFTING:
        return "drifting";
    case KOOP_PHASE_TRANSITION:
        return "transition";
    }
    return "unknown";
}
