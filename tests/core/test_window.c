#include "window.h"

#include "fixture.h"

enum { N = 300, CAPACITY = 12 };

static koop_window *new_window(koop_precision precision) {
    static const size_t sizes[] = {50, 250};
    koop_window *w = NULL;
    koop_window_options o = {
        .n = N, .capacity = CAPACITY, .precision = precision, .n_groups = 2, .group_sizes = sizes};
    assert_int_equal(koop_window_new(&w, &o), KOOP_OK);
    return w;
}

/* Reference: the Gram matrix of the last `span` of `count` snapshots, by definition. */
static void direct_gram(const double *xs, int count, int span, koop_center center, bool difference,
                        double *gram) {
    double *rows = malloc((size_t)span * N * sizeof(double)), reference[N] = {0};
    for (int t = 0; t < span; t++)
        for (int i = 0; i < N; i++) {
            int at = count - span + t;
            rows[t * N + i] = xs[at * N + i] - (difference ? xs[(at - 1) * N + i] : 0);
        }
    for (int i = 0; i < N; i++) {
        if (center == KOOP_CENTER_FIRST) reference[i] = rows[i];
        for (int t = 0; center == KOOP_CENTER_MEAN && t < span; t++)
            reference[i] += rows[t * N + i] / span;
    }
    for (int a = 0; a < span; a++)
        for (int b = 0; b < span; b++) {
            double sum = 0;
            for (int i = 0; i < N; i++)
                sum += (rows[a * N + i] - reference[i]) * (rows[b * N + i] - reference[i]);
            gram[b * span + a] = sum;
        }
    free(rows);
}

static void check_all_modes(const koop_window *w, const double *xs, int count, double tolerance) {
    double ours[CAPACITY * CAPACITY], direct[CAPACITY * CAPACITY];
    for (int span = 1; span < CAPACITY; span++)
        for (int center = KOOP_CENTER_NONE; center <= KOOP_CENTER_FIRST; center++)
            for (int difference = 0; difference <= 1; difference++) {
                assert_int_equal(
                    koop_window_gram(w, span, 0, (koop_center)center, difference, ours), KOOP_OK);
                direct_gram(xs, count, span, (koop_center)center, difference, direct);
                for (int k = 0; k < span * span; k++)
                    assert_true(fabs(ours[k] - direct[k]) <= tolerance);
            }
}

static double *random_walk(int count, double step, uint64_t seed) {
    double *xs = malloc((size_t)count * N * sizeof(double));
    for (int i = 0; i < N; i++) xs[i] = gaussian(&seed);
    for (int t = 1; t < count; t++)
        for (int i = 0; i < N; i++)
            xs[t * N + i] = (double)(float)(xs[(t - 1) * N + i] + step * gaussian(&seed));
    for (int i = 0; i < N; i++) xs[i] = (double)(float)xs[i];
    return xs;
}

static void gram_equals_its_definition_in_every_mode(void **state) {
    (void)state;
    double *xs = random_walk(40, 0.1, 1);
    koop_window *w = new_window(KOOP_FLOAT64);
    for (int t = 0; t < 40; t++) {
        assert_int_equal(koop_window_push_f64(w, xs + t * N), KOOP_OK);
        if (t >= CAPACITY - 1) check_all_modes(w, xs, t + 1, 1e-10);
    }
    koop_window_free(w);
    free(xs);
}

static void float32_window_keeps_the_digits_of_small_steps(void **state) {
    (void)state;
    double *xs = random_walk(40, 1e-4, 2), ours[CAPACITY * CAPACITY], direct[CAPACITY * CAPACITY];
    koop_window *w = new_window(KOOP_FLOAT32);
    for (int t = 0; t < 40; t++) {
        float x[N];
        for (int i = 0; i < N; i++) x[i] = (float)xs[t * N + i];
        assert_int_equal(koop_window_push_f32(w, x), KOOP_OK);
    }
    koop_window_gram(w, CAPACITY - 1, 0, KOOP_CENTER_MEAN, false, ours);
    direct_gram(xs, 40, CAPACITY - 1, KOOP_CENTER_MEAN, false, direct);
    for (int k = 0; k < (CAPACITY - 1) * (CAPACITY - 1); k++)
        assert_true(fabs(ours[k] - direct[k]) <= 1e-6 * direct[0]);
    koop_window_free(w);
    free(xs);
}

