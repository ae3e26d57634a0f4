/* The gradient and the loss against a plain double-precision model that computes all three
 * positions with an explicit causal mask: it shares none of the shortcuts of the one under test. */
#include "close.h"
#include "model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { P = 7, D = 16, M = 24, C = P + 1, HEAD = D / GROK_HEADS };

static const grok_shape shape = {.p = P, .d = D, .mlp = M};

typedef struct fixture {
    kit_params params, grads;
    grok_data data;
    grok_model *model;
    double *theta; /* the parameters in double */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(grok_params_new(&f->params, &shape), KOOP_OK);
    assert_int_equal(grok_params_new(&f->grads, &shape), KOOP_OK);
    assert_int_equal(grok_model_new(&f->model, &shape), KOOP_OK);
    assert_int_equal(grok_data_new(&f->data, P, 0.7, false, kit_rng_seed(3)), KOOP_OK);
    grok_params_init(&f->params, kit_rng_seed(4));
    kit_rng rng = kit_rng_seed(5);
    for (int i = 0; i < M; i++)
        f->params.group[GROK_MLP_IN_BIAS][i] = (float)(0.1 * kit_rng_normal(&rng));
    for (int i = 0; i < D; i++)
        f->params.group[GROK_MLP_OUT_BIAS][i] = (float)(0.1 * kit_rng_normal(&rng));
    f->theta = calloc(f->params.count, sizeof *f->theta);
    for (size_t i = 0; i < f->params.count; i++) f->theta[i] = f->params.group[0][i];
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    grok_model_free(f->model);
    kit_params_free(&f->params);
    kit_params_free(&f->grads);
    grok_data_free(&f->data);
    free(f->theta);
    free(f);
    return 0;
}

static size_t offset_of(const fixture *f, grok_group group) {
    return (size_t)(f->params.group[group] - f->params.group[0]);
}

/* y (n) = W (n×m) x (m) */
static void apply(const double *w, const double *x, int n, int m, double *y) {
    for (int i = 0; i < n; i++) {
        y[i] = 0;
        for (int j = 0; j < m; j++) y[i] += w[i * m + j] * x[j];
    }
}

/* Attention of every position `to` on every position `from`, masked where from > to. */
static void reference_attention(const fixture *f, double x[3][D], double z[3][D]) {
    const double *wq = f->theta + offset_of(f, GROK_ATTN_Q);
    const double *wk = f->theta + offset_of(f, GROK_ATTN_K);
    const double *wv = f->theta + offset_of(f, GROK_ATTN_V);
    double q[3][D], k[3][D], v[3][D];
    for (int t = 0; t < 3; t++) {
        apply(wq, x[t], D, D, q[t]);
        apply(wk, x[t], D, D, k[t]);
        apply(wv, x[t], D, D, v[t]);
    }
    memset(z, 0, 3 * sizeof *z);
    for (int to = 0; to < 3; to++)
        for (int h = 0; h < GROK_HEADS; h++) {
            double e[3], sum = 0;
            for (int from = 0; from < 3; from++) {
                double s = 0;
                for (int i = h * HEAD; i < (h + 1) * HEAD; i++) s += q[to][i] * k[from][i];
                e[from] = from > to ? 0 : exp(s / sqrt(HEAD));
                sum += e[from];
            }
            for (int from = 0; from < 3; from++)
                for (int i = h * HEAD; i < (h + 1) * HEAD; i++)
                    z[to][i] += e[from] / sum * v[from][i];
        }
}

static double reference_pair(const fixture *f, const grok_pair *pair) {
    const double *embed = f->theta + offset_of(f, GROK_EMBED);
    const double *pos = f->theta + offset_of(f, GROK_POS);
    const int tokens[3] = {pair->a, pair->b, P};
    double x[3][D], z[3][D];
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < D; i++) x[t][i] = embed[tokens[t] * D + i] + pos[t * D + i];
    reference_attention(f, x, z);

    double read[D], mid[D], h[M], out[D], logit[C] = {0}, sum = 0;
    apply(f->theta + offset_of(f, GROK_ATTN_O), z[2], D, D, read);
    for (int i = 0; i < D; i++) mid[i] = x[2][i] + read[i];
    apply(f->theta + offset_of(f, GROK_MLP_IN), mid, M, D, h);
    for (int i = 0; i < M; i++) h[i] = fmax(0, h[i] + f->theta[offset_of(f, GROK_MLP_IN_BIAS) + i]);
    apply(f->theta + offset_of(f, GROK_MLP_OUT), h, D, M, out);
    for (int i = 0; i < D; i++) out[i] += mid[i] + f->theta[offset_of(f, GROK_MLP_OUT_BIAS) + i];
    for (int i = 0; i < D; i++)
        for (int c = 0; c < C; c++)
            logit[c] += out[i] * f->theta[offset_of(f, GROK_UNEMBED) + i * C + c];
    for (int c = 0; c < C; c++) sum += exp(logit[c]);
    return log(sum) - logit[pair->answer];
}

static double reference_loss(const fixture *f) {
    double sum = 0;
    for (int i = 0; i < f->data.n_train; i++) sum += reference_pair(f, &f->data.train[i]);
    return sum / f->data.n_train;
}

