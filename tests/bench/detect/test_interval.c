#include "interval.h"

#include "../../core/fixture.h"

static bool is_close(double found, double wanted) {
    return fabs(found - wanted) <= 1e-9 * fabs(wanted) + 1e-12;
}

/* SciPy 1.17: chi2.ppf(α/2, 2k)/2 and chi2.ppf(1 − α/2, 2k + 2)/2 */
static void rates_are_those_of_the_chi_squared_quantiles(void **state) {
    (void)state;
    static const struct {
        uint64_t events;
        double confidence, lower, upper;
    } scipy[] = {{0, 0.95, 0, 3.68887945411394},
                 {1, 0.95, 0.0253178079842899, 5.5716433909389},
                 {7, 0.9, 3.28531569189467, 13.1481138024321},
                 {100, 0.95, 81.3639912509231, 121.626793792426},
                 {12345, 0.99, 12060.6831323998, 12634.0850241564}};
    for (int i = 0; i < 5; i++) {
        bench_interval found = {-1, -1};
        assert_int_equal(bench_interval_rate(scipy[i].events, 2, scipy[i].confidence, &found),
                         KOOP_OK);
        assert_true(is_close(found.lower, scipy[i].lower / 2));
        assert_true(is_close(found.upper, scipy[i].upper / 2));
    }
}

static void upper_bound_without_events_is_the_rule_of_three(void **state) {
    (void)state;
    double bound = -1;
    assert_int_equal(bench_interval_rate_bound(0, 1, 0.95, &bound), KOOP_OK);
    assert_true(is_close(bound, 2.99573227355399)); /* −log 0.05 */
    assert_int_equal(bench_interval_rate_bound(5, 10, 0.95, &bound), KOOP_OK);
    assert_true(is_close(bound, 1.05130349087415));
}

/* SciPy 1.17: beta.ppf */
static void proportions_are_those_of_the_beta_quantiles(void **state) {
    (void)state;
    static const struct {
        uint64_t hits, trials;
        double confidence, lower, upper;
    } scipy[] = {{0, 20, 0.95, 0, 0.168433470983085},
                 {20, 20, 0.95, 0.831566529016915, 1},
                 {3, 10, 0.95, 0.0667395111777345, 0.652452850059997},
                 {899, 900, 0.95, 0.993824985442919, 0.99997186949791},
                 {500, 1000, 0.99, 0.458852553307045, 0.541147446692955}};
    for (int i = 0; i < 5; i++) {
        bench_interval found = {-1, -1};
        assert_int_equal(
            bench_interval_proportion(scipy[i].hits, scipy[i].trials, scipy[i].confidence, &found),
            KOOP_OK);
        assert_true(is_close(found.lower, scipy[i].lower));
        assert_true(is_close(found.upper, scipy[i].upper));
    }
}

/* Coverage for every proportion of a grid, exactly: Σ of the terms whose interval holds it. */
static void proportions_are_covered_at_least_as_often_as_said(void **state) {
    (void)state;
    enum { TRIALS = 15 };
    bench_interval intervals[TRIALS + 1];
    for (uint64_t k = 0; k <= TRIALS; k++)
        assert_int_equal(bench_interval_proportion(k, TRIALS, 0.9, &intervals[k]), KOOP_OK);
    for (double p = 0.01; p < 1; p += 0.01) {
        double covered = 0;
        for (int k = 0; k <= TRIALS; k++)
            if (p >= intervals[k].lower && p <= intervals[k].upper)
                covered += exp(lgamma(TRIALS + 1) - lgamma(k + 1) - lgamma(TRIALS - k + 1) +
                               k * log(p) + (TRIALS - k) * log1p(-p));
        assert_true(covered >= 0.9);
    }
}

static void bad_arguments_are_refused(void **state) {
    (void)state;
    bench_interval out = {7, 7};
    double bound = 7;
    assert_int_equal(bench_interval_rate(1, 0, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_interval_rate(1, INFINITY, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_interval_rate(1, 1, 1, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_interval_rate(2000000000, 1, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_interval_rate_bound(1, 1, NAN, &bound), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_interval_proportion(0, 0, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_interval_proportion(3, 2, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_true(out.lower == 7 && out.upper == 7 && bound == 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_those_of_the_chi_squared_quantiles),
        cmocka_unit_test(upper_bound_without_events_is_the_rule_of_three),
        cmocka_unit_test(proportions_are_those_of_the_beta_quantiles),
        cmocka_unit_test(proportions_are_covered_at_least_as_often_as_said),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
