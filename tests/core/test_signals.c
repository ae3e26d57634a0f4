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

static double cosine(const double *a, const double *b) {
    double ab = 0, aa = 0, bb = 0;
    for (int i = 0; i < N; i++) {
        ab += a[i] * b[i];
        aa += a[i] * a[i];
        bb += b[i] * b[i];
    }
    return ab / sqrt(aa * bb);
}

static double size(const double *a, int first, int end) {
    double square = 0;
    for (int i = first; i < end; i++) square += a[i] * a[i];
    return sqrt(square);
}

static void difference(double *to, const double *a, const double *b) {
    for (int i = 0; i < N; i++) to[i] = a[i] - b[i];
}

/* Over the snapshots of one update, newest t. */
static void expect_steps(const bench *b, double xs[][N], int t) {
    double speed = 0, group[2] = {0}, radial = 0, alignment = 0, persistence = 0;
    for (int k = t - STRIDE + 1; k <= t; k++) {
        double step[N], before[N], way[N];
        difference(step, xs[k], xs[k - 1]);
        difference(before, xs[k - 1], xs[k - 2]);
        difference(way, xs[k - 1], xs[k - 9]);
        speed += log(size(step, 0, N)) / STRIDE;
        group[0] += log(size(step, 0, 20)) / STRIDE;
        group[1] += log(size(step, 20, N)) / STRIDE;
        radial += cosine(step, xs[k - 1]) / STRIDE;
        alignment += cosine(step, way) / STRIDE;
        persistence += cosine(step, before) / STRIDE;
    }
    const double *value = b->signals.value;
    assert_true(fabs(value[KOOP_SIGNAL_SPEED] - speed) < 1e-11);
    assert_true(fabs(value[KOOP_SIGNAL_RADIAL] - radial) < 1e-10);
    assert_true(fabs(value[KOOP_SIGNAL_ALIGNMENT] - alignment) < 1e-10);
    assert_true(fabs(value[KOOP_SIGNAL_PERSISTENCE] - persistence) < 1e-10);
    for (int g = 0; g < 2; g++) assert_true(fabs(b->signals.group_speed[g] - group[g]) < 1e-11);
}

/* Over the latest 8 snapshots, and over the window. */
static void expect_shares_and_shape(const bench *b, double xs[][N], int t) {
    double first = 0, total = 0, path = 0, step[N], net[N];
    for (int k = t - SPAN + 2; k <= t; k++) {
        difference(step, xs[k], xs[k - 1]);
        path += size(step, 0, N);
        if (k <= t - 8) continue;
        first += pow(size(step, 0, 20), 2);
        total += pow(size(step, 0, N), 2);
    }
    difference(net, xs[t], xs[t - SPAN + 1]);
    assert_true(fabs(b->signals.group_share[0] - first / total) < 1e-12);
    assert_true(fabs(b->signals.group_share[0] + b->signals.group_share[1] - 1) < 1e-12);
    assert_true(fabs(b->signals.value[KOOP_SIGNAL_STRAIGHTNESS] - size(net, 0, N) / path) < 1e-12);
    assert_true(b->signals.value[KOOP_SIGNAL_MAX_MODULUS] ==
                koop_spectrum_max_modulus(&b->spectrum));
    assert_true(b->signals.value[KOOP_SIGNAL_MEAN_MODULUS] ==
                koop_spectrum_mean_modulus(&b->spectrum));
}

static void values_follow_their_definitions(void **state) {
    (void)state;
    bench b;
    setup(&b);
    oscillators o = make_oscillators(3, N, 0.3, 1);
    static double xs[100][N];
    uint64_t seed = 8;
    for (int t = 0; t < 100; t++) {
        snapshot(&o, t, xs[t]);
        for (int i = 0; i < N; i++) xs[t][i] += 5 + 0.01 * t * i + 0.1 * gaussian(&seed);
        if (!feed(&b, xs[t])) continue;
        expect_steps(&b, xs, t);
        expect_shares_and_shape(&b, xs, t);
    }
    teardown(&b);
    free_oscillators(&o);
}

/* Steps that are none have no direction; the mean is over the others, and over none there is none. */
static void steps_that_stand_still_are_left_out(void **state) {
    (void)state;
    bench b;
    setup(&b);
    oscillators o = make_oscillators(3, N, 0.3, 9);
    static double xs[64][N];
    for (int t = 0; t < 64; t++) {
        bool still = t == 42 || (t >= 44 && t <= 47); /* updates at 43 and 47 */
        if (still)
            memcpy(xs[t], xs[t - 1], sizeof xs[t]);
        else
            snapshot(&o, t, xs[t]);
        for (int i = 0; i < 20; i++) xs[t][i] = 1; /* the first group never moves */
        if (!feed(&b, xs[t]) || t < 43) continue;
        if (t > 47) break;
        double speed = 0, step[N];
        for (int k = t - STRIDE + 1; k <= t; k++) {
            difference(step, xs[k], xs[k - 1]);
            if (size(step, 0, N) > 0) speed += log(size(step, 0, N)) / 3;
        }
        assert_int_equal(has(&b, KOOP_SIGNAL_SPEED), t == 43);
        assert_int_equal(has(&b, KOOP_SIGNAL_RADIAL), t == 43);
        assert_int_equal(has(&b, KOOP_SIGNAL_ALIGNMENT), t == 43);
        assert_int_equal(has(&b, KOOP_SIGNAL_PERSISTENCE), t == 43);
        if (t == 43) assert_true(fabs(b.signals.value[KOOP_SIGNAL_SPEED] - speed) < 1e-11);
        assert_true(isinf(b.signals.group_speed[0]) && b.signals.group_speed[0] < 0);
        for (int k = 0; k < KOOP_SIGNAL_COUNT; k++) assert_true(isfinite(b.signals.value[k]));
    }
    teardown(&b);
    free_oscillators(&o);
}

/* Two updates share no step: what happened in one is not seen in the next. */
static void step_counts_in_one_update_only(void **state) {
    (void)state;
    bench a, b;
    setup(&a);
    setup(&b);
    oscillators o = make_oscillators(3, N, 0.3, 10);
    for (int t = 0; t < 60; t++) {
        double x[N];
        snapshot(&o, t, x);
        bool read = feed(&a, x);
        for (int i = 0; i < N; i++) x[i] += t > 40 ? 100 : 0; /* one long step, at 41 */
        feed(&b, x);
        if (!read) continue;
        bool same =
            fabs(a.signals.value[KOOP_SIGNAL_SPEED] - b.signals.value[KOOP_SIGNAL_SPEED]) < 1e-9;
        assert_int_equal(same, t != 43);
    }
    teardown(&a);
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
    static const double speed[] = {-0.4543147346065411, -0.4414645331328264, -0.4827156941680912,
                                   -0.5294128707899908, -0.5057554733750114, -0.5012039740072838};
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
    o.pca = 0; /* no prediction, but every snapshot's step */
    assert_int_equal(koop_signals_window_capacity(&o, 4), 64 + 1);
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
        cmocka_unit_test(steps_that_stand_still_are_left_out),
        cmocka_unit_test(step_counts_in_one_update_only),
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
