/* The gradients of a stack are tested with the networks that have one: test_lenet, test_planted_mlp. */
#include "stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* y = relu(2x − 1) − 3 relu(1 − x) + 0.5 */
static void layers_follow_each_other_and_the_last_is_not_rectified(void **state) {
    (void)state;
    const kit_dense sizes[] = {{1, 2}, {2, 1}};
    float w1[] = {2, -1}, b1[] = {-1, 1}, w2[] = {1, -3}, b2[] = {0.5f};
    float *const params[] = {w1, b1, w2, b2};
    kit_stack stack;
    assert_int_equal(kit_stack_new(&stack, sizes, 2, 3), KOOP_OK);
    const float x[] = {-1, 0.75f, 4};
    kit_stack_forward(&stack, x, params);
    const float *y = kit_stack_logits(&stack);
    assert_true(y[0] == -5.5f && y[1] == 0.25f && y[2] == 7.5f);
    kit_stack_free(&stack);
}

static void layers_that_do_not_fit_are_refused(void **state) {
    (void)state;
    const kit_dense apart[] = {{3, 2}, {3, 1}}, empty[] = {{3, 0}}, many[KIT_STACK_MAX + 1] = {0};
    kit_stack stack = {.n = 0};
    assert_int_equal(kit_stack_new(&stack, apart, 2, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_stack_new(&stack, empty, 1, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_stack_new(&stack, many, KIT_STACK_MAX + 1, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_stack_new(&stack, apart, 0, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_stack_new(&stack, apart, 1, 0), KOOP_BAD_ARGUMENT);
    kit_stack_free(&stack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_follow_each_other_and_the_last_is_not_rectified),
        cmocka_unit_test(layers_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
