#include "adwin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ROWS = 48 }; /* sizes 1 … 2^47: more values than there will be */

/* Values with their mean and the sum of their squared distances from it. */
typedef struct part {
    double count, mean, square;
} part;

typedef struct adwin {
    bench_adwin_options options;
    int64_t ticks;
    part window;
    int rows;
    int held[MAX_ROWS];
    part bucket[MAX_ROWS][BENCH_ADWIN_MAX_BUCKETS + 1]; /* of 2^row values, the oldest first */
} adwin;

bench_adwin_options bench_adwin_defaults(void) {
    return (bench_adwin_options){.scalar = BENCH_LOSS,
                                 .clock = 32,
                                 .buckets = 5,
                                 .least = 5,
                                 .grace = 10,
                                 .threshold = -log(0.002)};
}

static part join(part a, part b) {
    double count = a.count + b.count, apart = b.mean - a.mean;
    return (part){count, a.mean + apart * b.count / count,
                  a.square + b.square + apart * apart * a.count * b.count / count};
}

/* What is left of `whole` without `b`, which is smaller. */
static part without(part whole, part b) {
    double count = whole.count - b.count;
    double mean = whole.mean + (whole.mean - b.mean) * b.count / count, apart = b.mean - mean;
    double square = whole.square - b.square - apart * apart * count * b.count / whole.count;
    return (part){count, mean, fmax(square, 0)};
}

static void take_oldest(adwin *a, int row, int number) {
    a->held[row] -= number;
    memmove(a->bucket[row], a->bucket[row] + number, (size_t)a->held[row] * sizeof(part));
}

static void insert(adwin *a, double x) {
    part carry = {1, x, 0};
    a->window = a->window.count > 0 ? join(a->window, carry) : carry;
    for (int row = 0; row < MAX_ROWS; row++) {
        if (row == a->rows) a->rows++;
        a->bucket[row][a->held[row]++] = carry;
        if (a->held[row] <= a->options.buckets) return;
        carry = join(a->bucket[row][0], a->bucket[row][1]);
        take_oldest(a, row, 2);
    }
}

/* Whether the means of the older and the newer part of the window differ by more than ε. */
static bool differs(const adwin *a, part older, part newer) {
    const double least = a->options.least;
    if (older.count < least || newer.count < least) return false;
    double log_term = log(2 * log(a->window.count)) + a->options.threshold;
    double inverse = 1 / (older.count - least + 1) + 1 / (newer.count - least + 1);
    double variance = a->window.square / a->window.count;
    double epsilon = sqrt(2 * inverse * variance * log_term) + 2.0 / 3 * log_term * inverse;
    return fabs(older.mean - newer.mean) > epsilon;
}

static bool has_cut(const adwin *a) {
    part older = {0}, newer = a->window;
    for (int row = a->rows - 1; row >= 0; row--)
        for (int k = 0; k < a->held[row]; k++) {
            const part *b = &a->bucket[row][k];
            if (newer.count <= b->count) return false; /* the newest bucket: nothing after it */
            older = older.count > 0 ? join(older, *b) : *b;
            newer = without(newer, *b);
            if (differs(a, older, newer)) return true;
        }
    return false;
}

static void drop_oldest(adwin *a) {
    int row = a->rows - 1;
    a->window = without(a->window, a->bucket[row][0]);
    take_oldest(a, row, 1);
    while (a->rows > 0 && a->held[a->rows - 1] == 0) a->rows--;
}

static bool step(void *state, const bench_sample *sample) {
    adwin *a = state;
    double x;
    if (!bench_sample_scalar(sample, a->options.scalar, &x)) return false;
    insert(a, x);
    if (++a->ticks % a->options.clock != 0 || a->window.count <= a->options.grace) return false;
    bool alarm = false;
    while (has_cut(a)) {
        drop_oldest(a);
        alarm = true;
    }
    return alarm;
}

static void restart(void *state) {
    adwin *a = state;
    *a = (adwin){.options = a->options};
}

static void set_threshold(void *state, double threshold) {
    adwin *a = state;
    a->options.threshold = threshold;
}

koop_status bench_adwin_new(bench_detector *out, const bench_adwin_options *o) {
    static const bench_detector_methods methods = {step, restart, set_threshold, free};
    if (o->clock < 1 || o->buckets < 1 || o->buckets > BENCH_ADWIN_MAX_BUCKETS || o->least < 1 ||
        o->grace < 0 || !(o->threshold > 0))
        return KOOP_BAD_ARGUMENT;
    adwin *a = calloc(1, sizeof *a);
    if (!a) return KOOP_NO_MEMORY;
    a->options = *o;
    *out = (bench_detector){"adwin", &methods, a};
    return KOOP_OK;
}
