#include "judge.h"
#include "complain.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Both sides' items, one after the other, and room for what is measured between them. */
typedef struct bench {
    int n;
    const koop_side_item **items;
    double *distances; /* n×n */
} bench;

static void clear(bench *b) {
    free(b->items);
    free(b->distances);
}

static koop_status prepare(bench *b, const koop_side *one, const koop_side *other) {
    b->n = one->n + other->n;
    size_t n = (size_t)b->n;
    b->items = malloc(n * sizeof *b->items);
    b->distances = malloc(n * n * sizeof *b->distances);
    if (!b->items || !b->distances) return KOOP_NO_MEMORY;
    for (int i = 0; i < b->n; i++)
        b->items[i] = i < one->n ? &one->items[i] : &other->items[i - one->n];
    return KOOP_OK;
}

static bool all_know(const bench *b, koop_distance distance) {
    for (int i = 0; i < b->n; i++)
        if (!koop_distance_known(b->items[i], distance)) return false;
    return true;
}

/* Measures one distance and tests it where that can be done. */
static koop_status find(bench *b, const koop_judge_options *o, koop_judgement *out,
                        koop_distance distance) {
    koop_finding *f = &out->findings[out->n_findings];
    koop_status status = koop_distance_matrix(b->items, b->n, distance, 1, b->distances);
    if (status == KOOP_OK)
        status = koop_compare_average(b->distances, out->n_a, out->n_b, &f->means);
    if (status == KOOP_OK && out->tested) {
        koop_compare_options test = koop_compare_defaults(out->how);
        test.permutations = o->permutations;
        test.seed = o->seed;
        status = koop_compare_test(b->distances, out->n_a, out->n_b, &test, &f->test);
    }
    if (status != KOOP_OK) return status;
    f->distance = distance;
    f->apart = out->how == KOOP_RELABEL_PAIRS ? f->means.aligned : f->means.between;
    out->n_findings++;
    return KOOP_OK;
}

/* Windows of both sides that end at the same snapshots can be told apart from their times. */
static bool aligned(const koop_side *a, const koop_side *b) {
    if (a->n != b->n) return false;
    for (int i = 0; i < a->n; i++)
        if (a->items[i].end == 0 || a->items[i].end != b->items[i].end) return false;
    return true;
}

static void describe(const bench *b, const koop_side *one, const koop_side *other,
                     koop_judgement *out) {
    out->n_a = one->n;
    out->n_b = other->n;
    out->windows = one->items[0].end > 0 || other->items[0].end > 0;
    out->how = aligned(one, other) ? KOOP_RELABEL_PAIRS : KOOP_RELABEL_FREE;
    out->tested = koop_compare_smallest_p(one->n, other->n, out->how) < 0.5;
    out->equal_sizes = true;
    for (int i = 1; i < b->n; i++)
        if (b->items[i]->modes != b->items[0]->modes) out->equal_sizes = false;
}

static void adjust(koop_judgement *out) {
    double p[KOOP_DISTANCES], adjusted[KOOP_DISTANCES];
    out->p = 1;
    for (int i = 0; i < out->n_findings; i++) p[i] = out->findings[i].test.p;
    if (!out->tested || koop_compare_holm(p, out->n_findings, adjusted) != KOOP_OK) return;
    for (int i = 0; i < out->n_findings; i++) {
        out->findings[i].adjusted = adjusted[i];
        out->p = fmin(out->p, adjusted[i]);
    }
    out->different = out->p <= out->alpha;
}

/* The least p that any data of this many items could have come to. */
static double least_p(const koop_judgement *j) {
    const koop_compare_result *test = &j->findings[0].test;
    double least = koop_compare_smallest_p(j->n_a, j->n_b, j->how);
    if (!test->exact) least = fmax(least, 1 / (double)test->relabellings);
    return fmin(1, least * j->n_findings);
}

static void say(koop_judgement *j) {
    char n[40], few[60] = "";
    if (j->how == KOOP_RELABEL_PAIRS)
        snprintf(n, sizeof n, "%d", j->n_a);
    else
        snprintf(n, sizeof n, "%d + %d", j->n_a, j->n_b);
    if (!j->tested && j->n_a == 1 && j->n_b == 1)
        snprintf(j->verdict, sizeof j->verdict, "distance %.6g; no test: one spectrum on each side",
                 j->findings[0].apart);
    else if (!j->tested)
        snprintf(j->verdict, sizeof j->verdict,
                 "distance %.6g; no test: %d windows on each side, which are too few",
                 j->findings[0].apart, j->n_a);
    if (!j->tested) return;
    if (!j->different && least_p(j) > j->alpha)
        snprintf(few, sizeof few, "; too few for p below %.2g", least_p(j));
    snprintf(j->verdict, sizeof j->verdict, "%s (p = %.2g, n = %s%s)",
             j->different ? "different" : "no difference found", j->p, n, few);
}

int koop_judge(const koop_side *a, const koop_side *b, const koop_judge_options *o,
               koop_judgement *out) {
    bench all = {.n = 0};
    *out = (koop_judgement){.alpha = o->alpha, .seed = o->seed};
    koop_status status = prepare(&all, a, b);
    int code = KOOP_EXIT_OK;
    if (status == KOOP_OK) describe(&all, a, b, out);
    for (int d = 0; d < KOOP_DISTANCES && status == KOOP_OK && code == KOOP_EXIT_OK; d++) {
        if (!(o->distances & (1u << d))) continue;
        if (all_know(&all, (koop_distance)d))
            status = find(&all, o, out, (koop_distance)d);
        else if (!o->if_known)
            code = koop_distance_refuse("compare", (koop_distance)d);
    }
    clear(&all);
    if (status != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "compare: %s", koop_strstatus(status));
    if (code != KOOP_EXIT_OK) return code;
    adjust(out);
    say(out);
    return KOOP_EXIT_OK;
}
