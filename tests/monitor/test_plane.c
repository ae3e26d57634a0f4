/* The plane in which trajectories move most: known axes, shares and coordinates, what is refused. */
#include "plane.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { T = 50, N = 2 };

/* Both trajectories on an ellipse in the plane of two of D directions, the second with the opposite
 * phase, around (5, 5, …). The longer half-axis, 3, is along a mix of entries 0 and 1. */
static double *ellipse(size_t dimension, size_t length) {
    double *x = malloc(length * dimension * N * sizeof *x);
    for (size_t t = 0; t < length; t++)
        for (size_t j = 0; j < dimension; j++)
            for (size_t k = 0; k < N; k++) {
                const double angle =
                    6.283185307179586 * ((double)t / (double)length + 0.5 * (double)k);
                double value = 5;
                if (j == 0) value += 3 * 0.8 * cos(angle);
                if (j == 1) value -= 3 * 0.6 * cos(angle);
                if (j == dimension - 1) value -= 1 * sin(angle);
                x[(t * dimension + j) * N + k] = value;
            }
    return x;
}

static void expect_ellipse(size_t dimension, size_t length) {
    double *x = ellipse(dimension, length), *points = malloc(length * 2 * N * sizeof *points);
    const koop_plane_part part = {x, length, N};
    double shares[2];
    assert_int_equal(koop_plane(&part, 1, dimension, &points, shares), KOOP_OK);
    assert_true(fabs(shares[0] - 0.9) < 1e-9);
    assert_true(fabs(shares[1] - 0.1) < 1e-9);
    for (size_t t = 0; t < length; t++)
        for (size_t k = 0; k < N; k++) {
            const double angle = 6.283185307179586 * ((double)t / (double)length + 0.5 * (double)k);
            assert_true(fabs(points[(t * 2 + 0) * N + k] - 3 * cos(angle)) < 1e-9);
            assert_true(fabs(points[(t * 2 + 1) * N + k] + sin(angle)) < 1e-9);
        }
    free(x);
    free(points);
}

static void the_first_axis_is_the_longest(void **state) {
    (void)state;
    expect_ellipse(3, T);
    expect_ellipse(7000, T);
}

static void of_many_snapshots_some_give_the_axes_and_all_are_shown(void **state) {
    (void)state;
    expect_ellipse(4, 5000);
}

static void several_parts_share_one_plane(void **state) {
    (void)state;
    double *x = ellipse(3, T), *points[2], shares[2];
    /* the first trajectory and the second, each for itself */
    double *one = malloc(T * 3 * sizeof *one), *other = malloc(T * 3 * sizeof *other);
    for (size_t row = 0; row < 3 * T; row++) {
        one[row] = x[row * N];
        other[row] = x[row * N + 1];
    }
    const koop_plane_part parts[2] = {{one, T, 1}, {other, T, 1}};
    points[0] = malloc(2 * T * sizeof(double));
    points[1] = malloc(2 * T * sizeof(double));
    assert_int_equal(koop_plane(parts, 2, 3, points, shares), KOOP_OK);
    for (size_t t = 0; t < T; t++) {
        assert_true(fabs(points[0][2 * t] - 3 * cos(6.283185307179586 * (double)t / T)) < 1e-9);
        assert_true(fabs(points[0][2 * t] + points[1][2 * t]) < 1e-9);
    }
    free(x);
    free(one);
    free(other);
    free(points[0]);
    free(points[1]);
}

static void what_has_no_plane_is_refused(void **state) {
    (void)state;
    double x[6] = {1, 2, 3, 4, 5, 6}, still[6] = {1, 2, 1, 2, 1, 2}, out[6], *points = out;
    double shares[2];
    koop_plane_part part = {x, 6, 1};
    assert_int_equal(koop_plane(&part, 1, 1, &points, shares), KOOP_NOT_ENOUGH_DATA);
    part.length = 2;
    assert_int_equal(koop_plane(&part, 1, 2, &points, shares), KOOP_NOT_ENOUGH_DATA);
    part = (koop_plane_part){still, 3, 1};
    assert_int_equal(koop_plane(&part, 1, 2, &points, shares), KOOP_RANK_ZERO);
    double constant[14], fourteen[14]; /* seven times a pair whose mean is off by a rounding */
    for (int i = 0; i < 14; i++) constant[i] = i % 2 ? 0.7 : 0.1;
    points = fourteen;
    part = (koop_plane_part){constant, 7, 1};
    assert_int_equal(koop_plane(&part, 1, 2, &points, shares), KOOP_RANK_ZERO);
    points = out;
    part = (koop_plane_part){x, 3, 1}; /* along a line: all of it is along the first axis */
    assert_int_equal(koop_plane(&part, 1, 2, &points, shares), KOOP_OK);
    assert_true(fabs(shares[0] - 1) < 1e-12 && shares[1] < 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_axis_is_the_longest),
        cmocka_unit_test(of_many_snapshots_some_give_the_axes_and_all_are_shown),
        cmocka_unit_test(several_parts_share_one_plane),
        cmocka_unit_test(what_has_no_plane_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
