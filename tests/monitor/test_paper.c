/* What the eigenvalues published with Redman et al. (NeurIPS 2024) say, by a permutation over runs and
 * by the shuffle of matched pairs: skipped where they are not at hand. */
#include "capture.h"
#include "npy.h"
#include "transport.h"

#include <jansson.h>
#include <math.h>

enum { MODES = 10, SWAPS = 1 << MODES, SEEDS = 25 };
#define ROUNDING 1e-12

static bool path_of(const char *name, char out[400]) {
    const char *shared = getenv("KOOP_SHARED");
    if (shared)
        snprintf(out, 400, "%s/data/paper/%s_eigs.npy", shared, name);
    else
        snprintf(out, 400, "%s/../../../shared/data/paper/%s_eigs.npy", KOOP_GOLDEN_DIR, name);
    return access(out, R_OK) == 0;
}

/* --- By runs. --- */

static double number(const json_t *json, const char *key) {
    const json_t *value = json_object_get(json, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

typedef struct published {
    const char *a, *b;
    double between, aligned, within[2]; /* mean distances; aligned: seed i against seed i */
    double least_p, most_p;
} published;

static void check(const published *p) {
    char a[400], b[400], line[900];
    if (!path_of(p->a, a) || !path_of(p->b, b)) skip();
    snprintf(line, sizeof line, "compare --json %s %s", a, b);
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_DIFFERENT);
    json_t *json = json_loads(result.out, 0, NULL);
    const json_t *found = json_array_get(json_object_get(json, "distances"), 0);
    assert_string_equal(json_string_value(json_object_get(found, "name")), "assignment");
    assert_true(fabs(number(found, "value") - p->between) < 5e-5);
    assert_true(fabs(number(found, "aligned") - p->aligned) < 5e-5);
    for (size_t side = 0; side < 2; side++) {
        const json_t *within = json_array_get(json_object_get(found, "within"), side);
        assert_true(fabs(json_number_value(within) - p->within[side]) < 5e-5);
    }
    assert_true(number(json, "p_value") >= p->least_p && number(json, "p_value") <= p->most_p);
    json_decref(json);
    release(&result);
}

static void networks_differ_by_their_width(void **state) {
    (void)state;
    /* 0.0005 is the least that 1,999 random relabellings can give */
    check(&(published){"fcn_h5", "fcn_h10", 0.0065, 0.0065, {0.0050, 0.0043}, 0.0005, 0.0005});
    check(&(published){"fcn_h5", "fcn_h40", 0.0072, 0.0070, {0.0050, 0.0043}, 0.0005, 0.0005});
    check(&(published){"fcn_h10", "fcn_h40", 0.0046, 0.0047, {0.0043, 0.0043}, 0.001, 0.004});
}

static void constrained_transformers_differ_from_others(void **state) {
    (void)state;
    check(
        &(published){"grok", "grok_constrained", 0.0276, 0.0275, {0.0021, 0.0026}, 0.0005, 0.0005});
}

/* --- By shuffles. --- */

/* All rows of a file of spectra; their number. */
static int load(const char *name, double rows[SEEDS][2 * MODES]) {
    char path[400], why[KOOP_NPY_WHY_BYTES];
    koop_npy *npy;
    if (!path_of(name, path)) skip();
    assert_int_equal(koop_npy_open(&npy, path, why), KOOP_OK);
    const size_t count = (size_t)koop_npy_get_header(npy)->count;
    assert_true(count % MODES == 0 && count <= SEEDS * MODES);
    assert_int_equal(koop_npy_read_f64(npy, 0, count, rows[0]), KOOP_OK);
    koop_npy_close(npy);
    return (int)count / MODES;
}

/* The shuffle: the eigenvalues that are matched change sides or not, each pair by itself, and the best
 * matching is found again. The true matching is one of those, so that no shuffled distance is above
 * the true one. The share of all 2^10 shuffles that reach it, which is what would be called p. */
static double share_of_shuffles(const double *a, const double *b, double *distance) {
    koop_transport *transport;
    int partner[MODES], reached = 0;
    assert_int_equal(koop_transport_new(&transport, MODES), KOOP_OK);
    assert_int_equal(koop_transport_assign(transport, a, b, MODES, partner, distance), KOOP_OK);
    for (int swaps = 0; swaps < SWAPS; swaps++) {
        double x[2 * MODES], y[2 * MODES], shuffled;
        for (int i = 0; i < 2 * MODES; i++) {
            const double one = a[i], other = b[2 * partner[i / 2] + i % 2];
            const bool swapped = swaps >> i / 2 & 1;
            x[i] = swapped ? other : one;
            y[i] = swapped ? one : other;
        }
        assert_int_equal(koop_transport_assign(transport, x, y, MODES, NULL, &shuffled), KOOP_OK);
        assert_true(shuffled <= *distance + ROUNDING);
        reached += shuffled >= *distance - ROUNDING;
    }
    koop_transport_free(transport);
    return (double)reached / SWAPS;
}

static void no_shuffle_exceeds_the_distance_of_the_optimisers(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        double distance, share;
    } pairs[] = {{"omd", "ogd", 0.00807324708558, 128. / SWAPS},
                 {"ogd", "bm", 0.753448793255, 2. / SWAPS},
                 {"omd", "bm", 0.746023356629, 2. / SWAPS}};
    static double a[SEEDS][2 * MODES], b[SEEDS][2 * MODES];
    for (int i = 0; i < 3; i++) {
        double distance;
        assert_int_equal(load(pairs[i].a, a), 1);
        assert_int_equal(load(pairs[i].b, b), 1);
        assert_true(share_of_shuffles(a[0], b[0], &distance) == pairs[i].share);
        assert_true(fabs(distance - pairs[i].distance) < 1e-9);
    }
}

static void no_shuffle_exceeds_the_distance_of_the_networks(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        double share; /* mean over the seeds */
    } pairs[] = {{"fcn_h5", "fcn_h10", 0.471875},
                 {"fcn_h5", "fcn_h40", 0.545781},
                 {"fcn_h10", "fcn_h40", 0.811094}};
    static double a[SEEDS][2 * MODES], b[SEEDS][2 * MODES];
    for (int i = 0; i < 3; i++) {
        double mean = 0, distance;
        assert_int_equal(load(pairs[i].a, a), SEEDS);
        assert_int_equal(load(pairs[i].b, b), SEEDS);
        for (int seed = 0; seed < SEEDS; seed++)
            mean += share_of_shuffles(a[seed], b[seed], &distance) / SEEDS;
        assert_true(fabs(mean - pairs[i].share) < 1e-6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_differ_by_their_width),
        cmocka_unit_test(constrained_transformers_differ_from_others),
        cmocka_unit_test(no_shuffle_exceeds_the_distance_of_the_optimisers),
        cmocka_unit_test(no_shuffle_exceeds_the_distance_of_the_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
