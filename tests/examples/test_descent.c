/* The trajectories, and the spectra that Redman et al. (NeurIPS 2024) published for them. */
#include "close.h"
#include "descent.h"
#include "dmd.h"
#include "transport.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>

enum { EIGENVALUES = 10 }; /* D·(4 delays + 1) */

static double x[DESCENT_METHODS][DESCENT_VALUES];

static double at(descent_method method, int t, int i, int n) {
    return x[method][(t * DESCENT_D + i) * DESCENT_N + n];
}

static int run_all(void **state) {
    (void)state;
    for (int m = 0; m < DESCENT_METHODS; m++) descent_run((descent_method)m, x[m]);
    return 0;
}

static void starts_are_grids_whose_first_coordinate_runs_fastest(void **state) {
    (void)state;
    const struct {
        descent_method method;
        double first, last;
    } grids[] = {{DESCENT_OMD, 0.1, 0.9},
                 {DESCENT_OGD, -2.3, -0.1},
                 {DESCENT_BM, (-4.0 / 3 + 1.0 / 7) / 2, (-1.0 / 3 + 8.0 / 7) / 2}};
    for (int g = 0; g < 3; g++) {
        double step = (grids[g].last - grids[g].first) / 4;
        for (int n = 0; n < DESCENT_N; n++) {
            assert_close(at(grids[g].method, 0, 0, n), grids[g].first + n % 5 * step, 1e-15);
            assert_close(at(grids[g].method, 0, 1, n), grids[g].first + n / 5 * step, 1e-15);
        }
    }
}

/* Last points of starts 0, 7 and 24, from an independent implementation in NumPy. */
static void last_points_equal_the_reference(void **state) {
    (void)state;
    static const double last[DESCENT_METHODS][3][DESCENT_D] = {
        {{0.090916824624431569, 0.090916824624431569},
         {0.31598814196969544, 0.22756821997986643},
         {0.39330829562408176, 0.39330829562408176}},
        {{-2.3955082031684936, -2.3955082031684936},
         {-1.4777444064043763, -1.912697078358321},
         {-0.93408140643301207, -0.93408140643301207}},
        {{7.9081548410099706e-31, 7.9081548410099706e-31},
         {0, 0},
         {-2.4214805657014223e-31, -2.4214805657014223e-31}},
    };
    const int starts[3] = {0, 7, 24};
    for (int m = 0; m < DESCENT_METHODS; m++)
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < DESCENT_D; i++)
                assert_close(at((descent_method)m, DESCENT_T - 1, i, starts[k]), last[m][k][i],
                             1e-13);
}

static void descents_stay_in_the_box_and_go_down(void **state) {
    (void)state;
    for (int t = 0; t < DESCENT_T; t++)
        for (int k = 0; k < DESCENT_ROW; k++) {
            double omd = x[DESCENT_OMD][t * DESCENT_ROW + k];
            double ogd = x[DESCENT_OGD][t * DESCENT_ROW + k];
            assert_true(omd >= 0.01 && omd <= 1);
            assert_true(ogd >= log(0.01) && ogd <= 0);
            if (t == 0) continue;
            assert_true(omd < x[DESCENT_OMD][(t - 1) * DESCENT_ROW + k]);
            assert_true(ogd < x[DESCENT_OGD][(t - 1) * DESCENT_ROW + k]);
        }
}

/* One step from the same point: log of the mirror step and the gradient step in u differ by
 * O(η²), whole steps by O(η). */
static void mirror_and_gradient_steps_are_conjugate_to_first_order(void **state) {
    (void)state;
    for (int t = 0; t + 1 < DESCENT_T; t++)
        for (int i = 0; i < DESCENT_D; i++)
            for (int n = 0; n < DESCENT_N; n++) {
                double now = at(DESCENT_OMD, t, i, n), slope = 1 + tan(now) * tan(now);
                double mirror = log(at(DESCENT_OMD, t + 1, i, n)) - log(now);
                double gradient = -0.01 * slope * now;
                assert_close(mirror, gradient, gradient * gradient);
                assert_true(fabs(mirror) > 5e-4);
            }
}

