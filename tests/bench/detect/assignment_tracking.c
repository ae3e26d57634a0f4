#include "assignment_tracking.h"

#include "trailing.h"
#include "transport.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_VALUES = 2 * KOOP_MAX_RANK };

typedef struct tracking {
    bench_assignment_options options;
    koop_transport *transport;
    bench_trailing *steps; /* BENCH_ASSIGNMENT_STEP */
    double *paths;         /* (reference + gap) × 2k, a ring; BENCH_ASSIGNMENT_PATH */
    int held, next;        /* of it */
    bool started;
    double at[MAX_VALUES];    /* the eigenvalues, in the order of their paths */
    double level[MAX_VALUES]; /* Z */
} tracking;

bench_assignment_options bench_assignment_defaults(bench_assignment watched) {
    return (bench_assignment_options){.watched = watched,
                                      .eigenvalues = 8,
                                      .reference = 60,
                                      .gap = 8,
                                      .smoothing = 0.2,
                                      .threshold = watched == BENCH_ASSIGNMENT_STEP ? 6 : 4};
}

static void restart(void *state) {
    tracking *t = state;
    if (t->steps) bench_trailing_clear(t->steps);
    t->held = t->next = 0;
    t->started = false;
    memset(t->level, 0, sizeof t->level);
}

/* Follows the eigenvalues to this spectrum: how far they moved on average. False at the first. */
static bool follow(tracking *t, const koop_spectrum *spectrum, double *distance) {
    const int k = t->options.eigenvalues;
    double now[MAX_VALUES] = {0};
    int partner[KOOP_MAX_RANK];
    for (int j = 0; j < k && j < spectrum->rank; j++) {
        now[2 * j] = spectrum->modes[j].re;
        now[2 * j + 1] = spectrum->modes[j].im;
    }
    if (!t->started) {
        memcpy(t->at, now, sizeof now);
        t->started = true;
        return false;
    }
    if (koop_transport_assign(t->transport, t->at, now, k, partner, distance) != KOOP_OK)
        return false;
    for (int j = 0; j < k; j++) memcpy(t->at + 2 * j, now + 2 * partner[j], 2 * sizeof(double));
    return true;
}

static void remember_paths(tracking *t) {
    const int size = t->options.reference + t->options.gap, k = t->options.eigenvalues;
    memcpy(t->paths + (size_t)t->next * 2 * (size_t)k, t->at, 2 * (size_t)k * sizeof(double));
    t->next = (t->next + 1) % size;
    if (t->held < size) t->held++;
}

/* Moves Z of path j; its squared length in units of its own covariance. */
static double move_level(tracking *t, int j) {
    const int size = t->options.reference + t->options.gap, n = t->options.reference;
    const size_t row = 2 * (size_t)t->options.eigenvalues;
    double re = 0, im = 0, rr = 1e-6, ii = 1e-6, ri = 0;
    for (int i = 0; i < n; i++) {
        const double *x = t->paths + (size_t)((t->next + i) % size) * row + 2 * j;
        re += x[0] / n;
        im += x[1] / n;
    }
    for (int i = 0; i < n; i++) {
        const double *x = t->paths + (size_t)((t->next + i) % size) * row + 2 * j;
        rr += (x[0] - re) * (x[0] - re) / (n - 1);
        ii += (x[1] - im) * (x[1] - im) / (n - 1);
        ri += (x[0] - re) * (x[1] - im) / (n - 1);
    }
    const double s = t->options.smoothing;
    double *z = t->level + 2 * j;
    z[0] += s * (t->at[2 * j] - re - z[0]);
    z[1] += s * (t->at[2 * j + 1] - im - z[1]);
    const double determinant = rr * ii - ri * ri;
    const double square =
        (ii * z[0] * z[0] - 2 * ri * z[0] * z[1] + rr * z[1] * z[1]) / determinant;
    return square * (2 - s) / s;
}

static bool watch_paths(tracking *t, double *statistic) {
    const int k = t->options.eigenvalues;
    const bool full = t->held == t->options.reference + t->options.gap;
    double sum = 0;
    for (int j = 0; j < k && full; j++) sum += move_level(t, j);
    remember_paths(t);
    *statistic = sqrt(sum / (2 * k));
    return full;
}

static bool step(void *state, const bench_sample *sample) {
    tracking *t = state;
    double distance, statistic;
    if (!sample->spectrum || !follow(t, sample->spectrum, &distance)) return false;
    const bool known = t->steps ? bench_trailing_score(t->steps, log(distance + 1e-12), &statistic)
                                : watch_paths(t, &statistic);
    const bool alarm = known && fabs(statistic) > t->options.threshold;
    if (alarm) restart(t);
    return alarm;
}

static void set_threshold(void *state, double threshold) {
    tracking *t = state;
    t->options.threshold = threshold;
}

static void release(void *state) {
    tracking *t = state;
    koop_transport_free(t->transport);
    bench_trailing_free(t->steps);
    free(t->paths);
    free(t);
}

static bool is_valid(const bench_assignment_options *o) {
    return o->eigenvalues >= 1 && o->eigenvalues <= KOOP_MAX_RANK && o->reference >= 2 &&
           o->gap >= 0 && o->reference <= 4096 && o->gap <= 4096 - o->reference &&
           o->smoothing > 0 && o->smoothing <= 1 && o->threshold > 0;
}

koop_status bench_assignment_new(bench_detector *out, const bench_assignment_options *o) {
    static const bench_detector_methods methods = {step, restart, set_threshold, release};
    if (!is_valid(o)) return KOOP_BAD_ARGUMENT;
    tracking *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    t->options = *o;
    koop_status status = koop_transport_new(&t->transport, o->eigenvalues);
    const bool steps = o->watched == BENCH_ASSIGNMENT_STEP;
    if (status == KOOP_OK && steps) status = bench_trailing_new(&t->steps, o->reference, o->gap);
    if (status == KOOP_OK && !steps) {
        t->paths =
            malloc((size_t)(o->reference + o->gap) * 2 * (size_t)o->eigenvalues * sizeof(double));
        if (!t->paths) status = KOOP_NO_MEMORY;
    }
    if (status != KOOP_OK) {
        release(t);
        return status;
    }
    *out = (bench_detector){steps ? "assignment step" : "assignment path", &methods, t};
    return KOOP_OK;
}
