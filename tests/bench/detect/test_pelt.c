#include "pelt.h"

#include "../../core/fixture.h"

enum { MAX = 2048 };

static double x[MAX];
static int changes[MAX];

static int pelt(int n, double penalty, int least) {
    const bench_pelt_options o = {.penalty = penalty, .least = least};
    int count = -1;
    assert_int_equal(bench_pelt(x, n, &o, changes, &count), KOOP_OK);
    return count;
}

static double moments(int from, int to, double *mean) {
    double square = 0;
    *mean = 0;
    for (int i = from; i < to; i++) *mean += x[i] / (to - from);
    for (int i = from; i < to; i++) square += (x[i] - *mean) * (x[i] - *mean);
    return square / (to - from);
}

static double segment_cost(int from, int to, int n) {
    double mean, floor = 1e-8 * moments(0, n, &mean), variance = moments(from, to, &mean);
    const double v = fmax(variance, floor);
    return (to - from) * (log(6.283185307179586 * v) + variance / v);
}

/* Cost with the penalty of each change in `set`, INFINITY where a segment is too short. */
static double partition_cost(unsigned set, int n, double penalty, int least) {
    double total = 0;
    int from = 0;
    for (int to = 1; to <= n; to++) {
        if (to < n && !(set >> to & 1u)) continue;
        if (to - from < least) return INFINITY;
        total += segment_cost(from, to, n) + (from > 0 ? penalty : 0);
        from = to;
    }
    return total;
}

static void optimum_is_that_over_all_partitions(void **state) {
    (void)state;
    uint64_t seed = 1;
    int several = 0;
    for (int round = 0; round < 60; round++) {
        const int n = 6 + round % 8, least = 2 + round % 2;
        const double penalty = 0.5 + 4 * uniform(&seed);
        for (int i = 0; i < n; i++)
            x[i] = gaussian(&seed) * (i % 5 < 2 ? 0.2 : 1) + (i > n / 2 ? 3 : 0);
        double best = INFINITY;
        for (unsigned set = 0; set < 1u << n; set += 2) /* no change at 0 */
            best = fmin(best, partition_cost(set, n, penalty, least));
        const int count = pelt(n, penalty, least);
        unsigned found = 0;
        for (int i = 0; i < count; i++) found |= 1u << changes[i];
        assert_true(fabs(partition_cost(found, n, penalty, least) - best) < 1e-9);
        several += count > 1;
    }
    assert_true(several > 10);
}

/* Optimal partitioning without pruning (Jackson et al. 2005), for more values. */
static double optimal_cost(int n, double penalty, int least) {
    static double best[MAX + 1];
    best[0] = -penalty;
    for (int t = 1; t <= n; t++) {
        best[t] = INFINITY;
        for (int from = 0; from <= t - least; from++)
            best[t] = fmin(best[t], best[from] + segment_cost(from, t, n) + penalty);
    }
    return best[n];
}

static void pruning_loses_nothing(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        const int n = 120, least = 2 + (int)(seed % 4) * 3;
        const double penalty = seed % 3 ? 3 * log(n) : 2;
        uint64_t random = seed;
        for (int i = 0; i < n; i++)
            x[i] = gaussian(&random) * (i / 25 % 2 ? 2 : 0.5) + (i > 70 ? 1 : 0);
        const int count = pelt(n, penalty, least);
        double total = 0;
        for (int i = 0; i <= count; i++) {
            const int from = i ? changes[i - 1] : 0, to = i < count ? changes[i] : n;
            assert_true(to - from >= least);
            total += segment_cost(from, to, n) + (i ? penalty : 0);
        }
        assert_true(fabs(total - optimal_cost(n, penalty, least)) < 1e-8);
    }
}

static void changes_of_mean_and_of_variance_are_found(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int i = 0; i < 1500; i++)
        x[i] = 100 + gaussian(&seed) * (i >= 1000 ? 4 : 1) + (i >= 500 ? 3 : 0);
    assert_int_equal(pelt(1500, 0, 2), 2);
    assert_true(abs(changes[0] - 500) <= 3);
    assert_true(abs(changes[1] - 1000) <= 8);
}

static void independent_noise_has_few_changes(void **state) {
    (void)state;
    int total = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t random = seed;
        for (int i = 0; i < 500; i++) x[i] = gaussian(&random);
        total += pelt(500, 0, 10);
    }
    print_message("%d changes in 50 × 500 independent values\n", total);
    assert_true(total <= 5);
}

static void values_that_repeat_or_leap_do_no_harm(void **state) {
    (void)state;
    uint64_t seed = 4;
    for (int i = 0; i < 300; i++) x[i] = 1;
    assert_int_equal(pelt(300, 0, 2), 0);
    for (int i = 0; i < 300; i++) x[i] = i < 150 ? 1 : 2;
    assert_int_equal(pelt(300, 0, 2), 1);
    assert_int_equal(changes[0], 150);
    for (int i = 0; i < 300; i++) x[i] = 1e9 + 1e-3 * gaussian(&seed) * (i < 150 ? 1 : 20);
    assert_int_equal(pelt(300, 0, 2), 1);
    assert_true(abs(changes[0] - 150) <= 5);
    assert_int_equal(pelt(3, 0, 2), 0);
    assert_int_equal(pelt(0, 0, 2), 0);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    bench_pelt_options o = bench_pelt_defaults();
    int count;
    x[0] = x[1] = x[2] = 1;
    x[3] = NAN;
    assert_int_equal(bench_pelt(x, 4, &o, changes, &count), KOOP_NOT_FINITE);
    x[3] = 1e300;
    assert_int_equal(bench_pelt(x, 4, &o, changes, &count), KOOP_NOT_FINITE);
    o.least = 1;
    assert_int_equal(bench_pelt(x, 3, &o, changes, &count), KOOP_BAD_ARGUMENT);
    o = bench_pelt_defaults();
    o.penalty = -1;
    assert_int_equal(bench_pelt(x, 3, &o, changes, &count), KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimum_is_that_over_all_partitions),
        cmocka_unit_test(pruning_loses_nothing),
        cmocka_unit_test(changes_of_mean_and_of_variance_are_found),
        cmocka_unit_test(independent_noise_has_few_changes),
        cmocka_unit_test(values_that_repeat_or_leap_do_no_harm),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
