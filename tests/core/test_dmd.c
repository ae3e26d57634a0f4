#include "dmd.h"

#include "fixture.h"

#include <stdio.h>

static koop_dmd_options plain(int span, int rank) {
    koop_dmd_options o = koop_dmd_defaults();
    o.span = span;
    o.rank = rank;
    o.delays = o.pca = 0;
    o.center = KOOP_CENTER_NONE;
    return o;
}

static koop_window *new_window(size_t n, int capacity, koop_precision precision) {
    koop_window *w = NULL;
    koop_window_options o = {.n = n, .capacity = capacity, .precision = precision};
    assert_int_equal(koop_window_new(&w, &o), KOOP_OK);
    return w;
}

static void push(koop_window *w, const oscillators *o, double t, koop_precision precision,
                 double noise, uint64_t *seed) {
    double *x = malloc(o->n * sizeof *x);
    float *f = malloc(o->n * sizeof *f);
    snapshot(o, t, x);
    for (size_t i = 0; i < o->n; i++) {
        if (noise > 0) x[i] += noise * gaussian(seed);
        f[i] = (float)x[i];
    }
    assert_int_equal(precision == KOOP_FLOAT32 ? koop_window_push_f32(w, f)
                                               : koop_window_push_f64(w, x),
                     KOOP_OK);
    free(x);
    free(f);
}

/* Error of a known system's eigenvalues after `pushes` snapshots. */
static double error_of(const oscillators *o, const koop_dmd_options *options,
                       koop_precision precision, double noise, int pushes) {
    uint64_t seed = 9;
    koop_window *w = new_window(o->n, options->span, precision);
    koop_dmd *d = NULL;
    koop_spectrum spectrum = {0};
    assert_int_equal(koop_dmd_new(&d, options), KOOP_OK);
    for (int t = 0; t < pushes; t++) push(w, o, t, precision, noise, &seed);
    assert_int_equal(koop_dmd_fit(d, w, &spectrum), KOOP_OK);
    koop_dmd_free(d);
    koop_window_free(w);
    return worst_eigenvalue(o, &spectrum);
}

static void known_eigenvalues_are_found(void **state) {
    (void)state;
    oscillators even = make_oscillators(5, 1000, 1, 1), spread = make_oscillators(5, 1000, 1e-4, 2);
    koop_dmd_options o = plain(64, 10);
    double clean = error_of(&even, &o, KOOP_FLOAT64, 0, 80);
    double single = error_of(&even, &o, KOOP_FLOAT32, 0, 80);
    double wide = error_of(&spread, &o, KOOP_FLOAT64, 0, 80);
    double wide_single = error_of(&spread, &o, KOOP_FLOAT32, 0, 80);
    print_message("max eigenvalue error: float64 %.1e, float32 %.1e, amplitudes 1…1e-4 %.1e, "
                  "in float32 %.1e\n",
                  clean, single, wide, wide_single);
    assert_true(clean <= 1e-12);
    assert_true(single <= 1e-8);
    assert_true(wide <= 1e-6);
    free_oscillators(&even);
    free_oscillators(&spread);
}

static void noise_is_averaged_by_window_and_delays(void **state) {
    (void)state;
    oscillators even = make_oscillators(5, 1000, 1, 3);
    koop_dmd_options narrow = plain(64, 10), wide = plain(256, 10), delayed = plain(80, 10);
    delayed.delays = 16;
    double w64 = error_of(&even, &narrow, KOOP_FLOAT64, 1e-3, 64);
    double w256 = error_of(&even, &wide, KOOP_FLOAT64, 1e-3, 256);
    double d16 = error_of(&even, &delayed, KOOP_FLOAT64, 1e-3, 80);
    print_message("max eigenvalue error at noise 1e-3: w 64 %.1e, w 256 %.1e, d 16 %.1e\n", w64,
                  w256, d16);
    assert_true(w64 <= 1e-5);
    assert_true(w256 <= 3e-6);
    assert_true(d16 <= 1e-6);
    free_oscillators(&even);
}

