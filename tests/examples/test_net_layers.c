/* Dense layers, the rectifier and softmax: each gradient against central differences. */
#include "close.h"
#include "dense.h"
#include "rng.h"
#include "softmax.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

enum { N = 5, IN = 4, HIDDEN = 6, OUT = 3 };

/* A network of two dense layers with a rectifier between, loss by softmax. */
typedef struct network {
    float x[N * IN], w1[HIDDEN * IN], b1[HIDDEN], w2[OUT * HIDDEN];
    float h[N * HIDDEN], y[N * OUT];
    float dx[N * IN], dw1[HIDDEN * IN], db1[HIDDEN], dw2[OUT * HIDDEN], dh[N * HIDDEN];
} network;

static const uint8_t answers[N] = {0, 2, 1, 1, 0};

static kit_score forward(network *t, bool gradient) {
    kit_dense_forward((kit_dense){IN, HIDDEN}, N, t->x, t->w1, t->b1, t->h);
    kit_relu(t->h, N * HIDDEN);
    kit_dense_forward((kit_dense){HIDDEN, OUT}, N, t->h, t->w2, NULL, t->y);
    return kit_softmax(t->y, N, OUT, answers, gradient);
}

static void backward(network *t) {
    forward(t, true);
    kit_dense_backward((kit_dense){HIDDEN, OUT}, N, t->h, t->w2, t->y, t->dw2, NULL, t->dh);
    kit_relu_backward(t->h, t->dh, N * HIDDEN);
    kit_dense_backward((kit_dense){IN, HIDDEN}, N, t->x, t->w1, t->dh, t->dw1, t->db1, t->dx);
}

static void fill(float *values, int n, kit_rng *rng) {
    for (int i = 0; i < n; i++) values[i] = (float)kit_rng_normal(rng);
}

static void compare_slopes(network *t, float *values, const float *gradient, int n) {
    const float h = 1e-3f;
    for (int i = 0; i < n; i++) {
        float value = values[i];
        values[i] = value + h;
        double above = forward(t, false).loss;
        values[i] = value - h;
        double below = forward(t, false).loss;
        values[i] = value;
        assert_close(gradient[i], (above - below) / (2 * (double)h), 1e-3);
    }
}

static void every_gradient_is_the_slope_of_the_loss(void **state) {
    (void)state;
    static network t;
    kit_rng rng = kit_rng_seed(3);
    fill(t.x, N * IN, &rng);
    fill(t.w1, HIDDEN * IN, &rng);
    fill(t.b1, HIDDEN, &rng);
    fill(t.w2, OUT * HIDDEN, &rng);
    backward(&t);
    compare_slopes(&t, t.w2, t.dw2, OUT * HIDDEN);
    compare_slopes(&t, t.w1, t.dw1, HIDDEN * IN);
    compare_slopes(&t, t.b1, t.db1, HIDDEN);
    compare_slopes(&t, t.x, t.dx, N * IN);
}

static void loss_and_accuracy_are_means(void **state) {
    (void)state;
    float logits[] = {0, 0, 0, 0, 100, 0}; /* undecided, sure */
    const uint8_t right[] = {1, 1}, wrong[] = {1, 2};
    kit_score score = kit_softmax(logits, 2, 3, right, false);
    assert_close(score.loss, log(3) / 2, 1e-12);
    assert_close(score.accuracy, 0.5, 0); /* of equal logits the first counts as chosen */
    assert_close(kit_softmax(logits, 2, 3, wrong, false).loss, (log(3) + 100) / 2, 1e-12);
}

static void loss_keeps_its_digits_far_below_rounding(void **state) {
    (void)state;
    float logits[] = {60, 0};
    const uint8_t answer = 0;
    double loss = kit_softmax(logits, 1, 2, &answer, true).loss;
    assert_close(loss / exp(-60), 1, 1e-12);
    assert_close(logits[0] / -exp(-60), 1, 1e-6);
    assert_close(logits[1] / exp(-60), 1, 1e-6);
}

static void relu_lets_nan_through(void **state) {
    (void)state;
    float x[3] = {-2, 3, NAN};
    kit_relu(x, 3);
    assert_true(x[0] == 0 && x[1] == 3 && isnan(x[2]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_gradient_is_the_slope_of_the_loss),
        cmocka_unit_test(loss_and_accuracy_are_means),
        cmocka_unit_test(loss_keeps_its_digits_far_below_rounding),
        cmocka_unit_test(relu_lets_nan_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
