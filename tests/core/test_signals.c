#include "signals.h"

#include "transport.h"

#include "fixture.h"

enum { N = 60, SPAN = 32, STRIDE = 4 };

typedef struct bench {
    koop_dmd_options options;
    koop_window *window;
    koop_dmd *dmd;
    koop_signals_reader *reader;
    koop_spectrum spectrum;
    koop_signals signals;
    int pushed;
} bench;

static void setup(bench *b) {
    static const size_t sizes[] = {20, 40};
    *b = (bench){.options = koop_dmd_defaults()};
    b->options.span = SPAN;
    koop_window_options w = {.n = N,
                             .capacity = koop_signals_window_capacity(&b->options, STRIDE),
                             .precision = KOOP_FLOAT64,
                             .n_groups = 2,
                             .group_sizes = sizes};
    assert_int_equal(koop_window_new(&b->window, &w), KOOP_OK);
    assert_int_equal(koop_dmd_new(&b->dmd, &b->options), KOOP_OK);
    assert_int_equal(koop_signals_new(&b->reader, &b->options, STRIDE), KOOP_OK);
}

static void teardown(bench *b) {
    koop_signals_free(b->reader);
    koop_dmd_free(b->dmd);
    koop_window_free(b->window);
}

/* Pushes x; reads the signals when an update is due; says whether it was. */
static bool feed(bench *b, const double *x) {
    assert_int_equal(koop_window_push_f64(b->window, x), KOOP_OK);
    b->pushed++;
    if (b->pushed < SPAN || (b->pushed - SPAN) % STRIDE) return false;
    if (koop_dmd_fit(b->dmd, b->window, &b->spectrum) != KOOP_OK) return false;
    koop_signals_read(b->reader, b->dmd, b->window, &b->spectrum, &b->signals);
    return true;
}

static bool has(const bench *b, koop_signal signal) {
    return b->signals.available & 1u << signal;
}

static void values_follow_their_definitions(void **state) {
    (void)state;
    bench b;
    setup(&b);
    oscillators o = make_oscillators(3, N, 0.3, 1);
    double xs[100][N];
    for (int t = 0; t < 100; t++) {
        snapshot(&o, t, xs[t]);
        for (int i = 0; i < N; i++) xs[t][i] += 5 + 0.01 * t * i;
        if (!feed(&b, xs[t]) || t < 80) continue;
        double speed = 0, share = 0, total = 0, now = 0, then = 0, net = 0, path = 0;
        for (int k = t - SPAN + 2; k <= t; k++) {
            double step2 = 0, first = 0;
            for (int i = 0; i < N; i++) {
                step2 += pow(xs[k][i] - xs[k - 1][i], 2);
                if (i == 19) first = step2;
            }
            path += sqrt(step2);
            if (k <= t - 8) continue;
            speed += sqrt(step2) / 8;
            share += first;
            total += step2;
        }
        for (int i = 0; i < N; i++) {
            now += xs[t][i] * xs[t][i];
            then += xs[t - STRIDE][i] * xs[t - STRIDE][i];
            net += pow(xs[t][i] - xs[t - SPAN + 1][i], 2);
        }
        assert_true(fabs(b.signals.value[KOOP_SIGNAL_SPEED] - log(speed)) < 1e-12);
        assert_true(fabs(b.signals.group_share[0] - share / total) < 1e-12);
        assert_true(fabs(b.signals.group_share[0] + b.signals.group_share[1] - 1) < 1e-12);
        assert_true(fabs(b.signals.value[KOOP_SIGNAL_NORM_RATE] - (sqrt(now / then) - 1)) < 1e-12);
        assert_true(fabs(b.signals.value[KOOP_SIGNAL_STRAIGHTNESS] - sqrt(net) / path) < 1e-12);
        assert_true(b.signals.value[KOOP_SIGNAL_MAX_MODULUS] ==
                    koop_spectrum_max_modulus(&b.spectrum));
    }
    teardown(&b);
    free_oscillators(&o);
}

static void effective_rank_counts_equal_directions(void **state) {
    (void)state;
    bench b;
    setup(&b);
    uint64_t seed = 2;
    for (int t = 0; t < SPAN; t++) {
        double x[N] = {0};
        for (int i = 0; i < 3; i++) x[i] = (t / 4 + i) % 2 ? 1 : -1; /* one direction */
        x[5] = 1e-9 * gaussian(&seed);
        feed(&b, x);
    }
    assert_true(fabs(b.signals.value[KOOP_SIGNAL_EFFECTIVE_RANK] - 1) < 1e-6);
    teardown(&b);
}

static void signals_become_available_when_their_data_is_there(void **state) {
    (void)state;
    bench b;
    setup(&b);
    oscillators o = make_oscillators(3, N, 0.3, 3);
    int predicted = 0, distanced = 0;
    double x[N];
    for (int t = 0; t < 120; t++) {
        snapshot(&o, t, x);
        if (!feed(&b, x)) continue;
        if (!predicted && has(&b, KOOP_SIGNAL_PREDICTION)) predicted = t + 1;
        if (!distanced && has(&b, KOOP_SIGNAL_DISTANCE)) distanced = t + 1;
    }
    assert_int_equal(predicted, SPAN + 8);
    assert_int_equal(distanced, 2 * SPAN);
    assert_non_null(koop_signals_previous(b.reader));
    koop_signals_interrupt(b.reader);
    assert_null(koop_signals_previous(b.reader));
    teardown(&b);
    free_oscillators(&o);
}

