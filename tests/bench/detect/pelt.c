#include "pelt.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A possible start of the last segment, with what that segment holds so far. */
typedef struct start {
    int at;
    int last_use; /* not tried at ends after this one */
    double count, mean, square;
} start;

typedef struct search {
    double penalty, floor;
    int least;
    double *best;  /* F, n + 1 */
    int *last;     /* the last change before each end, n + 1 */
    start *starts; /* those not pruned, n */
    int n_starts;
} search;

bench_pelt_options bench_pelt_defaults(void) {
    return (bench_pelt_options){.penalty = 0, .least = 2};
}

static void extend(start *s, double x) {
    double apart = x - s->mean;
    s->count++;
    s->mean += apart / s->count;
    s->square += apart * (x - s->mean);
}

static double cost(const start *s, double floor) {
    double variance = s->square / s->count, v = fmax(variance, floor);
    return s->count * (log(2 * 3.14159265358979323846 * v) + variance / v);
}

/* F(end), from all starts left; then drops those that cannot be a last change any more. */
static void close_at(search *q, int end) {
    q->best[end] = INFINITY;
    for (int i = 0; i < q->n_starts; i++) {
        const start *s = &q->starts[i];
        if (s->count < q->least) continue;
        double total = q->best[s->at] + cost(s, q->floor) + q->penalty;
        if (total < q->best[end]) {
            q->best[end] = total;
            q->last[end] = s->at;
        }
    }
    int kept = 0;
    for (int i = 0; i < q->n_starts; i++) {
        start s = q->starts[i];
        if (s.count >= q->least && q->best[s.at] + cost(&s, q->floor) > q->best[end] &&
            end + q->least - 1 < s.last_use)
            s.last_use = end + q->least - 1;
        if (s.last_use > end) q->starts[kept++] = s;
    }
    q->n_starts = kept;
}

static void run(search *q, const double *x, int n) {
    q->best[0] = -q->penalty;
    q->last[0] = 0;
    for (int t = 0; t < n; t++) {
        /* A start needs a segment before it, or to be the first. */
        if (isfinite(q->best[t])) q->starts[q->n_starts++] = (start){.at = t, .last_use = n};
        for (int i = 0; i < q->n_starts; i++) extend(&q->starts[i], x[t]);
        close_at(q, t + 1);
    }
}

static int trace_back(const search *q, int n, int *changes) {
    int count = 0;
    for (int t = q->last[n]; t > 0; t = q->last[t]) changes[count++] = t;
    for (int i = 0; i < count / 2; i++) {
        int swap = changes[i];
        changes[i] = changes[count - 1 - i];
        changes[count - 1 - i] = swap;
    }
    return count;
}

static bool is_finite(const double *x, int n) {
    for (int i = 0; i < n; i++)
        if (!isfinite(x[i])) return false;
    return true;
}

koop_status bench_pelt(const double *x, int n, const bench_pelt_options *o, int *changes,
                       int *count) {
    if (n < 0 || !(o->penalty >= 0) || o->least < 2) return KOOP_BAD_ARGUMENT;
    if (!is_finite(x, n)) return KOOP_NOT_FINITE;
    start all = {0};
    for (int i = 0; i < n; i++) extend(&all, x[i]);
    if (!isfinite(all.square)) return KOOP_NOT_FINITE;
    *count = 0;
    if (n < 2 * o->least || all.square <= 0) return KOOP_OK;
    search q = {.least = o->least, .floor = 1e-8 * all.square / all.count};
    q.penalty = o->penalty > 0 ? o->penalty : 3 * log(n);
    q.best = malloc(((size_t)n + 1) * sizeof *q.best);
    q.last = malloc(((size_t)n + 1) * sizeof *q.last);
    q.starts = malloc((size_t)n * sizeof *q.starts);
    koop_status status = q.best && q.last && q.starts ? KOOP_OK : KOOP_NO_MEMORY;
    if (status == KOOP_OK) {
        run(&q, x, n);
        *count = trace_back(&q, n, changes);
    }
    free(q.best);
    free(q.last);
    free(q.starts);
    return status;
}
