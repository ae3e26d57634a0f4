/* Which part of the plane is shown. */
#include "zoom.h"

#include "fake_views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { WIDTH = 72, HEIGHT = 56 };

static int inside(const koop_spectrum *s, double zoom) {
    koop_plane plane = koop_zoom_plane(zoom, WIDTH, HEIGHT);
    int n = 0, x, y;
    for (int j = 0; j < s->rank; j++)
        n += koop_zoom_dot(&plane, &s->modes[j], WIDTH, HEIGHT, &x, &y);
    return n;
}

static void modes_near_one_are_magnified(void **state) {
    (void)state;
    koop_spectrum s = {0};
    for (int j = -4; j <= 4; j++) fake_mode(&s, 0.99, 0.01 * j, 0.01);
    double zoom = koop_zoom_wanted(&s);
    assert_true(zoom >= 15 && zoom <= 50);
    assert_int_equal(inside(&s, zoom), 9);
}

static void modes_all_over_the_disk_are_not(void **state) {
    (void)state;
    koop_spectrum s = {0};
    for (int j = 0; j < 8; j++) fake_mode(&s, 0.9, j - 3.5, 0.01);
    assert_true(koop_zoom_wanted(&s) == 1);
    assert_int_equal(inside(&s, 1), 8);
}

static void one_outlier_does_not_decide(void **state) {
    (void)state;
    koop_spectrum s = {0};
    for (int j = 0; j < 7; j++) fake_mode(&s, 0.99, 0.005 * j, 0.01);
    double without = koop_zoom_wanted(&s);
    fake_mode(&s, 0.3, 2, 0.01);
    assert_true(koop_zoom_wanted(&s) == without);
    assert_int_equal(inside(&s, without), 7);
}

static void untrusted_modes_do_not_decide_either(void **state) {
    (void)state;
    koop_spectrum s = {0};
    for (int j = 0; j < 3; j++) fake_mode(&s, 0.99, 0.005 * j, 0.01);
    double alone = koop_zoom_wanted(&s);
    for (int j = 0; j < 9; j++) fake_mode(&s, 0.3, j, 0.8);
    assert_true(koop_zoom_wanted(&s) == alone);
}

static void an_empty_or_broken_spectrum_shows_the_disk(void **state) {
    (void)state;
    koop_spectrum s = {0};
    assert_true(koop_zoom_wanted(&s) == 1);
    s.rank = 1;
    s.modes[0] = (koop_mode){.re = NAN, .im = INFINITY, .growth = -HUGE_VAL};
    assert_true(koop_zoom_wanted(&s) == 1);
    koop_plane rates = koop_zoom_rates(&s, WIDTH, HEIGHT);
    int x, y;
    assert_false(koop_zoom_dot(&rates, &s.modes[0], WIDTH, HEIGHT, &x, &y));
}

static void modes_exactly_at_one_give_a_finite_factor(void **state) {
    (void)state;
    koop_spectrum s = {0};
    for (int j = 0; j < 4; j++) fake_mode(&s, 1, 0, 0);
    assert_true(koop_zoom_wanted(&s) == 1000);
    assert_int_equal(inside(&s, 1000), 4);
}

static void three_quarters_of_the_trusted_are_always_inside(void **state) {
    (void)state;
    unsigned seed = 1;
    for (int trial = 0; trial < 2000; trial++) {
        koop_spectrum s = {0};
        double spread = pow(10, -(trial % 40) / 10.);
        int n = 2 + trial % 20;
        for (int j = 0; j < n; j++) {
            seed = seed * 1664525u + 1013904223u;
            double modulus = 1 + spread * ((seed >> 8) / 16777216. - 0.9);
            seed = seed * 1664525u + 1013904223u;
            fake_mode(&s, fabs(modulus), spread * 3 * ((seed >> 8) / 8388608. - 1), 0.01);
        }
        assert_true(4 * inside(&s, koop_zoom_wanted(&s)) >= 3 * n);
    }
}

static void the_factor_holds_still_while_it_fits(void **state) {
    (void)state;
    assert_true(koop_zoom_keep(0, 20) == 20);
    assert_true(koop_zoom_keep(20, 20) == 20);
    assert_true(koop_zoom_keep(20, 30) == 20);   /* a little closer would do */
    assert_true(koop_zoom_keep(20, 100) == 100); /* much closer */
    assert_true(koop_zoom_keep(20, 15) == 15);   /* no longer fits */
}

static void the_printed_factor_is_the_real_one(void **state) {
    (void)state;
    koop_plane disk = koop_zoom_plane(1, WIDTH, HEIGHT), near = koop_zoom_plane(20, WIDTH, HEIGHT);
    assert_true(fabs(near.sx / disk.sx - 20) < 1e-9);
    assert_true(near.sx == near.sy); /* circles stay round */
    disk = koop_zoom_plane(1, 20, 90);
    near = koop_zoom_plane(20, 20, 90);
    assert_true(fabs(near.sx / disk.sx - 20) < 1e-9);
}

static void rates_show_growth_across_and_frequency_up(void **state) {
    (void)state;
    koop_spectrum s = {0};
    fake_mode(&s, 0.9, 0, 0.01);
    fake_mode(&s, 1.1, 0.5, 0.01);
    fake_mode(&s, 1.1, -0.5, 0.01);
    koop_plane plane = koop_zoom_rates(&s, WIDTH, HEIGHT);
    int x0, y0, x1, y1, x, y;
    assert_true(koop_zoom_dot(&plane, &s.modes[0], WIDTH, HEIGHT, &x0, &y0));
    assert_true(koop_zoom_dot(&plane, &s.modes[1], WIDTH, HEIGHT, &x1, &y1));
    assert_true(x0 < x1 && y0 > y1);
    assert_false(koop_zoom_dot(&plane, &s.modes[2], WIDTH, HEIGHT, &x, &y));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_near_one_are_magnified),
        cmocka_unit_test(modes_all_over_the_disk_are_not),
        cmocka_unit_test(one_outlier_does_not_decide),
        cmocka_unit_test(untrusted_modes_do_not_decide_either),
        cmocka_unit_test(an_empty_or_broken_spectrum_shows_the_disk),
        cmocka_unit_test(modes_exactly_at_one_give_a_finite_factor),
        cmocka_unit_test(three_quarters_of_the_trusted_are_always_inside),
        cmocka_unit_test(the_factor_holds_still_while_it_fits),
        cmocka_unit_test(the_printed_factor_is_the_real_one),
        cmocka_unit_test(rates_show_growth_across_and_frequency_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
