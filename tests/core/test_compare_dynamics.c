/* The permutation test on what it is for: spectra of the windows of noisy linear systems. How often
 * it is wrong where the dynamics are the same, and right where they are not. */
#include "compare.h"
#include "dmd.h"
#include "transport.h"

#include "fixture.h"

enum { VALUES = 12, SPAN = 32, BLOCKS = 8, ITEMS = 2 * BLOCKS, MODES = 3, SETTLE = 64 };

/* Rotating, shrinking pairs of coordinates driven by noise, seen through a mixing matrix and noise.
 */
typedef struct dynamics {
    double modulus[MODES], angle[MODES];
    double drive, noise;
    double mixing[VALUES][2 * MODES];
} dynamics;

typedef enum distance { ASSIGNMENT, RESIDUAL, DISTANCES } distance;

static void mix(dynamics *s, uint64_t seed) {
    for (int i = 0; i < VALUES; i++)
        for (int k = 0; k < 2 * MODES; k++) s->mixing[i][k] = gaussian(&seed);
}

static void step(const dynamics *s, uint64_t *seed, double *z) {
    for (int k = 0; k < MODES; k++) {
        double c = s->modulus[k] * cos(s->angle[k]), e = s->modulus[k] * sin(s->angle[k]);
        double re = z[2 * k], im = z[2 * k + 1];
        z[2 * k] = c * re - e * im + s->drive * gaussian(seed);
        z[2 * k + 1] = e * re + c * im + s->drive * gaussian(seed);
    }
}

static void observe(const dynamics *s, const double *z, uint64_t *seed, double *x) {
    for (int i = 0; i < VALUES; i++) {
        x[i] = s->noise * gaussian(seed);
        for (int k = 0; k < 2 * MODES; k++) x[i] += s->mixing[i][k] * z[k];
    }
}

/* The spectra of BLOCKS windows, one after another. */
static void spectra_of(const dynamics *s, uint64_t seed, koop_spectrum *out) {
    koop_window *w = NULL;
    koop_dmd *d = NULL;
    koop_window_options wo = {.n = VALUES, .capacity = SPAN, .precision = KOOP_FLOAT64};
    koop_dmd_options o = koop_dmd_defaults();
    double z[2 * MODES], x[VALUES];
    o.span = SPAN;
    o.delays = 2;
    assert_int_equal(koop_window_new(&w, &wo), KOOP_OK);
    assert_int_equal(koop_dmd_new(&d, &o), KOOP_OK);
    for (int k = 0; k < 2 * MODES; k++) z[k] = gaussian(&seed);
    for (int t = 0; t < SETTLE; t++) step(s, &seed, z);
    for (int t = 0; t < BLOCKS * SPAN; t++) {
        step(s, &seed, z);
        observe(s, z, &seed, x);
        assert_int_equal(koop_window_push_f64(w, x), KOOP_OK);
        if (t % SPAN == SPAN - 1) assert_int_equal(koop_dmd_fit(d, w, &out[t / SPAN]), KOOP_OK);
    }
    koop_dmd_free(d);
    koop_window_free(w);
}

static double test(koop_transport *t, const koop_spectrum *s, distance which,
                   koop_relabelling relabelling) {
    double d[ITEMS * ITEMS] = {0};
    for (int i = 0; i < ITEMS; i++)
        for (int j = i + 1; j < ITEMS; j++) {
            double *to = &d[i * ITEMS + j];
            koop_status status = which == ASSIGNMENT ? koop_transport_spectra(t, &s[i], &s[j], to)
                                                     : koop_transport_residual(t, &s[i], &s[j], to);
            assert_int_equal(status, KOOP_OK);
            d[j * ITEMS + i] = *to;
        }
    koop_compare_options o = koop_compare_defaults(relabelling);
    koop_compare_result result;
    o.permutations = 999;
    assert_int_equal(koop_compare_test(d, BLOCKS, BLOCKS, &o, &result), KOOP_OK);
    return result.p;
}

