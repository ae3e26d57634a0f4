#include "compare.h"

#include "fixture.h"

#include <float.h>

enum { MOST = 40 };

/* Distances |x_i − x_j| of n points on a line. */
static void line_distances(const double *x, int n, double *d) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) d[i * n + j] = fabs(x[i] - x[j]);
}

static koop_compare_result test(const double *d, int n_a, int n_b,
                                const koop_compare_options *options) {
    koop_compare_result result = {0};
    assert_int_equal(koop_compare_test(d, n_a, n_b, options, &result), KOOP_OK);
    return result;
}

static koop_compare_result test_line(const double *x, int n_a, int n_b,
                                     koop_relabelling relabelling) {
    double d[MOST * MOST];
    koop_compare_options o = koop_compare_defaults(relabelling);
    line_distances(x, n_a + n_b, d);
    return test(d, n_a, n_b, &o);
}

static void statistic_is_between_minus_half_of_each_within(void **state) {
    (void)state;
    /* A = {0, 1}, B = {3, 5, 6}: between 3 5 6 2 4 5, within 1 and 2 3 1 */
    const double x[] = {0, 1, 3, 5, 6};
    double d[25];
    koop_compare_means means;
    line_distances(x, 5, d);
    assert_int_equal(koop_compare_average(d, 2, 3, &means), KOOP_OK);
    assert_true(fabs(means.between - 25.0 / 6) < 1e-14);
    assert_true(fabs(means.aligned - 25.0 / 6) < 1e-14);
    assert_true(fabs(means.within[0] - 1) < 1e-14);
    assert_true(fabs(means.within[1] - 2) < 1e-14);
    koop_compare_result r = test_line(x, 2, 3, KOOP_RELABEL_FREE);
    assert_true(fabs(r.statistic - (25.0 / 6 - 0.5 - 1)) < 1e-14);
}

static void squares_measure_the_distance_of_the_means(void **state) {
    (void)state;
    /* α = 2 in the plane or on a line: T = ‖mean A − mean B‖² − var A/n_a − var B/n_b */
    const double x[] = {0, 2, 7, 9};
    double d[16];
    line_distances(x, 4, d);
    koop_compare_options o = koop_compare_defaults(KOOP_RELABEL_FREE);
    o.exponent = 2;
    assert_true(fabs(test(d, 2, 2, &o).statistic - (49 - 1 - 1)) < 1e-12);
}

static void aligned_distance_is_the_mean_over_pairs(void **state) {
    (void)state;
    const double x[] = {0, 10, 20, 1, 12, 23};
    double d[36];
    koop_compare_means means;
    line_distances(x, 6, d);
    assert_int_equal(koop_compare_average(d, 3, 3, &means), KOOP_OK);
    assert_true(fabs(means.aligned - 2) < 1e-14);
    assert_int_equal(koop_compare_average(d, 1, 5, &means), KOOP_OK);
    assert_true(means.within[0] == 0);
}

static void few_free_relabellings_are_enumerated(void **state) {
    (void)state;
    /* Two clusters: only the labelling seen, and with equal sizes its opposite, are so extreme. */
    const double apart[] = {0, 1, 2, 10, 11, 12, 13};
    koop_compare_result r = test_line(apart, 3, 4, KOOP_RELABEL_FREE);
    assert_true(r.exact);
    assert_int_equal(r.relabellings, 35);
    assert_true(fabs(r.p - 1.0 / 35) < 1e-15);
    r = test_line(apart, 3, 3, KOOP_RELABEL_FREE);
    assert_int_equal(r.relabellings, 20);
    assert_true(fabs(r.p - 2.0 / 20) < 1e-15);
    /* The outlier among five, alone on its side. */
    const double outlier[] = {9, 0, 1, 2, 3};
    assert_true(fabs(test_line(outlier, 1, 4, KOOP_RELABEL_FREE).p - 1.0 / 5) < 1e-15);
    /* Sums between: 8 for {0, 1} against {2, 3}, 6 for the other two ways. */
    const double ordered[] = {0, 1, 2, 3}, inside[] = {1, 2, 0, 3};
    assert_true(fabs(test_line(ordered, 2, 2, KOOP_RELABEL_FREE).p - 2.0 / 6) < 1e-15);
    assert_true(fabs(test_line(inside, 2, 2, KOOP_RELABEL_FREE).p - 1) < 1e-15);
}

