#include "spectrum.h"

#include "fixture.h"

static void order_is_by_modulus_then_angle_then_sign(void **state) {
    (void)state;
    koop_spectrum s = {
        .rank = 5,
        .modes = {{.re = 0.5}, {.re = 0, .im = -1}, {.re = -2}, {.re = 1}, {.re = 0, .im = 1}}};
    const double re[] = {-2, 1, 0, 0, 0.5}, im[] = {0, 0, 1, -1, 0};
    koop_spectrum_order(&s);
    for (int j = 0; j < 5; j++) {
        assert_true(s.modes[j].re == re[j]);
        assert_true(s.modes[j].im == im[j]);
    }
}

static void rates_are_per_step(void **state) {
    (void)state;
    koop_spectrum s = {.rank = 2, .modes = {{.re = 0, .im = 0.5}, {.re = 0}}};
    koop_spectrum_rates(&s, 4);
    assert_true(fabs(s.modes[0].growth - log(0.5) / 4) < 1e-15);
    assert_true(fabs(s.modes[0].frequency - 1.0 / 16) < 1e-15);
    assert_true(s.modes[1].growth == -HUGE_VAL);
}

static void empty_spectrum_has_no_modulus_and_no_trust(void **state) {
    (void)state;
    koop_spectrum s = {0};
    assert_true(koop_spectrum_max_modulus(&s) == 0);
    assert_true(koop_spectrum_mean_modulus(&s) == 0);
    assert_int_equal(koop_spectrum_trusted(&s), 0);
}

static void every_status_has_a_phrase_of_its_own(void **state) {
    (void)state;
    for (int i = KOOP_OK; i <= KOOP_IO_FAILED; i++) {
        assert_string_not_equal(koop_strstatus((koop_status)i), "unknown status");
        for (int j = KOOP_OK; j < i; j++)
            assert_string_not_equal(koop_strstatus((koop_status)i), koop_strstatus((koop_status)j));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_by_modulus_then_angle_then_sign),
        cmocka_unit_test(rates_are_per_step),
        cmocka_unit_test(empty_spectrum_has_no_modulus_and_no_trust),
        cmocka_unit_test(every_status_has_a_phrase_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
