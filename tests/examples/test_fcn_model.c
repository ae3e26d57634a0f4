/* The loss and the gradient against a plain double-precision network. */
#include "close.h"
#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { INPUTS = 7, H = 5, CLASSES = 4, N = 9 };

static const fcn_shape shape = {INPUTS, H, CLASSES};

typedef struct fixture {
    kit_params params, grads;
    fcn_model *model;
    kit_real x[N * INPUTS];
    uint8_t answers[N];
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(fcn_params_new(&f->params, &shape), KOOP_OK);
    assert_int_equal(fcn_params_new(&f->grads, &shape), KOOP_OK);
    assert_int_equal(fcn_model_new(&f->model, &shape), KOOP_OK);
    fcn_params_init(&f->params, kit_rng_seed(1));
    kit_rng rng = kit_rng_seed(2);
    for (int i = 0; i < N * INPUTS; i++) f->x[i] = (kit_real)kit_rng_normal(&rng);
    for (int i = 0; i < N; i++) f->answers[i] = (uint8_t)kit_rng_below(&rng, CLASSES);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    kit_params_free(&f->params);
    kit_params_free(&f->grads);
    fcn_model_free(f->model);
    free(f);
    return 0;
}

/* The loss of row i with the weights `theta`, fc1 then fc2. */
static double reference_row(const fixture *f, const double *theta, int i) {
    double logits[CLASSES] = {0}, sum = 0;
    for (int j = 0; j < H; j++) {
        double hidden = 0;
        for (int k = 0; k < INPUTS; k++) hidden += theta[j * INPUTS + k] * f->x[i * INPUTS + k];
        for (int c = 0; c < CLASSES; c++)
            logits[c] += theta[H * INPUTS + c * H + j] * fmax(hidden, 0);
    }
    for (int c = 0; c < CLASSES; c++) sum += exp(logits[c]);
    return log(sum) - logits[f->answers[i]];
}

static double reference_loss(const fixture *f, const double *theta) {
    double sum = 0;
    for (int i = 0; i < N; i++) sum += reference_row(f, theta, i);
    return sum / N;
}

static void copy_weights(const fixture *f, double *theta) {
    for (size_t i = 0; i < f->params.count; i++) theta[i] = f->params.group[0][i];
}

static void loss_equals_that_of_the_plain_network(void **state) {
    fixture *f = *state;
    double theta[H * (INPUTS + CLASSES)];
    copy_weights(f, theta);
    kit_score score = fcn_model_evaluate(f->model, &f->params, f->x, f->answers, N);
    assert_close(score.loss, reference_loss(f, theta), 1e-6);
}

static void gradient_equals_finite_differences_in_every_weight(void **state) {
    fixture *f = *state;
    double theta[H * (INPUTS + CLASSES)], size = 0;
    copy_weights(f, theta);
    kit_score score = fcn_model_gradient(f->model, &f->params, f->x, f->answers, N, &f->grads);
    assert_close(score.loss, reference_loss(f, theta), 1e-6);
    for (size_t i = 0; i < f->params.count; i++) {
        const double step = 1e-6, at = theta[i];
        theta[i] = at + step;
        double up = reference_loss(f, theta);
        theta[i] = at - step;
        double down = reference_loss(f, theta);
        theta[i] = at;
        assert_close(f->grads.group[0][i], (up - down) / (2 * step), 1e-6);
        size += fabs(f->grads.group[0][i]);
    }
    assert_true(size > 0.1);
}

static void rows_beyond_one_batch_count_as_much_as_the_others(void **state) {
    fixture *f = *state;
    enum { TIMES = 200 };
    assert_true(N * TIMES > FCN_MAX_BATCH);
    kit_real *x = malloc(TIMES * sizeof f->x);
    uint8_t *answers = malloc(TIMES * sizeof f->answers);
    for (int i = 0; i < TIMES; i++) {
        memcpy(x + i * N * INPUTS, f->x, sizeof f->x);
        memcpy(answers + i * N, f->answers, sizeof f->answers);
    }
    kit_score once = fcn_model_evaluate(f->model, &f->params, f->x, f->answers, N);
    kit_score many = fcn_model_evaluate(f->model, &f->params, x, answers, N * TIMES);
    assert_close(many.loss, once.loss, 1e-6);
    assert_close(many.accuracy, once.accuracy, 1e-12);
    free(x);
    free(answers);
}

static void weights_start_uniform_within_one_over_the_root_of_the_fan_in(void **state) {
    (void)state;
    kit_params params;
    const fcn_shape large = {784, 40, 10};
    assert_int_equal(fcn_params_new(&params, &large), KOOP_OK);
    fcn_params_init(&params, kit_rng_seed(3));
    for (int g = 0; g < FCN_GROUPS; g++) {
        const double bound = 1 / sqrt(g == FCN_FC1 ? 784 : 40);
        size_t n = kit_group_count(&params.layout[g]);
        double largest = 0, sum = 0;
        for (size_t i = 0; i < n; i++) {
            largest = fmax(largest, fabs((double)params.group[g][i]));
            sum += (double)params.group[g][i] * params.group[g][i];
        }
        assert_true(largest <= bound * (1 + 1e-6) && largest > 0.97 * bound);
        /* The variance of a uniform number within ±b is b²/3; six deviations of its estimate. */
        assert_close(3 * sum / (double)n / (bound * bound), 1, 6 * sqrt(0.8 / (double)n));
    }
    kit_params_free(&params);
}

static void shape_that_no_network_has_is_refused(void **state) {
    (void)state;
    kit_params params;
    const fcn_shape bad[] = {{0, 5, 10}, {784, 0, 10}, {784, 5, 1}, {-1, 5, 10}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(fcn_params_new(&params, &bad[i]), KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loss_equals_that_of_the_plain_network, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gradient_equals_finite_differences_in_every_weight, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(rows_beyond_one_batch_count_as_much_as_the_others, set_up,
                                        tear_down),
        cmocka_unit_test(weights_start_uniform_within_one_over_the_root_of_the_fan_in),
        cmocka_unit_test(shape_that_no_network_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