/* Weights of float32 that move little: what rounding adds is no mode. */
static void rounding_of_float32_weights_gives_no_modes(void **state) {
    (void)state;
    for (double motion = 1e-2; motion > 1e-6; motion /= 10) {
        enum { N = 2000 };
        uint64_t seed = 5;
        koop_dmd_options o = koop_dmd_defaults();
        koop_window *w = new_window(N, o.span, KOOP_FLOAT32);
        koop_dmd *d = NULL;
        koop_spectrum s;
        float base[N], direction[3][N], x[N];
        assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
        for (int i = 0; i < N; i++) {
            base[i] = (float)gaussian(&seed);
            for (int k = 0; k < 3; k++) direction[k][i] = (float)(motion * gaussian(&seed));
        }
        for (int t = 0; t < o.span; t++) {
            for (int i = 0; i < N; i++)
                x[i] = (float)(base[i] + direction[0][i] * pow(0.98, t) +
                               direction[1][i] * cos(0.4 * t) + direction[2][i] * sin(0.4 * t));
            koop_window_push_f32(w, x);
        }
        assert_int_equal(koop_dmd_fit(d, w, &s), KOOP_OK);
        /* three directions and the mean's constant make at most four eigenvalues */
        assert_true(s.rank <= 4);
        assert_true(koop_spectrum_trusted(&s) == s.rank);
        koop_dmd_free(d);
        koop_window_free(w);
    }
}

static void hundred_thousand_updates_leave_no_drift(void **state) {
    (void)state;
    oscillators even = make_oscillators(3, 40, 1, 4);
    koop_dmd_options o = plain(32, 6);
    assert_true(error_of(&even, &o, KOOP_FLOAT64, 0, 100000) <= 1e-9);
    free_oscillators(&even);
}

/* Largest distance from an eigenvalue in `a` to the nearest in `b`. */
static double worst_match(const koop_spectrum *a, const koop_spectrum *b) {
    double worst = 0;
    for (int i = 0; i < a->rank; i++) {
        double nearest = INFINITY;
        for (int j = 0; j < b->rank; j++)
            nearest = fmin(nearest,
                           hypot(a->modes[i].re - b->modes[j].re, a->modes[i].im - b->modes[j].im));
        worst = fmax(worst, nearest);
    }
    return worst;
}

static void compare_with_batch(koop_dmd_options o, double noise, double tolerance) {
    enum { N = 30, LENGTH = 400 };
    oscillators system = make_oscillators(3, N, 0.03, 5);
    system.modulus[1] = 0.97;
    uint64_t seed = 11;
    koop_window *w = new_window(N, o.span + 1, KOOP_FLOAT64);
    koop_dmd *d = NULL;
    double *xs = malloc(LENGTH * N * sizeof(double));
    koop_spectrum streaming = {0}, batch = {0};
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    for (int t = 0; t < LENGTH; t++) {
        snapshot(&system, t % 100, xs + t * N);
        for (int i = 0; i < N; i++) xs[t * N + i] += 3 + noise * gaussian(&seed);
        koop_window_push_f64(w, xs + t * N);
        if (t % 37 || t < o.span) continue;
        int rows = o.span + (o.difference ? 1 : 0);
        assert_int_equal(koop_dmd_fit(d, w, &streaming), KOOP_OK);
        assert_int_equal(koop_dmd_batch(xs + (t + 1 - rows) * N, (size_t)rows, N, 1, &o, &batch),
                         KOOP_OK);
        assert_int_equal(streaming.rank, batch.rank);
        assert_true(worst_match(&batch, &streaming) <= tolerance);
        for (int j = 0; j < batch.rank; j++) {
            assert_true(fabs(batch.modes[j].energy - streaming.modes[j].energy) <= 1e3 * tolerance);
            assert_true(fabs(batch.modes[j].residual - streaming.modes[j].residual) <=
                        1e3 * tolerance);
        }
    }
    free(xs);
    koop_dmd_free(d);
    koop_window_free(w);
    free_oscillators(&system);
}

