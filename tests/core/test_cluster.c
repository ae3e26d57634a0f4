/* Trees and orders that can be worked out by hand, ties, and average linkage by its definition. */
#include "cluster.h"

#include "fixture.h"

enum { MOST = 64 };

/* Distances between points on a line. */
static void on_a_line(const double *x, int n, double *d) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) d[i * n + j] = fabs(x[i] - x[j]);
}

static void order_is(const double *d, int n, const int *wanted) {
    int order[MOST];
    assert_int_equal(koop_cluster_average(d, n, NULL, order), KOOP_OK);
    for (int i = 0; i < n; i++)
        if (order[i] != wanted[i]) fail_msg("order[%d] is %d, not %d", i, order[i], wanted[i]);
}

static void one_and_two_items_keep_their_places(void **state) {
    (void)state;
    const double one[1] = {NAN}, two[4] = {0, 3, 3, 0}; /* the diagonal is not read */
    koop_cluster_merge merge;
    int order[2] = {7, 7};
    assert_int_equal(koop_cluster_average(one, 1, NULL, order), KOOP_OK);
    assert_int_equal(order[0], 0);
    assert_int_equal(koop_cluster_average(two, 2, &merge, order), KOOP_OK);
    assert_int_equal(order[0], 0);
    assert_int_equal(order[1], 1);
    assert_int_equal(merge.left, 0);
    assert_int_equal(merge.right, 1);
    assert_true(merge.height == 3);
}

static void two_groups_are_found_and_ordered(void **state) {
    (void)state;
    /* {0, 1, 3} and {10, 11.5}, shuffled. Heights: 1; 1.5; (2 + 3)/2; mean of all pairs across. */
    const double x[5] = {10, 0, 3, 11.5, 1};
    double d[25];
    koop_cluster_merge merges[4];
    int order[5];
    on_a_line(x, 5, d);
    assert_int_equal(koop_cluster_average(d, 5, merges, order), KOOP_OK);
    double heights[4], across = 0;
    for (int k = 0; k < 4; k++) heights[k] = merges[k].height;
    for (int k = 0; k < 4; k++)
        for (int i = k; i > 0 && heights[i] < heights[i - 1]; i--) {
            const double swap = heights[i];
            heights[i] = heights[i - 1];
            heights[i - 1] = swap;
        }
    for (int i = 0; i < 3; i++)
        across += (10 - x[(int[]){1, 4, 2}[i]]) + 11.5 - x[(int[]){1, 4, 2}[i]];
    assert_true(heights[0] == 1 && heights[1] == 1.5 && heights[2] == 2.5);
    assert_true(fabs(heights[3] - across / 6) < 1e-14);
    /* 0 1 3 10 11.5 on the line, from the end that was given first */
    const int wanted[5] = {1, 4, 2, 0, 3};
    order_is(d, 5, wanted);
}

static void a_line_comes_out_in_its_order(void **state) {
    (void)state;
    /* gaps grow, so that every merge adds the next point */
    const double x[6] = {31, 1, 15, 0, 3, 7};
    double d[36];
    const int wanted[6] = {0, 2, 5, 4, 1, 3}; /* from the end that was given first */
    on_a_line(x, 6, d);
    order_is(d, 6, wanted);
}

static void average_is_neither_single_nor_complete(void **state) {
    (void)state;
    /* 2 is nearer to the pair {0, 1} by single linkage, to 3 by complete; on average it is 3 − ε
     * from {0, 1} and 3 from 3. */
    double d[16] = {0, 1, 1, 9, 1, 0, 4.9, 9, 1, 4.9, 0, 3, 9, 9, 3, 0};
    koop_cluster_merge merges[3];
    int order[4];
    d[2] = d[8] = 1.05;
    assert_int_equal(koop_cluster_average(d, 4, merges, order), KOOP_OK);
    assert_int_equal(merges[0].left, 0);
    assert_int_equal(merges[0].right, 1);
    assert_int_equal(merges[1].left, 4);
    assert_int_equal(merges[1].right, 2);
    assert_true(fabs(merges[1].height - (1.05 + 4.9) / 2) < 1e-15);
    assert_true(fabs(merges[2].height - (9 + 9 + 3) / 3.) < 1e-14);
}

static void ties_are_decided_by_position(void **state) {
    (void)state;
    double d[25];
    for (int i = 0; i < 25; i++) d[i] = i % 6 == 0 ? 0 : 2;
    const int given[5] = {0, 1, 2, 3, 4};
    order_is(d, 5, given);
    for (int i = 0; i < 25; i++) d[i] = 0; /* all the same item */
    order_is(d, 5, given);
    /* corners of a square: sides 1; 0–1 and 2–3 merge, laid so that a side joins them */
    const double square[16] = {0, 1, 2, 1, 1, 0, 1, 2, 2, 1, 0, 1, 1, 2, 1, 0};
    order_is(square, 4, given);
}

static void random_distances(double *d, int n, uint64_t *seed) {
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++) d[i * n + j] = d[j * n + i] = i == j ? 0 : fabs(gaussian(seed));
}

