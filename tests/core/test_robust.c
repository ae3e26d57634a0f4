/* A series' usual course: exact where it is exact, unbent by wild values, and against NumPy. */
#include "robust.h"

#include "fixture.h"

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void median_is_that_of_the_sorted_values(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int n = 1; n <= KOOP_ROBUST_MOST; n++)
        for (int kind = 0; kind < 4; kind++) {
            double values[KOOP_ROBUST_MOST], sorted[KOOP_ROBUST_MOST];
            for (int i = 0; i < n; i++)
                values[i] = kind == 0   ? gaussian(&seed)
                            : kind == 1 ? floor(4 * uniform(&seed)) /* many that are equal */
                            : kind == 2 ? i
                                        : -i;
            memcpy(sorted, values, sizeof sorted);
            qsort(sorted, (size_t)n, sizeof *sorted, ascending);
            double expected = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
            assert_true(koop_robust_median(values, n) == expected);
            qsort(values, (size_t)n, sizeof *values,
                  ascending); /* reordered, but all still there */
            assert_memory_equal(values, sorted, (size_t)n * sizeof *values);
        }
}

static void clean_line_is_found_exactly(void **state) {
    (void)state;
    for (int n = 8; n <= KOOP_ROBUST_MOST; n++) {
        double y[KOOP_ROBUST_MOST];
        for (int i = 0; i < n; i++) y[i] = -7 + 0.25 * (i - (n - 1) / 2.0);
        koop_robust_line line = koop_robust_fit(y, n);
        assert_int_equal(line.n, n);
        assert_true(fabs(line.level + 7) < 1e-12 && fabs(line.slope - 0.25) < 1e-13);
        assert_true(fabs(koop_robust_at(&line, n + 9) - (-7 + 0.25 * (n + 9 - (n - 1) / 2.0))) <
                    1e-11);
        assert_true(koop_robust_scale(&line, y, line.correlation) < 1e-12);
    }
}

/* The largest distance at both ends from the line that N = 120 values were made of. */
static double bent(const double *y) {
    enum { N = 120 };
    koop_robust_line line = koop_robust_fit(y, N);
    return fmax(fabs(koop_robust_at(&line, 0) - 3), fabs(koop_robust_at(&line, N - 1) + 2.95));
}

static void fifth_of_wild_values_does_not_bend_the_line(void **state) {
    (void)state;
    enum { N = 120 };
    uint64_t seed = 2;
    double y[N], both[N], above[N], end[N];
    for (int i = 0; i < N; i++) y[i] = 3 - 0.05 * i + 0.1 * gaussian(&seed);
    double worst_end = 0;
    for (double wild = 10; wild < 1e9; wild *= 10) {
        for (int i = 0; i < N; i++) {
            both[i] = y[i] + (i % 5 == 2 ? (i % 2 ? wild : -wild) : 0);
            above[i] = y[i] + (i % 5 == 2 ? wild : 0);
            end[i] = y[i] + (i >= N - N / 5 ? wild : 0); /* where they bend it most */
        }
        assert_true(bent(both) < 0.1);
        assert_true(bent(above) < 0.3);
        assert_true(wild < 1e3 || bent(end) < 1.1 * worst_end); /* as little by huge ones */
        worst_end = fmax(worst_end, bent(end));
    }
}

static void more_than_half_equal_values_are_a_level(void **state) {
    (void)state;
    double y[50];
    for (int i = 0; i < 50; i++) y[i] = i % 5 == 0 ? 4 + i : 4;
    koop_robust_line line = koop_robust_fit(y, 50);
    assert_true(fabs(line.level - 4) < 1e-12 && fabs(line.slope) < 1e-12);
    double scale = koop_robust_scale(&line, y, line.correlation);
    assert_true(isfinite(scale) && isfinite(line.correlation));
}

/* The published steps in NumPy (median, polyfit with weights, clip), of AR(1) noise on a line with
 * wild values in it. */
static void line_correlation_and_scale_are_those_of_an_independent_reference(void **state) {
    (void)state;
    static const struct {
        int n;
        uint64_t seed;
        double level, slope, correlation, scale, scale_of_quarter;
    } reference[] = {{48, 5, 1.3821290916574647, -0.03138388269356714, 0.13912746396275627,
                      0.4815295310509192, 0.517802478208462},
                     {143, 6, -0.1060373468931707, -0.02987954147963976, 0.2804637909799073,
                      0.5091491475546882, 0.5066209332065991}};
    for (int k = 0; k < 2; k++) {
        double y[143], noise = 0;
        uint64_t seed = reference[k].seed;
        int n = reference[k].n;
        for (int i = 0; i < n; i++) {
            noise = 0.6 * noise + uniform(&seed) - 0.5;
            y[i] = 2 - 0.03 * i + noise + (i % 17 == 3 ? 25 : 0);
        }
        koop_robust_line line = koop_robust_fit(y, n);
        assert_true(fabs(line.level - reference[k].level) < 1e-10);
        assert_true(fabs(line.slope - reference[k].slope) < 1e-12);
        assert_true(fabs(line.correlation - reference[k].correlation) < 1e-10);
        assert_true(fabs(koop_robust_scale(&line, y, line.correlation) - reference[k].scale) <
                    1e-10);
        assert_true(fabs(koop_robust_scale(&line, y, 0.25) - reference[k].scale_of_quarter) <
                    1e-10);
    }
}

static void correlation_and_scale_are_right_on_average(void **state) {
    (void)state;
    enum { N = 144, SERIES = 400 };
    static const double rho[] = {0, 0.4, 0.7};
    uint64_t seed = 7;
    for (int k = 0; k < 3; k++) {
        double correlation = 0, scale = 0;
        for (int series = 0; series < SERIES; series++) {
            double y[N], noise = gaussian(&seed) / sqrt(1 - rho[k] * rho[k]);
            for (int i = 0; i < N; i++) {
                noise = rho[k] * noise + gaussian(&seed);
                y[i] = 0.01 * i + noise;
            }
            koop_robust_line line = koop_robust_fit(y, N);
            correlation += line.correlation / SERIES;
            scale += koop_robust_scale(&line, y, line.correlation) / SERIES;
        }
        print_message("rho %.1f: %.3f, scale %.3f\n", rho[k], correlation, scale);
        assert_true(fabs(correlation - rho[k]) < 0.02);
        assert_true(fabs(scale - 1) < 0.02);
    }
}

static void correlation_is_bounded(void **state) {
    (void)state;
    double y[100];
    for (int i = 0; i < 100; i++) y[i] = i % 2 ? 1 : -1;
    assert_true(koop_robust_fit(y, 100).correlation == -0.3);
    for (int i = 0; i < 100; i++) y[i] = sin(0.06 * i);
    assert_true(koop_robust_fit(y, 100).correlation == 0.9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(median_is_that_of_the_sorted_values),
        cmocka_unit_test(clean_line_is_found_exactly),
        cmocka_unit_test(fifth_of_wild_values_does_not_bend_the_line),
        cmocka_unit_test(more_than_half_equal_values_are_a_level),
        cmocka_unit_test(line_correlation_and_scale_are_those_of_an_independent_reference),
        cmocka_unit_test(correlation_and_scale_are_right_on_average),
        cmocka_unit_test(correlation_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
