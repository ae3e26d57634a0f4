#include "dmd.h"

#include "fixture.h"

static koop_dmd_options plain(int delays, int rank) {
    return (koop_dmd_options){.delays = delays, .rank = rank, .center = KOOP_CENTER_NONE, .dt = 1};
}

/* N trajectories of x_{t+1} = A x_t for a triangular A with eigenvalues 0.9, 0.5, −0.3. */
static void linear(double *x, size_t T, size_t N, uint64_t seed) {
    for (size_t k = 0; k < N; k++) {
        double s[3] = {gaussian(&seed), gaussian(&seed), gaussian(&seed)};
        for (size_t t = 0; t < T; t++) {
            for (size_t i = 0; i < 3; i++) x[(t * 3 + i) * N + k] = s[i];
            double next[3] = {0.9 * s[0] + 0.4 * s[1] - s[2], 0.5 * s[1] + 0.7 * s[2], -0.3 * s[2]};
            memcpy(s, next, sizeof s);
        }
    }
}

static void pooled_trajectories_give_the_operators_eigenvalues(void **state) {
    (void)state;
    enum { T = 6, N = 7 };
    double x[T * 3 * N];
    koop_spectrum s;
    koop_dmd_options o = plain(0, 0);
    linear(x, T, N, 1);
    assert_int_equal(koop_dmd_batch(x, T, 3, N, &o, &s), KOOP_OK);
    assert_int_equal(s.rank, 3);
    const double known[] = {0.9, 0.5, -0.3};
    double energy = 0;
    for (int j = 0; j < 3; j++) {
        assert_true(fabs(s.modes[j].re - known[j]) < 1e-12);
        assert_true(fabs(s.modes[j].im) < 1e-12);
        assert_true(s.modes[j].residual < 1e-11);
        energy += s.modes[j].energy;
    }
    assert_true(fabs(energy - 1) < 1e-12);
}

static void delays_find_more_eigenvalues_than_there_are_dimensions(void **state) {
    (void)state;
    double x[40], worst = 0;
    koop_spectrum s;
    koop_dmd_options o = plain(3, 4);
    oscillators two = make_oscillators(2, 1, 0.5, 2);
    for (int t = 0; t < 40; t++) snapshot(&two, t, x + t);
    assert_int_equal(koop_dmd_batch(x, 40, 1, 1, &o, &s), KOOP_OK);
    worst = worst_eigenvalue(&two, &s);
    assert_true(worst < 1e-10);
    free_oscillators(&two);
}

static void repeated_data_is_truncated_by_rank_energy_or_floor(void **state) {
    (void)state;
    double x[40 * 4];
    koop_spectrum s;
    oscillators one = make_oscillators(1, 4, 1, 3);
    uint64_t seed = 1;
    for (int t = 0; t < 40; t++) {
        snapshot(&one, t, x + 4 * t);
        for (int i = 0; i < 4; i++) x[4 * t + i] += 1e-9 * gaussian(&seed);
    }
    koop_dmd_options o = plain(0, 0);
    assert_int_equal(koop_dmd_batch(x, 40, 4, 1, &o, &s), KOOP_OK);
    assert_int_equal(s.rank, 4);
    o.floor = 1e-6;
    assert_int_equal(koop_dmd_batch(x, 40, 4, 1, &o, &s), KOOP_OK);
    assert_int_equal(s.rank, 2);
    o.rank = 1;
    assert_int_equal(koop_dmd_batch(x, 40, 4, 1, &o, &s), KOOP_OK);
    assert_int_equal(s.rank, 1);
    o.rank = 0;
    o.energy = 0.999999;
    assert_int_equal(koop_dmd_batch(x, 40, 4, 1, &o, &s), KOOP_OK);
    assert_int_equal(s.rank, 2);
    free_oscillators(&one);
}

static void scale_of_the_data_changes_nothing(void **state) {
    (void)state;
    enum { T = 12, N = 3 };
    double x[T * 3 * N], scaled[T * 3 * N];
    koop_spectrum s, other;
    koop_dmd_options o = plain(1, 4);
    linear(x, T, N, 7);
    assert_int_equal(koop_dmd_batch(x, T, 3, N, &o, &s), KOOP_OK);
    for (int exponent = -990; exponent <= 990; exponent += 1980) {
        for (int i = 0; i < T * 3 * N; i++) scaled[i] = ldexp(x[i], exponent);
        assert_int_equal(koop_dmd_batch(scaled, T, 3, N, &o, &other), KOOP_OK);
        assert_memory_equal(&s.modes, &other.modes, sizeof *s.modes * (size_t)s.rank);
    }
}

/* `count` trajectories of oscillators in n of D values, the others zero: those change no singular
 * value, but make the matrices large. */
static double *padded(const oscillators *o, size_t T, size_t D, size_t count, double noise) {
    double *x = calloc(T * D * count, sizeof *x), *row = malloc(o->n * sizeof *row);
    uint64_t seed = 9;
    for (size_t k = 0; k < count; k++)
        for (size_t t = 0; t < T; t++) {
            snapshot(o, (double)t + 7.3 * (double)k, row);
            for (size_t i = 0; i < o->n; i++)
                x[(t * D + i) * count + k] = row[i] + noise * gaussian(&seed);
        }
    free(row);
    return x;
}

