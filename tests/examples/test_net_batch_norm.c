/* Values, running averages and gradients against the formulas of the header in double. */
#include "batch_norm.h"
#include "net_check.h"

enum { N = 3, C = 10, H = 3, W = 2, PER_CHANNEL = N * H * W, COUNT = PER_CHANNEL * C };

typedef struct fixture {
    kit_onednn onednn;
    kit_tensor source;
    kit_batch_norm *norm;
    float x[COUNT], weight[COUNT];
    float scale[C], shift[C], scale_gradient[C], shift_gradient[C];
    double in[COUNT], gamma[C], beta[C]; /* x, scale, shift in double */
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    kit_rng rng = kit_rng_seed(21);
    fill_normal(&rng, COUNT, f->x);
    for (int i = 0; i < COUNT; i++) f->in[i] = f->x[i] = 3 + 2 * f->x[i];
    fill_normal(&rng, COUNT, f->weight);
    fill_normal(&rng, C, f->scale);
    fill_normal(&rng, C, f->shift);
    fill_normal(&rng, C, f->scale_gradient);
    fill_normal(&rng, C, f->shift_gradient);
    for (int c = 0; c < C; c++) f->gamma[c] = f->scale[c];
    for (int c = 0; c < C; c++) f->beta[c] = f->shift[c];
    assert_int_equal(kit_onednn_open(&f->onednn, 16), KOOP_OK);
    assert_int_equal(kit_tensor_new(&f->source, &f->onednn, (kit_size){N, C, H, W}, KIT_INNER),
                     KOOP_OK);
    assert_int_equal(
        kit_batch_norm_new(
            &f->norm, &f->onednn, &f->source,
            (kit_batch_norm_params){f->scale, f->shift, f->scale_gradient, f->shift_gradient}),
        KOOP_OK);
    set_values(&f->onednn, &f->source, f->x);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    kit_batch_norm_free(f->norm);
    kit_tensor_free(&f->source);
    kit_onednn_close(&f->onednn);
    free(f);
    return 0;
}

/* Index of image n, channel c, position p. */
static int at(int n, int c, int p) {
    return (n * C + c) * H * W + p;
}

static void moments(const double *x, int c, double *mean, double *variance) {
    *mean = *variance = 0;
    for (int n = 0; n < N; n++)
        for (int p = 0; p < H * W; p++) *mean += x[at(n, c, p)] / PER_CHANNEL;
    for (int n = 0; n < N; n++)
        for (int p = 0; p < H * W; p++)
            *variance += (x[at(n, c, p)] - *mean) * (x[at(n, c, p)] - *mean) / PER_CHANNEL;
}

static double reference_loss(const void *context) {
    const fixture *f = context;
    double loss = 0;
    for (int c = 0; c < C; c++) {
        double mean, variance;
        moments(f->in, c, &mean, &variance);
        for (int n = 0; n < N; n++)
            for (int p = 0; p < H * W; p++)
                loss += f->weight[at(n, c, p)] *
                        (f->gamma[c] * (f->in[at(n, c, p)] - mean) / sqrt(variance + 1e-5) +
                         f->beta[c]);
    }
    return loss;
}

/* y = γ (x − mean) / √(variance + ε) + β in the channels' order */
static void check_output(fixture *f, const double *mean, const double *variance) {
    float y[COUNT];
    get_values(&f->onednn, kit_batch_norm_output(f->norm), y);
    for (int c = 0; c < C; c++)
        for (int n = 0; n < N; n++)
            for (int p = 0; p < H * W; p++)
                assert_close(y[at(n, c, p)],
                             f->gamma[c] * (f->in[at(n, c, p)] - mean[c]) /
                                     sqrt(variance[c] + 1e-5) +
                                 f->beta[c],
                             1e-5);
}

static void training_normalises_by_the_batch(void **state) {
    fixture *f = *state;
    double mean[C], variance[C];
    for (int c = 0; c < C; c++) moments(f->in, c, &mean[c], &variance[c]);
    kit_batch_norm_train(f->norm);
    check_output(f, mean, variance);
    assert_int_equal(kit_onednn_failed(&f->onednn), KOOP_OK);
}

static void gradients_equal_central_differences(void **state) {
    fixture *f = *state;
    kit_batch_norm_train(f->norm);
    set_gradient(&f->onednn, kit_batch_norm_output(f->norm), f->weight);
    kit_batch_norm_backward(f->norm);
    assert_int_equal(kit_onednn_failed(&f->onednn), KOOP_OK);
    float gradient[COUNT];
    get_gradient(&f->onednn, &f->source, gradient);
    assert_gradient(reference_loss, f, f->in, COUNT, gradient, 1e-5);
    assert_gradient(reference_loss, f, f->gamma, C, f->scale_gradient, 1e-4);
    assert_gradient(reference_loss, f, f->beta, C, f->shift_gradient, 1e-4);
}

static void evaluation_normalises_by_the_running_averages(void **state) {
    fixture *f = *state;
    double mean[C] = {0}, variance[C];
    for (int c = 0; c < C; c++) variance[c] = 1;
    kit_batch_norm_evaluate(f->norm);
    check_output(f, mean, variance);
    for (int round = 0; round < 2; round++) {
        kit_batch_norm_train(f->norm);
        for (int c = 0; c < C; c++) {
            double batch_mean, batch_variance;
            moments(f->in, c, &batch_mean, &batch_variance);
            mean[c] = 0.9 * mean[c] + 0.1 * batch_mean;
            variance[c] =
                0.9 * variance[c] + 0.1 * batch_variance * PER_CHANNEL / (PER_CHANNEL - 1);
        }
    }
    kit_batch_norm_evaluate(f->norm);
    check_output(f, mean, variance);
}

static void missing_buffers_are_refused(void **state) {
    fixture *f = *state;
    kit_batch_norm *norm = NULL;
    assert_int_equal(kit_batch_norm_new(&norm, &f->onednn, &f->source,
                                        (kit_batch_norm_params){f->scale, NULL, f->scale_gradient,
                                                                f->shift_gradient}),
                     KOOP_BAD_ARGUMENT);
    kit_tensor input;
    assert_int_equal(kit_tensor_new(&input, &f->onednn, (kit_size){N, C, H, W}, KIT_INPUT),
                     KOOP_OK);
    assert_int_equal(
        kit_batch_norm_new(
            &norm, &f->onednn, &input,
            (kit_batch_norm_params){f->scale, f->shift, f->scale_gradient, f->shift_gradient}),
        KOOP_BAD_ARGUMENT);
    kit_tensor_free(&input);
    assert_null(norm);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(training_normalises_by_the_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gradients_equal_central_differences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(evaluation_normalises_by_the_running_averages, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(missing_buffers_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
