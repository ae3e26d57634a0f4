#include "close.h"
#include "train.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <float.h>
#include <stdlib.h>
#include <string.h>

static grok_train_options small(void) {
    grok_train_options options = grok_train_defaults();
    options.shape = (grok_shape){.p = 11, .d = 32, .mlp = 48};
    options.frac = 0.6;
    return options;
}

static grok_train *make(const grok_train_options *options) {
    grok_train *train;
    assert_int_equal(grok_train_new(&train, options), KOOP_OK);
    return train;
}

static const grok_progress *make_steps(grok_train *train, int steps) {
    for (int i = 0; i < steps; i++) {
        grok_train_measure(train);
        grok_train_advance(train);
    }
    return grok_train_measure(train);
}

static void a_few_steps_lower_the_loss(void **state) {
    (void)state;
    grok_train_options options = small();
    grok_train *train = make(&options);
    double before = grok_train_measure(train)->train.loss;
    /* Near log(12) before anything is learnt. */
    assert_close(before, log(12), 0.5);
    const grok_progress *progress = make_steps(train, 10);
    assert_int_equal(progress->step, 10);
    assert_true(progress->train.loss < before - 0.1);
    grok_train_free(train);
}

static void training_pairs_are_memorised(void **state) {
    (void)state;
    grok_train_options options = small();
    options.random_labels = true;
    grok_train *train = make(&options);
    assert_int_equal(grok_train_measure(train)->memorised, -1);
    const grok_progress *progress = make_steps(train, 400);
    assert_true(progress->train.accuracy >= GROK_SOLVED);
    assert_in_range(progress->memorised, 10, 400);
    assert_true(progress->test.accuracy < 0.5);
    assert_int_equal(progress->grokked, -1);
    assert_false(progress->settled);
    grok_train_free(train);
}

static void test_pairs_are_evaluated_every_ten_steps(void **state) {
    (void)state;
    grok_train_options options = small();
    grok_train *train = make(&options);
    kit_score at_0 = make_steps(train, 0)->test;
    assert_true(at_0.loss > 0);
    assert_true(make_steps(train, GROK_TEST_EVERY - 1)->test.loss == at_0.loss);
    assert_true(make_steps(train, 1)->test.loss != at_0.loss);
    grok_train_free(train);
}

static void same_seed_gives_the_same_trajectory(void **state) {
    (void)state;
    grok_train_options options = small();
    options.seed = 7;
    grok_train *first = make(&options), *again = make(&options);
    options.seed = 8;
    grok_train *other = make(&options);
    make_steps(first, 20);
    make_steps(again, 20);
    make_steps(other, 20);
    const kit_params *params = grok_train_params(first);
    size_t bytes = params->count * sizeof(float);
    assert_memory_equal(params->group[0], grok_train_params(again)->group[0], bytes);
    assert_memory_not_equal(params->group[0], grok_train_params(other)->group[0], bytes);
    grok_train_free(first);
    grok_train_free(again);
    grok_train_free(other);
}

static void weights_start_with_the_variance_of_the_design(void **state) {
    (void)state;
    grok_train_options options = grok_train_defaults();
    grok_train *train = make(&options);
    const kit_params *params = grok_train_params(train);
    for (int g = 0; g < GROK_GROUPS; g++) {
        size_t n = kit_group_count(&params->layout[g]);
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += (double)params->group[g][i] * params->group[g][i];
        if (g == GROK_MLP_IN_BIAS || g == GROK_MLP_OUT_BIAS) {
            assert_true(sum == 0);
            continue;
        }
        double variance = g == GROK_UNEMBED ? 1.0 / 54 : 1.0 / 128;
        /* Six standard deviations of a mean of n squared normals. */
        assert_close(sum / (double)n / variance, 1, 6 * sqrt(2.0 / (double)n));
    }
    grok_train_free(train);
}

static void constrained_norm_is_alpha_times_the_initial_one_and_stays(void **state) {
    (void)state;
    grok_train_options options = small();
    grok_train *free_norm = make(&options);
    double norm = 0.8 * kit_params_norm(grok_train_params(free_norm));
    options.constrain_norm = true;
    options.weight_decay = 0;
    grok_train *train = make(&options);
    for (int i = 0; i < 30; i++) {
        assert_close(kit_params_norm(grok_train_params(train)) / norm, 1, 1e-6);
        make_steps(train, 1);
    }
    make_steps(free_norm, 30);
    assert_true(fabs(kit_params_norm(grok_train_params(free_norm)) * 0.8 / norm - 1) > 1e-3);
    grok_train_free(train);
    grok_train_free(free_norm);
}