/* The mode nearest to another: their order is by rounding where moduli are equal. */
static const koop_mode *nearest(const koop_spectrum *s, const koop_mode *to) {
    const koop_mode *best = &s->modes[0];
    for (const koop_mode *m = best; m < s->modes + s->rank; m++)
        if (hypot(m->re - to->re, m->im - to->im) < hypot(best->re - to->re, best->im - to->im))
            best = m;
    return best;
}

/* Of a large matrix only the leading part is computed, of a small one all. */
static double large_against_small(double least_amplitude, double noise, const koop_dmd_options *o) {
    enum { T = 180, COUNT = 4, SMALL = 110, LARGE = 700 };
    oscillators five = make_oscillators(5, SMALL, least_amplitude, 3);
    double *small = padded(&five, T, SMALL, COUNT, noise), worst = 0;
    double *large = padded(&five, T, LARGE, COUNT, noise);
    koop_spectrum all, leading;
    assert_int_equal(koop_dmd_batch(small, T, SMALL, COUNT, o, &all), KOOP_OK);
    assert_int_equal(koop_dmd_batch(large, T, LARGE, COUNT, o, &leading), KOOP_OK);
    assert_int_equal(all.rank, leading.rank);
    for (int j = 0; j < all.rank; j++) {
        const koop_mode *one = &leading.modes[j], *other = nearest(&all, one);
        worst = fmax(worst, hypot(one->re - other->re, one->im - other->im));
        assert_true(fabs(one->energy - other->energy) < 1e-8);
        assert_true(fabs(one->residual - other->residual) < 1e-8);
    }
    free(small);
    free(large);
    free_oscillators(&five);
    return worst;
}

static void large_matrices_give_what_small_ones_do(void **state) {
    (void)state;
    koop_dmd_options o = plain(0, 10);
    assert_true(large_against_small(1, 0, &o) < 1e-12);
    assert_true(large_against_small(1e-6, 0, &o) < 1e-9);
    assert_true(large_against_small(1e-2, 1e-3, &o) < 1e-9);
    o.delays = 3;
    assert_true(large_against_small(1e-6, 0, &o) < 1e-9);
    o.delays = 4;
    o.pca = 8;
    assert_true(large_against_small(1e-4, 1e-7, &o) < 1e-9);
    o.rank = 0;
    o.energy = 0.9999;
    assert_true(large_against_small(1e-2, 1e-7, &o) < 1e-9);
}

static void large_matrices_of_low_rank_are_cut_as_small_ones_are(void **state) {
    (void)state;
    koop_dmd_options o = plain(0, 12); /* there are ten */
    o.floor = 1e-9;
    assert_true(large_against_small(0.1, 0, &o) < 1e-9);
    o.floor = 1e-2;
    assert_true(large_against_small(1e-4, 0, &o) < 1e-9);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    double x[8] = {1, 2, 3, 4, 5, 6, 7, NAN}, zero[8] = {0};
    const double still[] = {1.5, -3, 1.5, -3, 1.5, -3, 1.5, -3, 1.5, -3};
    koop_spectrum s = {.rank = 77};
    koop_dmd_options o = plain(0, 0);
    assert_int_equal(koop_dmd_batch(x, 8, 1, 1, &o, &s), KOOP_NOT_FINITE);
    assert_int_equal(koop_dmd_batch(zero, 8, 1, 1, &o, &s), KOOP_RANK_ZERO);
    assert_int_equal(koop_dmd_batch(still, 5, 2, 1, &o, &s), KOOP_RANK_ZERO);
    assert_int_equal(koop_dmd_batch(x, 1, 7, 1, &o, &s), KOOP_NOT_ENOUGH_DATA);
    assert_int_equal(koop_dmd_batch(x, 8, 0, 1, &o, &s), KOOP_BAD_ARGUMENT);
    o.delays = 6;
    o.difference = true;
    assert_int_equal(koop_dmd_batch(x, 8, 1, 1, &o, &s), KOOP_NOT_ENOUGH_DATA);
    o.dt = -1;
    assert_int_equal(koop_dmd_batch(x, 8, 1, 1, &o, &s), KOOP_BAD_ARGUMENT);
    assert_int_equal(s.rank, 77);
}

static void untruncated_spectrum_beyond_the_limit_is_too_large(void **state) {
    (void)state;
    enum { T = 80, D = 70 };
    static double x[T * D];
    uint64_t seed = 4;
    koop_spectrum s;
    koop_dmd_options o = plain(0, 0);
    for (int i = 0; i < T * D; i++) x[i] = gaussian(&seed);
    assert_int_equal(koop_dmd_batch(x, T, D, 1, &o, &s), KOOP_TOO_LARGE);
    o.rank = KOOP_MAX_RANK;
    assert_int_equal(koop_dmd_batch(x, T, D, 1, &o, &s), KOOP_OK);
    assert_int_equal(s.rank, KOOP_MAX_RANK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooled_trajectories_give_the_operators_eigenvalues),
        cmocka_unit_test(delays_find_more_eigenvalues_than_there_are_dimensions),
        cmocka_unit_test(repeated_data_is_truncated_by_rank_energy_or_floor),
        cmocka_unit_test(scale_of_the_data_changes_nothing),
        cmocka_unit_test(large_matrices_give_what_small_ones_do),
        cmocka_unit_test(large_matrices_of_low_rank_are_cut_as_small_ones_are),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(untruncated_spectrum_beyond_the_limit_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
