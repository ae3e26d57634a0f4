#include "detect_internal.h"
#include "sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double floor_of_logarithms = 0.03, floor_of_cosines = 0.006;
static const double more_caution = 0.1, fading = 0.998, most_caution = 1;
static const double short_baseline = 12;
static const double idle_rate = 0.01; /* of the highest: nothing is judged */

koop_detect_options koop_detect_defaults(void) {
    return (koop_detect_options){.warm_up = 240, .stride = 4, .false_alarms = 1};
}

static double threshold(const koop_detect_options *o) {
    return 16.5 + log(4 / (o->false_alarms * o->stride)) / 0.5;
}

static bool valid(const koop_detect_options *o, int n_groups) {
    return o->warm_up >= 0 && o->stride >= 1 && n_groups >= 0 && n_groups <= KOOP_MAX_GROUPS &&
           o->false_alarms >= 0.001 && o->false_alarms <= 100;
}

static double floor_of(int track) {
    bool cosine = track == TRACK_RADIAL || track == TRACK_ALIGNMENT || track == TRACK_PERSISTENCE;
    return cosine ? floor_of_cosines : floor_of_logarithms;
}

/* What was surprising of late, from the last onset on, says nothing of what is usual. */
static void learn_anew(koop_detect *d) {
    for (int k = 0; k < TRACKS; k++) koop_track_restart(&d->track[k], d->onset + 1);
    d->learning_since = d->updates;
    d->learning_after_event = false;
    d->strength = 0;
}

koop_status koop_detect_new(koop_detect **out, const koop_detect_options *options,
                            const char *const *group_names, int n_groups) {
    if (!valid(options, n_groups)) return KOOP_BAD_ARGUMENT;
    koop_detect *d = calloc(1, sizeof *d);
    if (!d) return KOOP_NO_MEMORY;
    d->options = *options;
    d->threshold = threshold(options);
    d->group_names = group_names;
    d->n_groups = n_groups;
    d->n_blocks = n_groups < KOOP_DETECT_BLOCKS ? n_groups : KOOP_DETECT_BLOCKS;
    if (d->n_blocks < 2) d->n_blocks = 0; /* one group has all of the motion */
    for (int k = 0; k < TRACKS; k++) koop_track_start(&d->track[k], floor_of(k));
    *out = d;
    return KOOP_OK;
}

void koop_detect_free(koop_detect *d) {
    free(d);
}

koop_signal koop_detect_signal_of(int track) {
    static const koop_signal own[TRACK_BLOCKS] = {KOOP_SIGNAL_PREDICTION, KOOP_SIGNAL_SPEED,
                                                  KOOP_SIGNAL_RADIAL, KOOP_SIGNAL_ALIGNMENT,
                                                  KOOP_SIGNAL_PERSISTENCE};
    if (track < TRACK_BLOCKS) return own[track];
    return track < TRACK_SCALARS ? KOOP_SIGNAL_SHARES : KOOP_SIGNAL_SCALARS;
}

/* Of what is larger the squares would overflow. Not for NaN. */
static bool usual_size(double value) {
    return fabs(value) < 1e100;
}

static void take(koop_detect *d, int track, bool known, double value) {
    if (known && usual_size(value))
        koop_track_take(&d->track[track], value);
    else
        koop_track_miss(&d->track[track]);
}

/* Log speed of one block of neighbouring groups, over that of all. */
static double block_share(const koop_detect *d, int block, const koop_signals *s) {
    int first = block * d->n_groups / d->n_blocks, end = (block + 1) * d->n_groups / d->n_blocks;
    double square = 0;
    for (int g = first; g < end && g < s->n_groups; g++) square += exp(2 * s->group_speed[g]);
    return log(square) / 2 - s->value[KOOP_SIGNAL_SPEED];
}

static void take_values(koop_detect *d, const koop_signals *s, const koop_detect_scalars *c,
                        bool usable) {
    static const koop_signal cosines[] = {KOOP_SIGNAL_RADIAL, KOOP_SIGNAL_ALIGNMENT,
                                          KOOP_SIGNAL_PERSISTENCE};
    bool moves = usable && s->available & 1u << KOOP_SIGNAL_SPEED;
    double rate = d->learning_rate > 0 ? log(d->learning_rate) : 0;
    take(d, TRACK_PREDICTION, usable && s->available & 1u << KOOP_SIGNAL_PREDICTION,
         s->value[KOOP_SIGNAL_PREDICTION]);
    take(d, TRACK_SPEED, moves, s->value[KOOP_SIGNAL_SPEED] - rate);
    for (int k = 0; k < 3; k++)
        take(d, TRACK_RADIAL + k, usable && s->available & 1u << cosines[k], s->value[cosines[k]]);
    for (int b = 0; b < d->n_blocks; b++) take(d, TRACK_BLOCKS + b, moves, block_share(d, b, s));
    for (int k = 0; k < KOOP_DETECT_SCALARS; k++) {
        bool known = c && k < c->n && usual_size(c->value[k]) && c->value[k] != d->last_scalar[k];
        if (known) d->last_scalar[k] = c->value[k];
        take(d, TRACK_SCALARS + k, usable && known, known ? c->value[k] : 0);
    }
}

/* Whether the learning rate jumped at this update: by a tenth, and eight times its usual change. */
static bool take_rate(koop_detect *d, const koop_detect_scalars *c, double *before) {
    double now = c && isfinite(c->learning_rate) && c->learning_rate > 0 ? c->learning_rate : 0;
    *before = d->learning_rate;
    if ((now > 0) != (*before > 0)) koop_track_start(&d->track[TRACK_SPEED], floor_of_logarithms);
    d->learning_rate = now;
    if (now > d->highest_rate) d->highest_rate = now;
    if (now <= 0 || *before <= 0) return false;
    double change = fabs(log(now / *before));
    if (change > 0.1 && change > 8 * d->rate_change) return true;
    d->rate_change += (change - d->rate_change) / 8;
    return false;
}

