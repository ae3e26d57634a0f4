#include "transport.h"

#include "fixture.h"

#include <float.h>

/* SciPy 1.17 linear_sum_assignment, mean cost, n = 2 … 64 */
static const double scipy_assignment[] = {
    0.62344854742558542, 0.80487257057799944, 0.51297916728782744, 0.58163704673040661,
    0.73124411042413329, 0.46901253724257652, 0.51155021997531724, 0.36568793936497174,
    0.59789158587566704, 0.46245493656753905, 0.39109542611332387, 0.4951682093550972,
    0.77445240546411787, 0.32437186793833039, 0.36222716712760705, 0.50377403614730198,
    0.43701567229437999, 0.46457123222632701, 0.50906639246285679, 0.29389109022023568,
    0.42761865088441869, 0.32014182537407038, 0.37279237846336338, 0.34408549163578411,
    0.46886109106217633, 0.29288115851846569, 0.4240706837783681,  0.3008271897775448,
    0.42859175402291211, 0.36249869992479661, 0.34162578031424862, 0.39027504905333987,
    0.22797075396869967, 0.2692524379159324,  0.29418632966093522, 0.28235086538727483,
    0.30642554395120419, 0.37876327562504508, 0.23628367391933081, 0.32368559469078551,
    0.31182745078671176, 0.26325705307100083, 0.2880215171806349,  0.34607039004849771,
    0.25372411369362824, 0.26615492806695784, 0.27886152422217886, 0.27670238307874517,
    0.31066098722977981, 0.34902935784098338, 0.24507216859365571, 0.2881136476301307,
    0.24080276554269489, 0.29772044408853576, 0.20091537901450263, 0.24803014927951469,
    0.28412093542078348, 0.20258657406777836, 0.27117809601710846, 0.24264992177239356,
    0.26133668009670308, 0.2399894750704985,  0.22614498504450387};
/* POT 0.9.7.post1 emd2: points, points, random weights, uniform weights */
static const struct {
    int n, m;
    double weighted, uniform;
} pot_transport[] = {{1, 1, 0.54442713246339403, 0.54442713246339403},
                     {1, 5, 1.60237971984673, 1.6326078271181717},
                     {2, 3, 1.2304345875558023, 1.0303640187432439},
                     {7, 8, 0.63924743511459814, 0.69391738708174322},
                     {8, 10, 0.48775129251311694, 0.45599670576024459},
                     {10, 10, 0.63203672619032347, 0.4666668754418104},
                     {12, 30, 0.43802975961800084, 0.40903970701534431},
                     {40, 17, 0.34426479133873356, 0.34507966139110102},
                     {64, 63, 0.22820121448375766, 0.21454193540880961}};

static void points(uint64_t *seed, int n, double *out) {
    for (int i = 0; i < 2 * n; i++) out[i] = 2 * uniform(seed) - 1;
}

static koop_transport *new_transport(int max) {
    koop_transport *t = NULL;
    assert_int_equal(koop_transport_new(&t, max), KOOP_OK);
    return t;
}

static void assignment_agrees_with_scipy(void **state) {
    (void)state;
    koop_transport *t = new_transport(64);
    for (int n = 2; n <= 64; n++) {
        double a[128], b[128], distance = 0, sum = 0;
        int matching[64], used[64] = {0};
        uint64_t seed = (uint64_t)n;
        points(&seed, n, a);
        points(&seed, n, b);
        assert_int_equal(koop_transport_assign(t, a, b, n, matching, &distance), KOOP_OK);
        assert_true(fabs(distance - scipy_assignment[n - 2]) <= 1e-12);
        for (int i = 0; i < n; i++) {
            used[matching[i]]++;
            sum += hypot(a[2 * i] - b[2 * matching[i]], a[2 * i + 1] - b[2 * matching[i] + 1]);
        }
        for (int i = 0; i < n; i++) assert_int_equal(used[i], 1);
        assert_true(fabs(sum / n - distance) <= 1e-12);
    }
    koop_transport_free(t);
}

static void weighted_transport_agrees_with_pot(void **state) {
    (void)state;
    koop_transport *t = new_transport(64);
    for (size_t k = 0; k < sizeof pot_transport / sizeof *pot_transport; k++) {
        int n = pot_transport[k].n, m = pot_transport[k].m;
        double a[128], b[128], wa[64], wb[64], distance = 0;
        uint64_t seed = 1000 * (uint64_t)n + (uint64_t)m;
        points(&seed, n, a);
        points(&seed, m, b);
        for (int i = 0; i < n; i++) wa[i] = uniform(&seed);
        for (int j = 0; j < m; j++) wb[j] = uniform(&seed);
        assert_int_equal(koop_transport_weighted(t, a, wa, n, b, wb, m, &distance), KOOP_OK);
        assert_true(fabs(distance - pot_transport[k].weighted) <= 1e-9);
        assert_int_equal(koop_transport_weighted(t, a, NULL, n, b, NULL, m, &distance), KOOP_OK);
        assert_true(fabs(distance - pot_transport[k].uniform) <= 1e-9);
    }
    koop_transport_free(t);
}

static void distance_is_a_metric(void **state) {
    (void)state;
    koop_transport *t = new_transport(10);
    uint64_t seed = 5;
    for (int round = 0; round < 50; round++) {
        double a[20], b[20], c[20], ab = 0, ba = 0, bc = 0, ac = 0, aa = 1;
        points(&seed, 10, a);
        points(&seed, 10, b);
        points(&seed, 10, c);
        koop_transport_assign(t, a, b, 10, NULL, &ab);
        koop_transport_assign(t, b, a, 10, NULL, &ba);
        koop_transport_assign(t, b, c, 10, NULL, &bc);
        koop_transport_assign(t, a, c, 10, NULL, &ac);
        koop_transport_assign(t, a, a, 10, NULL, &aa);
        assert_true(fabs(ab - ba) < 1e-12);
        assert_true(aa < 1e-12);
        assert_true(ac <= ab + bc + 1e-12);
    }
    koop_transport_free(t);
}