static void changed_dynamics_raise_prediction_and_distance(void **state) {
    (void)state;
    bench b;
    setup(&b);
    oscillators o = make_oscillators(3, N, 0.3, 4);
    double x[N], quiet_prediction = 0, quiet_distance = 0, worst_prediction = -100, farthest = 0;
    for (int t = 0; t < 160; t++) {
        if (t == 100)
            for (int k = 0; k < o.pairs; k++) o.angle[k] *= 0.6;
        snapshot(&o, t, x);
        if (!feed(&b, x)) continue;
        if (t < 100) {
            quiet_prediction = b.signals.value[KOOP_SIGNAL_PREDICTION];
            quiet_distance = b.signals.value[KOOP_SIGNAL_DISTANCE];
        } else {
            worst_prediction = fmax(worst_prediction, b.signals.value[KOOP_SIGNAL_PREDICTION]);
            farthest = fmax(farthest, b.signals.value[KOOP_SIGNAL_DISTANCE]);
        }
    }
    print_message("prediction %.2f -> %.2f, distance %.3g -> %.3g\n", quiet_prediction,
                  worst_prediction, quiet_distance, farthest);
    assert_true(worst_prediction > quiet_prediction + 1);
    assert_true(farthest > 3 * quiet_distance);
    teardown(&b);
    free_oscillators(&o);
}

/* Against a slow NumPy implementation that forms every matrix (SVD of the centred window, explicit
 * delay matrices), at 4 principal coordinates, 4 delays, rank 4, window 64. */
static void prediction_and_speed_are_those_of_an_independent_reference(void **state) {
    (void)state;
    enum { VALUES = 12, LENGTH = 96, WINDOW = 64 };
    static const double prediction[] = {-1.377462959425555,  -1.426283306689486,
                                        -1.3526400916441625, -1.3518207498335735,
                                        -1.269001107624487,  -1.3420720772982941};
    static const double speed[] = {-0.4747905272486005, -0.4468531990488938, -0.46019175856988526,
                                   -0.5038885800203255, -0.5158640868045771, -0.5016063145304491};
    koop_dmd_options o = koop_dmd_defaults();
    o.rank = o.pca = 4;
    koop_window_options wo = {.n = VALUES,
                              .capacity = koop_signals_window_capacity(&o, STRIDE),
                              .precision = KOOP_FLOAT64};
    koop_window *window = NULL;
    koop_dmd *dmd = NULL;
    koop_signals_reader *reader = NULL;
    uint64_t seed = 2;
    assert_int_equal(koop_window_new(&window, &wo), KOOP_OK);
    assert_int_equal(koop_dmd_new(&dmd, &o), KOOP_OK);
    assert_int_equal(koop_signals_new(&reader, &o, STRIDE), KOOP_OK);
    for (int t = 0, checked = 0; t < LENGTH; t++) {
        double x[VALUES];
        koop_spectrum spectrum;
        koop_signals signals;
        for (int i = 0; i < VALUES; i++)
            x[i] = 3 + cos(0.21 * t + i) + 0.5 * sin(0.55 * t + 2 * i) * pow(0.99, t) +
                   0.05 * (2 * uniform(&seed) - 1);
        koop_window_push_f64(window, x);
        if (t < WINDOW || t % STRIDE) continue;
        assert_int_equal(koop_dmd_fit(dmd, window, &spectrum), KOOP_OK);
        koop_signals_read(reader, dmd, window, &spectrum, &signals);
        if (t < WINDOW + 8) continue;
        assert_true(fabs(signals.value[KOOP_SIGNAL_PREDICTION] - prediction[checked]) < 1e-9);
        assert_true(fabs(signals.value[KOOP_SIGNAL_SPEED] - speed[checked]) < 1e-12);
        checked++;
    }
    koop_signals_free(reader);
    koop_dmd_free(dmd);
    koop_window_free(window);
}

static void window_that_does_not_move_gives_no_fit_and_no_nan(void **state) {
    (void)state;
    bench b;
    setup(&b);
    const double still[N] = {1, 2, 3};
    for (int t = 0; t < 60; t++) assert_false(feed(&b, still));
    koop_signals_read(b.reader, b.dmd, b.window, &b.spectrum, &b.signals);
    assert_false(has(&b, KOOP_SIGNAL_SPEED));
    assert_false(has(&b, KOOP_SIGNAL_STRAIGHTNESS));
    for (int k = 0; k < KOOP_SIGNAL_COUNT; k++) assert_true(isfinite(b.signals.value[k]));
    teardown(&b);
}

static void window_holds_what_a_wide_stride_looks_back_to(void **state) {
    (void)state;
    koop_dmd_options o = koop_dmd_defaults();
    assert_int_equal(koop_signals_window_capacity(&o, 4), 64 + 8);
    assert_int_equal(koop_signals_window_capacity(&o, 70), 71);
    koop_signals_reader *reader = NULL;
    assert_int_equal(koop_signals_new(&reader, &o, KOOP_MAX_WINDOW), KOOP_BAD_ARGUMENT);
}

static void every_signal_has_its_own_name(void **state) {
    (void)state;
    for (int i = 0; i < KOOP_SIGNAL_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(koop_signal_name((koop_signal)i),
                                    koop_signal_name((koop_signal)j));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_their_definitions),
        cmocka_unit_test(effective_rank_counts_equal_directions),
        cmocka_unit_test(signals_become_available_when_their_data_is_there),
        cmocka_unit_test(changed_dynamics_raise_prediction_and_distance),
        cmocka_unit_test(prediction_and_speed_are_those_of_an_independent_reference),
        cmocka_unit_test(window_that_does_not_move_gives_no_fit_and_no_nan),
        cmocka_unit_test(window_holds_what_a_wide_stride_looks_back_to),
        cmocka_unit_test(every_signal_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
