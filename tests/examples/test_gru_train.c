#include "close.h"
#include "train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static gru_train_options small(void) {
    gru_train_options options = gru_train_defaults();
    options.task = (gru_task){.symbols = 4, .length = 4};
    options.units = 16;
    options.batch = 32;
    options.lr = 1e-2;
    return options;
}

static gru_train *make(const gru_train_options *options) {
    gru_train *train;
    assert_int_equal(gru_train_new(&train, options), KOOP_OK);
    return train;
}

static const gru_progress *make_steps(gru_train *train, int steps) {
    for (int i = 0; i < steps; i++) {
        gru_train_measure(train);
        gru_train_advance(train);
    }
    return gru_train_measure(train);
}

static void short_strings_are_learnt(void **state) {
    (void)state;
    gru_train_options options = small();
    gru_train *train = make(&options);
    const gru_progress *progress = gru_train_measure(train);
    assert_close(progress->batch.loss, log(4), 0.4); /* of chance */
    assert_true(progress->test.accuracy < 0.5);
    assert_int_equal(progress->half, -1);
    progress = make_steps(train, 800);
    assert_int_equal(progress->step, 800);
    assert_true(progress->test.accuracy >= GRU_SOLVED);
    assert_in_range(progress->left, 10, 790);
    assert_in_range(progress->half, progress->left, 790);
    assert_in_range(progress->solved, progress->half, 790);
    assert_true(progress->settled);
    gru_train_free(train);
}

static void random_answers_are_not(void **state) {
    (void)state;
    gru_train_options options = small();
    options.task.random_answers = true;
    gru_train *train = make(&options);
    const gru_progress *progress = make_steps(train, 800);
    assert_true(progress->test.accuracy < 0.45); /* 1/4, and seven deviations */
    assert_int_equal(progress->left, -1);
    assert_int_equal(progress->half, -1);
    assert_false(progress->settled);
    gru_train_free(train);
}

static void held_out_strings_are_evaluated_every_ten_steps(void **state) {
    (void)state;
    gru_train_options options = small();
    gru_train *train = make(&options);
    kit_score at_0 = make_steps(train, 0)->test;
    assert_true(at_0.loss > 0);
    assert_true(make_steps(train, GRU_TEST_EVERY - 1)->test.loss == at_0.loss);
    assert_true(make_steps(train, 1)->test.loss != at_0.loss);
    gru_train_free(train);
}

static void same_seed_gives_the_same_trajectory(void **state) {
    (void)state;
    gru_train_options options = small();
    options.seed = 7;
    gru_train *first = make(&options), *again = make(&options);
    options.seed = 8;
    gru_train *other = make(&options);
    make_steps(first, 20);
    make_steps(again, 20);
    make_steps(other, 20);
    const kit_params *params = gru_train_params(first);
    size_t bytes = params->count * sizeof(kit_real);
    assert_memory_equal(params->group[0], gru_train_params(again)->group[0], bytes);
    assert_memory_not_equal(params->group[0], gru_train_params(other)->group[0], bytes);
    gru_train_free(first);
    gru_train_free(again);
    gru_train_free(other);
}

/* Where the gradient is above the clip, its size does not matter: Adam's first steps are then the
 * same for any two clips but for ε, which a small gradient makes felt. */
static void gradient_above_the_clip_is_scaled_down_to_it(void **state) {
    (void)state;
    gru_train_options options = small();
    options.clip = 1e-9;
    gru_train *tight = make(&options);
    options.clip = 1e9;
    gru_train *loose = make(&options);
    kit_real *start = malloc(gru_train_params(tight)->count * sizeof *start);
    const size_t n = gru_train_params(tight)->count;
    memcpy(start, gru_train_params(tight)->group[0], n * sizeof *start);
    make_steps(tight, 1);
    make_steps(loose, 1);
    double moved_tight = 0, moved_loose = 0;
    for (size_t i = 0; i < n; i++) {
        moved_tight += fabs(gru_train_params(tight)->group[0][i] - start[i]);
        moved_loose += fabs(gru_train_params(loose)->group[0][i] - start[i]);
    }
    /* |g| ≤ 1e-9 against ε = 1e-8: at most a tenth of lr; unclipped, nearly all of it. */
    assert_true(moved_tight <= 0.1 * options.lr * (double)n);
    assert_true(moved_loose >= 0.9 * options.lr * (double)n);
    free(start);
    gru_train_free(tight);
    gru_train_free(loose);
}

static void weights_start_uniform_within_one_over_the_root_of_the_units(void **state) {
    (void)state;
    gru_train_options options = gru_train_defaults();
    gru_train *train = make(&options);
    const kit_params *params = gru_train_params(train);
    const double bound = 1 / sqrt(32);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < params->count; i++) {
        assert_true(fabs(params->group[0][i]) <= bound);
        sum += params->group[0][i] / bound;
        squares += pow(params->group[0][i] / bound, 2);
    }
    /* Six standard deviations. */
    assert_close(sum / (double)params->count, 0, 6 * sqrt(1.0 / 3 / (double)params->count));
    assert_close(squares / (double)params->count, 1.0 / 3,
                 6 * sqrt(4.0 / 45 / (double)params->count));
    gru_train_free(train);
}

static void what_cannot_be_trained_is_refused(void **state) {
    (void)state;
    gru_train *train = NULL;
    gru_train_options bad[9];
    for (int i = 0; i < 9; i++) bad[i] = small();
    bad[0].task.symbols = 1;
    bad[1].task.length = 0;
    bad[2].units = 0;
    bad[3].batch = 0;
    bad[4].lr = NAN;
    bad[5].lr = 0;
    bad[6].weight_decay = -1;
    bad[7].clip = 0;
    bad[8].clip = NAN;
    for (int i = 0; i < 9; i++) assert_int_equal(gru_train_new(&train, &bad[i]), KOOP_BAD_ARGUMENT);
    assert_null(train);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_strings_are_learnt),
        cmocka_unit_test(random_answers_are_not),
        cmocka_unit_test(held_out_strings_are_evaluated_every_ten_steps),
        cmocka_unit_test(same_seed_gives_the_same_trajectory),
        cmocka_unit_test(gradient_above_the_clip_is_scaled_down_to_it),
        cmocka_unit_test(weights_start_uniform_within_one_over_the_root_of_the_units),
        cmocka_unit_test(what_cannot_be_trained_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
