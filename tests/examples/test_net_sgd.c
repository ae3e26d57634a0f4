#include "close.h"
#include "sgd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void plain_step_is_the_gradient_times_the_learning_rate(void **state) {
    (void)state;
    kit_sgd sgd;
    assert_int_equal(kit_sgd_new(&sgd, 2, 0.1, 0, 0), KOOP_OK);
    float x[] = {1, -2};
    kit_sgd_step(&sgd, x, (const float[]){3, 0});
    assert_close(x[0], 0.7, 1e-6);
    assert_close(x[1], -2, 0);
    kit_sgd_free(&sgd);
}

/* By hand, x = 1, lr = 0.1, momentum = 0.9, weight decay = 0.5, gradient 1 then 1:
 *   1: g = 1.5,  v = 1.5,               x = 0.85
 *   2: g = 1.425, v = 1.35 + 1.425,     x = 0.85 − 0.2775 */
static void momentum_and_decay_equal_the_hand_computed_steps(void **state) {
    (void)state;
    kit_sgd sgd;
    assert_int_equal(kit_sgd_new(&sgd, 1, 0.1, 0.9, 0.5), KOOP_OK);
    float x = 1;
    kit_sgd_step(&sgd, &x, &(float){1});
    assert_close(x, 0.85, 1e-6);
    kit_sgd_step(&sgd, &x, &(float){1});
    assert_close(x, 0.5725, 1e-6);
    kit_sgd_free(&sgd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_step_is_the_gradient_times_the_learning_rate),
        cmocka_unit_test(momentum_and_decay_equal_the_hand_computed_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