static void copy_zero_is_the_initialisation_and_others_are_within_the_perturbation(void **state) {
    (void)state;
    grok_train_options options = small();
    options.perturb = 0.5;
    grok_train *plain = make(&options);
    options.perturb = 0.001;
    grok_train *copies[4];
    for (options.copy = 0; options.copy < 4; options.copy++) copies[options.copy] = make(&options);
    const kit_params *first = grok_train_params(copies[0]);
    size_t bytes = first->count * sizeof(float);
    assert_memory_equal(first->group[0], grok_train_params(plain)->group[0], bytes);
    for (int k = 1; k < 4; k++) {
        const float *x = first->group[0], *y = grok_train_params(copies[k])->group[0];
        double largest = 0, sum = 0, squares = 0, n = 0;
        for (size_t i = 0; i < first->count; i++) {
            if (x[i] == 0) { /* a bias */
                assert_true(y[i] == 0);
                continue;
            }
            double change = (double)y[i] / x[i] - 1;
            largest = fmax(largest, fabs(change));
            sum += change;
            squares += change * change;
            n++;
        }
        assert_true(largest <= 0.001 + FLT_EPSILON);
        assert_true(largest > 0.00099);
        assert_close(sum / n / 0.001, 0, 6 / sqrt(3 * n));
        assert_close(squares / n / 1e-6, 1.0 / 3, 0.02); /* uniform */
        assert_memory_not_equal(y, grok_train_params(copies[k % 3 + 1])->group[0], bytes);
    }
    for (int k = 0; k < 4; k++) grok_train_free(copies[k]);
    grok_train_free(plain);
}

static void copies_of_a_seed_share_its_pairs_and_are_the_same_again(void **state) {
    (void)state;
    grok_train_options options = small();
    options.seed = 3;
    grok_train *first = make(&options);
    options.copy = 2;
    grok_train *third = make(&options), *again = make(&options);
    options.seed = 4;
    grok_train *other = make(&options);
    const grok_data *data = grok_train_data(first);
    assert_memory_equal(data->train, grok_train_data(third)->train,
                        (size_t)(data->n_train + data->n_test) * sizeof *data->train);
    make_steps(third, 5);
    make_steps(again, 5);
    size_t bytes = grok_train_params(third)->count * sizeof(float);
    assert_memory_equal(grok_train_params(third)->group[0], grok_train_params(again)->group[0],
                        bytes);
    assert_memory_not_equal(grok_train_params(other)->group[0], grok_train_params(first)->group[0],
                            bytes);
    grok_train *all[] = {first, third, again, other};
    for (int k = 0; k < 4; k++) grok_train_free(all[k]);
}

static void shape_that_no_model_has_is_refused(void **state) {
    (void)state;
    grok_train *train = NULL;
    const grok_shape bad[] = {{1, 32, 8}, {11, 30, 8}, {11, 0, 8}, {11, 32, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        grok_train_options options = small();
        options.shape = bad[i];
        assert_int_equal(grok_train_new(&train, &options), KOOP_BAD_ARGUMENT);
    }
    grok_train_options options = small();
    options.frac = 0;
    assert_int_equal(grok_train_new(&train, &options), KOOP_BAD_ARGUMENT);
    assert_null(train);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_steps_lower_the_loss),
        cmocka_unit_test(training_pairs_are_memorised),
        cmocka_unit_test(test_pairs_are_evaluated_every_ten_steps),
        cmocka_unit_test(same_seed_gives_the_same_trajectory),
        cmocka_unit_test(weights_start_with_the_variance_of_the_design),
        cmocka_unit_test(constrained_norm_is_alpha_times_the_initial_one_and_stays),
        cmocka_unit_test(copy_zero_is_the_initialisation_and_others_are_within_the_perturbation),
        cmocka_unit_test(copies_of_a_seed_share_its_pairs_and_are_the_same_again),
        cmocka_unit_test(shape_that_no_model_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
