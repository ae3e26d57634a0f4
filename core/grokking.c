#include "grokking.h"

#include "sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Ages go into bins of equal width in log a, each with the sums of its updates: what an update adds
 * costs the same at any age, and BINS of them always reach back to a/1.25. The fit takes a bin's mean
 * as often as it has updates. */

enum { BINS = 17, LEAST_FILLED = 8, MOST_MISSING = 2 };

static const double bin_width = 0.013946472; /* log(1.25)/16 */
static const double quarter = 1.3862943611198906;
static const double unseen_burst = 8;  /* times h snapshots: T where its end is not seen */
static const double patience = 3;      /* times that, after the first update, to see it */
static const double least_fall = 1e-3; /* of the log norm */
static const double most = 100;        /* of γ that a score tells apart */
static const double oldest_age = 43;   /* log a, below that of the largest step */

typedef struct bin {
    double updates, age, speed, norm; /* their number; sums of log a, y and log ‖x‖ */
} bin;

struct koop_grokking {
    koop_grokking_options options;
    const char *const *group_names;
    int n_groups;
    bool started; /* last_step holds */
    int64_t last_step;
    bool moved;     /* peak, unseen and give_up hold */
    double peak;    /* highest y so far */
    double unseen;  /* T if the end of the burst is not seen */
    double give_up; /* age at which that is so */
    double burst;   /* T; 0: not known */
    int newest;     /* number of the newest bin, floor(log a / bin_width) */
    bin bins[BINS]; /* bin k at k mod BINS */
    bool fitted;    /* acceleration, middle and falls hold */
    double acceleration;
    double middle; /* of the ages of the fit */
    bool falls;    /* the norm */
    double smoothness;
    bool engaged; /* since an event, γ was not below `release` */
};

koop_grokking_options koop_grokking_defaults(int input, int output) {
    return (koop_grokking_options){.input = input,
                                   .output = output,
                                   .threshold = -0.17,
                                   .early_threshold = 0,
                                   .release = -0.5,
                                   .warm_up = 7.5,
                                   .early_warm_up = 5,
                                   .smoothness = 0.95};
}

koop_status koop_grokking_new(koop_grokking **out, const koop_grokking_options *o,
                              const char *const *group_names, int n_groups) {
    if (n_groups > KOOP_MAX_GROUPS || o->input < 0 || o->input >= n_groups || o->output < 0 ||
        o->output >= n_groups || o->input == o->output || !(o->release <= o->threshold) ||
        !(o->threshold <= o->early_threshold) || !(o->early_warm_up >= 0) ||
        !(o->early_warm_up <= o->warm_up))
        return KOOP_BAD_ARGUMENT;
    koop_grokking *g = calloc(1, sizeof *g);
    if (!g) return KOOP_NO_MEMORY;
    g->options = *o;
    g->group_names = group_names;
    g->n_groups = n_groups;
    *out = g;
    return KOOP_OK;
}

void koop_grokking_free(koop_grokking *g) {
    free(g);
}

size_t koop_grokking_bytes(void) {
    return sizeof(koop_grokking);
}

static void forget(koop_grokking *g) {
    g->moved = g->fitted = g->engaged = false;
    g->burst = 0;
    g->newest = 0;
    memset(g->bins, 0, sizeof g->bins);
}

/* y; false where a group stood still, or the window is too short. */
static bool read_speed(const koop_grokking *g, const koop_window *window, double elapsed,
                       double *y) {
    const int groups[2] = {g->options.input, g->options.output};
    *y = -log(elapsed);
    for (int k = 0; k < 2; k++) {
        double turn = 0;
        if (koop_window_group_turn(window, groups[k], KOOP_GROKKING_HORIZON, &turn) != KOOP_OK ||
            !(turn > 0))
            return false;
        *y += log(turn) / 2;
    }
    return true;
}