static void streaming_equals_batch_on_the_same_window(void **state) {
    (void)state;
    for (int center = KOOP_CENTER_NONE; center <= KOOP_CENTER_FIRST; center++)
        for (int difference = 0; difference <= 1; difference++)
            for (int pca = 0; pca <= 6; pca += 6) {
                koop_dmd_options o = {.span = 48,
                                      .delays = 3,
                                      .rank = 5,
                                      .pca = pca,
                                      .center = (koop_center)center,
                                      .difference = difference,
                                      .floor = 1e-6,
                                      .dt = 1};
                compare_with_batch(o, 1e-2, 1e-6);
            }
}

static void energy_rule_keeps_the_least_rank(void **state) {
    (void)state;
    oscillators system = make_oscillators(3, 100, 1e-2, 6);
    koop_window *w = new_window(100, 64, KOOP_FLOAT64);
    koop_dmd *d = NULL;
    koop_dmd_options o = plain(64, 0);
    koop_spectrum spectrum = {0};
    uint64_t seed = 1;
    for (int t = 0; t < 64; t++) push(w, &system, t, KOOP_FLOAT64, 0, &seed);
    o.energy = 0.97;
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    assert_int_equal(koop_dmd_fit(d, w, &spectrum), KOOP_OK);
    assert_int_equal(spectrum.rank, 2);
    koop_dmd_free(d);
    o.energy = 0; /* the floor alone: all six, and no noise */
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    assert_int_equal(koop_dmd_fit(d, w, &spectrum), KOOP_OK);
    assert_int_equal(spectrum.rank, 6);
    koop_dmd_free(d);
    koop_window_free(w);
    free_oscillators(&system);
}

static void growth_frequency_energy_and_residual_are_those_of_the_system(void **state) {
    (void)state;
    oscillators system = make_oscillators(2, 200, 0.5, 7);
    system.modulus[0] = 0.99;
    koop_window *w = new_window(200, 64, KOOP_FLOAT64);
    koop_dmd *d = NULL;
    koop_dmd_options o = plain(64, 4);
    koop_spectrum s = {0};
    uint64_t seed = 1;
    o.dt = 10;
    for (int t = 0; t < 64; t++) push(w, &system, t, KOOP_FLOAT64, 0, &seed);
    koop_dmd_new(&d, &o);
    assert_int_equal(koop_dmd_fit(d, w, &s), KOOP_OK);
    assert_int_equal(s.rank, 4);
    double energy = 0;
    for (int j = 0; j < 4; j++) {
        int k = j < 2 ? 1 : 0; /* falling modulus: the undamped pair first */
        double sign = j % 2 ? -1 : 1;
        assert_true(fabs(s.modes[j].growth - log(system.modulus[k]) / 10) < 1e-10);
        assert_true(fabs(s.modes[j].frequency - sign * system.angle[k] / (20 * M_PI)) < 1e-10);
        assert_true(s.modes[j].residual < 1e-8);
        energy += s.modes[j].energy;
    }
    assert_true(fabs(energy - 1) < 1e-12);
    assert_true(fabs(s.modes[0].energy - s.modes[1].energy) < 1e-9);
    assert_int_equal(koop_spectrum_trusted(&s), 4);
    assert_true(fabs(koop_spectrum_max_modulus(&s) - 1) < 1e-9);
    koop_dmd_free(d);
    koop_window_free(w);
    free_oscillators(&system);
}