/* p over all subsets of n_a items, the slow and obvious way. */
static double brute_force(const double *d, int n_a, int n_b, bool pairs) {
    int n = n_a + n_b, all = 0, extreme = 0;
    double seen = NAN;
    for (int round = 0; round < 2; round++)
        for (unsigned mask = 0; mask < 1u << n; mask++) {
            int members = 0;
            bool apart = true;
            for (int i = 0; i < n; i++) members += mask >> i & 1;
            for (int i = 0; pairs && i < n_a; i++)
                apart = apart && (mask >> i & 1) != (mask >> (n_a + i) & 1);
            if (members != n_a || !apart) continue;
            double between = 0, a = 0, b = 0;
            for (int i = 0; i < n; i++)
                for (int j = i + 1; j < n; j++) {
                    double value = pairs ? d[i * n + j] * d[i * n + j] : d[i * n + j];
                    bool of_a = mask >> i & 1, same = of_a == (mask >> j & 1);
                    *(same ? of_a ? &a : &b : &between) += value;
                }
            double t = between / (n_a * n_b);
            if (n_a > 1) t -= a / (n_a * (n_a - 1));
            if (n_b > 1) t -= b / (n_b * (n_b - 1));
            if (round == 0 && mask == (1u << n_a) - 1) seen = t;
            if (round == 0) continue;
            all++;
            extreme += t >= seen - 1e-9;
        }
    return (double)extreme / all;
}

static void random_distances(uint64_t *seed, int n, double *d) {
    for (int i = 0; i < n; i++) {
        d[i * n + i] = 0;
        for (int j = 0; j < i; j++) d[i * n + j] = d[j * n + i] = uniform(seed);
    }
}

static void exact_p_agrees_with_brute_force(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int n_a = 1; n_a <= 5; n_a++)
        for (int n_b = 1; n_b <= 5; n_b++) {
            double d[100];
            random_distances(&seed, n_a + n_b, d);
            koop_compare_options o = koop_compare_defaults(KOOP_RELABEL_FREE);
            if (n_a + n_b > 2)
                assert_true(fabs(test(d, n_a, n_b, &o).p - brute_force(d, n_a, n_b, false)) <
                            1e-15);
            o = koop_compare_defaults(KOOP_RELABEL_PAIRS);
            if (n_a == n_b && n_a > 2)
                assert_true(fabs(test(d, n_a, n_b, &o).p - brute_force(d, n_a, n_b, true)) < 1e-15);
        }
}

static void random_relabellings_come_near_the_exact_p(void **state) {
    (void)state;
    uint64_t seed = 8;
    for (int kind = 0; kind < 2; kind++) {
        double d[144];
        random_distances(&seed, 12, d);
        koop_compare_options o =
            koop_compare_defaults(kind ? KOOP_RELABEL_PAIRS : KOOP_RELABEL_FREE);
        double exact = test(d, 6, 6, &o).p;
        o.exact_limit = 0;
        o.permutations = 40000;
        koop_compare_result r = test(d, 6, 6, &o);
        assert_false(r.exact);
        assert_int_equal(r.relabellings, 40001);
        assert_true(fabs(r.p - exact) < 5 * sqrt(exact * (1 - exact) / 40000));
    }
}

static void random_p_counts_the_labelling_seen_and_is_never_zero(void **state) {
    (void)state;
    double x[MOST];
    for (int i = 0; i < MOST; i++) x[i] = i + (i < MOST / 2 ? 0 : 1000);
    koop_compare_result r = test_line(x, MOST / 2, MOST / 2, KOOP_RELABEL_FREE);
    assert_false(r.exact);
    assert_true(r.p == 1.0 / 2000);
    r = test_line(x, MOST / 2, MOST / 2, KOOP_RELABEL_PAIRS);
    assert_true(r.p == 1.0 / 2000);
}

static void a_seed_decides_the_random_relabellings(void **state) {
    (void)state;
    uint64_t seed = 2;
    double d[MOST * MOST];
    random_distances(&seed, MOST, d);
    koop_compare_options o = koop_compare_defaults(KOOP_RELABEL_FREE);
    double first = test(d, 20, 20, &o).p;
    assert_true(test(d, 20, 20, &o).p == first);
    bool differs = false;
    for (o.seed = 2; o.seed < 6; o.seed++) differs = differs || test(d, 20, 20, &o).p != first;
    assert_true(differs);
}