static void losses_fall_and_bisection_finds_the_zero(void **state) {
    (void)state;
    for (int m = DESCENT_OMD; m <= DESCENT_OGD; m++)
        for (int t = 1; t < DESCENT_T; t++) {
            const double *row = x[m] + t * DESCENT_ROW;
            assert_true(descent_loss((descent_method)m, row) <
                        descent_loss((descent_method)m, row - DESCENT_ROW));
        }
    /* f̃(log x) = f(x) */
    double u[DESCENT_ROW];
    for (int k = 0; k < DESCENT_ROW; k++) u[k] = log(x[DESCENT_OMD][k]);
    assert_close(descent_loss(DESCENT_OGD, u), descent_loss(DESCENT_OMD, x[DESCENT_OMD]), 1e-14);
    for (int n = 0; n < DESCENT_N; n++) {
        double z1 = at(DESCENT_BM, DESCENT_T - 1, 0, n), z2 = at(DESCENT_BM, DESCENT_T - 1, 1, n);
        assert_close(tan(z1) + tan(z2), 0, 1e-14);
    }
}

/* Start 0 goes along the diagonal: its zero is 0 itself, which halving reaches only in the limit.
 * Start 7 hits a point where f is exactly 0, and ends there: the rest are zeros. */
static void bisection_that_hits_the_zero_leaves_zeros_behind(void **state) {
    (void)state;
    assert_true(at(DESCENT_BM, DESCENT_T - 1, 0, 0) != 0);
    assert_true(at(DESCENT_BM, DESCENT_T - 1, 0, 7) == 0);
    int t = DESCENT_T - 1;
    while (t > 0 && at(DESCENT_BM, t, 0, 7) == 0) t--;
    assert_in_range(t, 50, 60);
    double hit = tan(at(DESCENT_BM, t, 0, 7)) + tan(at(DESCENT_BM, t, 1, 7));
    assert_true(hit == 0);
    assert_true(fabs(at(DESCENT_BM, t, 0, 7)) > 1e-3);
}

/* As published: real and imaginary parts, by falling modulus. */
static const double golden[DESCENT_METHODS][EIGENVALUES][2] = {
    {{0.99789999080065217, 0},
     {0.99644437483520865, 0},
     {0.9837929797206395, 0},
     {0.97988323830483637, 0},
     {0.93196789391636381, 0},
     {0.92457675590021871, 0},
     {0.80117173923862972, 0},
     {0.79254077497495101, 0},
     {0.56513208104921842, 0},
     {0.55814353364558644, 0}},
    {{1.0004759223188462, 0},
     {0.99856215158247275, 0},
     {0.99367974096614964, 0},
     {0.98665351741844465, 0},
     {0.94882125424431019, 0},
     {0.93481682388896525, 0},
     {0.81756088032985386, 0},
     {0.79991144728703789, 0},
     {0.57102256619078162, 0},
     {0.55550553827589322, 0}},
    {{0.98023715415019985, 0},
     {0.179218152663363, 0.4664396852895249},
     {0.179218152663363, -0.4664396852895249},
     {0.43982439501526555, 0},
     {-0.20703169902130741, 0.23192098420502397},
     {-0.20703169902130741, -0.23192098420502397},
     {-7.637015050994495e-05, 7.6405107142958308e-05},
     {-7.637015050994495e-05, -7.6405107142958308e-05},
     {7.6370150508711914e-05, 7.6335190867079852e-05},
     {7.6370150508711914e-05, -7.6335190867079852e-05}},
};

