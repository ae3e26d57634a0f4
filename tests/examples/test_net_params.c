#include "close.h"
#include "params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const kit_group layout[] = {
    {"fc1", 2, {3, 4}}, {"fc1.bias", 1, {3}}, {"conv", 4, {2, 1, 3, 3}}};

static void groups_lie_behind_one_another_and_start_at_zero(void **state) {
    (void)state;
    kit_params params;
    assert_int_equal(kit_params_new(&params, layout, 3), KOOP_OK);
    assert_int_equal(params.count, 12 + 3 + 18);
    assert_ptr_equal(params.group[1], params.group[0] + 12);
    assert_ptr_equal(params.group[2], params.group[0] + 15);
    assert_close(kit_params_norm(&params), 0, 0);
    assert_int_equal(kit_params_find(&params, "conv"), 2);
    assert_int_equal(kit_params_find(&params, "fc"), -1);
    kit_params_free(&params);
    assert_null(params.group[0]);
}

static void norm_is_of_all_groups_and_scales(void **state) {
    (void)state;
    kit_params params;
    assert_int_equal(kit_params_new(&params, layout, 3), KOOP_OK);
    params.group[0][0] = 3;
    params.group[2][17] = -4;
    assert_close(kit_params_norm(&params), 5, 0);
    kit_params_scale(&params, 0.5);
    assert_close(params.group[2][17], -2, 0);
    assert_close(kit_params_norm(&params), 2.5, 0);
    kit_params_free(&params);
}

static void perturbed_values_stay_within_the_share_and_zeros_zero(void **state) {
    (void)state;
    kit_params params, again;
    assert_int_equal(kit_params_new(&params, layout, 3), KOOP_OK);
    assert_int_equal(kit_params_new(&again, layout, 3), KOOP_OK);
    for (size_t i = 0; i < params.count; i++)
        params.group[0][i] = again.group[0][i] = i % 3 ? (i % 2 ? 2 : -2) : 0;
    kit_params_perturb(&params, 0.25, kit_rng_seed(1));
    kit_params_perturb(&again, 0.25, kit_rng_seed(1));
    assert_memory_equal(params.group[0], again.group[0], params.count * sizeof *params.group[0]);
    for (size_t i = 0; i < params.count; i++) {
        double x = params.group[0][i];
        if (i % 3 == 0)
            assert_true(x == 0);
        else
            assert_true(x != 2 && x != -2 && fabs(x - (i % 2 ? 2 : -2)) <= 0.5);
    }
    kit_params_free(&params);
    kit_params_free(&again);
}

static void layouts_without_values_or_too_large_are_refused(void **state) {
    (void)state;
    kit_params params;
    const kit_group empty = {"a", 2, {4, 0}}, flat = {"a", 0, {0}}, deep = {"a", 5, {1, 1, 1, 1}};
    const kit_group huge = {"a", 2, {SIZE_MAX / 2, 3}};
    assert_int_equal(kit_params_new(&params, &empty, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_params_new(&params, &flat, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_params_new(&params, &deep, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_params_new(&params, &huge, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_params_new(&params, layout, 0), KOOP_BAD_ARGUMENT);
    kit_group many[KIT_MAX_GROUPS + 1];
    for (int g = 0; g <= KIT_MAX_GROUPS; g++) many[g] = layout[1];
    assert_int_equal(kit_params_new(&params, many, KIT_MAX_GROUPS + 1), KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_lie_behind_one_another_and_start_at_zero),
        cmocka_unit_test(norm_is_of_all_groups_and_scales),
        cmocka_unit_test(perturbed_values_stay_within_the_share_and_zeros_zero),
        cmocka_unit_test(layouts_without_values_or_too_large_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