static void older_spans_are_reached_by_back(void **state) {
    (void)state;
    double *xs = random_walk(30, 0.1, 3), ours[25], direct[25];
    koop_window *w = new_window(KOOP_FLOAT64);
    for (int t = 0; t < 30; t++) koop_window_push_f64(w, xs + t * N);
    assert_int_equal(koop_window_gram(w, 5, 4, KOOP_CENTER_NONE, false, ours), KOOP_OK);
    direct_gram(xs, 26, 5, KOOP_CENTER_NONE, false, direct);
    for (int k = 0; k < 25; k++) assert_true(fabs(ours[k] - direct[k]) <= 1e-10);
    koop_window_free(w);
    free(xs);
}

static void not_finite_snapshot_is_counted_and_leaves_the_window_unharmed(void **state) {
    (void)state;
    double *xs = random_walk(40, 0.1, 4);
    koop_window *w = new_window(KOOP_FLOAT64);
    for (int t = 0; t < 40; t++) {
        double bad[N];
        memcpy(bad, xs + t * N, sizeof bad);
        const double poison[] = {NAN, INFINITY, -INFINITY, 1e200};
        bad[(t * 7) % N] = poison[t % 4];
        assert_int_equal(koop_window_push_f64(w, bad), KOOP_NOT_FINITE);
        assert_int_equal(koop_window_push_f64(w, xs + t * N), KOOP_OK);
    }
    check_all_modes(w, xs, 40, 1e-10);
    assert_int_equal(koop_window_get_counters(w).not_finite, 40);
    assert_int_equal(koop_window_get_counters(w).pushed, 40);
    koop_window_free(w);
    free(xs);
}

static void burst_is_forgotten_when_it_has_left(void **state) {
    (void)state;
    double *xs = random_walk(60, 0.1, 5);
    for (int t = 10; t < 30; t++)
        for (int i = 0; i < N; i++) xs[t * N + i] *= 1e4;
    koop_window *w = new_window(KOOP_FLOAT64);
    for (int t = 0; t < 30 + CAPACITY; t++) koop_window_push_f64(w, xs + t * N);
    check_all_modes(w, xs, 30 + CAPACITY, 1e-10);
    koop_window_free(w);
    free(xs);
}

static void steps_norms_and_distances_agree_with_the_snapshots(void **state) {
    (void)state;
    double *xs = random_walk(20, 0.1, 6), value = 0, parts[2];
    koop_window *w = new_window(KOOP_FLOAT64);
    for (int t = 0; t < 20; t++) koop_window_push_f64(w, xs + t * N);
    for (int back = 0; back < CAPACITY - 1; back++) {
        const double *now = xs + (19 - back) * N, *before = now - N;
        double step = 0, norm = 0, first = 0, apart = 0;
        for (int i = 0; i < N; i++) {
            step += (now[i] - before[i]) * (now[i] - before[i]);
            norm += now[i] * now[i];
            apart += (now[i] - xs[19 * N + i]) * (now[i] - xs[19 * N + i]);
            if (i == 49) first = step;
        }
        assert_int_equal(koop_window_step2(w, back, &value), KOOP_OK);
        assert_true(fabs(value - step) < 1e-12);
        koop_window_group_step2(w, 0, back, &parts[0]);
        koop_window_group_step2(w, 1, back, &parts[1]);
        assert_true(fabs(parts[0] - first) < 1e-12);
        assert_true(fabs(parts[0] + parts[1] - step) < 1e-12);
        koop_window_norm2(w, back, &value);
        assert_true(fabs(value - norm) < 1e-10);
        koop_window_distance2(w, 0, back, &value);
        assert_true(fabs(value - apart) < 1e-10);
    }
    koop_window_free(w);
    free(xs);
}