/* Greatest distance of the empirical distribution of p from the uniform one, above it or below. */
static double kolmogorov(const double *p, int n) {
    double greatest = 0;
    for (int i = 0; i < n; i++) {
        int below = 0, up_to = 0;
        for (int j = 0; j < n; j++) {
            below += p[j] < p[i];
            up_to += p[j] <= p[i];
        }
        greatest = fmax(greatest, fmax((double)up_to / n - p[i], p[i] - (double)below / n));
    }
    return greatest;
}

/* The distribution of p is a staircase where the relabellings are few: 2⁻⁷ a step for pairs. */
static void p_is_uniform_where_the_dynamics_are_the_same(void **state) {
    (void)state;
    enum { RUNS = 400 };
    static double p[DISTANCES][2][RUNS];
    koop_transport *t = NULL;
    assert_int_equal(koop_transport_new(&t, KOOP_MAX_RANK), KOOP_OK);
    for (int r = 0; r < RUNS; r++) {
        koop_spectrum s[ITEMS];
        dynamics same = {
            .modulus = {0.93, 0.92, 0.91}, .angle = {0.2, 0.5, 0.9}, .drive = 0.1, .noise = 1e-3};
        mix(&same, 1000 + (uint64_t)r);
        spectra_of(&same, 10 * (uint64_t)r + 1, s);
        spectra_of(&same, 10 * (uint64_t)r + 2, s + BLOCKS);
        for (int d = 0; d < DISTANCES; d++) {
            p[d][0][r] = test(t, s, (distance)d, KOOP_RELABEL_FREE);
            p[d][1][r] = test(t, s, (distance)d, KOOP_RELABEL_PAIRS);
        }
    }
    koop_transport_free(t);
    for (int d = 0; d < DISTANCES; d++)
        for (int kind = 0; kind < 2; kind++) {
            int different = 0;
            for (int r = 0; r < RUNS; r++) different += p[d][kind][r] <= 0.05;
            double greatest = kolmogorov(p[d][kind], RUNS);
            print_message("%s, %s: Kolmogorov distance %.3f, p <= 0.05 in %.1f%%\n",
                          d == ASSIGNMENT ? "assignment" : "residual", kind ? "pairs" : "free",
                          greatest, 100.0 * different / RUNS);
            /* 1.63/√n is passed by chance in 1% of all cases; 5 ± 3 standard deviations. */
            assert_true(greatest < 1.63 / sqrt(RUNS));
            assert_true(fabs((double)different / RUNS - 0.05) < 3 * sqrt(0.05 * 0.95 / RUNS));
        }
}

static void a_shifted_eigenvalue_is_found_in_noise(void **state) {
    (void)state;
    enum { RUNS = 50 };
    koop_transport *t = NULL;
    assert_int_equal(koop_transport_new(&t, KOOP_MAX_RANK), KOOP_OK);
    for (int shift = 2; shift <= 3; shift++) {
        int found[DISTANCES] = {0};
        for (int r = 0; r < RUNS; r++) {
            koop_spectrum s[ITEMS];
            dynamics one = {
                .modulus = {1, 1, 1}, .angle = {0.2, 0.5, 0.9}, .noise = 1e-3 * sqrt(2 * MODES)};
            mix(&one, 1000 + (uint64_t)r);
            dynamics other = one;
            other.angle[1] += 0.01 * shift; /* on the unit circle the eigenvalue moves as far */
            spectra_of(&one, 10 * (uint64_t)r + 1, s);
            spectra_of(&other, 10 * (uint64_t)r + 2, s + BLOCKS);
            for (int d = 0; d < DISTANCES; d++)
                found[d] += test(t, s, (distance)d, KOOP_RELABEL_PAIRS) <= 0.05;
        }
        print_message("shift 0.0%d at 0.1%% noise: found by assignment in %d of %d, by residual "
                      "in %d\n",
                      shift, found[ASSIGNMENT], RUNS, found[RESIDUAL]);
        assert_true(found[RESIDUAL] >= found[ASSIGNMENT]);
        assert_true(found[RESIDUAL] >= 0.95 * RUNS);
    }
    koop_transport_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_is_uniform_where_the_dynamics_are_the_same),
        cmocka_unit_test(a_shifted_eigenvalue_is_found_in_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