static bool idle(const koop_detect *d) {
    return d->learning_rate > 0 && d->learning_rate < idle_rate * d->highest_rate;
}

static void begin_after(koop_detect *d, const koop_event *event) {
    d->last = *event;
    if (event->kind == KOOP_EVENT_TRANSITION)
        d->caution = fmin(d->caution + more_caution, most_caution);
    learn_anew(d);
    d->learning_after_event = true;
}

bool koop_detect_is_warm(const koop_detect *d) {
    return (d->updates - 1) * d->options.stride >= d->options.warm_up;
}

static bool look_ahead(koop_detect *d, int64_t step, const koop_signals *s, koop_event *event) {
    if (!(s->available & 1u << KOOP_SIGNAL_SPEED)) return false;
    double speed = s->value[KOOP_SIGNAL_SPEED];
    double growth = d->learning_rate > 0 ? speed - log(d->learning_rate) : speed;
    int64_t onset = step;
    koop_outlook_news news = koop_outlook_take(&d->outlook, step, growth, speed,
                                               s->value[KOOP_SIGNAL_MEAN_MODULUS], &onset);
    if (!koop_detect_is_warm(d)) { /* it will be found again */
        d->outlook.diverging = d->outlook.settled = false;
        return false;
    }
    if (news == KOOP_OUTLOOK_NOTHING) return false;
    bool diverges = news == KOOP_OUTLOOK_DIVERGES;
    *event = (koop_event){.kind = diverges ? KOOP_EVENT_DIVERGING : KOOP_EVENT_SETTLED,
                          .step = step,
                          .onset = onset,
                          .fired = 1u << KOOP_SIGNAL_SPEED};
    double over = d->outlook.diverged_to - d->outlook.diverged_from;
    event->speed_ratio = diverges ? exp(over) : exp(speed - d->outlook.fastest);
    koop_detect_rank_groups(s->group_share, s, event);
    if (diverges)
        koop_sentence_diverging(event, d->n_groups > 1 ? d->group_names : NULL);
    else
        koop_sentence_settled(event);
    return true;
}

static void remember_step(koop_detect *d, int64_t step) {
    if (d->updates == 0) d->quiet_since = step;
    memmove(d->step + 1, d->step, KOOP_TRACK_ONSETS * sizeof *d->step);
    d->step[0] = step;
    if (d->updates == 0) d->step[1] = step;
    d->updates++;
}

void koop_detect_snapshot(koop_detect *d, int64_t step) {
    koop_cadence_take(&d->cadence, step);
}

koop_status koop_detect_update(koop_detect *d, int64_t step, const koop_signals *signals,
                               const koop_detect_scalars *scalars, bool *fired, koop_event *event) {
    *fired = false;
    if (signals->n_groups < 0 || signals->n_groups > KOOP_MAX_GROUPS ||
        signals->n_groups > d->n_groups ||
        (scalars && (scalars->n < 0 || scalars->n > KOOP_DETECT_SCALARS)))
        return KOOP_BAD_ARGUMENT;
    remember_step(d, step);
    d->not_finite = false;
    d->caution *= fading;
    double before = 0;
    bool jumped = take_rate(d, scalars, &before);
    koop_cadence_state cadence = koop_cadence_judge(&d->cadence, d->options.stride);
    if (cadence == KOOP_CADENCE_BROKEN) learn_anew(d);
    take_values(d, signals, scalars, cadence == KOOP_CADENCE_REGULAR && !idle(d) && !jumped);
    koop_detect_judge(d);
    if (koop_detect_level(d) > 0.5) d->quiet_since = step;
    if (look_ahead(d, step, signals, event)) {
        *fired = true; /* a transition at the same update is told at the next, a jump is not */
        if (jumped) learn_anew(d);
    } else if (jumped) {
        *event = (koop_event){.kind = KOOP_EVENT_SCHEDULE, .step = step, .onset = step};
        koop_sentence_schedule(event, before, d->learning_rate);
        *fired = true;
    } else if (koop_detect_level(d) > 1 && !d->outlook.diverging) {
        if (!koop_detect_is_warm(d)) { /* what happens so early is not told */
            learn_anew(d);
            return KOOP_OK;
        }
        koop_detect_describe(d, step, signals, scalars, event);
        *fired = true;
    }
    if (*fired && (event->kind == KOOP_EVENT_TRANSITION || event->kind == KOOP_EVENT_SCHEDULE))
        begin_after(d, event);
    return KOOP_OK;
}

void koop_detect_not_finite(koop_detect *d, int64_t step, bool *fired, koop_event *event) {
    *fired = !d->not_finite;
    d->not_finite = true;
    d->quiet_since = step;
    if (!*fired) return;
    koop_sentence s;
    *event = (koop_event){.kind = KOOP_EVENT_NOT_FINITE, .step = step, .onset = step};
    koop_sentence_begin(&s, event->sentence);
    koop_sentence_add(
        &s, "the weights hold NaN, infinity or values too large to square; such snapshots "
            "stay out of the window");
}

/* h at this update: a baseline of few values is known less well than its tracks take it to be. */
static double threshold_now(const koop_detect *d) {
    double n = d->track[TRACK_SPEED].line.n;
    double young = n > 0 ? short_baseline * (1 / n - 1.0 / KOOP_TRACK_REFERENCE) : 0;
    return d->threshold * (1 + d->caution) * (1 + young);
}

double koop_detect_level(const koop_detect *d) {
    return d->strength / threshold_now(d);
}
