#include "close.h"
#include "dataset.h"
#include "recording.h"
#include "train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static kit_dataset digits;

static int draw_digits(void **state) {
    (void)state;
    kit_dataset_options options = kit_dataset_defaults(KIT_DIGITS);
    char why[KIT_WHY_BYTES];
    options.train = 1000;
    options.test = 500;
    return kit_dataset_load(&digits, &options, why) == KOOP_OK ? 0 : -1;
}

static int free_digits(void **state) {
    (void)state;
    kit_dataset_free(&digits);
    return 0;
}

static fcn_train *make(const fcn_train_options *options) {
    fcn_train *train;
    assert_int_equal(fcn_train_new(&train, options, &digits.train), KOOP_OK);
    return train;
}

static void make_steps(fcn_train *train, int steps) {
    for (int i = 0; i < steps; i++) fcn_train_step(train);
}

static const kit_real *weights(const fcn_train *train, int i) {
    return fcn_train_params(train, i)->group[0];
}

static size_t weight_bytes(const fcn_train *train) {
    return fcn_train_params(train, 0)->count * sizeof(kit_real);
}

static void small_network_learns_the_drawn_digits(void **state) {
    (void)state;
    fcn_train_options options = fcn_train_defaults();
    options.h = 20;
    fcn_train *train = make(&options);
    kit_score before = fcn_train_evaluate(train, 0, &digits.test);
    assert_close(before.loss, log(10), 0.7);
    assert_true(before.accuracy < 0.35);
    make_steps(train, 300);
    kit_score after = fcn_train_evaluate(train, 0, &digits.test);
    assert_true(after.accuracy > 0.8);
    assert_true(fcn_train_evaluate(train, 0, &digits.train).accuracy > after.accuracy - 0.02);
    fcn_train_free(train);
}

static void same_seed_gives_the_same_trajectory(void **state) {
    (void)state;
    for (int shuffle = 0; shuffle < 2; shuffle++) {
        fcn_train_options options = fcn_train_defaults();
        options.shuffle = shuffle;
        options.seed = 7;
        fcn_train *first = make(&options), *again = make(&options);
        options.seed = 8;
        fcn_train *other = make(&options);
        make_steps(first, 30);
        make_steps(again, 30);
        make_steps(other, 30);
        assert_memory_equal(weights(first, 0), weights(again, 0), weight_bytes(first));
        assert_memory_not_equal(weights(first, 0), weights(other, 0), weight_bytes(first));
        fcn_train_free(first);
        fcn_train_free(again);
        fcn_train_free(other);
    }
}

static void step_follows_the_gradient_of_its_batch(void **state) {
    (void)state;
    fcn_train_options options = fcn_train_defaults();
    options.h = 3;
    options.batch = 50;
    fcn_train *train = make(&options);
    const fcn_shape shape = {784, 3, 10};
    kit_params params, grads;
    fcn_model *model;
    assert_int_equal(fcn_params_new(&params, &shape), KOOP_OK);
    assert_int_equal(fcn_params_new(&grads, &shape), KOOP_OK);
    assert_int_equal(fcn_model_new(&model, &shape), KOOP_OK);
    for (int step = 0; step < 3; step++) {
        memcpy(params.group[0], weights(train, 0), weight_bytes(train));
        kit_score wanted = fcn_model_gradient(model, &params, digits.train.pixels + step * 50 * 784,
                                              digits.train.labels + step * 50, 50, &grads);
        kit_score score = fcn_train_step(train);
        assert_close(score.loss, wanted.loss, 0);
        for (size_t i = 0; i < params.count; i++)
            assert_close(weights(train, 0)[i],
                         params.group[0][i] - (kit_real)0.1 * grads.group[0][i], 1e-7);
    }
    fcn_model_free(model);
    kit_params_free(&params);
    kit_params_free(&grads);
    fcn_train_free(train);
}

/* Network 0 of several is the one that would have been trained alone; the others start within the
 * share of it, each with differences of its own. */
static void networks_start_side_by_side_and_do_not_disturb_each_other(void **state) {
    (void)state;
    fcn_train_options options = fcn_train_defaults();
    fcn_train *alone = make(&options);
    options.inits = 3;
    fcn_train *three = make(&options);
    for (int i = 1; i < 3; i++) {
        assert_memory_not_equal(weights(three, i), weights(three, i - 1), weight_bytes(three));
        for (size_t k = 0; k < fcn_train_params(three, 0)->count; k++)
            assert_close((double)weights(three, i)[k] / weights(three, 0)[k], 1, 1e-3 + 1e-6);
    }
    make_steps(alone, 20);
    make_steps(three, 20);
    assert_memory_equal(weights(alone, 0), weights(three, 0), weight_bytes(alone));
    assert_memory_not_equal(weights(three, 1), weights(three, 0), weight_bytes(three));
    fcn_train_free(alone);
    fcn_train_free(three);
}

static void without_perturbation_all_networks_are_one(void **state) {
    (void)state;
    fcn_train_options options = fcn_train_defaults();
    options.inits = 2;
    options.perturb = 0;
    fcn_train *train = make(&options);
    make_steps(train, 20);
    assert_memory_equal(weights(train, 1), weights(train, 0), weight_bytes(train));
    fcn_train_free(train);
}

static void what_cannot_be_trained_is_refused(void **state) {
    (void)state;
    fcn_train *train = NULL;
    fcn_train_options options[5];
    for (int i = 0; i < 5; i++) options[i] = fcn_train_defaults();
    options[0].h = 0;
    options[1].inits = 0;
    options[2].batch = 0;
    options[3].batch = FCN_MAX_BATCH + 1;
    options[4].inits = KIT_MAX_COPIES + 1;
    for (int i = 0; i < 5; i++)
        assert_int_equal(fcn_train_new(&train, &options[i], &digits.train), KOOP_BAD_ARGUMENT);
    options[0] = fcn_train_defaults();
    options[0].batch = 101;
    kit_images few = kit_images_slice(&digits.train, 0, 100);
    assert_int_equal(fcn_train_new(&train, &options[0], &few), KOOP_BAD_ARGUMENT);
    assert_null(train);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_network_learns_the_drawn_digits),
        cmocka_unit_test(same_seed_gives_the_same_trajectory),
        cmocka_unit_test(step_follows_the_gradient_of_its_batch),
        cmocka_unit_test(networks_start_side_by_side_and_do_not_disturb_each_other),
        cmocka_unit_test(without_perturbation_all_networks_are_one),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
    };
    return cmocka_run_group_tests(tests, draw_digits, free_digits);
}
