/* The gradient and the loss against a plain double-precision unit, gate by gate and string by
 * string: it shares no product, batch or table with the one under test. */
#include "close.h"
#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { K = 4, H = 5, LENGTH = 6, N = 9 };

static const gru_shape shape = {.symbols = K, .units = H};
static const gru_task task = {.symbols = K, .length = LENGTH};

typedef struct fixture {
    kit_params params, grads;
    gru_strings strings;
    gru_model *model;
    double *theta; /* the parameters in double */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(gru_params_new(&f->params, &shape), KOOP_OK);
    assert_int_equal(gru_params_new(&f->grads, &shape), KOOP_OK);
    assert_int_equal(gru_model_new(&f->model, &shape, LENGTH), KOOP_OK);
    assert_int_equal(gru_strings_new(&f->strings, &task, N), KOOP_OK);
    kit_rng rng = kit_rng_seed(1);
    gru_strings_draw(&f->strings, &task, &rng);
    gru_params_init(&f->params, kit_rng_seed(2));
    kit_params_scale(&f->params, 3); /* far from linear, and none of the gates is idle */
    f->theta = calloc(f->params.count, sizeof *f->theta);
    for (size_t i = 0; i < f->params.count; i++) f->theta[i] = f->params.group[0][i];
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    gru_model_free(f->model);
    kit_params_free(&f->params);
    kit_params_free(&f->grads);
    gru_strings_free(&f->strings);
    free(f->theta);
    free(f);
    return 0;
}

static const double *group(const fixture *f, gru_group g) {
    return f->theta + (f->params.group[g] - f->params.group[0]);
}

/* What unit u of a gate (0 reset, 1 update, 2 candidate) gets from the input, or from the state. */
static double from_input(const fixture *f, int gate, int u, int symbol) {
    int row = gate * H + u;
    return group(f, GRU_IN)[row * K + symbol] + group(f, GRU_IN_BIAS)[row];
}

static double from_state(const fixture *f, int gate, int u, const double *h) {
    int row = gate * H + u;
    double sum = group(f, GRU_REC_BIAS)[row];
    for (int v = 0; v < H; v++) sum += group(f, GRU_REC)[row * H + v] * h[v];
    return sum;
}

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

static double reference_string(const fixture *f, int i) {
    double h[H] = {0}, logit[K], sum = 0;
    for (int t = 0; t < LENGTH; t++) {
        int x = f->strings.symbols[t * f->strings.n + i];
        double next[H];
        for (int u = 0; u < H; u++) {
            double r = logistic(from_input(f, 0, u, x) + from_state(f, 0, u, h));
            double z = logistic(from_input(f, 1, u, x) + from_state(f, 1, u, h));
            double c = tanh(from_input(f, 2, u, x) + r * from_state(f, 2, u, h));
            next[u] = (1 - z) * c + z * h[u];
        }
        memcpy(h, next, sizeof h);
    }
    for (int k = 0; k < K; k++) {
        logit[k] = group(f, GRU_OUT_BIAS)[k];
        for (int u = 0; u < H; u++) logit[k] += group(f, GRU_OUT)[k * H + u] * h[u];
        sum += exp(logit[k]);
    }
    return log(sum) - logit[f->strings.answers[i]];
}

static double reference_loss(const fixture *f) {
    double sum = 0;
    for (int i = 0; i < f->strings.n; i++) sum += reference_string(f, i);
    return sum / f->strings.n;
}

static void loss_equals_that_of_the_plain_unit(void **state) {
    fixture *f = *state;
    assert_close(gru_model_evaluate(f->model, &f->params, &f->strings).loss, reference_loss(f),
                 1e-6);
}

static void every_gradient_equals_its_central_difference(void **state) {
    fixture *f = *state;
    const double step = 1e-5;
    gru_model_gradient(f->model, &f->params, &f->strings, &f->grads);
    double size = kit_params_norm(&f->grads);
    assert_true(size > 0.1);
    for (size_t i = 0; i < f->params.count; i++) {
        double value = f->theta[i];
        f->theta[i] = value + step;
        double above = reference_loss(f);
        f->theta[i] = value - step;
        double below = reference_loss(f);
        f->theta[i] = value;
        assert_close(f->grads.group[0][i], (above - below) / (2 * step), 1e-5 * size);
    }
}

static void no_group_is_without_a_gradient(void **state) {
    fixture *f = *state;
    gru_model_gradient(f->model, &f->params, &f->strings, &f->grads);
    for (int g = 0; g < GRU_GROUPS; g++) {
        double most = 0;
        for (size_t i = 0; i < kit_group_count(&f->grads.layout[g]); i++)
            most = fmax(most, fabs(f->grads.group[g][i]));
        assert_true(most > 1e-3);
    }
}

