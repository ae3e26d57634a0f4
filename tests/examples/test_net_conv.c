/* Forward values and all gradients against seven plain loops in double. */
#include "conv.h"
#include "net_check.h"

#include <stdbool.h>

typedef struct trial {
    kit_size from;
    kit_conv_shape shape;
    bool bias;
    kit_tensor_kind source;
} trial;

static const trial trials[] = {
    {{2, 3, 7, 5}, {4, 3, 1, 1}, true, KIT_ROWS},
    {{2, 3, 7, 6}, {5, 3, 2, 1}, false, KIT_ROWS},
    {{2, 3, 8, 8}, {16, 3, 1, 1}, false, KIT_INPUT},
    {{1, 1, 9, 9}, {6, 5, 1, 2}, true, KIT_INPUT},
    {{2, 6, 8, 8}, {16, 5, 1, 0}, true, KIT_INNER},
    {{2, 16, 6, 6}, {8, 3, 1, 1}, false, KIT_INNER},
    {{2, 16, 6, 6}, {8, 3, 2, 1}, false, KIT_INNER},
    {{2, 16, 6, 6}, {32, 1, 2, 0}, false, KIT_INNER},
    {{1, 5, 5, 7}, {3, 1, 2, 0}, true, KIT_INNER},
};

/* The reference. y, and the loss Σ weight·y. */
typedef struct reference {
    const trial *t;
    kit_size to;
    double *x, *w, *b, *weight;
} reference;

static double reference_output(const reference *r, int n, int o, int i, int j) {
    const kit_size from = r->t->from;
    const kit_conv_shape s = r->t->shape;
    double y = r->t->bias ? r->b[o] : 0;
    for (int c = 0; c < from.c; c++)
        for (int u = 0; u < s.kernel; u++)
            for (int v = 0; v < s.kernel; v++) {
                const int row = s.stride * i + u - s.padding, column = s.stride * j + v - s.padding;
                if (row < 0 || row >= from.h || column < 0 || column >= from.w) continue;
                y += r->w[((o * from.c + c) * s.kernel + u) * s.kernel + v] *
                     r->x[((n * from.c + c) * from.h + row) * from.w + column];
            }
    return y;
}

static double reference_loss(const void *context) {
    const reference *r = context;
    double loss = 0;
    size_t at = 0;
    for (int n = 0; n < r->to.n; n++)
        for (int o = 0; o < r->to.c; o++)
            for (int i = 0; i < r->to.h; i++)
                for (int j = 0; j < r->to.w; j++)
                    loss += r->weight[at++] * reference_output(r, n, o, i, j);
    return loss;
}

static double *to_double(const float *values, size_t n) {
    double *out = calloc(n, sizeof *out);
    for (size_t i = 0; i < n; i++) out[i] = (double)values[i];
    return out;
}

static void check_output(kit_onednn *onednn, const reference *r, const kit_tensor *output) {
    float *y = calloc(count_of(r->to), sizeof *y);
    get_values(onednn, output, y);
    size_t at = 0;
    for (int n = 0; n < r->to.n; n++)
        for (int o = 0; o < r->to.c; o++)
            for (int i = 0; i < r->to.h; i++)
                for (int j = 0; j < r->to.w; j++, at++)
                    assert_close(y[at], reference_output(r, n, o, i, j), 1e-4);
    free(y);
}

/* Gradients start as rubbish: they must be set, not added to. */
static void check(kit_onednn *onednn, const trial *t) {
    kit_rng rng = kit_rng_seed(11);
    const size_t nx = count_of(t->from), no = (size_t)t->shape.channels;
    const size_t nw = no * (size_t)(t->from.c * t->shape.kernel * t->shape.kernel);
    float *x = calloc(nx, sizeof *x), *dx = calloc(nx, sizeof *dx), *w = calloc(nw, sizeof *w),
          *dw = calloc(nw, sizeof *dw), *b = calloc(no, sizeof *b), *db = calloc(no, sizeof *db);
    fill_normal(&rng, nx, x);
    fill_normal(&rng, nw, dw);
    fill_normal(&rng, no, db);

    kit_tensor source;
    kit_conv *conv;
    kit_conv_params params = {w, dw, t->bias ? b : NULL, t->bias ? db : NULL};
    assert_int_equal(kit_tensor_new(&source, onednn, t->from, t->source), KOOP_OK);
    assert_int_equal(kit_conv_new(&conv, onednn, &source, t->shape, params), KOOP_OK);
    /* The layer reads parameters when it runs, not when it is made. */
    fill_normal(&rng, nw, w);
    fill_normal(&rng, no, b);
    const kit_tensor *output = kit_conv_output(conv);
    float *weight = calloc(count_of(output->size), sizeof *weight);
    fill_normal(&rng, count_of(output->size), weight);
    set_values(onednn, &source, x);
    kit_conv_forward(conv);
    set_gradient(onednn, output, weight);
    kit_conv_backward(conv);
    assert_int_equal(kit_onednn_failed(onednn), KOOP_OK);

    reference r = {t,
                   output->size,
                   to_double(x, nx),
                   to_double(w, nw),
                   to_double(b, no),
                   to_double(weight, count_of(output->size))};
    check_output(onednn, &r, output);
    assert_gradient(reference_loss, &r, r.w, nw, dw, 1e-3);
    if (t->bias) assert_gradient(reference_loss, &r, r.b, no, db, 1e-3);
    if (t->source != KIT_INPUT) {
        get_gradient(onednn, &source, dx);
        assert_gradient(reference_loss, &r, r.x, nx, dx, 1e-3);
    }
    kit_conv_free(conv);
    kit_tensor_free(&source);
    float *const floats[] = {x, dx, w, dw, b, db, weight};
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) free(floats[i]);
    double *const doubles[] = {r.x, r.w, r.b, r.weight};
    for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++) free(doubles[i]);
}

