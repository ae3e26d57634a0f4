#include "compare_print.h"
#include "print.h"
#include "text.h"
#include "view_json.h"

#include <stdio.h>

static const koop_side_item *last_of(const koop_side *side) {
    return &side->items[side->n - 1];
}

static const char *method_of(const koop_judgement *j) {
    switch (j->findings[0].distance) {
    case KOOP_DISTANCE_ASSIGNMENT:
        return j->equal_sizes ? "mean assignment distance"
                              : "transport distance with uniform weights";
    case KOOP_DISTANCE_RESIDUAL:
        return "transport distance weighted by residuals";
    case KOOP_DISTANCE_VARIANCE:
        return "mean distance of log variances";
    case KOOP_DISTANCES:
        break;
    }
    return "unknown";
}

static void print_within(const koop_judgement *j, const koop_finding *f) {
    printf(j->how == KOOP_RELABEL_PAIRS ? " window by window" : " between");
    if (j->n_a > 1 && j->n_b > 1)
        printf(", %.4g and %.4g within", f->means.within[0], f->means.within[1]);
    else
        printf(", %.4g within", f->means.within[j->n_a > 1 ? 0 : 1]);
}

static void print_finding(const koop_judgement *j, const koop_finding *f) {
    printf("  %-11s %.6g", koop_distance_name(f->distance), f->apart);
    if (j->n_a > 1 || j->n_b > 1) print_within(j, f);
    if (j->tested) printf(", p = %.2g", f->test.p);
    if (j->tested && j->n_findings > 1) printf(" (Holm: %.2g)", f->adjusted);
    putchar('\n');
}

static void print_test(const koop_judgement *j) {
    char ways[KOOP_TEXT_BYTES];
    const koop_compare_result *test = &j->findings[0].test;
    koop_text_count(ways, (int64_t)test->relabellings);
    printf("  %s %s, ", j->windows ? "windows" : "spectra",
           j->how == KOOP_RELABEL_PAIRS ? "swapped in pairs" : "relabelled freely");
    if (test->exact)
        printf("in all %s ways\n", ways);
    else
        printf("in %s ways at random\n", ways);
}

static void print_sizes(const koop_side *a, const koop_side *b) {
    const koop_side_item *one = last_of(a), *other = last_of(b);
    if (one->modes != other->modes)
        printf("  %d mode%s against %d: transported with equal weights\n", one->modes,
               one->modes == 1 ? "" : "s", other->modes);
    if (a->values && b->values && a->values != b->values) {
        char n[KOOP_TEXT_BYTES], m[KOOP_TEXT_BYTES];
        printf("  snapshots of %s values against %s: compared by their spectra\n",
               koop_text_count(n, (int64_t)a->values), koop_text_count(m, (int64_t)b->values));
    }
}

void koop_compare_print_text(const koop_side *a, const koop_side *b, const koop_judgement *j,
                             const char *picture) {
    char path[KOOP_PRINT_PATH_BYTES];
    puts(j->verdict);
    for (int i = 0; i < j->n_findings; i++) print_finding(j, &j->findings[i]);
    if (j->tested) print_test(j);
    print_sizes(a, b);
    if (picture) printf("  drawn in %s\n", koop_print_path(picture, path));
}

static json_t *real_if(bool known, double value) {
    return known ? json_real(value) : json_null();
}

/* No key of these is one of the whole: who looks for a key without a parser finds the right one. */
static json_t *finding_to_json(const koop_judgement *j, const koop_finding *f) {
    return json_pack(
        "{s:s, s:f, s:o, s:[o,o], s:o, s:o, s:o}", "name", koop_distance_name(f->distance), "value",
        f->apart, "aligned", real_if(j->n_a == j->n_b, f->means.aligned), "within",
        real_if(j->n_a > 1, f->means.within[0]), real_if(j->n_b > 1, f->means.within[1]),
        "statistic", real_if(j->tested, f->test.statistic), "p", real_if(j->tested, f->test.p),
        "p_holm", real_if(j->tested, f->adjusted));
}

static json_t *test_to_json(const koop_judgement *j) {
    const koop_compare_result *test = &j->findings[0].test;
    if (!j->tested) return json_null();
    return json_pack("{s:s, s:s, s:b, s:I, s:I, s:f}", "items", j->windows ? "windows" : "spectra",
                     "relabelling", j->how == KOOP_RELABEL_PAIRS ? "pairs" : "free", "exact",
                     (int)test->exact, "relabellings", (json_int_t)test->relabellings, "seed",
                     (json_int_t)j->seed, "alpha", j->alpha);
}

static json_t *operands_to_json(const koop_side *side) {
    json_t *list = json_array();
    for (int i = 0; i < side->n_operands; i++)
        json_array_append_new(list, koop_print_string(side->operands[i]));
    return list;
}

static json_t *findings_to_json(const koop_judgement *j) {
    json_t *list = json_array();
    for (int i = 0; i < j->n_findings; i++)
        json_array_append_new(list, finding_to_json(j, &j->findings[i]));
    return list;
}

static json_t *values_to_json(uint64_t values) {
    return values ? json_integer((json_int_t)values) : json_null();
}

int koop_compare_print_json(const koop_side *a, const koop_side *b, const koop_judgement *j) {
    int fewer = j->n_a < j->n_b ? j->n_a : j->n_b;
    json_t *json = json_pack(
        "{s:i, s:o, s:o, s:f, s:o, s:i, s:[i,i], s:s, s:s}", "schema", KOOP_JSON_SCHEMA, "a",
        koop_print_string(a->operands[0]), "b", koop_print_string(b->operands[0]), "distance",
        j->findings[0].apart, "p_value", real_if(j->tested, j->p), "n", fewer, "modes",
        last_of(a)->modes, last_of(b)->modes, "method", method_of(j), "verdict", j->verdict);
    json_t *more =
        json_pack("{s:b, s:o, s:o, s:[i,i], s:[o,o], s:o, s:o}", "different", (int)j->different,
                  "side_a", operands_to_json(a), "side_b", operands_to_json(b), "spectra", j->n_a,
                  j->n_b, "values", values_to_json(a->values), values_to_json(b->values), "test",
                  test_to_json(j), "distances", findings_to_json(j));
    if (!json || !more || json_object_update(json, more) != 0) {
        json_decref(json);
        json = NULL;
    }
    json_decref(more);
    return koop_print_json(stdout, json);
}
