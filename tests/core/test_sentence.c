/* Numbers in sentences: short, in three digits, the same everywhere. */
#include "sentence.h"

#include "fixture.h"

#include <float.h>

static const char *number(double value) {
    static char text[KOOP_SENTENCE_BYTES];
    koop_sentence s;
    koop_sentence_begin(&s, text);
    koop_sentence_add_number(&s, value);
    return text;
}

static void numbers_are_plain_where_that_is_short(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {-0.0, "0"},
                 {1, "1"},
                 {0.1, "0.1"},
                 {0.01, "0.01"},
                 {0.001, "0.001"},
                 {0.0025, "0.0025"},
                 {0.00125, "0.00125"},
                 {0.3, "0.3"},
                 {0.333333, "0.333"},
                 {2.0 / 3, "0.667"},
                 {10, "10"},
                 {99.94, "99.9"},
                 {99.96, "100"},
                 {300, "300"},
                 {999.4, "999"},
                 {999.5, "1000"},
                 {1000, "1000"},
                 {1234.5, "1230"},
                 {-0.25, "-0.25"},
                 {-1234.5, "-1230"},
                 {123456, "123000"},
                 {0.0999499, "0.0999"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(number(cases[i].value), cases[i].text);
}

static void small_and_large_numbers_have_an_exponent(void **state) {
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{1e-4, "1e-4"},     {2.5e-4, "2.5e-4"}, {1e-5, "1e-5"}, {3.14159e-7, "3.14e-7"},
                 {-6e-5, "-6e-5"},   {9.996e-5, "1e-4"}, {1e5, "1e5"},   {1234567, "1.23e6"},
                 {-4.5e9, "-4.5e9"}, {1e300, "1e300"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(number(cases[i].value), cases[i].text);
}

static void no_number_is_endless(void **state) {
    (void)state;
    assert_string_equal(number(INFINITY), ">1e300");
    assert_true(strlen(number(-INFINITY)) > 0);
    assert_string_equal(number(DBL_MAX), ">1e300");
    assert_string_equal(number(DBL_MIN), "2.23e-308");
    assert_string_equal(number(5e-324), "4.94e-324");
    assert_true(strlen(number(NAN)) > 0);
}

/* Whatever is written is the number, to three digits. */
static void written_numbers_read_back(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int k = 0; k < 20000; k++) {
        double value = (uniform(&seed) < 0.5 ? 1 : -1) * pow(10, 600 * uniform(&seed) - 300);
        if (k % 2) value = gaussian(&seed) * (k % 4 == 1 ? 1 : 1e-3);
        const char *text = number(value);
        assert_true(fabs(strtod(text, NULL) - value) <= 0.0051 * fabs(value));
        assert_true(strlen(text) <= 10);
    }
}

static void learning_rates_are_told_in_a_sentence(void **state) {
    (void)state;
    koop_event event = {.kind = KOOP_EVENT_SCHEDULE};
    koop_sentence_schedule(&event, 0.1, 2.5e-4);
    assert_string_equal(event.sentence, "the trainer changed the learning rate from 0.1 to 2.5e-4");
}

static void integers_have_commas_and_ratios_one_digit(void **state) {
    (void)state;
    static char text[KOOP_SENTENCE_BYTES];
    koop_sentence s;
    koop_sentence_begin(&s, text);
    static const int64_t integers[] = {0, 999, 12480, -1000, INT64_MIN};
    for (int i = 0; i < 5; i++) {
        koop_sentence_add_integer(&s, integers[i]);
        koop_sentence_add(&s, " ");
    }
    static const double ratios[] = {1.44, 9.94, 9.96, 998.6, 1e9, NAN};
    for (int i = 0; i < 6; i++) {
        koop_sentence_add_ratio(&s, ratios[i]);
        koop_sentence_add(&s, " ");
    }
    assert_string_equal(text, "0 999 12,480 -1,000 -9,223,372,036,854,775,808 "
                              "1.4 9.9 10 999 >999 >999 ");
}

static void text_ends_before_the_first_piece_that_does_not_fit(void **state) {
    (void)state;
    static char text[KOOP_SENTENCE_BYTES + 1];
    text[KOOP_SENTENCE_BYTES] = 'x';
    koop_sentence s;
    koop_sentence_begin(&s, text);
    for (int i = 0; i < 100; i++) koop_sentence_add(&s, "seven, ");
    koop_sentence_add(&s, "!");
    assert_int_equal(strlen(text), (KOOP_SENTENCE_BYTES - 1) / 7 * 7);
    assert_int_equal(text[KOOP_SENTENCE_BYTES], 'x');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_plain_where_that_is_short),
        cmocka_unit_test(small_and_large_numbers_have_an_exponent),
        cmocka_unit_test(no_number_is_endless),
        cmocka_unit_test(written_numbers_read_back),
        cmocka_unit_test(learning_rates_are_told_in_a_sentence),
        cmocka_unit_test(integers_have_commas_and_ratios_one_digit),
        cmocka_unit_test(text_ends_before_the_first_piece_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