static koop_spectrum spectrum_of(descent_method method) {
    koop_dmd_options options = koop_dmd_defaults();
    options.delays = 4;
    options.rank = 0;
    options.energy = 0;
    options.floor = 0;
    options.pca = 0;
    options.center = KOOP_CENTER_NONE;
    koop_spectrum spectrum;
    koop_status status =
        koop_dmd_batch(x[method], DESCENT_T, DESCENT_D, DESCENT_N, &options, &spectrum);
    assert_int_equal(status, KOOP_OK);
    assert_int_equal(spectrum.rank, EIGENVALUES);
    return spectrum;
}

static void points_of(const koop_spectrum *spectrum, double points[EIGENVALUES][2]) {
    for (int j = 0; j < EIGENVALUES; j++) {
        points[j][0] = spectrum->modes[j].re;
        points[j][1] = spectrum->modes[j].im;
    }
}

/* Every published eigenvalue above `least` in modulus has one of ours within `tolerance`. */
static void compare_with_golden(descent_method method, double least, double tolerance) {
    koop_spectrum spectrum = spectrum_of(method);
    double points[EIGENVALUES][2];
    int matching[EIGENVALUES];
    double distance;
    points_of(&spectrum, points);
    koop_transport *transport;
    assert_int_equal(koop_transport_new(&transport, EIGENVALUES), KOOP_OK);
    assert_int_equal(koop_transport_assign(transport, golden[method][0], points[0], EIGENVALUES,
                                           matching, &distance),
                     KOOP_OK);
    int compared = 0;
    for (int j = 0; j < EIGENVALUES; j++) {
        const double *published = golden[method][j], *ours = points[matching[j]];
        if (hypot(published[0], published[1]) < least) continue;
        assert_close(ours[0], published[0], tolerance);
        assert_close(ours[1], published[1], tolerance);
        compared++;
    }
    assert_int_equal(compared, method == DESCENT_BM ? 6 : EIGENVALUES);
    koop_transport_free(transport);
}

static void spectra_equal_the_published_ones(void **state) {
    (void)state;
    compare_with_golden(DESCENT_OMD, 0, 1e-8);
    compare_with_golden(DESCENT_OGD, 0, 1e-8);
    /* Four of bisection's eigenvalues are round-off around 0, |λ| ≈ 1e-4. */
    compare_with_golden(DESCENT_BM, 1e-3, 1e-8);
}

static void distances_equal_the_published_ones(void **state) {
    (void)state;
    double points[DESCENT_METHODS][EIGENVALUES][2];
    for (int m = 0; m < DESCENT_METHODS; m++) {
        koop_spectrum spectrum = spectrum_of((descent_method)m);
        points_of(&spectrum, points[m]);
    }
    const struct {
        descent_method a, b;
        double distance, tolerance;
    } published[] = {{DESCENT_OMD, DESCENT_OGD, 0.00807324708558, 1e-8},
                     {DESCENT_OGD, DESCENT_BM, 0.753448793255, 1e-6},
                     {DESCENT_OMD, DESCENT_BM, 0.746023356629, 1e-6}};
    koop_transport *transport;
    assert_int_equal(koop_transport_new(&transport, EIGENVALUES), KOOP_OK);
    for (int k = 0; k < 3; k++) {
        double distance;
        assert_int_equal(koop_transport_assign(transport, points[published[k].a][0],
                                               points[published[k].b][0], EIGENVALUES, NULL,
                                               &distance),
                         KOOP_OK);
        assert_close(distance, published[k].distance, published[k].tolerance);
    }
    koop_transport_free(transport);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_are_grids_whose_first_coordinate_runs_fastest),
        cmocka_unit_test(last_points_equal_the_reference),
        cmocka_unit_test(descents_stay_in_the_box_and_go_down),
        cmocka_unit_test(mirror_and_gradient_steps_are_conjugate_to_first_order),
        cmocka_unit_test(losses_fall_and_bisection_finds_the_zero),
        cmocka_unit_test(bisection_that_hits_the_zero_leaves_zeros_behind),
        cmocka_unit_test(spectra_equal_the_published_ones),
        cmocka_unit_test(distances_equal_the_published_ones),
    };
    return cmocka_run_group_tests(tests, run_all, NULL);
}
