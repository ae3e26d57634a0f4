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

static const char *const groups[] = {"embed", "fc1", "fc2"};

/* The sentence of a transition of these signals up or down, the groups 1 and 2 first. */
static const char *transition(koop_movements m, unsigned fired, double first, double second) {
    static koop_event event;
    event = (koop_event){.fired = fired,
                         .speed_ratio = 0.25,
                         .n_top = 2,
                         .top_group = {1, 2},
                         .top_share = {first, second}};
    for (int k = 0; k < KOOP_SIGNAL_COUNT; k++)
        if (m.up[k]) event.fired |= 1u << k;
    koop_sentence_transition(&event, m, groups);
    return event.sentence;
}

static void transition_is_one_plain_sentence(void **state) {
    (void)state;
    koop_movements m = {.norm_rises = true, .scalar = "loss"};
    m.up[KOOP_SIGNAL_SPEED] = -1;
    assert_string_equal(transition(m, 0, 0.61, 0.3),
                        "updates are 4.0× slower than expected; mostly in fc1 (61%)");
    assert_string_equal(transition(m, 0, 0.4, 0.3),
                        "updates are 4.0× slower than expected; most in fc1 (40%) and fc2 (30%)");
    m.up[KOOP_SIGNAL_PREDICTION] = 1;
    assert_string_equal(transition(m, 0, 0.61, 0.3),
                        "updates are 4.0× slower than expected and the last model no longer "
                        "predicts them; mostly in fc1 (61%)");
    m.up[KOOP_SIGNAL_RADIAL] = -1;
    m.up[KOOP_SIGNAL_SCALARS] = 1;
    assert_string_equal(transition(m, 0, 0.61, 0.3),
                        "updates are 4.0× slower, the last model no longer predicts them, the "
                        "weight norm rises more slowly and loss is higher than expected; mostly in "
                        "fc1 (61%)");
    m = (koop_movements){.up[KOOP_SIGNAL_PREDICTION] = -1};
    assert_string_equal(transition(m, 0, 0.61, 0.3),
                        "the last model predicts the updates better than expected; mostly in fc1 "
                        "(61%)");
}

/* Where a scalar alone says so, no layer does. */
static void scalar_lies_in_no_layer(void **state) {
    (void)state;
    koop_movements m = {.scalar = "accuracy"};
    m.up[KOOP_SIGNAL_SCALARS] = -1;
    assert_string_equal(transition(m, 0, 0.61, 0.3), "accuracy is lower than expected");
}

static void layers_whose_shares_changed_are_told_as_such(void **state) {
    (void)state;
    const unsigned shares = 1u << KOOP_SIGNAL_SHARES;
    koop_movements m = {.scalar = "accuracy"};
    assert_string_equal(transition(m, shares, 0.17, 0.49),
                        "the layers share the motion otherwise than before; fc1 now has 17% of "
                        "the motion and fc2 49%");
    m.up[KOOP_SIGNAL_SCALARS] = -1;
    assert_string_equal(transition(m, shares, 0.17, 0.49),
                        "accuracy is lower than expected; fc1 now has 17% of the motion and fc2 "
                        "49%");
}

/* All that can be said, of names as long as they are told. */
static void longest_transition_fits(void **state) {
    (void)state;
    static const char *const longest[] = {"transformer.block.11.attention.query.weight",
                                          "transformer.block.11.attention.value.weight"};
    koop_movements m = {.scalar = "a_scalar_with_a_name_of_32_bytes"};
    for (int k = 0; k < KOOP_SIGNAL_COUNT; k++) m.up[k] = -1;
    koop_event event = {.fired = 1u << KOOP_SIGNAL_SHARES,
                        .speed_ratio = 1e-9,
                        .n_top = 2,
                        .top_group = {0, 1},
                        .top_share = {1, 1}};
    koop_sentence_transition(&event, m, longest);
    assert_non_null(strstr(event.sentence, "ue.weight 100%"));
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
        cmocka_unit_test(transition_is_one_plain_sentence),
        cmocka_unit_test(scalar_lies_in_no_layer),
        cmocka_unit_test(layers_whose_shares_changed_are_told_as_such),
        cmocka_unit_test(longest_transition_fits),
        cmocka_unit_test(integers_have_commas_and_ratios_one_digit),
        cmocka_unit_test(text_ends_before_the_first_piece_that_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
