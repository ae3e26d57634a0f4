/* Groups with a value that is not finite are found, with their share of such, in both precisions. */
#include "nonfinite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

static const size_t sizes[] = {2, 1, 4};

static void groups_that_are_not_finite_are_found(void **state) {
    (void)state;
    float single[7] = {0};
    double full[7] = {0};
    koop_nonfinite out;
    koop_nonfinite_find(single, KOOP_FLOAT32, sizes, 3, &out);
    assert_int_equal(out.n, 0);
    single[1] = full[1] = NAN;
    full[3] = -HUGE_VAL;
    full[6] = HUGE_VAL;
    koop_nonfinite_find(single, KOOP_FLOAT32, sizes, 3, &out);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.group[0], 0);
    assert_true(out.share[0] == 0.5);
    koop_nonfinite_find(full, KOOP_FLOAT64, sizes, 3, &out);
    assert_int_equal(out.n, 2);
    assert_int_equal(out.group[1], 2);
    assert_true(out.share[1] == 0.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_that_are_not_finite_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