/* T is where y first is a quarter of its peak. */
static void watch_burst(koop_grokking *g, double age, double elapsed, double y) {
    if (!g->moved) {
        g->moved = true;
        g->peak = y;
        g->unseen = unseen_burst * elapsed;
        g->give_up = age + patience * g->unseen;
    }
    if (g->burst > 0) return;
    if (y > g->peak) g->peak = y;
    if (y < g->peak - quarter)
        g->burst = age;
    else if (age > g->give_up)
        g->burst = g->unseen;
}

static void add(koop_grokking *g, double log_age, double y, double log_norm) {
    int number = (int)floor(log_age / bin_width);
    for (int k = number - g->newest < BINS ? g->newest + 1 : number - BINS + 1; k <= number; k++)
        g->bins[k % BINS] = (bin){0};
    g->newest = number;
    bin *b = &g->bins[number % BINS];
    b->updates += 1;
    b->age += log_age;
    b->speed += y;
    b->norm += log_norm;
}

/* The bin that is `back` older than the newest. */
static const bin *older(const koop_grokking *g, int back) {
    return back > g->newest ? NULL : &g->bins[(g->newest - back) % BINS];
}

static void fit(koop_grokking *g, double log_norm) {
    double updates = 0, age = 0, speed = 0, across = 0, along = 0, norm_before = 0;
    int filled = 0, oldest = 0;
    for (int back = 0; back < BINS; back++) {
        const bin *b = older(g, back);
        if (!b || b->updates <= 0) continue;
        filled++;
        oldest = back;
        updates += b->updates;
        age += b->age;
        speed += b->speed;
        norm_before = b->norm / b->updates;
    }
    g->fitted = filled >= LEAST_FILLED && oldest >= BINS - 1 - MOST_MISSING;
    if (!g->fitted) return;
    age /= updates;
    speed /= updates;
    for (int back = 0; back <= oldest; back++) {
        const bin *b = older(g, back);
        if (b->updates <= 0) continue;
        double apart = b->age / b->updates - age;
        across += b->updates * apart * (b->speed / b->updates - speed);
        along += b->updates * apart * apart;
    }
    g->acceleration = across / along;
    g->middle = exp(age);
    /* Bins loaded from anywhere may be of no run. */
    g->fitted = isfinite(g->acceleration) && age < oldest_age;
    g->falls = log_norm < norm_before - least_fall;
}

/* Mean cosine of successive steps over the horizon: near 1 where the gradient moves the weights, near 0
 * where the noise of batches does. */
static double read_smoothness(const koop_window *window) {
    enum { PAIRS = KOOP_GROKKING_HORIZON - 1 };
    double sum = 0;
    for (int back = 0; back < PAIRS; back++) {
        double now2 = 0, then2 = 0, both2 = 0;
        if (koop_window_step2(window, back, &now2) != KOOP_OK ||
            koop_window_step2(window, back + 1, &then2) != KOOP_OK ||
            koop_window_distance2(window, back, back + 2, &both2) != KOOP_OK)
            return 0;
        if (now2 > 0 && then2 > 0) sum += (both2 - now2 - then2) / (2 * sqrt(now2 * then2));
    }
    return sum / PAIRS;
}

/* Which of the two moved most, with its share of the latest step. */
static void rank_groups(const koop_grokking *g, const koop_window *window, koop_event *event) {
    const int groups[2] = {g->options.input, g->options.output};
    double share[2] = {0}, all = 0;
    if (koop_window_step2(window, 0, &all) != KOOP_OK || !(all > 0)) return;
    for (int k = 0; k < 2; k++)
        if (koop_window_group_step2(window, groups[k], 0, &share[k]) == KOOP_OK) share[k] /= all;
    int first = share[1] > share[0];
    event->n_top = 2;
    for (int k = 0; k < 2; k++) {
        event->top_group[k] = groups[first ^ k];
        event->top_share[k] = share[first ^ k];
    }
}