static void swaps_keep_what_both_sides_share(void **state) {
    (void)state;
    /* Both drift by 10 a step; B is 1 ahead all the time: invisible but for the pairs. */
    double x[16];
    for (int i = 0; i < 8; i++) {
        x[i] = 10 * i;
        x[8 + i] = 10 * i + 1;
    }
    assert_true(test_line(x, 8, 8, KOOP_RELABEL_FREE).p > 0.5);
    koop_compare_result r = test_line(x, 8, 8, KOOP_RELABEL_PAIRS);
    assert_true(r.exact);
    assert_true(fabs(r.p - 2.0 / 256) < 1e-15);
}

static void ties_are_as_extreme(void **state) {
    (void)state;
    double d[36] = {0};
    koop_compare_options o = koop_compare_defaults(KOOP_RELABEL_FREE);
    assert_true(test(d, 3, 3, &o).p == 1);
    for (int i = 0; i < 36; i++) d[i] = i % 7 ? 0.3 : 0;
    assert_true(test(d, 3, 3, &o).p == 1);
    /* Thirds and tenths do not add up exactly, whatever their order. */
    double x[12];
    for (int i = 0; i < 12; i++) x[i] = (i % 2) / 3.0 + 0.1;
    assert_true(test_line(x, 6, 6, KOOP_RELABEL_FREE).p == 1);
}

static void scale_does_not_matter(void **state) {
    (void)state;
    uint64_t seed = 4;
    double d[100], scaled[100];
    random_distances(&seed, 10, d);
    for (int kind = 0; kind < 2; kind++) {
        koop_compare_options o =
            koop_compare_defaults(kind ? KOOP_RELABEL_PAIRS : KOOP_RELABEL_FREE);
        koop_compare_result r = test(d, 5, 5, &o);
        for (int e = -150; e <= 150; e += 100) {
            for (int i = 0; i < 100; i++) scaled[i] = ldexp(d[i], e);
            koop_compare_result s = test(scaled, 5, 5, &o);
            assert_true(s.p == r.p);
            assert_true(fabs(s.statistic / ldexp(r.statistic, kind ? 2 * e : e) - 1) < 1e-12);
        }
    }
}

static void what_no_outcome_could_decide_is_not_tested(void **state) {
    (void)state;
    double d[16], three[9], two[4];
    const double x[] = {0, 1, 3, 7};
    line_distances(x, 4, d);
    line_distances(x, 3, three);
    line_distances(x, 2, two);
    koop_compare_options o = koop_compare_defaults(KOOP_RELABEL_FREE);
    koop_compare_result r = {.p = -1};
    assert_int_equal(koop_compare_test(two, 1, 1, &o, &r), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_compare_test(three, 1, 2, &o, &r), KOOP_OK);
    r.p = -1;
    o = koop_compare_defaults(KOOP_RELABEL_PAIRS);
    assert_int_equal(koop_compare_test(d, 2, 2, &o, &r), KOOP_NOT_ENOUGH_DATA);
    assert_true(r.p == -1);
    assert_true(koop_compare_smallest_p(1, 1, KOOP_RELABEL_FREE) == 1);
    assert_true(koop_compare_smallest_p(1, 19, KOOP_RELABEL_FREE) == 1.0 / 20);
    assert_true(koop_compare_smallest_p(4, 4, KOOP_RELABEL_FREE) == 2.0 / 70);
    assert_true(koop_compare_smallest_p(6, 6, KOOP_RELABEL_PAIRS) == 2.0 / 64);
}

static void relabellings_are_counted_and_saturate(void **state) {
    (void)state;
    assert_int_equal(koop_compare_relabellings(10, 10, KOOP_RELABEL_FREE), 184756);
    assert_int_equal(koop_compare_relabellings(2, 4094, KOOP_RELABEL_FREE), 8386560);
    assert_int_equal(koop_compare_relabellings(10, 10, KOOP_RELABEL_PAIRS), 1024);
    assert_true(koop_compare_relabellings(28, 28, KOOP_RELABEL_FREE) == 7648690600760440u);
    assert_true(koop_compare_relabellings(2000, 2000, KOOP_RELABEL_FREE) == UINT64_MAX);
    assert_true(koop_compare_relabellings(64, 64, KOOP_RELABEL_PAIRS) == UINT64_MAX);
}

