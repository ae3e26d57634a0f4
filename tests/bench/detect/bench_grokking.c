/* bench_grokking: from one line a run on standard input, how well the onset of generalisation was
 * told: detections and their leads, false alarms among controls, AUROC. grokking.sh writes the lines:
 *
 *     grokking SEED HALF ALARM SCORE       HALF: step at which half of the test pairs are right; −1
 *     control KIND SEED LENGTH ALARM SCORE ALARM: step of the first warning; −1
 *
 * SCORE is the highest up to HALF, of a control up to the HALF of the run that it is paired with. A
 * warning that comes at HALF or later is a miss, of no lead; so is none. */
#include "auroc.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 1000 };

typedef struct outcomes {
    size_t n, controls;
    double score[MOST], control_score[MOST], lead[MOST]; /* lead −∞: missed */
    size_t detected, false_alarms, never; /* never: did not generalise, not counted as runs */
} outcomes;

static bool take(outcomes *o, const char *line) {
    char kind[32];
    long seed, length, half, alarm;
    double score;
    if (sscanf(line, "grokking %ld %ld %ld %lf", &seed, &half, &alarm, &score) == 4) {
        if (half < 0) o->never++;
        if (half < 0 || o->n == MOST) return half < 0;
        bool detected = alarm >= 0 && alarm < half;
        o->detected += detected;
        o->lead[o->n] = detected ? (double)(half - alarm) : -INFINITY;
        o->score[o->n++] = score;
        return true;
    }
    if (sscanf(line, "control %31s %ld %ld %ld %lf", kind, &seed, &length, &alarm, &score) != 5)
        return false;
    if (o->controls == MOST) return false;
    o->false_alarms += alarm >= 0;
    o->control_score[o->controls++] = score;
    return true;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of sorted values; between two, their mean, which is −∞ where one is. */
static double quantile(const double *sorted, size_t n, double q) {
    double at = q * (double)(n - 1);
    size_t low = (size_t)floor(at), high = (size_t)ceil(at);
    return (sorted[low] + sorted[high]) / 2;
}

static void print_share(const char *what, size_t hits, size_t of) {
    bench_interval interval = {0, 1};
    (void)bench_interval_proportion(hits, of, 0.95, &interval);
    printf("%s %zu of %zu (%.0f%%, 95%% interval %.0f to %.0f)\n", what, hits, of,
           100.0 * (double)hits / (double)of, 100 * interval.lower, 100 * interval.upper);
}

int main(void) {
    static outcomes o;
    char line[256];
    while (fgets(line, sizeof line, stdin))
        if (!take(&o, line)) {
            fprintf(stderr, "bench_grokking: no such line: %s", line);
            return 2;
        }
    bench_auroc auroc;
    if (bench_auroc_of(o.score, o.n, o.control_score, o.controls, 0.95, &auroc) != KOOP_OK) {
        fprintf(stderr, "bench_grokking: no runs, or no controls\n");
        return 2;
    }
    if (o.never > 0) printf("not counted: %zu runs that did not generalise\n", o.never);
    qsort(o.lead, o.n, sizeof *o.lead, compare);
    print_share("warned before half of the test pairs were right:", o.detected, o.n);
    printf("lead in steps, a miss counted as none: median %.0f, quartiles %.0f and %.0f\n",
           quantile(o.lead, o.n, 0.5), quantile(o.lead, o.n, 0.25), quantile(o.lead, o.n, 0.75));
    print_share("false alarms among controls:", o.false_alarms, o.controls);
    printf("AUROC of the highest score, equal lengths: %.4f (95%% interval %.4f to %.4f)\n",
           auroc.area, auroc.interval.lower, auroc.interval.upper);
    return 0;
}