koop_status koop_grokking_read(const koop_grokking *g, koop_grokking_reading *out) {
    if (!g->fitted) return KOOP_NOT_ENOUGH_DATA;
    const koop_grokking_options *o = &g->options;
    double age = (double)g->last_step;
    double threshold = age < o->warm_up * g->burst ? o->early_threshold : o->threshold;
    bool heard = g->falls && g->smoothness >= o->smoothness && g->burst > 0 &&
                 age >= o->early_warm_up * g->burst;
    out->acceleration = g->acceleration;
    out->score = heard ? exp(fmin(g->acceleration - threshold, most)) : 0;
    return KOOP_OK;
}

static void describe(const koop_grokking *g, const koop_window *window, koop_event *event) {
    *event = (koop_event){
        .kind = KOOP_EVENT_GROKKING, .step = g->last_step, .onset = (int64_t)g->middle};
    rank_groups(g, window, event);
    koop_sentence_grokking(event, g->options.input, g->options.output, g->group_names);
}

void koop_grokking_update(koop_grokking *g, int64_t step, int64_t before, const koop_window *window,
                          bool *fired, koop_event *event) {
    const double elapsed = (double)step - (double)before;
    double y = 0, norm2 = 0;
    *fired = false;
    if (g->started && step <= g->last_step) forget(g);
    g->started = true;
    g->last_step = step;
    g->fitted = false;
    if (step < 1 || !(elapsed > 0) || !read_speed(g, window, elapsed, &y)) return;
    if (koop_window_norm2(window, 0, &norm2) != KOOP_OK || !(norm2 > 0)) return;
    watch_burst(g, (double)step, elapsed, y);
    add(g, log((double)step), y, log(norm2) / 2);
    fit(g, log(norm2) / 2);
    g->smoothness = read_smoothness(window);
    koop_grokking_reading reading;
    if (koop_grokking_read(g, &reading) != KOOP_OK) return;
    if (reading.acceleration < g->options.release) g->engaged = false;
    if (g->engaged || !(reading.score > 1)) return;
    g->engaged = *fired = true;
    describe(g, window, event);
}

/* Bounds that no run reaches: sums of 2⁵³ logarithms of doubles. */
static void exchange_bin(bin *b, koop_state *s) {
    koop_state_doubles(s, &b->updates, 1, 1e15);
    koop_state_demand(s, b->updates >= 0);
    koop_state_doubles(s, &b->age, 1, 1e18);
    koop_state_doubles(s, &b->speed, 1, 1e18);
    koop_state_doubles(s, &b->norm, 1, 1e18);
}

void koop_grokking_exchange(koop_grokking *g, koop_state *s) {
    koop_state_same_int(s, g->options.input);
    koop_state_same_int(s, g->options.output);
    koop_state_same_double(s, g->options.threshold);
    koop_state_same_double(s, g->options.early_threshold);
    koop_state_same_double(s, g->options.release);
    koop_state_same_double(s, g->options.warm_up);
    koop_state_same_double(s, g->options.early_warm_up);
    koop_state_same_double(s, g->options.smoothness);
    koop_state_bool(s, &g->started);
    koop_state_bytes(s, &g->last_step, sizeof g->last_step);
    koop_state_bool(s, &g->moved);
    koop_state_doubles(s, &g->peak, 1, 1e4);
    koop_state_doubles(s, &g->unseen, 1, 1e300);
    koop_state_doubles(s, &g->give_up, 1, 1e300);
    koop_state_doubles(s, &g->burst, 1, 1e300);
    koop_state_int(s, &g->newest, 0, 4096);
    for (int k = 0; k < BINS; k++) exchange_bin(&g->bins[k], s);
    koop_state_bool(s, &g->fitted);
    koop_state_doubles(s, &g->acceleration, 1, 1e300);
    koop_state_doubles(s, &g->middle, 1, 1e300);
    koop_state_bool(s, &g->falls);
    koop_state_doubles(s, &g->smoothness, 1, 2);
    koop_state_bool(s, &g->engaged);
}
