/* detect_kit: streams of signals for the tests of the detector: AR(1) noise around levels that a test
 * changes, and snapshots at steps that it chooses. */
#ifndef DETECT_KIT_H
#define DETECT_KIT_H

#include "detect.h"

#include "fixture.h"

enum { STREAM_SIGNALS = 5, STREAM_STRIDE = 4 };

typedef struct stream {
    koop_detect *detect;
    koop_detect_options options;
    uint64_t seed;
    double rho, noise[STREAM_SIGNALS], group_noise[KOOP_MAX_GROUPS];
    double level[STREAM_SIGNALS]; /* by koop_signal, prediction to persistence */
    double scale;                 /* of the logarithms' noise; cosines have a tenth of it */
    int n_groups;
    double share[KOOP_MAX_GROUPS]; /* of the motion; sums to 1 */
    double modulus;                /* mean, of the spectrum */
    double rate;                   /* that moves the weights */
    bool told;                     /* and is sent */
    koop_detect_scalars scalars;   /* but for the learning rate */
    int64_t step, gap;
    int events;
    koop_event last;
} stream;

static const char *const stream_names[] = {"embed", "fc2"};

static inline void stream_start(stream *s, const char *const *group_names, int n_groups) {
    koop_detect_free(s->detect);
    s->detect = NULL;
    s->n_groups = n_groups;
    assert_int_equal(koop_detect_new(&s->detect, &s->options, group_names, n_groups), KOOP_OK);
}

static inline stream new_stream(uint64_t seed) {
    stream s = {.options = koop_detect_defaults(),
                .seed = seed,
                .rho = 0.3,
                .level = {-1, -6, 0.01, 0.2, 0.1},
                .scale = 0.1,
                .share = {0.29, 0.71},
                .modulus = 0.8,
                .rate = 1,
                .step = 1000,
                .gap = 1};
    stream_start(&s, stream_names, 2);
    return s;
}

static inline double stream_noise(stream *s, double *noise) {
    return *noise = s->rho * *noise + sqrt(1 - s->rho * s->rho) * gaussian(&s->seed);
}

static inline void stream_signals(stream *s, koop_signals *x) {
    *x = (koop_signals){.available = 1u << KOOP_SIGNAL_MEAN_MODULUS, .n_groups = s->n_groups};
    x->value[KOOP_SIGNAL_MEAN_MODULUS] = s->modulus;
    for (int k = 0; k < STREAM_SIGNALS; k++) {
        double scale = k <= KOOP_SIGNAL_SPEED ? s->scale : s->scale / 10;
        x->available |= 1u << k;
        x->value[k] = s->level[k] + scale * stream_noise(s, &s->noise[k]);
    }
    x->value[KOOP_SIGNAL_SPEED] += log(s->rate);
    for (int g = 0; g < s->n_groups; g++) {
        x->group_share[g] = s->share[g];
        x->group_speed[g] = x->value[KOOP_SIGNAL_SPEED] + log(s->share[g]) / 2 +
                            s->scale / 2 * stream_noise(s, &s->group_noise[g]);
    }
}

/* One update of these signals, after its snapshots. */
static inline void stream_give(stream *s, const koop_signals *x) {
    koop_detect_scalars scalars = s->scalars;
    koop_event event;
    bool fired = false;
    if (s->told) scalars.learning_rate = s->rate;
    for (int i = 0; i < s->options.stride; i++) {
        s->step += s->gap;
        koop_detect_snapshot(s->detect, s->step);
    }
    assert_int_equal(koop_detect_update(s->detect, s->step, x, &scalars, &fired, &event), KOOP_OK);
    if (!fired) return;
    assert_true(event.onset <= event.step && event.step == s->step);
    s->events++;
    s->last = event;
}

static inline void advance(stream *s, int updates) {
    koop_signals x;
    for (int i = 0; i < updates; i++) {
        stream_signals(s, &x);
        stream_give(s, &x);
    }
}

/* The step in "…since step N…" of the reason for the phase; −1: none. */
static inline int64_t reason_since(const stream *s) {
    char reason[KOOP_SENTENCE_BYTES];
    koop_detect_reason(s->detect, reason);
    const char *text = strstr(reason, "since step ");
    if (!text) return -1;
    int64_t step = 0;
    for (text += 11; *text == ',' || (*text >= '0' && *text <= '9'); text++)
        if (*text != ',') step = 10 * step + (*text - '0');
    return step;
}

static inline void end_stream(stream *s) {
    koop_detect_free(s->detect);
}

#endif