/* Mean distance between the items of two nodes, by the definition. */
static double mean_between(const double *d, int n, bool (*in)[MOST], int a, int b) {
    double sum = 0;
    int pairs = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (in[a][i] && in[b][j]) {
                sum += d[i * n + j];
                pairs++;
            }
    return sum / pairs;
}

static void heights_are_means_and_merges_are_the_nearest(void **state) {
    (void)state;
    uint64_t seed = 5;
    for (int n = 3; n <= 40; n++) {
        double d[MOST * MOST];
        koop_cluster_merge merges[MOST];
        int order[MOST];
        bool in[2 * MOST][MOST] = {{false}}, gone[2 * MOST] = {false}, seen[MOST] = {false};
        random_distances(d, n, &seed);
        assert_int_equal(koop_cluster_average(d, n, merges, order), KOOP_OK);
        for (int i = 0; i < n; i++) in[i][i] = true;
        for (int k = 0; k < n - 1; k++) {
            const koop_cluster_merge *m = &merges[k];
            assert_true(m->left < n + k && m->right < n + k);
            assert_false(gone[m->left] || gone[m->right]);
            assert_true(fabs(mean_between(d, n, in, m->left, m->right) - m->height) < 1e-12);
            for (int other = 0; other < n + k; other++) { /* each the other's nearest */
                if (gone[other] || other == m->left || other == m->right) continue;
                assert_true(mean_between(d, n, in, m->left, other) >= m->height - 1e-12);
                assert_true(mean_between(d, n, in, m->right, other) >= m->height - 1e-12);
            }
            gone[m->left] = gone[m->right] = true;
            for (int i = 0; i < n; i++) in[n + k][i] = in[m->left][i] || in[m->right][i];
        }
        for (int i = 0; i < n; i++) seen[order[i]] = true;
        for (int i = 0; i < n; i++) assert_true(seen[i]);
        for (int k = 0; k < n - 1; k++) { /* every cluster stands together */
            int low = n, high = -1, size = 0;
            for (int i = 0; i < n; i++)
                if (in[n + k][order[i]]) {
                    low = i < low ? i : low;
                    high = i;
                    size++;
                }
            assert_int_equal(high - low + 1, size);
        }
    }
}

static void whole_numbers_full_of_ties_come_to_an_end(void **state) {
    (void)state;
    uint64_t seed = 9;
    for (int round = 0; round < 300; round++) {
        double d[MOST * MOST];
        int order[MOST], again[MOST];
        const int n = 2 + round % 40;
        random_distances(d, n, &seed);
        for (int i = 0; i < n * n; i++) d[i] = 0.1 * floor(3 * d[i]);
        assert_int_equal(koop_cluster_average(d, n, NULL, order), KOOP_OK);
        assert_int_equal(koop_cluster_average(d, n, NULL, again), KOOP_OK);
        assert_memory_equal(order, again, (size_t)n * sizeof *order);
        assert_true(order[0] < order[n - 1]);
    }
}

static void huge_distances_do_not_overflow(void **state) {
    (void)state;
    double d[9] = {0, 1.7e308, 1.7e308, 1.7e308, 0, 1.6e308, 1.7e308, 1.6e308, 0};
    koop_cluster_merge merges[2];
    int order[3];
    assert_int_equal(koop_cluster_average(d, 3, merges, order), KOOP_OK);
    assert_true(merges[0].height == 1.6e308 && merges[1].height == 1.7e308);
}

static void what_is_no_distance_is_refused(void **state) {
    (void)state;
    double d[4] = {0, 1, 1, 0};
    int order[2] = {-5, -5};
    assert_int_equal(koop_cluster_average(d, 0, NULL, order), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_cluster_average(d, KOOP_CLUSTER_MAX_ITEMS + 1, NULL, order),
                     KOOP_BAD_ARGUMENT);
    d[1] = 2;
    assert_int_equal(koop_cluster_average(d, 2, NULL, order), KOOP_BAD_ARGUMENT);
    d[1] = d[2] = -1;
    assert_int_equal(koop_cluster_average(d, 2, NULL, order), KOOP_BAD_ARGUMENT);
    d[1] = d[2] = INFINITY;
    assert_int_equal(koop_cluster_average(d, 2, NULL, order), KOOP_NOT_FINITE);
    d[1] = d[2] = NAN;
    assert_int_equal(koop_cluster_average(d, 2, NULL, order), KOOP_NOT_FINITE);
    assert_int_equal(order[0], -5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_and_two_items_keep_their_places),
        cmocka_unit_test(two_groups_are_found_and_ordered),
        cmocka_unit_test(a_line_comes_out_in_its_order),
        cmocka_unit_test(average_is_neither_single_nor_complete),
        cmocka_unit_test(ties_are_decided_by_position),
        cmocka_unit_test(heights_are_means_and_merges_are_the_nearest),
        cmocka_unit_test(whole_numbers_full_of_ties_come_to_an_end),
        cmocka_unit_test(huge_distances_do_not_overflow),
        cmocka_unit_test(what_is_no_distance_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