static void what_cannot_be_fitted_is_a_status_and_counted(void **state) {
    (void)state;
    koop_window *w = new_window(3, 16, KOOP_FLOAT64);
    koop_dmd *d = NULL;
    koop_dmd_options o = plain(16, 2);
    o.center = KOOP_CENTER_MEAN;
    koop_spectrum s = {.rank = 77};
    const double still[3] = {1, 2, 3};
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    assert_int_equal(koop_dmd_fit(d, w, &s), KOOP_NOT_ENOUGH_DATA);
    for (int t = 0; t < 16; t++) koop_window_push_f64(w, still);
    assert_int_equal(koop_dmd_fit(d, w, &s), KOOP_RANK_ZERO);
    assert_int_equal(s.rank, 77);
    assert_int_equal(koop_dmd_get_counters(d).rank_zero, 1);
    koop_dmd_free(d);
    koop_window_free(w);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    koop_dmd *d = NULL;
    for (int k = 0; k < 10; k++) {
        koop_dmd_options o = koop_dmd_defaults();
        switch (k) {
        case 0:
            o.span = 1;
            break;
        case 1:
            o.delays = -1;
            break;
        case 2:
            o.delays = o.span - 1;
            break;
        case 3:
            o.rank = KOOP_MAX_RANK + 1;
            break;
        case 4:
            o.energy = 1;
            break;
        case 5:
            o.pca = o.span + 1;
            break;
        case 6:
            o.floor = NAN;
            break;
        case 7:
            o.dt = 0;
            break;
        case 8:
            o.span = KOOP_MAX_WINDOW + 1;
            break;
        case 9:
            o.rank = -1;
            break;
        }
        assert_int_equal(koop_dmd_new(&d, &o), KOOP_BAD_ARGUMENT);
    }
    assert_null(d);
}

/* Ratio of the prediction of a kept model on 8 later snapshots. */
static double predict(double change, double noise) {
    oscillators system = make_oscillators(2, 100, 0.5, 8);
    koop_dmd_options o = koop_dmd_defaults();
    o.rank = 4;
    o.pca = 4;
    uint64_t seed = 3;
    koop_window *w = new_window(100, o.span + 8, KOOP_FLOAT64);
    koop_dmd *d = NULL;
    koop_dmd_model *model = NULL;
    koop_spectrum s;
    double ratio = -1;
    koop_dmd_new(&d, &o);
    assert_int_equal(koop_dmd_model_new(&model, &o), KOOP_OK);
    assert_int_equal(koop_dmd_keep(d, model), KOOP_NOT_ENOUGH_DATA);
    for (int t = 0; t < 72; t++) push(w, &system, t, KOOP_FLOAT64, noise, &seed);
    assert_int_equal(koop_dmd_fit(d, w, &s), KOOP_OK);
    assert_int_equal(koop_dmd_keep(d, model), KOOP_OK);
    for (int k = 0; k < system.pairs; k++) system.angle[k] += change;
    for (int t = 72; t < 80; t++) push(w, &system, t, KOOP_FLOAT64, noise, &seed);
    assert_int_equal(koop_dmd_prediction(model, w, 8, 8, &ratio), KOOP_OK);
    assert_int_equal(koop_dmd_prediction(model, w, 7, 8, &ratio), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_dmd_prediction(model, w, 9, 8, &ratio), KOOP_NOT_ENOUGH_DATA);
    koop_dmd_model_free(model);
    koop_dmd_free(d);
    koop_window_free(w);
    free_oscillators(&system);
    return ratio;
}

static void prediction_is_perfect_until_the_dynamics_change(void **state) {
    (void)state;
    double same = predict(0, 0), noisy = predict(0, 1e-2), changed = predict(0.4, 0);
    print_message("one-step error² over persistence: %.1e, noisy %.1e, changed %.2g\n", same, noisy,
                  changed);
    /* a window that is no whole number of periods has a mean that is no fixed point */
    assert_true(same < 0.02);
    assert_true(noisy < 0.1);
    assert_true(changed > 0.3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_eigenvalues_are_found),
        cmocka_unit_test(noise_is_averaged_by_window_and_delays),
        cmocka_unit_test(rounding_of_float32_weights_gives_no_modes),
        cmocka_unit_test(hundred_thousand_updates_leave_no_drift),
        cmocka_unit_test(streaming_equals_batch_on_the_same_window),
        cmocka_unit_test(energy_rule_keeps_the_least_rank),
        cmocka_unit_test(growth_frequency_energy_and_residual_are_those_of_the_system),
        cmocka_unit_test(what_cannot_be_fitted_is_a_status_and_counted),
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(prediction_is_perfect_until_the_dynamics_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
