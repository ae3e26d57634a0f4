#include "detect_internal.h"
#include "sentence.h"

#include <math.h>

/* Whether no track knows what is usual. */
static bool learns(const koop_detect *d) {
    for (int k = 0; k < TRACKS; k++)
        if (koop_track_ready(&d->track[k])) return false;
    return true;
}

koop_phase koop_detect_phase(const koop_detect *d) {
    if (d->not_finite) return KOOP_PHASE_NOT_FINITE;
    if (d->outlook.diverging) return KOOP_PHASE_DIVERGING;
    if (d->outlook.settled) return KOOP_PHASE_SETTLED;
    if (learns(d) && d->learning_after_event) return KOOP_PHASE_TRANSITION;
    if (learns(d) || !koop_detect_is_warm(d)) return KOOP_PHASE_WARMING_UP;
    return koop_detect_level(d) > 0.5 ? KOOP_PHASE_DRIFTING : KOOP_PHASE_STEADY;
}

static void add_learning(const koop_detect *d, koop_sentence *s) {
    enum { NEEDED = KOOP_TRACK_LEAST + KOOP_TRACK_GAP };
    int64_t waited = d->updates - d->learning_since,
            warm_up = d->options.warm_up / d->options.stride;
    bool cold = warm_up - d->updates > NEEDED - waited; /* the warm-up is what takes longer */
    if (waited > NEEDED) waited = NEEDED;               /* for values that do not come */
    koop_sentence_add(s, "learning what is usual for this run: ");
    koop_sentence_add_integer(s, cold ? d->updates : waited);
    koop_sentence_add(s, " of ");
    koop_sentence_add_integer(s, cold ? warm_up : NEEDED);
    koop_sentence_add(s, " updates");
}

static const char *words_for(koop_signal signal) {
    switch (signal) {
    case KOOP_SIGNAL_PREDICTION:
        return "the prediction error";
    case KOOP_SIGNAL_SPEED:
        return "the updates' size";
    case KOOP_SIGNAL_RADIAL:
        return "the weight norm's course";
    case KOOP_SIGNAL_ALIGNMENT:
    case KOOP_SIGNAL_PERSISTENCE:
        return "the updates' direction";
    case KOOP_SIGNAL_SHARES:
        return "the layers' shares";
    case KOOP_SIGNAL_SCALARS:
        return "what the trainer sends";
    case KOOP_SIGNAL_STRAIGHTNESS:
    case KOOP_SIGNAL_EFFECTIVE_RANK:
    case KOOP_SIGNAL_MEAN_MODULUS:
    case KOOP_SIGNAL_MAX_MODULUS:
    case KOOP_SIGNAL_DISTANCE:
    case KOOP_SIGNAL_COUNT:
        break;
    }
    return "a signal";
}

/* The step since which nothing was unusual: the last that was, or that of what was told. A trainer
 * that counts anew leaves steps ahead of the present one. */
static int64_t quiet_since(const koop_detect *d) {
    int64_t since = d->quiet_since, now = d->step[0];
    if (d->last.sentence[0] && d->last.step <= now && d->last.step > since) since = d->last.step;
    if (d->outlook.was_either && d->outlook.last_of_either <= now &&
        d->outlook.last_of_either > since)
        since = d->outlook.last_of_either;
    return since;
}

static int updates_since(const koop_detect *d, int64_t step) {
    int back = 0;
    while (back < d->outlook.held - 1 && d->outlook.step[back] > step) back++;
    return back;
}

/* "; the learning rate rose 3.6× since step 880": what explains that updates grow, where it is told. */
static void add_rate(const koop_detect *d, koop_sentence *s, int back) {
    static const double noteworthy = 1.5;
    const koop_outlook *o = &d->outlook;
    double ratio = koop_outlook_rate_since(o, back);
    if (!(ratio > noteworthy || ratio < 1 / noteworthy)) return;
    koop_sentence_add(s, ratio > 1 ? "; the learning rate rose " : "; the learning rate fell ");
    koop_sentence_add_ratio(s, ratio > 1 ? ratio : 1 / ratio);
    koop_sentence_add(s, "× since step ");
    koop_sentence_add_integer(s, o->step[back < o->held ? back : o->held - 1]);
}

void koop_detect_reason(const koop_detect *d, char reason[KOOP_SENTENCE_BYTES]) {
    koop_sentence s;
    koop_sentence_begin(&s, reason);
    switch (koop_detect_phase(d)) {
    case KOOP_PHASE_WARMING_UP:
        add_learning(d, &s);
        break;
    case KOOP_PHASE_STEADY:
        koop_sentence_add(&s, "nothing unusual since step ");
        koop_sentence_add_integer(&s, quiet_since(d));
        add_rate(d, &s, KOOP_OUTLOOK_UPDATES - 1);
        break;
    case KOOP_PHASE_DRIFTING:
        koop_sentence_add(&s, words_for(d->top_signal));
        koop_sentence_add(&s, " drifts from the usual, at ");
        koop_sentence_add_integer(&s, (int64_t)(100 * koop_detect_level(d)));
        koop_sentence_add(&s, "% of an alarm");
        add_rate(d, &s, KOOP_OUTLOOK_UPDATES - 1);
        break;
    case KOOP_PHASE_TRANSITION:
        koop_sentence_add(&s, "since step ");
        koop_sentence_add_integer(&s, d->last.onset);
        koop_sentence_add(&s, ": ");
        koop_sentence_add(&s, d->last.sentence);
        if (d->last.kind == KOOP_EVENT_TRANSITION) add_rate(d, &s, updates_since(d, d->last.onset));
        break;
    case KOOP_PHASE_DIVERGING:
        koop_sentence_add(&s, "updates have grown ");
        koop_sentence_add_ratio(&s, exp(d->outlook.diverged_to - d->outlook.diverged_from));
        koop_sentence_add(&s, "× since step ");
        koop_sentence_add_integer(&s, d->outlook.diverging_since);
        break;
    case KOOP_PHASE_NOT_FINITE:
        koop_sentence_add(&s, "the weights hold NaN or infinity");
        break;
    case KOOP_PHASE_SETTLED:
        koop_sentence_add(&s, "nothing more is being learned since step ");
        koop_sentence_add_integer(&s, d->outlook.resting_since);
        break;
    }
}

void koop_detect_name_not_finite(const koop_detect *d, const int *groups, int n,
                                 koop_event *event) {
    if (n < 1) return;
    for (event->n_top = 0; event->n_top < n && event->n_top < KOOP_EVENT_TOP_GROUPS; event->n_top++)
        event->top_group[event->n_top] = groups[event->n_top];
    koop_sentence_not_finite(event, n, d->n_groups, d->n_groups > 1 ? d->group_names : NULL);
}

const char *koop_event_kind_name(koop_event_kind kind) {
    switch (kind) {
    case KOOP_EVENT_TRANSITION:
        return "transition";
    case KOOP_EVENT_SCHEDULE:
        return "schedule";
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
    case KOOP_PHASE_DIVERGING:
        return "diverging";
    case KOOP_PHASE_SETTLED:
        return "settled";
    case KOOP_PHASE_NOT_FINITE:
        return "not finite";
    }
    return "unknown";
}
