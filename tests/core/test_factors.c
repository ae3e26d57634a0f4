#include "factors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

/* A matrix of falling columns, and the sum of its squares. */
static double *matrix(int m, int n, double *squares) {
    double *a = malloc((size_t)m * (size_t)n * sizeof *a);
    assert_non_null(a);
    uint64_t state = 7;
    *squares = 0;
    for (int j = 0; j < n; j++)
        for (int i = 0; i < m; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            double x = ((double)(state >> 11) / 9007199254740992.0 - 0.5) / (1 + 0.1 * j);
            a[(size_t)j * (size_t)m + (size_t)i] = x;
            *squares += x * x;
        }
    return a;
}

/* Of a small matrix all triplets, of a large one those that are wanted: the energy that is left out
 * is part of the total all the same. */
static void total_is_of_all_energies(void **state) {
    (void)state;
    const int sizes[][4] = {{30, 20, 3, 20}, {20, 30, 0, 20}, {640, 600, 3, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int m = sizes[i][0], n = sizes[i][1];
        double squares, *a = matrix(m, n, &squares);
        koop_factors f = {.k = 0};
        assert_int_equal(koop_factors_of(&f, m, n, a, sizes[i][2]), KOOP_OK);
        assert_int_equal(f.k, sizes[i][3]);
        assert_true(fabs(f.total / squares - 1) < 1e-12);
        double kept = 0;
        for (int j = 0; j < f.k; j++) kept += f.energies[j];
        assert_true(f.k < 20 ? kept < 0.9 * squares : fabs(kept / squares - 1) < 1e-12);
        koop_factors_free(&f);
        free(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(total_is_of_all_energies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
