#include "options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static bool on, off;
static long count;
static double real;
static const char *text;
static char said[4096]; /* on either stream */

/* Parses the words (the last is NULL) from fresh values. */
static kit_parsed parse(char *const *words) {
    on = false;
    off = true;
    count = 1;
    real = 0.5;
    text = NULL;
    const kit_option options[] = {
        {"--on", KIT_ON, &on, 0, 0, NULL, "switches on"},
        {"--off", KIT_OFF, &off, 0, 0, NULL, "switches off"},
        {"--count", KIT_COUNT, &count, -3, 100, "N", "counts"},
        {"--real", KIT_REAL, &real, 0, 10, "X", "measures"},
        {"--text", KIT_TEXT, &text, 0, 0, "NAME", "names"},
    };
    int n = 0;
    while (words[n]) n++;
    FILE *stream = tmpfile();
    kit_parsed parsed = kit_options_parse(options, 5, "usage: x", n, words, stream, stream);
    rewind(stream);
    size_t size = fread(said, 1, sizeof said - 1, stream);
    said[size] = 0;
    fclose(stream);
    return parsed;
}

static void values_are_taken_in_both_forms(void **state) {
    (void)state;
    char *const words[] = {"x",   "--count", "7",     "--real=2.5", "--text",
                           "a b", "--on",    "--off", "--count=-3", NULL};
    assert_int_equal(parse(words), KIT_GO);
    assert_true(on);
    assert_false(off);
    assert_int_equal(count, -3);
    assert_true(real == 2.5);
    assert_string_equal(text, "a b");
    assert_string_equal(said, "");
}

static void nothing_given_changes_nothing(void **state) {
    (void)state;
    assert_int_equal(parse((char *const[]){"x", NULL}), KIT_GO);
    assert_false(on);
    assert_true(off);
    assert_int_equal(count, 1);
    assert_true(real == 0.5);
    assert_null(text);
}

static void what_is_no_option_or_no_value_of_it_is_refused_with_one_line(void **state) {
    (void)state;
    char *const bad[][4] = {
        {"x", "--nothing", NULL},       {"x", "word", NULL},
        {"x", "--count", NULL},         {"x", "--count", "7x", NULL},
        {"x", "--count=", NULL},        {"x", "--count", "101", NULL},
        {"x", "--count=-4", NULL},      {"x", "--count", "2.5", NULL},
        {"x", "--real", "nan", NULL},   {"x", "--real", "-1", NULL},
        {"x", "--real", "1e999", NULL}, {"x", "--on=1", NULL},
        {"x", "--cou", "7", NULL},      {"x", "--count", "99999999999999999999", NULL}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(bad[i]), KIT_USAGE);
        assert_true(strlen(said) > 5);
        assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    }
}

static void help_lists_every_option(void **state) {
    (void)state;
    assert_int_equal(parse((char *const[]){"x", "--on", "--help", NULL}), KIT_HELP);
    const char *const expected[] = {"usage: x", "--on",        "switches on", "--count N",
                                    "--real X", "--text NAME", "--help"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_non_null(strstr(said, expected[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_in_both_forms),
        cmocka_unit_test(nothing_given_changes_nothing),
        cmocka_unit_test(what_is_no_option_or_no_value_of_it_is_refused_with_one_line),
        cmocka_unit_test(help_lists_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