static void gradient_does_not_depend_on_earlier_calls(void **state) {
    fixture *f = *state;
    const size_t bytes = f->params.count * sizeof(kit_real);
    kit_real *before = malloc(bytes);
    kit_score score = gru_model_gradient(f->model, &f->params, &f->strings, &f->grads);
    memcpy(before, f->grads.group[0], bytes);
    assert_true(gru_model_evaluate(f->model, &f->params, &f->strings).loss == score.loss);
    gru_model_gradient(f->model, &f->params, &f->strings, &f->grads);
    assert_memory_equal(before, f->grads.group[0], bytes);
    free(before);
}

/* More strings than the model takes at once: the same strings forty times give the same mean. */
static void batches_add_up_to_the_whole_set(void **state) {
    fixture *f = *state;
    enum { TIMES = 40 };
    gru_strings many;
    assert_int_equal(gru_strings_new(&many, &task, N * TIMES), KOOP_OK);
    for (int i = 0; i < many.n; i++) {
        many.answers[i] = f->strings.answers[i % N];
        for (int t = 0; t < LENGTH; t++)
            many.symbols[t * many.n + i] = f->strings.symbols[t * N + i % N];
    }
    kit_score once = gru_model_gradient(f->model, &f->params, &f->strings, &f->grads);
    const size_t bytes = f->params.count * sizeof(kit_real);
    kit_real *gradient = malloc(bytes);
    memcpy(gradient, f->grads.group[0], bytes);
    kit_score score = gru_model_gradient(f->model, &f->params, &many, &f->grads);
    assert_close(score.loss, once.loss, 1e-6);
    assert_close(score.accuracy, once.accuracy, 1e-12);
    for (size_t i = 0; i < f->params.count; i++)
        assert_close(f->grads.group[0][i], gradient[i], 1e-6);
    free(gradient);
    gru_strings_free(&many);
}

/* A network made by hand: the update gate is shut but for a state of nought, which the candidate
 * of the first symbol then replaces for good. */
static void unit_that_latches_its_first_symbol_recalls_it(void **state) {
    (void)state;
    enum { SYMBOLS = 2, STRINGS = 64 };
    const gru_shape two = {.symbols = SYMBOLS, .units = 2};
    const gru_task recall = {.symbols = SYMBOLS, .length = 20};
    kit_params params;
    gru_model *model;
    gru_strings strings;
    assert_int_equal(gru_params_new(&params, &two), KOOP_OK);
    assert_int_equal(gru_model_new(&model, &two, recall.length), KOOP_OK);
    assert_int_equal(gru_strings_new(&strings, &recall, STRINGS), KOOP_OK);
    kit_rng rng = kit_rng_seed(3);
    gru_strings_draw(&strings, &recall, &rng);

    /* Unit 0: ±1 by the symbol, as long as unit 1 is 0. Unit 1: 1 from the first step on. */
    const int update = 2, candidate = 4;
    params.group[GRU_IN][candidate * SYMBOLS] = -10;
    params.group[GRU_IN][candidate * SYMBOLS + 1] = 10;
    params.group[GRU_IN_BIAS][candidate + 1] = 10;
    params.group[GRU_IN_BIAS][update] = -20;
    params.group[GRU_IN_BIAS][update + 1] = -20;
    params.group[GRU_REC][update * 2 + 1] = 40;
    params.group[GRU_OUT][0] = -5;
    params.group[GRU_OUT][2] = 5;
    assert_close(gru_model_evaluate(model, &params, &strings).accuracy, 1, 0);
    params.group[GRU_REC][update * 2 + 1] = 0;
    assert_true(gru_model_evaluate(model, &params, &strings).accuracy < 0.8);

    gru_strings_free(&strings);
    gru_model_free(model);
    kit_params_free(&params);
}

static void shape_that_no_model_has_is_refused(void **state) {
    (void)state;
    kit_params params;
    const gru_shape bad[] = {{1, 4}, {4, 0}, {4, GRU_MAX_UNITS + 1}, {-1, 4}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(gru_params_new(&params, &bad[i]), KOOP_BAD_ARGUMENT);
    gru_model *model = NULL;
    assert_int_equal(gru_model_new(&model, &shape, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(gru_model_new(&model, &shape, GRU_MAX_LENGTH + 1), KOOP_BAD_ARGUMENT);
    assert_null(model);
}

#define with_fixture(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        with_fixture(loss_equals_that_of_the_plain_unit),
        with_fixture(every_gradient_equals_its_central_difference),
        with_fixture(no_group_is_without_a_gradient),
        with_fixture(gradient_does_not_depend_on_earlier_calls),
        with_fixture(batches_add_up_to_the_whole_set),
        cmocka_unit_test(unit_that_latches_its_first_symbol_recalls_it),
        cmocka_unit_test(shape_that_no_model_has_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