/* The first group turns by 0.01 a snapshot in a plane while it grows, the second only shrinks. */
static void groups_turn_by_the_angle_between_now_and_then(void **state) {
    (void)state;
    double x[N], angle = 0;
    float single[N];
    koop_window *f64 = new_window(KOOP_FLOAT64), *f32 = new_window(KOOP_FLOAT32);
    for (int t = 0; t < 20; t++) {
        for (int i = 0; i < 50; i++)
            x[i] =
                pow(1.02, t) * (i % 2 ? cos(0.01 * t) * i / 50.0 : sin(0.01 * t) * (i + 1) / 50.0);
        for (int i = 50; i < N; i++) x[i] = pow(0.9, t) * sin(i);
        for (int i = 0; i < N; i++) single[i] = (float)x[i];
        koop_window_push_f64(f64, x);
        koop_window_push_f32(f32, single);
    }
    for (int span = 1; span < CAPACITY; span++) {
        assert_int_equal(koop_window_group_turn(f64, 0, span, &angle), KOOP_OK);
        assert_true(fabs(angle - 0.01 * span) < 1e-9);
        assert_int_equal(koop_window_group_turn(f32, 0, span, &angle), KOOP_OK);
        assert_true(fabs(angle - 0.01 * span) < 1e-6);
        assert_int_equal(koop_window_group_turn(f64, 1, span, &angle), KOOP_OK);
        assert_true(fabs(angle) < 1e-6);
    }
    assert_int_equal(koop_window_group_turn(f64, 0, CAPACITY, &angle), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_window_group_turn(f64, 0, 0, &angle), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_window_group_turn(f64, 2, 1, &angle), KOOP_BAD_ARGUMENT);
    koop_window_free(f64);
    koop_window_free(f32);
}

static void turn_of_nothing_or_of_what_overflows_is_none(void **state) {
    (void)state;
    double x[N] = {0}, angle = 7;
    koop_window *w = new_window(KOOP_FLOAT64);
    koop_window_push_f64(w, x);
    x[0] = 1e150;
    x[60] = 1;
    koop_window_push_f64(w, x);
    x[0] = -1e150;
    koop_window_push_f64(w, x);
    assert_int_equal(koop_window_group_turn(w, 1, 2, &angle), KOOP_RANK_ZERO);
    if (koop_window_group_turn(w, 0, 1, &angle) == KOOP_OK) assert_true(isfinite(angle));
    koop_window_free(w);
}

static void what_is_not_there_yet_is_not_enough_data(void **state) {
    (void)state;
    double x[N] = {1}, gram[4], value = 7;
    koop_window *w = new_window(KOOP_FLOAT64);
    assert_int_equal(koop_window_gram(w, 1, 0, KOOP_CENTER_NONE, false, gram),
                     KOOP_NOT_ENOUGH_DATA);
    koop_window_push_f64(w, x);
    assert_int_equal(koop_window_gram(w, 1, 0, KOOP_CENTER_NONE, false, gram), KOOP_OK);
    assert_true(gram[0] == 1);
    assert_int_equal(koop_window_gram(w, 1, 0, KOOP_CENTER_NONE, true, gram), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_window_step2(w, 0, &value), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_window_norm2(w, 1, &value), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_window_distance2(w, 0, 1, &value), KOOP_NOT_ENOUGH_DATA);
    assert_true(value == 7);
    koop_window_free(w);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    static const size_t wrong[] = {1, 2};
    koop_window *w = NULL;
    const koop_window_options bad[] = {
        {.n = 0, .capacity = 4, .precision = KOOP_FLOAT32},
        {.n = 4, .capacity = 1, .precision = KOOP_FLOAT32},
        {.n = 4, .capacity = KOOP_MAX_WINDOW + 1, .precision = KOOP_FLOAT32},
        {.n = 4, .capacity = 4, .precision = (koop_precision)2},
        {.n = 4, .capacity = 4, .precision = KOOP_FLOAT32, .n_groups = 2, .group_sizes = wrong},
        {.n = SIZE_MAX / 2, .capacity = 4, .precision = KOOP_FLOAT32},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        assert_int_equal(koop_window_new(&w, &bad[k]), KOOP_BAD_ARGUMENT);
    assert_null(w);
    koop_window *f64 = new_window(KOOP_FLOAT64);
    float x[N] = {0};
    assert_int_equal(koop_window_push_f32(f64, x), KOOP_BAD_ARGUMENT);
    koop_window_free(f64);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gram_equals_its_definition_in_every_mode),
        cmocka_unit_test(float32_window_keeps_the_digits_of_small_steps),
        cmocka_unit_test(older_spans_are_reached_by_back),
        cmocka_unit_test(not_finite_snapshot_is_counted_and_leaves_the_window_unharmed),
        cmocka_unit_test(burst_is_forgotten_when_it_has_left),
        cmocka_unit_test(steps_norms_and_distances_agree_with_the_snapshots),
        cmocka_unit_test(groups_turn_by_the_angle_between_now_and_then),
        cmocka_unit_test(turn_of_nothing_or_of_what_overflows_is_none),
        cmocka_unit_test(what_is_not_there_yet_is_not_enough_data),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