/* Central difference of the reference loss along `direction`, which moves values first..first+n. */
static double slope(fixture *f, size_t first, size_t n, const double *direction) {
    const double step = 1e-5;
    double side[2];
    for (int s = 0; s < 2; s++) {
        double by = s ? step : -step;
        for (size_t i = 0; i < n; i++) f->theta[first + i] += by * direction[i];
        side[s] = reference_loss(f);
        for (size_t i = 0; i < n; i++) f->theta[first + i] -= by * direction[i];
    }
    return (side[1] - side[0]) / (2 * step);
}

static void compare_slopes(fixture *f, size_t first, size_t n, uint64_t seed) {
    kit_rng rng = kit_rng_seed(seed);
    double *direction = calloc(n, sizeof *direction);
    const float *gradient = f->grads.group[0] + first;
    for (int round = 0; round < 4; round++) {
        double along = 0, size = 0;
        for (size_t i = 0; i < n; i++) {
            direction[i] = kit_rng_normal(&rng);
            along += direction[i] * gradient[i];
            size += (double)gradient[i] * gradient[i];
        }
        assert_true(size > 0);
        assert_close(slope(f, first, n, direction), along, 1e-4 * sqrt(size));
    }
    free(direction);
}

static void loss_equals_that_of_the_plain_model(void **state) {
    fixture *f = *state;
    kit_score score = grok_model_evaluate(f->model, &f->params, f->data.train, f->data.n_train);
    assert_close(score.loss, reference_loss(f), 1e-6);
}

static void gradient_equals_finite_differences_in_every_group(void **state) {
    fixture *f = *state;
    grok_model_gradient(f->model, &f->params, f->data.train, f->data.n_train, &f->grads);
    for (int g = 0; g < GROK_GROUPS; g++)
        compare_slopes(f, offset_of(f, (grok_group)g), kit_group_count(&f->params.layout[g]),
                       100 + (uint64_t)g);
}

static void gradient_equals_finite_differences_along_all_parameters(void **state) {
    fixture *f = *state;
    grok_model_gradient(f->model, &f->params, f->data.train, f->data.n_train, &f->grads);
    compare_slopes(f, 0, f->params.count, 200);
}

static void gradient_does_not_depend_on_earlier_calls(void **state) {
    fixture *f = *state;
    size_t bytes = f->params.count * sizeof(float);
    float *before = malloc(bytes);
    grok_model_gradient(f->model, &f->params, f->data.train, f->data.n_train, &f->grads);
    memcpy(before, f->grads.group[0], bytes);
    grok_model_gradient(f->model, &f->params, f->data.test, f->data.n_test, &f->grads);
    assert_memory_not_equal(before, f->grads.group[0], bytes);
    grok_model_gradient(f->model, &f->params, f->data.train, f->data.n_train, &f->grads);
    assert_memory_equal(before, f->grads.group[0], bytes);
    free(before);
}

/* More pairs than the model takes at once: the same pairs twenty times give the same mean. */
static void batches_add_up_to_the_whole_set(void **state) {
    fixture *f = *state;
    enum { TIMES = 20 };
    int n = f->data.n_train;
    assert_true(n * TIMES > 512 && n * TIMES % 512 != 0);
    grok_pair *many = calloc((size_t)(n * TIMES), sizeof *many);
    for (int i = 0; i < n * TIMES; i++) many[i] = f->data.train[i % n];
    kit_score once = grok_model_gradient(f->model, &f->params, f->data.train, n, &f->grads);
    float *gradient = malloc(f->params.count * sizeof(float));
    memcpy(gradient, f->grads.group[0], f->params.count * sizeof(float));
    kit_score score = grok_model_gradient(f->model, &f->params, many, n * TIMES, &f->grads);
    assert_close(score.loss, once.loss, 1e-6);
    assert_close(score.accuracy, once.accuracy, 1e-12);
    for (size_t i = 0; i < f->params.count; i++)
        assert_close(f->grads.group[0][i], gradient[i], 1e-6);
    free(gradient);
    free(many);
}

static void unembedding_that_knows_the_answer_scores_full_accuracy(void **state) {
    fixture *f = *state;
    memset(f->params.group[0], 0, f->params.count * sizeof(float));
    /* All pairs with answer 3: a bias of the last layer alone decides. */
    grok_pair pairs[P];
    for (int a = 0; a < P; a++) pairs[a] = (grok_pair){.a = a, .b = (3 - a + P) % P, .answer = 3};
    f->params.group[GROK_MLP_OUT_BIAS][0] = 1;
    f->params.group[GROK_UNEMBED][3] = 40;
    kit_score score = grok_model_evaluate(f->model, &f->params, pairs, P);
    assert_close(score.accuracy, 1, 0);
    /* log(1 + 7 e⁻⁴⁰): a sum of exponentials would have rounded it to 0. */
    assert_close(score.loss / (7 * exp(-40)), 1, 1e-6);
    f->params.group[GROK_UNEMBED][4] = 41;
    score = grok_model_evaluate(f->model, &f->params, pairs, P);
    assert_close(score.accuracy, 0, 0);
    assert_close(score.loss, 1 + log1p(exp(-1)), 1e-6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loss_equals_that_of_the_plain_model, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gradient_equals_finite_differences_in_every_group, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(gradient_equals_finite_differences_along_all_parameters,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(gradient_does_not_depend_on_earlier_calls, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(batches_add_up_to_the_whole_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unembedding_that_knows_the_answer_scores_full_accuracy,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