static void equal_points_many_times_over_are_matched(void **state) {
    (void)state;
    koop_transport *t = new_transport(32);
    double a[64], b[64], distance = -1;
    for (int i = 0; i < 64; i++) a[i] = b[i] = 0.5;
    b[0] = 1.5;
    assert_int_equal(koop_transport_assign(t, a, b, 32, NULL, &distance), KOOP_OK);
    assert_true(fabs(distance - 1.0 / 32) < 1e-15);
    assert_int_equal(koop_transport_weighted(t, a, NULL, 32, b, NULL, 31, &distance), KOOP_OK);
    assert_true(fabs(distance - 1.0 / 31) < 1e-12);
    koop_transport_free(t);
}

static void spectra_of_unequal_rank_are_compared(void **state) {
    (void)state;
    koop_transport *t = new_transport(KOOP_MAX_RANK);
    koop_spectrum one = {.rank = 1, .modes = {{.re = 1}}};
    koop_spectrum two = {.rank = 2, .modes = {{.re = 1}, {.re = 0.5}}}, none = {0};
    double distance = 0;
    assert_int_equal(koop_transport_spectra(t, &one, &two, &distance), KOOP_OK);
    assert_true(fabs(distance - 0.25) < 1e-15);
    assert_int_equal(koop_transport_spectra(t, &one, &none, &distance), KOOP_NOT_ENOUGH_DATA);
    koop_transport_free(t);
}

static void modes_of_a_large_residual_weigh_little(void **state) {
    (void)state;
    koop_transport *t = new_transport(KOOP_MAX_RANK);
    /* Weights 1/0.05 and 1/(0.75 + 0.05), so shares 16/17 and 1/17. */
    koop_spectrum one = {.rank = 2, .modes = {{.re = 1}, {.re = 0, .residual = 0.75}}};
    koop_spectrum two = {.rank = 2, .modes = {{.re = 1}, {.re = 0.5, .residual = 0.75}}};
    koop_spectrum pure = {.rank = 1, .modes = {{.re = 1}}}, none = {0};
    double distance = 0, plain = 0;
    assert_int_equal(koop_transport_residual(t, &one, &two, &distance), KOOP_OK);
    assert_true(fabs(distance - 0.5 / 17) < 1e-15);
    assert_int_equal(koop_transport_spectra(t, &one, &two, &plain), KOOP_OK);
    assert_true(fabs(plain - 0.25) < 1e-15);
    assert_int_equal(koop_transport_residual(t, &one, &pure, &distance), KOOP_OK);
    assert_true(fabs(distance - 1.0 / 17) < 1e-15);
    assert_int_equal(koop_transport_residual(t, &one, &none, &distance), KOOP_NOT_ENOUGH_DATA);
    two.modes[0].residual = NAN;
    assert_int_equal(koop_transport_residual(t, &one, &two, &distance), KOOP_NOT_FINITE);
    koop_transport_free(t);
}

static void equal_residuals_weigh_equally(void **state) {
    (void)state;
    koop_transport *t = new_transport(KOOP_MAX_RANK);
    koop_spectrum a = {.rank = 10}, b = {.rank = 10};
    uint64_t seed = 12;
    double plain = 0, weighted = 0;
    for (int j = 0; j < 10; j++) {
        a.modes[j] = (koop_mode){.re = uniform(&seed), .im = uniform(&seed), .residual = 0.3};
        b.modes[j] = (koop_mode){.re = uniform(&seed), .im = uniform(&seed), .residual = 0.3};
    }
    assert_int_equal(koop_transport_spectra(t, &a, &b, &plain), KOOP_OK);
    assert_int_equal(koop_transport_residual(t, &a, &b, &weighted), KOOP_OK);
    assert_true(fabs(plain - weighted) < 1e-12);
    koop_transport_free(t);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    koop_transport *t = NULL;
    assert_int_equal(koop_transport_new(&t, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_transport_new(&t, 5000), KOOP_BAD_ARGUMENT);
    t = new_transport(2);
    double a[4] = {0}, nan[4] = {0, NAN}, distance = 3;
    const double negative[2] = {1, -1}, nothing[2] = {0, 0};
    assert_int_equal(koop_transport_assign(t, a, a, 3, NULL, &distance), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_transport_assign(t, a, nan, 2, NULL, &distance), KOOP_NOT_FINITE);
    assert_int_equal(koop_transport_weighted(t, a, negative, 2, a, NULL, 2, &distance),
                     KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_transport_weighted(t, a, NULL, 2, a, nothing, 2, &distance),
                     KOOP_BAD_ARGUMENT);
    const double far[4] = {DBL_MAX, 0, 0, 0}, origin[4] = {0};
    assert_int_equal(koop_transport_assign(t, far, origin, 1, NULL, &distance), KOOP_NOT_FINITE);
    assert_int_equal(koop_transport_weighted(t, far, NULL, 2, origin, NULL, 1, &distance),
                     KOOP_NOT_FINITE);
    assert_true(distance == 3);
    koop_transport_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assignment_agrees_with_scipy),
        cmocka_unit_test(weighted_transport_agrees_with_pot),
        cmocka_unit_test(distance_is_a_metric),
        cmocka_unit_test(equal_points_many_times_over_are_matched),
        cmocka_unit_test(spectra_of_unequal_rank_are_compared),
        cmocka_unit_test(modes_of_a_large_residual_weigh_little),
        cmocka_unit_test(equal_residuals_weigh_equally),
        cmocka_unit_test(bad_input_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