static void holm_steps_down(void **state) {
    (void)state;
    /* Ordered 0.01 0.02 0.03 0.04: 4·0.01, 3·0.02, max(2·0.03, 0.06), max(0.04, 0.06). */
    const double p[] = {0.04, 0.01, 0.03, 0.02};
    double adjusted[4];
    assert_int_equal(koop_compare_holm(p, 4, adjusted), KOOP_OK);
    const double expected[] = {0.06, 0.04, 0.06, 0.06};
    for (int i = 0; i < 4; i++) assert_true(fabs(adjusted[i] - expected[i]) < 1e-15);
    const double ties[] = {0.3, 0.02, 0.02};
    assert_int_equal(koop_compare_holm(ties, 3, adjusted), KOOP_OK);
    assert_true(fabs(adjusted[0] - 0.3) < 1e-15);
    assert_true(fabs(adjusted[1] - 0.06) < 1e-15);
    assert_true(fabs(adjusted[2] - 0.06) < 1e-15);
    const double large[] = {0.9, 0.6};
    assert_int_equal(koop_compare_holm(large, 2, adjusted), KOOP_OK);
    assert_true(adjusted[0] == 1 && adjusted[1] == 1);
    const double alone[] = {0.2};
    assert_int_equal(koop_compare_holm(alone, 1, adjusted), KOOP_OK);
    assert_true(adjusted[0] == 0.2);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    koop_compare_options free_one = koop_compare_defaults(KOOP_RELABEL_FREE), o = free_one;
    koop_compare_options pairs = koop_compare_defaults(KOOP_RELABEL_PAIRS);
    koop_compare_result r = {.p = -1};
    koop_compare_means means;
    double d[36];
    const double x[] = {0, 1, 2, 3, 4, 5}, p[] = {0.5, 1.5}, nan_p[] = {NAN};
    line_distances(x, 6, d);
    assert_int_equal(koop_compare_test(d, 0, 6, &o, &r), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_compare_test(d, 6, 0, &o, &r), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_compare_test(d, INT32_MAX, INT32_MAX, &o, &r), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_compare_test(d, 2, 4, &pairs, &r), KOOP_BAD_ARGUMENT);
    o.permutations = 0;
    assert_int_equal(koop_compare_test(d, 3, 3, &o, &r), KOOP_BAD_ARGUMENT);
    o = free_one;
    o.exponent = NAN;
    assert_int_equal(koop_compare_test(d, 3, 3, &o, &r), KOOP_BAD_ARGUMENT);
    o.exponent = 2.1;
    assert_int_equal(koop_compare_test(d, 3, 3, &o, &r), KOOP_BAD_ARGUMENT);
    d[1] = 2; /* asymmetric */
    assert_int_equal(koop_compare_test(d, 3, 3, &free_one, &r), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_compare_average(d, 3, 3, &means), KOOP_BAD_ARGUMENT);
    d[1] = d[6] = -1;
    assert_int_equal(koop_compare_test(d, 3, 3, &free_one, &r), KOOP_BAD_ARGUMENT);
    d[1] = d[6] = NAN;
    assert_int_equal(koop_compare_test(d, 3, 3, &free_one, &r), KOOP_NOT_FINITE);
    assert_int_equal(koop_compare_average(d, 3, 3, &means), KOOP_NOT_FINITE);
    d[1] = d[6] = DBL_MAX; /* finite, but its square is not */
    assert_int_equal(koop_compare_test(d, 3, 3, &pairs, &r), KOOP_NOT_FINITE);
    assert_true(r.p == -1);
    double adjusted[2] = {7, 7};
    assert_int_equal(koop_compare_holm(p, 2, adjusted), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_compare_holm(nan_p, 1, adjusted), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_compare_holm(p, 0, adjusted), KOOP_BAD_ARGUMENT);
    assert_true(adjusted[0] == 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statistic_is_between_minus_half_of_each_within),
        cmocka_unit_test(squares_measure_the_distance_of_the_means),
        cmocka_unit_test(aligned_distance_is_the_mean_over_pairs),
        cmocka_unit_test(few_free_relabellings_are_enumerated),
        cmocka_unit_test(exact_p_agrees_with_brute_force),
        cmocka_unit_test(random_relabellings_come_near_the_exact_p),
        cmocka_unit_test(random_p_counts_the_labelling_seen_and_is_never_zero),
        cmocka_unit_test(a_seed_decides_the_random_relabellings),
        cmocka_unit_test(swaps_keep_what_both_sides_share),
        cmocka_unit_test(ties_are_as_extreme),
        cmocka_unit_test(scale_does_not_matter),
        cmocka_unit_test(what_no_outcome_could_decide_is_not_tested),
        cmocka_unit_test(relabellings_are_counted_and_saturate),
        cmocka_unit_test(holm_steps_down),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
