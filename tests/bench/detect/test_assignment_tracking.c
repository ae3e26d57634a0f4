#include "assignment_tracking.h"

#include "trailing.h"
#include "transport.h"

#include "series.h"

/* A run of spectra: pairs of eigenvalues that jitter, in an order that changes at random. */
enum { PAIRS = 4, RANK = 2 * PAIRS };

typedef struct run {
    uint64_t seed;
    double angle, jitter; /* of the first pair; of all */
    int rank;
    koop_spectrum spectrum;
} run;

static run new_run(uint64_t seed) {
    return (run){.seed = seed, .angle = 0.5, .jitter = 0.01, .rank = RANK};
}

static const koop_spectrum *next_spectrum(run *r) {
    r->spectrum.rank = r->rank;
    for (int k = 0; k < PAIRS; k++) {
        const double modulus = 0.98 - 0.05 * k + r->jitter * gaussian(&r->seed);
        const double angle = (k ? 0.5 + 0.5 * k : r->angle) + r->jitter * gaussian(&r->seed);
        r->spectrum.modes[2 * k] =
            (koop_mode){.re = modulus * cos(angle), .im = modulus * sin(angle)};
        r->spectrum.modes[2 * k + 1] = r->spectrum.modes[2 * k];
        r->spectrum.modes[2 * k + 1].im *= -1;
    }
    for (int k = RANK - 1; k > 0; k--) {
        const int other = (int)(next_random(&r->seed) % (uint64_t)(k + 1));
        const koop_mode swap = r->spectrum.modes[k];
        r->spectrum.modes[k] = r->spectrum.modes[other];
        r->spectrum.modes[other] = swap;
    }
    return &r->spectrum;
}

static bench_detector new_detector(bench_assignment watched) {
    bench_detector d = {0};
    const bench_assignment_options o = bench_assignment_defaults(watched);
    assert_int_equal(bench_assignment_new(&d, &o), KOOP_OK);
    return d;
}

/* Alarms in `updates` more of them; *first is the first, or -1. */
static int advance(bench_detector *d, run *r, int updates, int *first) {
    int alarms = 0;
    *first = -1;
    for (int i = 0; i < updates; i++) {
        const bench_sample with = {.spectrum = next_spectrum(r)}, without = {0};
        for (int k = 0; k < 3; k++) assert_false(bench_detector_step(d, &without));
        if (bench_detector_step(d, &with) && alarms++ == 0) *first = i;
    }
    return alarms;
}

static void spectra_in_any_order_give_few_alarms(void **state) {
    (void)state;
    for (int watched = 0; watched < 2; watched++) {
        int alarms = 0, first;
        for (uint64_t seed = 1; seed <= 10; seed++) {
            bench_detector d = new_detector((bench_assignment)watched);
            run r = new_run(seed);
            alarms += advance(&d, &r, 1000, &first);
            bench_detector_free(&d);
        }
        print_message("%d alarms in 10 × 1,000 quiet updates\n", alarms);
        assert_true(alarms <= 5);
    }
}

/* One pair moves by 0.08: 8 deviations of one path, and one leap of the spectrum. */
static void path_tells_of_an_eigenvalue_that_moved(void **state) {
    (void)state;
    int first, quiet;
    bench_detector d = new_detector(BENCH_ASSIGNMENT_PATH);
    run r = new_run(20);
    assert_int_equal(advance(&d, &r, 200, &quiet), 0);
    r.angle += 0.08;
    assert_int_equal(advance(&d, &r, 100, &first), 1);
    assert_true(first >= 0 && first < 10);
    bench_detector_free(&d);
}

static void step_tells_of_spectra_that_leap(void **state) {
    (void)state;
    int first, quiet;
    bench_detector d = new_detector(BENCH_ASSIGNMENT_STEP);
    run r = new_run(21);
    assert_int_equal(advance(&d, &r, 200, &quiet), 0);
    r.jitter *= 10;
    assert_true(advance(&d, &r, 20, &first) >= 1);
    assert_true(first == 0);
    bench_detector_free(&d);
}

static void direction_that_comes_is_followed_from_zero(void **state) {
    (void)state;
    int first, quiet;
    for (int watched = 0; watched < 2; watched++) {
        bench_detector d = new_detector((bench_assignment)watched);
        run r = new_run(22);
        r.jitter = 1e-5;
        assert_int_equal(advance(&d, &r, 200, &quiet), 0);
        r.rank = RANK - 2; /* two of them become 0, at random */
        assert_true(advance(&d, &r, 5, &first) >= 1);
        assert_int_equal(first, 0);
        bench_detector_free(&d);
    }
}

/* The step's statistic, from transport.h and trailing.h: a threshold just below it alarms, one just
 * above it does not. */
static void step_is_the_z_of_the_log_of_the_assignment_distance(void **state) {
    (void)state;
    koop_transport *transport = NULL;
    bench_trailing *past = NULL;
    run r = new_run(23);
    koop_spectrum before = *next_spectrum(&r);
    double z = 0;
    assert_int_equal(koop_transport_new(&transport, RANK), KOOP_OK);
    assert_int_equal(bench_trailing_new(&past, 60, 8), KOOP_OK);
    for (int i = 1; i < 100; i++) {
        double distance = 0;
        const koop_spectrum now = *next_spectrum(&r);
        koop_transport_spectra(transport, &before, &now, &distance);
        assert_int_equal(bench_trailing_score(past, log(distance + 1e-12), &z), i > 68);
        before = now;
    }
    for (int above = 0; above < 2; above++) {
        bench_detector d = new_detector(BENCH_ASSIGNMENT_STEP);
        r = new_run(23);
        bench_detector_set_threshold(&d, 1e9);
        for (int i = 0; i < 100; i++) {
            const bench_sample sample = {.spectrum = next_spectrum(&r)};
            if (i == 99) bench_detector_set_threshold(&d, fabs(z) * (above ? 1 + 1e-9 : 1 - 1e-9));
            assert_int_equal(bench_detector_step(&d, &sample), i == 99 && !above);
        }
        bench_detector_free(&d);
    }
    bench_trailing_free(past);
    koop_transport_free(transport);
}

static void bad_options_are_refused(void **state) {
    (void)state;
    bench_detector d = {0};
    for (int bad = 0; bad < 5; bad++) {
        bench_assignment_options o = bench_assignment_defaults(BENCH_ASSIGNMENT_PATH);
        if (bad == 0) o.eigenvalues = 0;
        if (bad == 1) o.eigenvalues = KOOP_MAX_RANK + 1;
        if (bad == 2) o.reference = 1;
        if (bad == 3) o.gap = 4096;
        if (bad == 4) o.smoothing = 0;
        assert_int_equal(bench_assignment_new(&d, &o), KOOP_BAD_ARGUMENT);
        assert_null(d.methods);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_in_any_order_give_few_alarms),
        cmocka_unit_test(path_tells_of_an_eigenvalue_that_moved),
        cmocka_unit_test(step_tells_of_spectra_that_leap),
        cmocka_unit_test(direction_that_comes_is_followed_from_zero),
        cmocka_unit_test(step_is_the_z_of_the_log_of_the_assignment_distance),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
