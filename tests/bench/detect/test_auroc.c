#include "auroc.h"

#include "../../core/fixture.h"

static bench_auroc of(const double *events, size_t m, const double *controls, size_t n) {
    bench_auroc out = {0};
    assert_int_equal(bench_auroc_of(events, m, controls, n, 0.95, &out), KOOP_OK);
    return out;
}

static bool is_close(double found, double wanted) {
    return fabs(found - wanted) < 1e-9;
}

/* NumPy and SciPy (mannwhitneyu; brentq on the interval's equation), on scores with ties */
static void area_deviation_and_interval_are_those_of_an_independent_reference(void **state) {
    (void)state;
    double events[20], controls[25];
    uint64_t seed = 4;
    for (int i = 0; i < 20; i++) events[i] = floor(4 * (1.2 + gaussian(&seed)));
    for (int i = 0; i < 25; i++) controls[i] = floor(4 * gaussian(&seed));
    const bench_auroc a = of(events, 20, controls, 25);
    assert_true(is_close(a.area, 0.859));
    assert_true(is_close(a.deviation, 0.058991747861794));
    assert_true(is_close(a.interval.lower, 0.705346255354878));
    assert_true(is_close(a.interval.upper, 0.935634002966621));
    const bench_auroc other = of(controls, 25, events, 20);
    assert_true(is_close(other.area, 1 - a.area));
    assert_true(is_close(other.interval.lower, 1 - a.interval.upper));
}

static void perfect_separation_still_has_an_interval(void **state) {
    (void)state;
    double events[20], controls[20];
    for (int i = 0; i < 20; i++) {
        events[i] = i ? 20 + i : INFINITY;
        controls[i] = i;
    }
    const bench_auroc a = of(events, 20, controls, 20);
    assert_true(a.area == 1 && a.deviation == 0 && a.interval.upper == 1);
    assert_true(is_close(a.interval.lower, 0.898668135763534)); /* brentq */
    for (int i = 0; i < 20; i++) events[i] = controls[i];
    assert_true(is_close(of(events, 20, controls, 20).area, 0.5));
}

static void interval_covers_the_truth_about_as_often_as_said(void **state) {
    (void)state;
    const double truth = 0.5 * erfc(-2.0 / 2); /* of N(2, 1) above N(0, 1): Φ(2/√2) */
    uint64_t seed = 5;
    int covered = 0;
    for (int round = 0; round < 500; round++) {
        double events[20], controls[20];
        for (int i = 0; i < 20; i++) {
            events[i] = 2 + gaussian(&seed);
            controls[i] = gaussian(&seed);
        }
        const bench_auroc a = of(events, 20, controls, 20);
        covered += a.interval.lower <= truth && truth <= a.interval.upper;
    }
    print_message("the 95%% interval covers the truth in %d of 500\n", covered);
    assert_true(covered >= 465);
}

static void bad_arguments_are_refused(void **state) {
    (void)state;
    const double scores[2] = {1, NAN};
    bench_auroc out = {.area = 7};
    assert_int_equal(bench_auroc_of(scores, 0, scores, 1, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_auroc_of(scores, 1, scores, 0, 0.95, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_auroc_of(scores, 1, scores, 1, 1, &out), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_auroc_of(scores, 1, scores, 2, 0.95, &out), KOOP_NOT_FINITE);
    assert_true(out.area == 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_deviation_and_interval_are_those_of_an_independent_reference),
        cmocka_unit_test(perfect_separation_still_has_an_interval),
        cmocka_unit_test(interval_covers_the_truth_about_as_often_as_said),
        cmocka_unit_test(bad_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
