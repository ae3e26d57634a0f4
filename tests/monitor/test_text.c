/* Numbers and times as the screen shows them. */
#include "text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char out[KOOP_TEXT_BYTES];

static void counts_are_grouped_by_thousands(void **state) {
    (void)state;
    assert_string_equal(koop_text_count(out, 0), "0");
    assert_string_equal(koop_text_count(out, 999), "999");
    assert_string_equal(koop_text_count(out, 12480), "12,480");
    assert_string_equal(koop_text_count(out, -1000), "-1,000");
    assert_string_equal(koop_text_count(out, INT64_MAX), "9,223,372,036,854,775,807");
    assert_string_equal(koop_text_count(out, INT64_MIN), "-9,223,372,036,854,775,808");
}

static void times_are_of_four_digit_years(void **state) {
    (void)state;
    assert_string_equal(koop_text_utc(out, 1767225600123), "2026-01-01T00:00:00.123Z");
    assert_string_equal(koop_text_utc(out, 951782400000), "2000-02-29T00:00:00.000Z");
    assert_string_equal(koop_text_utc(out, INT64_MIN), "1970-01-01T00:00:00.000Z");
    assert_string_equal(koop_text_utc(out, INT64_MAX), "9999-12-31T23:59:59.999Z");
}

static void values_keep_three_digits(void **state) {
    (void)state;
    assert_string_equal(koop_text_value(out, 0), "0");
    assert_string_equal(koop_text_value(out, 0.412), "0.412");
    assert_string_equal(koop_text_value(out, 0.99999), "1.00");
    assert_string_equal(koop_text_value(out, 2.134), "2.13");
    assert_string_equal(koop_text_value(out, 12.34), "12.3");
    assert_string_equal(koop_text_value(out, 99.97), "100");
    assert_string_equal(koop_text_value(out, -0.5), "-0.500");
    assert_string_equal(koop_text_value(out, 4810.2), "4,810");
    assert_string_equal(koop_text_value(out, 3.14e-3), "3.1e-3");
    assert_string_equal(koop_text_value(out, 2e12), "2e+12");
    assert_string_equal(koop_text_value(out, -1e-300), "-1e-300");
}

static void what_is_not_finite_is_a_dash(void **state) {
    (void)state;
    assert_string_equal(koop_text_value(out, NAN), "-");
    assert_string_equal(koop_text_value(out, -INFINITY), "-");
    assert_string_equal(koop_text_modulus(out, NAN), "-");
}

static void values_take_at_most_seven_columns(void **state) {
    (void)state;
    for (double x = 1e-99; x < 1e99; x *= 1.37) {
        assert_true(strlen(koop_text_value(out, x)) <= 7);
        assert_true(strlen(koop_text_modulus(out, x)) <= 7);
    }
}

static void a_modulus_has_four_decimals(void **state) {
    (void)state;
    assert_string_equal(koop_text_modulus(out, 1.00189), "1.0019");
    assert_string_equal(koop_text_modulus(out, 0), "0.0000");
    assert_string_equal(koop_text_modulus(out, 1234.5), "1,235");
}

static void durations_use_two_units_at_most(void **state) {
    (void)state;
    assert_string_equal(koop_text_duration(out, 0), "0 s");
    assert_string_equal(koop_text_duration(out, 0.24), "0.2 s");
    assert_string_equal(koop_text_duration(out, 3), "3 s");
    assert_string_equal(koop_text_duration(out, 40.2), "40 s");
    assert_string_equal(koop_text_duration(out, 59.7), "1 min");
    assert_string_equal(koop_text_duration(out, 125), "2 min 5 s");
    assert_string_equal(koop_text_duration(out, 12000), "3 h 20 min");
    assert_string_equal(koop_text_duration(out, 187200), "2 d 4 h");
    assert_string_equal(koop_text_duration(out, -5), "0 s");
    assert_string_equal(koop_text_duration(out, NAN), "0 s");
    assert_true(strlen(koop_text_duration(out, 1e300)) < KOOP_TEXT_BYTES);
}

static void sizes_are_shortened(void **state) {
    (void)state;
    assert_string_equal(koop_text_size(out, 940), "940");
    assert_string_equal(koop_text_size(out, 12480), "12.5 k");
    assert_string_equal(koop_text_size(out, 999900), "1 M");
    assert_string_equal(koop_text_size(out, 1210000), "1.21 M");
    assert_string_equal(koop_text_size(out, 7000000000), "7 G");
    assert_string_equal(koop_text_size(out, UINT64_MAX), "18.4 E");
}

static void shares_are_percentages(void **state) {
    (void)state;
    assert_string_equal(koop_text_percent(out, 0.71), "71%");
    assert_string_equal(koop_text_percent(out, 0.001), "<1%");
    assert_string_equal(koop_text_percent(out, 0), "0%");
    assert_string_equal(koop_text_percent(out, 1.2), "100%");
    assert_string_equal(koop_text_percent(out, NAN), "0%");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_grouped_by_thousands),
        cmocka_unit_test(times_are_of_four_digit_years),
        cmocka_unit_test(values_keep_three_digits),
        cmocka_unit_test(what_is_not_finite_is_a_dash),
        cmocka_unit_test(values_take_at_most_seven_columns),
        cmocka_unit_test(a_modulus_has_four_decimals),
        cmocka_unit_test(durations_use_two_units_at_most),
        cmocka_unit_test(sizes_are_shortened),
        cmocka_unit_test(shares_are_percentages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
