/* Where ticks stand, what they are called, and which pixel a value has. */
#include "axes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The named ticks of low … high, between commas. */
static const char *named(double low, double high, bool log, int wanted) {
    static char text[4096];
    koop_tick ticks[KOOP_AXIS_TICKS];
    const koop_axis axis = {.low = low, .high = high, .log = log};
    const int n = koop_axis_ticks(&axis, wanted, ticks);
    *text = '\0';
    for (int i = 0; i < n; i++) {
        if (!*ticks[i].label) continue;
        if (*text) strcat(text, " ");
        strcat(text, ticks[i].label);
    }
    return text;
}

static void linear_ticks_are_round(void **state) {
    (void)state;
    assert_string_equal(named(0, 1, false, 5), "0 0.2 0.4 0.6 0.8 1.0");
    assert_string_equal(named(-1.12, 1.12, false, 5), "−1.0 −0.5 0 0.5 1.0");
    assert_string_equal(named(0, 3000, false, 6), "0 500 1000 1500 2000 2500 3000");
    assert_string_equal(named(3, 97, false, 4), "50");
    assert_string_equal(named(0, 50000, false, 5), "0 10,000 20,000 30,000 40,000 50,000");
    assert_string_equal(named(0.99985, 1.00005, false, 4),
                        "0.99985 0.99990 0.99995 1.00000 1.00005");
    assert_string_equal(named(0.1, 0.7, false, 6), "0.1 0.2 0.3 0.4 0.5 0.6 0.7");
}

static void large_and_small_values_have_powers(void **state) {
    (void)state;
    assert_string_equal(named(0, 4e7, false, 4), "0 1×10⁷ 2×10⁷ 3×10⁷ 4×10⁷");
    assert_string_equal(named(-2e-7, 2e-7, false, 4), "−2×10⁻⁷ −1×10⁻⁷ 0 1×10⁻⁷ 2×10⁻⁷");
    assert_string_equal(named(1e9, 1.02e9, false, 4),
                        "1.000×10⁹ 1.005×10⁹ 1.010×10⁹ 1.015×10⁹ 1.020×10⁹");
    assert_string_equal(named(-1e300, 1e300, false, 2), "−1×10³⁰⁰ 0 1×10³⁰⁰");
}

static void logarithmic_ticks_are_powers_of_ten(void **state) {
    (void)state;
    assert_string_equal(named(1e-6, 1, true, 4), "10⁻⁶ 10⁻⁴ 10⁻² 10⁰");
    assert_string_equal(named(2e-5, 1.3, true, 8), "10⁻⁴ 10⁻³ 10⁻² 10⁻¹ 10⁰");
    assert_string_equal(named(0.01, 100, true, 8), "0.01 0.1 1 10 100");
    assert_string_equal(named(1e-300, 1e300, true, 3), "10⁻²⁰¹ 10⁰ 10²⁰¹");
}

static void short_logarithmic_ranges_have_multiples(void **state) {
    (void)state;
    assert_string_equal(named(2, 60, true, 4), "2 5 10 20 50");
    assert_string_equal(named(0.7, 3.2, true, 4), "0.7 1 1.5 2 3");
    assert_string_equal(named(0.012, 0.11, true, 4), "0.02 0.05 0.1");
    assert_string_equal(named(10, 11, true, 5), "10.0 10.2 10.4 10.6 10.8 11.0");
}

static void small_ticks_stand_between_few_decades(void **state) {
    (void)state;
    koop_tick ticks[KOOP_AXIS_TICKS];
    const koop_axis axis = {.low = 0.5, .high = 30, .log = true};
    const int n = koop_axis_ticks(&axis, 5, ticks);
    assert_int_equal(n, 5 + 1 + 8 + 1 + 2); /* 0.5 … 0.9, 1, 2 … 9, 10, 20, 30 */
    for (int i = 1; i < n; i++) assert_true(ticks[i].value > ticks[i - 1].value);
    assert_true(fabs(ticks[0].value - 0.5) < 1e-12);
}

static void values_find_their_pixels(void **state) {
    (void)state;
    koop_axis axis = {.low = -1, .high = 3, .from = 100, .to = 500};
    assert_true(koop_axis_at(&axis, -1) == 100);
    assert_true(koop_axis_at(&axis, 0) == 200);
    assert_true(koop_axis_at(&axis, 4) == 600);
    axis = (koop_axis){.low = 0.01, .high = 100, .log = true, .from = 400, .to = 0};
    assert_true(fabs(koop_axis_at(&axis, 1) - 200) < 1e-9);
    assert_true(fabs(koop_axis_at(&axis, 0.001) - 500) < 1e-9);
    assert_true(koop_axis_at(&axis, 0) == 400);
    axis = (koop_axis){.low = 1e-300, .high = 1e300, .log = true, .from = 0, .to = 1};
    assert_true(fabs(koop_axis_at(&axis, 1) - 0.5) < 1e-12);
}

/* Whatever the range, ends differ, ticks rise inside of it, and there are some. */
static void every_range_can_be_drawn(void **state) {
    (void)state;
    static const double values[] = {0, 5e-324,    1e-310, 1e-300, 1e-12,    0.5,
                                    1, 1 + 1e-15, 3,      1e15,   1e15 + 2, 1e300};
    enum { VALUES = sizeof values / sizeof *values };
    for (int log = 0; log < 2; log++)
        for (int i = log ? 3 : 0; i < VALUES; i++)
            for (int j = i; j < VALUES; j++)
                for (int sign = log; sign < 2; sign++) {
                    const double a = sign ? values[i] : -values[j], b = values[j];
                    const koop_axis axis = koop_axis_over(a, b, log, 0.05);
                    koop_tick ticks[KOOP_AXIS_TICKS];
                    assert_true(axis.low < axis.high);
                    assert_true(axis.low <= a && axis.high >= b);
                    const int n = koop_axis_ticks(&axis, 4, ticks);
                    if (n < 1 || n > KOOP_AXIS_TICKS)
                        fail_msg("%d ticks in %g … %g", n, axis.low, axis.high);
                    for (int k = 0; k < n; k++) {
                        const double at = koop_axis_at(&axis, ticks[k].value);
                        if (!(at > -1e-6 && at < 1 + 1e-6))
                            fail_msg("%g stands at %g in %g … %g", ticks[k].value, at, axis.low,
                                     axis.high);
                        if (k > 0) assert_true(ticks[k].value > ticks[k - 1].value);
                    }
                }
}

static void numbers_are_short(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {12480, "12,480"},
                 {0.25, "0.25"},
                 {-3, "−3"},
                 {2.5e7, "2.50×10⁷"},
                 {1e-5, "1.00×10⁻⁵"},
                 {999999, "999,999"},
                 {INFINITY, "–"}};
    char out[KOOP_AXIS_LABEL_BYTES];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(koop_axis_number(cases[i].value, i == 1 ? 9 : 3, out), cases[i].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_ticks_are_round),
        cmocka_unit_test(large_and_small_values_have_powers),
        cmocka_unit_test(logarithmic_ticks_are_powers_of_ten),
        cmocka_unit_test(short_logarithmic_ranges_have_multiples),
        cmocka_unit_test(small_ticks_stand_between_few_decades),
        cmocka_unit_test(values_find_their_pixels),
        cmocka_unit_test(every_range_can_be_drawn),
        cmocka_unit_test(numbers_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
