#include "reduced.h"

#include "fixture.h"

enum { R = 3, M = 20 };

static const double a[R * R] = {0.9, -0.3, 0.0, 1.5, 0.7, 0.2, -0.4, 0.8, 0.5}; /* by columns */

static void make_pairs(double *before, double *after) {
    uint64_t seed = 1;
    for (int k = 0; k < R * M; k++) before[k] = 2 * uniform(&seed) - 1;
    for (int t = 0; t < M; t++)
        for (int i = 0; i < R; i++) {
            after[t * R + i] = 0.1 * (2 * uniform(&seed) - 1);
            for (int j = 0; j < R; j++) after[t * R + i] += a[j * R + i] * before[t * R + j];
        }
}

/* A non-normal operator with noise; the numbers are NumPy's, by the definitions in spectrum.h. */
static void energy_and_residual_are_those_of_an_independent_reference(void **state) {
    (void)state;
    static const double known[R][4] = {
        {0.84610169768575716, 0.56039014820032496, 0.25361034881795658, 0.10533894757835432},
        {0.84610169768575716, -0.56039014820032496, 0.25361034881795658, 0.10533894757835428},
        {0.40779660462848649, 0, 0.49277930236408685, 0.10729199423765788}};
    double before[R * M], after[R * M];
    koop_reduced *reduced = NULL;
    koop_spectrum s;
    make_pairs(before, after);
    assert_int_equal(koop_reduced_new(&reduced, 5), KOOP_OK);
    assert_int_equal(koop_reduced_spectrum(reduced, R, a, before, after, M, 1, &s), KOOP_OK);
    assert_int_equal(s.rank, R);
    for (int j = 0; j < R; j++) {
        assert_true(fabs(s.modes[j].re - known[j][0]) < 1e-13);
        assert_true(fabs(s.modes[j].im - known[j][1]) < 1e-13);
        assert_true(fabs(s.modes[j].energy - known[j][2]) < 1e-12);
        assert_true(fabs(s.modes[j].residual - known[j][3]) < 1e-12);
    }
    koop_reduced_free(reduced);
}

static void defective_operator_gives_finite_numbers(void **state) {
    (void)state;
    static const double jordan[4] = {1, 0, 1, 1};
    double before[2 * M], after[2 * M], x[2] = {0.3, 0.1};
    koop_reduced *reduced = NULL;
    koop_spectrum s;
    for (int t = 0; t < M; t++) {
        before[2 * t] = x[0];
        before[2 * t + 1] = x[1];
        x[0] += x[1];
        after[2 * t] = x[0];
        after[2 * t + 1] = x[1];
    }
    assert_int_equal(koop_reduced_new(&reduced, 2), KOOP_OK);
    assert_int_equal(koop_reduced_spectrum(reduced, 2, jordan, before, after, M, 1, &s), KOOP_OK);
    for (int j = 0; j < 2; j++) {
        assert_true(fabs(s.modes[j].re - 1) < 1e-7);
        assert_true(isfinite(s.modes[j].energy) && isfinite(s.modes[j].residual));
    }
    assert_true(fabs(s.modes[0].energy + s.modes[1].energy - 1) < 1e-12);
    koop_reduced_free(reduced);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_and_residual_are_those_of_an_independent_reference),
        cmocka_unit_test(defective_operator_gives_finite_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
