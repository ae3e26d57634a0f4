#include "trailing.h"

#include "../../core/fixture.h"

static int compare(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, int n) {
    qsort(values, (size_t)n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double slow_z(const double *past, int n, double x) {
    double copy[64];
    memcpy(copy, past, (size_t)n * sizeof(double));
    const double middle = median(copy, n);
    for (int i = 0; i < n; i++) copy[i] = fabs(past[i] - middle);
    return (x - middle) / (1.4826 * median(copy, n) + 1e-3 * fabs(middle) + 1e-9);
}

static void score_is_that_of_sorting_the_past(void **state) {
    (void)state;
    const int shapes[][2] = {{60, 8}, {7, 0}, {2, 3}, {33, 1}, {8, 20}};
    for (int k = 0; k < 5; k++) {
        const int reference = shapes[k][0], gap = shapes[k][1];
        bench_trailing *t = NULL;
        double x[400], z;
        uint64_t seed = (uint64_t)k;
        assert_int_equal(bench_trailing_new(&t, reference, gap), KOOP_OK);
        for (int i = 0; i < 400; i++) {
            x[i] = k % 2 ? floor(3 * gaussian(&seed)) : gaussian(&seed); /* with and without ties */
            assert_int_equal(bench_trailing_score(t, x[i], &z), i >= reference + gap);
            if (i >= reference + gap)
                assert_true(fabs(z - slow_z(x + i - gap - reference, reference, x[i])) <=
                            1e-9 * (1 + fabs(z)));
        }
        bench_trailing_clear(t);
        assert_false(bench_trailing_score(t, 1, &z));
        bench_trailing_free(t);
    }
}

static void bad_sizes_are_refused(void **state) {
    (void)state;
    bench_trailing *t = NULL;
    assert_int_equal(bench_trailing_new(&t, 1, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_trailing_new(&t, 10, -1), KOOP_BAD_ARGUMENT);
    assert_int_equal(bench_trailing_new(&t, 65536, 1), KOOP_BAD_ARGUMENT);
    assert_null(t);
    bench_trailing_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(score_is_that_of_sorting_the_past),
        cmocka_unit_test(bad_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
