#include "adamw.h"
#include "close.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void first_step_moves_by_the_learning_rate_after_the_decay(void **state) {
    (void)state;
    kit_adamw adamw;
    assert_int_equal(kit_adamw_new(&adamw, 3, 0.1, 0.5), KOOP_OK);
    float x[3] = {1, -2, 4};
    const float g[3] = {3, -0.01f, 0};
    kit_adamw_step(&adamw, x, g);
    /* Corrected moments are g and g², so the step is lr·sign(g), from 0.95 x. */
    assert_close(x[0], 0.95 - 0.1, 1e-6);
    assert_close(x[1], -1.9 + 0.1, 1e-6);
    assert_close(x[2], 3.8, 1e-6);
    kit_adamw_free(&adamw);
}

/* By hand, x = 1, lr = 0.1, wd = 1, g = 1 then 3:
 *   1: x = 0.9·1 − 0.1·1 = 0.8;                    m = 0.1, v = 0.02
 *   2: m = 0.39, m̂ = 0.39/0.19; v = 0.1996, v̂ = 0.1996/0.0396;
 *      x = 0.72 − 0.1·2.0526315789/2.2450864522 = 0.6285725 */
static void second_step_equals_the_hand_computed_one(void **state) {
    (void)state;
    kit_adamw adamw;
    assert_int_equal(kit_adamw_new(&adamw, 1, 0.1, 1), KOOP_OK);
    float x = 1;
    kit_adamw_step(&adamw, &x, &(float){1});
    assert_close(x, 0.8, 1e-6);
    kit_adamw_step(&adamw, &x, &(float){3});
    assert_close(adamw.m[0], 0.39, 1e-6);
    assert_close(adamw.v[0], 0.1996, 1e-6);
    assert_close(x, 0.72 - 0.1 * (0.39 / 0.19) / sqrt(0.1996 / 0.0396), 1e-6);
    kit_adamw_free(&adamw);
}

static void epsilon_bounds_the_step_of_a_tiny_gradient(void **state) {
    (void)state;
    kit_adamw adamw;
    assert_int_equal(kit_adamw_new(&adamw, 1, 0.1, 0), KOOP_OK);
    float x = 0;
    kit_adamw_step(&adamw, &x, &(float){1e-8f});
    assert_close(x, -0.05, 1e-6); /* g/(g + ε) = 1/2 */
    kit_adamw_free(&adamw);
}

static void without_gradient_and_decay_nothing_moves(void **state) {
    (void)state;
    kit_adamw adamw;
    assert_int_equal(kit_adamw_new(&adamw, 1, 0.1, 0), KOOP_OK);
    float x = 0.7f;
    for (int i = 0; i < 5; i++) kit_adamw_step(&adamw, &x, &(float){0});
    assert_true(x == 0.7f);
    kit_adamw_free(&adamw);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_step_moves_by_the_learning_rate_after_the_decay),
        cmocka_unit_test(second_step_equals_the_hand_computed_one),
        cmocka_unit_test(epsilon_bounds_the_step_of_a_tiny_gradient),
        cmocka_unit_test(without_gradient_and_decay_nothing_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
