/* What comes out when the data matrix of one training is paired with the successors of another, as
 * the analysis script released with Redman et al. (NeurIPS 2024) does for the transformers: a
 * spectrum far from that of either, also where the two trainings differ by nothing but their seed.
 * Which one depends on the signs that the SVD happens to give the principal axes of each training.
 *
 * Notation.  T snapshots of D values in M initialisations, P principal coordinates of them, d delays
 *            q = (d+1)P values of a delayed vector, m = (T−d−1)M pairs
 *
 * KOOP_PAPER_SIZE=1 makes it at the paper's size, for a figure (a minute or two). */
#include "close.h"
#include "dmd.h"
#include "linalg.h"
#include "train.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

enum { T = 100, P = 10, DELAYS = 32, RANK = 10, Q = (DELAYS + 1) * P };

typedef struct size {
    grok_train_options options;
    size_t d, m; /* D, M */
} size;

static size size_to_test(void) {
    const char *paper = getenv("KOOP_PAPER_SIZE");
    size s = {.options = grok_train_defaults(), .m = 3};
    s.options.lr = 1e-3;
    s.options.shape = (grok_shape){.p = 23, .d = 32, .mlp = 64};
    if (paper && *paper == '1') {
        s.options.shape = (grok_shape){.p = 113, .d = 128, .mlp = 512};
        s.options.frac = 0.3;
        s.m = 6;
    }
    s.d = (size_t)(s.options.shape.d * s.options.shape.mlp);
    return s;
}

/* T×D×M: the output weights of the MLP over the first steps. */
static double *train(const size *s, uint64_t seed, bool constrained) {
    double *x = calloc(T * s->d * s->m, sizeof *x);
    assert_non_null(x);
    grok_train_options options = s->options;
    options.seed = seed;
    options.constrain_norm = constrained;
    if (constrained) options.weight_decay = 0;
    for (size_t k = 0; k < s->m; k++) {
        grok_train *trainer;
        options.copy = (int)k;
        assert_int_equal(grok_train_new(&trainer, &options), KOOP_OK);
        const kit_real *weights = grok_train_params(trainer)->group[GROK_MLP_OUT];
        for (size_t t = 0; t < T; t++) {
            for (size_t i = 0; i < s->d; i++) x[(t * s->d + i) * s->m + k] = weights[i];
            grok_train_measure(trainer);
            grok_train_advance(trainer);
        }
        grok_train_free(trainer);
    }
    return x;
}

/* T×P×M: x on the principal axes of all its snapshots. */
static double *coordinates(const size *s, const double *x) {
    const size_t n = T * s->m, k = n < s->d ? n : s->d;
    double *a = calloc(s->d * n, sizeof *a), *u = calloc(s->d * k, sizeof *u);
    double *values = calloc(k, sizeof *values), *vt = calloc(k * n, sizeof *vt);
    double *y = calloc(n * P, sizeof *y);
    assert_true(a && u && values && vt && y);
    for (size_t i = 0; i < s->d; i++) {
        double mean = 0;
        for (size_t j = 0; j < n; j++)
            mean += x[(j / s->m * s->d + i) * s->m + j % s->m] / (double)n;
        for (size_t j = 0; j < n; j++)
            a[j * s->d + i] = x[(j / s->m * s->d + i) * s->m + j % s->m] - mean;
    }
    assert_int_equal(koop_linalg_svd((int)s->d, (int)n, a, u, values, vt), KOOP_OK);
    for (size_t j = 0; j < n; j++)
        for (size_t p = 0; p < P; p++)
            for (size_t i = 0; i < s->d; i++)
                y[(j / s->m * P + p) * s->m + j % s->m] +=
                    x[(j / s->m * s->d + i) * s->m + j % s->m] * u[p * s->d + i];
    free(a);
    free(u);
    free(values);
    free(vt);
    return y;
}

/* The spectrum of the map that takes each delayed vector of y to what, m pairs on, stands at the
 * place of its successor in z: y itself for dynamics, another training for what was released. As
 * m pooled trajectories of two snapshots, which the batch path pairs as they are. */
static koop_spectrum paired(const size *s, const double *y, const double *z) {
    const size_t pairs = T - DELAYS - 1, m = pairs * s->m;
    double *x = calloc(2 * Q * m, sizeof *x);
    assert_non_null(x);
    for (size_t k = 0; k < s->m; k++)
        for (size_t t = 0; t < pairs; t++)
            for (size_t i = 0; i < Q; i++) {
                const size_t column = k * pairs + t, of = t + i / P;
                x[i * m + column] = y[(of * P + i % P) * s->m + k];
                x[(Q + i) * m + column] = z[((of + 1) * P + i % P) * s->m + k];
            }
    koop_dmd_options options = koop_dmd_defaults();
    options.delays = options.pca = 0;
    options.rank = RANK;
    options.center = KOOP_CENTER_NONE;
    koop_spectrum spectrum;
    assert_int_equal(koop_dmd_batch(x, 2, Q, m, &options, &spectrum), KOOP_OK);
    free(x);
    return spectrum;
}

static double distance(const koop_spectrum *a, const koop_spectrum *b) {
    koop_transport *transport;
    double value;
    assert_int_equal(koop_transport_new(&transport, KOOP_MAX_RANK), KOOP_OK);
    assert_int_equal(koop_transport_spectra(transport, a, b, &value), KOOP_OK);
    koop_transport_free(transport);
    return value;
}

/* Right and as released; the first is far below the second. */
static void compare(const size *s, const char *what, const double *y, const double *z) {
    koop_spectrum a = paired(s, y, y), b = paired(s, z, z), crossed = paired(s, y, z);
    double right = distance(&a, &b), released = distance(&a, &crossed);
    print_message("%s: %.4f apart, %.4f with crossed pairs\n", what, right, released);
    assert_true(right < 0.06);
    assert_true(released > 5 * right);
}

static void pairs_of_two_trainings_give_the_spectrum_of_neither(void **state) {
    (void)state;
    const size s = size_to_test();
    double *x = train(&s, 16, false), *other = train(&s, 17, false), *held = train(&s, 16, true);
    double *y = coordinates(&s, x), *y_other = coordinates(&s, other), *z = coordinates(&s, held);

    /* Paired rightly, it is what the monitor computes. */
    koop_dmd_options options = koop_dmd_defaults();
    options.delays = DELAYS;
    options.pca = P;
    options.rank = RANK;
    options.center = KOOP_CENTER_NONE;
    koop_spectrum spectrum, again = paired(&s, y, y);
    assert_int_equal(koop_dmd_batch(x, T, s.d, s.m, &options, &spectrum), KOOP_OK);
    assert_close(distance(&spectrum, &again), 0, 1e-7);

    compare(&s, "unconstrained and constrained", y, z);
    compare(&s, "two seeds of unconstrained", y, y_other);
    double *all[] = {x, other, held, y, y_other, z};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_of_two_trainings_give_the_spectrum_of_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
