#include "trailing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct bench_trailing {
    int reference, gap;
    int held, next; /* of `ring` */
    double *ring;   /* the last reference + gap values, by arrival */
    int n_sorted;
    double *sorted; /* the reference values, rising */
};

koop_status bench_trailing_new(bench_trailing **out, int reference, int gap) {
    if (reference < 2 || gap < 0 || reference > 65536 || gap > 65536 - reference)
        return KOOP_BAD_ARGUMENT;
    bench_trailing *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    t->reference = reference;
    t->gap = gap;
    t->ring = malloc((size_t)(reference + gap) * sizeof(double));
    t->sorted = malloc((size_t)reference * sizeof(double));
    if (!t->ring || !t->sorted) {
        bench_trailing_free(t);
        return KOOP_NO_MEMORY;
    }
    *out = t;
    return KOOP_OK;
}

void bench_trailing_free(bench_trailing *t) {
    if (!t) return;
    free(t->ring);
    free(t->sorted);
    free(t);
}

void bench_trailing_clear(bench_trailing *t) {
    t->held = t->next = t->n_sorted = 0;
}

/* The first place in `sorted` whose value is not below x. */
static int place_of(const bench_trailing *t, double x) {
    int low = 0, high = t->n_sorted;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (t->sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void sort_in(bench_trailing *t, double x) {
    int at = place_of(t, x);
    memmove(t->sorted + at + 1, t->sorted + at, (size_t)(t->n_sorted - at) * sizeof(double));
    t->sorted[at] = x;
    t->n_sorted++;
}

static void sort_out(bench_trailing *t, double x) {
    int at = place_of(t, x);
    t->n_sorted--;
    memmove(t->sorted + at, t->sorted + at + 1, (size_t)(t->n_sorted - at) * sizeof(double));
}

static double median_of(const double *sorted, int n) {
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Median of |x − median|: the distances rise on both sides of the median, so merge them. */
static double spread_of(const double *sorted, int n, double median) {
    int left = (n - 1) / 2, right = left + 1;
    double before = 0, here = 0;
    for (int taken = 0; taken <= n / 2; taken++) {
        double below = left >= 0 ? median - sorted[left] : INFINITY;
        double above = right < n ? sorted[right] - median : INFINITY;
        before = here;
        here = fmin(below, above);
        if (below <= above)
            left--;
        else
            right++;
    }
    return n % 2 ? here : (before + here) / 2;
}

static void remember(bench_trailing *t, double x) {
    int size = t->reference + t->gap;
    if (t->held == size)
        sort_out(t, t->ring[t->next]);
    else
        t->held++;
    t->ring[t->next] = x;
    /* The value that is now `gap` old enters the reference. */
    if (t->held > t->gap) sort_in(t, t->ring[(t->next + size - t->gap) % size]);
    t->next = (t->next + 1) % size;
}

bool bench_trailing_score(bench_trailing *t, double x, double *z) {
    bool full = t->n_sorted == t->reference;
    if (full) {
        double median = median_of(t->sorted, t->n_sorted);
        double mad = spread_of(t->sorted, t->n_sorted, median);
        *z = (x - median) / (1.4826 * mad + 1e-3 * fabs(median) + 1e-9);
    }
    remember(t, x);
    return full;
}
