#include "planted_kit.h"

static void a_training_learns_and_stays_in_noise(void **state) {
    (void)state;
    for (int optimizer = 0; optimizer < PLANTED_OPTIMIZERS; optimizer++) {
        const planted_options o = options((planted_optimizer)optimizer, PLANTED_NONE);
        planted *run = make(&o);
        assert_close(step(run)->loss, log(10), 0.4);
        mean_of(run, 800);
        const means after = mean_of(run, 200);
        assert_true(after.loss > 0.3 && after.loss < 1);
        assert_true(after.accuracy > 0.75 && after.accuracy < 0.97);
        assert_true(after.grad_norm > 0.3);
        planted_free(run);
    }
}

/* batch-down begins with another batch: its like without the change is the change much later. */
static void before_the_change_nothing_differs_and_then_it_does(void **state) {
    (void)state;
    for (int model = 0; model < PLANTED_MODELS; model++)
        for (int change = 1; change < PLANTED_CHANGES; change++)
            for (int optimizer = 0; optimizer < PLANTED_OPTIMIZERS; optimizer++) {
                planted_options with =
                    options((planted_optimizer)optimizer, (planted_change)change);
                with.model = (planted_model)model;
                planted_options without = with;
                if (change == PLANTED_BATCH_DOWN)
                    without.at = 100;
                else
                    without.change = PLANTED_NONE;
                planted *planted_here = make(&with), *plain = make(&without);
                for (int k = 1; k <= AT; k++) {
                    assert_int_equal(step(planted_here)->changed, k == AT);
                    assert_false(step(plain)->changed);
                    assert_int_equal(same(planted_here, plain), k < AT);
                }
                planted_free(planted_here);
                planted_free(plain);
            }
}

static void seed_decides_everything(void **state) {
    (void)state;
    for (int change = 0; change < PLANTED_CHANGES; change++) {
        planted_options o = options(PLANTED_MOMENTUM, (planted_change)change);
        o.seed = 5;
        planted *first = make(&o), *again = make(&o);
        o.seed = 6;
        planted *other = make(&o);
        mean_of(first, 2 * AT);
        mean_of(again, 2 * AT);
        mean_of(other, 2 * AT);
        assert_true(same(first, again));
        assert_false(same(first, other));
        planted_free(first);
        planted_free(again);
        planted_free(other);
    }
}

static void assert_refused(planted_options o) {
    planted *run = NULL;
    assert_int_equal(planted_new(&run, &o, &digits), KOOP_BAD_ARGUMENT);
    assert_null(run);
}

static void assert_strength_refused(planted_change change, double strength) {
    planted_options o = options(PLANTED_SGD, change);
    o.strength = strength;
    assert_refused(o);
}

static void strengths_that_a_change_cannot_have_are_refused(void **state) {
    (void)state;
    assert_strength_refused(PLANTED_NONE, 0.5);
    assert_strength_refused(PLANTED_TO_ADAM, 1);
    assert_strength_refused(PLANTED_LR_DROP, 1.5);
    assert_strength_refused(PLANTED_LR_DROP, -0.5);
    assert_strength_refused(PLANTED_LR_RAMP, 0.9);
    assert_strength_refused(PLANTED_BATCH_UP, 2.5);
    assert_strength_refused(PLANTED_BATCH_UP, 33);
    assert_strength_refused(PLANTED_BATCH_DOWN, 3);
    assert_strength_refused(PLANTED_BATCH_DOWN, 8);
    assert_strength_refused(PLANTED_LABEL_NOISE, 1.1);
    assert_strength_refused(PLANTED_WEIGHT_DECAY, NAN);
    assert_strength_refused(PLANTED_DYING_RELUS, 1.1);
    assert_strength_refused(PLANTED_CLASS_SUBSET, 10);
}

static void what_cannot_be_trained_is_refused(void **state) {
    (void)state;
    planted_options bad[7];
    for (int i = 0; i < 7; i++) bad[i] = options(PLANTED_SGD, PLANTED_LR_DROP);
    bad[0].at = 0;
    bad[1].at = bad[1].steps + 1;
    bad[2].steps = 0;
    bad[3].warm_up = 0;
    bad[4].change = PLANTED_CHANGES;
    bad[5].optimizer = PLANTED_OPTIMIZERS;
    bad[6].model = PLANTED_MODELS;
    for (int i = 0; i < 7; i++) assert_refused(bad[i]);

    const planted_options o = options(PLANTED_SGD, PLANTED_CLASS_SUBSET);
    planted *run = NULL;
    const kit_images few = kit_images_slice(&digits, 0, 40); /* some 20 of the five classes */
    assert_int_equal(planted_new(&run, &o, &few), KOOP_BAD_ARGUMENT);
    kit_images large = digits;
    large.height = large.width = 28;
    assert_int_equal(planted_new(&run, &o, &large), KOOP_BAD_SHAPE);
    assert_null(run);
    planted_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_learns_and_stays_in_noise),
        cmocka_unit_test(before_the_change_nothing_differs_and_then_it_does),
        cmocka_unit_test(seed_decides_everything),
        cmocka_unit_test(strengths_that_a_change_cannot_have_are_refused),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
    };
    return cmocka_run_group_tests(tests, draw_digits, free_digits);
}