static int set_up(void **state, int channels) {
    kit_onednn *onednn = calloc(1, sizeof *onednn);
    *state = onednn;
    return kit_onednn_open(onednn, channels) == KOOP_OK ? 0 : -1;
}

/* Channels in blocks, as 16 of them are kept on most processors, and plain NCHW. */
static int set_up_blocks(void **state) {
    return set_up(state, 16);
}

static int set_up_plain(void **state) {
    return set_up(state, 6);
}

static int tear_down(void **state) {
    kit_onednn_close(*state);
    free(*state);
    return 0;
}

static void output_and_gradients_equal_the_plain_loops(void **state) {
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) check(*state, &trials[i]);
}

static void output_has_the_size_of_the_formula(void **state) {
    kit_onednn *onednn = *state;
    float w[5 * 3 * 9] = {0}, dw[5 * 3 * 9];
    kit_tensor source;
    kit_conv *conv;
    assert_int_equal(kit_tensor_new(&source, onednn, (kit_size){2, 3, 8, 7}, KIT_INNER), KOOP_OK);
    assert_int_equal(kit_conv_new(&conv, onednn, &source, (kit_conv_shape){5, 3, 2, 1},
                                  (kit_conv_params){w, dw, NULL, NULL}),
                     KOOP_OK);
    const kit_size size = kit_conv_output(conv)->size;
    assert_int_equal(size.n, 2);
    assert_int_equal(size.c, 5);
    assert_int_equal(size.h, 4);
    assert_int_equal(size.w, 4);
    kit_conv_free(conv);
    kit_tensor_free(&source);
}

static void shapes_that_leave_nothing_are_refused(void **state) {
    kit_onednn *onednn = *state;
    float w[512] = {0}, dw[512];
    kit_tensor source;
    kit_conv *conv = NULL;
    const kit_conv_shape bad[] = {{0, 3, 1, 1},  {4, 0, 1, 0}, {4, 3, 0, 1},
                                  {4, 3, 1, -1}, {4, 3, 1, 3}, {4, 5, 1, 0}};
    assert_int_equal(kit_tensor_new(&source, onednn, (kit_size){1, 1, 4, 6}, KIT_INNER), KOOP_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(
            kit_conv_new(&conv, onednn, &source, bad[i], (kit_conv_params){w, dw, NULL, NULL}),
            KOOP_BAD_ARGUMENT);
    const kit_conv_shape good = {4, 3, 1, 1};
    assert_int_equal(kit_conv_new(&conv, onednn, &source, good, (kit_conv_params){w, NULL, w, w}),
                     KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_conv_new(&conv, onednn, &source, good, (kit_conv_params){w, dw, w, NULL}),
                     KOOP_BAD_ARGUMENT);
    assert_null(conv);
    kit_tensor_free(&source);
    assert_int_equal(kit_tensor_new(&source, onednn, (kit_size){1, 0, 4, 6}, KIT_INNER),
                     KOOP_BAD_ARGUMENT);
}

static void layout_asks_for_channels(void **state) {
    (void)state;
    kit_onednn onednn;
    assert_int_equal(kit_onednn_open(&onednn, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_onednn_open(&onednn, 6), KOOP_OK);
    assert_int_equal(onednn.layout, dnnl_nchw);
    kit_onednn_close(&onednn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_gradients_equal_the_plain_loops),
        cmocka_unit_test(output_has_the_size_of_the_formula),
        cmocka_unit_test(shapes_that_leave_nothing_are_refused),
        cmocka_unit_test(layout_asks_for_channels),
    };
    int failed = cmocka_run_group_tests_name("blocks", tests, set_up_blocks, tear_down);
    return failed + cmocka_run_group_tests_name("plain", tests, set_up_plain, tear_down);
}
