#include "golden.h"
#include "identity.h"

#include <sys/prctl.h>
#include <unistd.h>

static koop_wire_hello hello;

/* Names the run `head` and then `tail` until it is longer than a name may be. */
static const char *name_of(const char *head, const char *tail) {
    char name[128];
    strcpy(name, head);
    while (strlen(name) <= 64) strcat(name, tail);
    koop_identity_fill(&hello, name);
    return hello.name;
}

static void assert_cut(const char *head, const char *tail, size_t expected) {
    const char *name = name_of(head, tail);
    assert_int_equal(strlen(name), expected);
    assert_memory_equal(name, head, strlen(head));
}

static void a_long_name_is_cut_between_characters(void **state) {
    (void)state;
    assert_cut("", "x", 64);
    assert_cut("", "\xc3\xa9", 64);
    assert_cut("x", "\xc3\xa9", 63);
    assert_cut("", "\xe2\x82\xac", 63);
    assert_cut("x", "\xe2\x82\xac", 64);
    assert_cut("xx", "\xe2\x82\xac", 62);
    assert_cut("", "\xf0\x9f\x98\x80", 64);
    assert_cut("x", "\xf0\x9f\x98\x80", 61);
    assert_cut("xx", "\xf0\x9f\x98\x80", 62);
    assert_cut("xxx", "\xf0\x9f\x98\x80", 63);
    assert_cut("", "\x80", 64); /* no UTF-8 at all */
}

static void a_name_that_fits_is_taken_as_it_is(void **state) {
    (void)state;
    char longest[65];
    memset(longest, 'x', 63);
    strcpy(longest + 63, "\xe9"); /* Latin 1: the first byte of a character in UTF-8 */
    koop_identity_fill(&hello, longest);
    assert_string_equal(hello.name, longest);
}

static void without_a_name_it_is_program_and_pid(void **state) {
    (void)state;
    char expected[65];
    unsetenv("KOOPMON_RUN");
    assert_int_equal(prctl(PR_SET_NAME, "trainer-of-14-\xc3\xa9"), 0);
    koop_identity_fill(&hello, NULL);
    snprintf(expected, sizeof expected, "trainer-of-14--%ld", (long)getpid());
    assert_string_equal(hello.name, expected);
}

static void the_environment_names_the_run_and_the_option_wins(void **state) {
    (void)state;
    setenv("KOOPMON_RUN", "from environment", 1);
    koop_identity_fill(&hello, NULL);
    assert_string_equal(hello.name, "from environment");
    koop_identity_fill(&hello, "from option");
    assert_string_equal(hello.name, "from option");
    unsetenv("KOOPMON_RUN");
}

static void two_runs_have_different_uuids_and_seeds(void **state) {
    (void)state;
    koop_identity_fill(&hello, "a");
    koop_wire_hello first = hello;
    koop_identity_fill(&hello, "a");
    assert_memory_not_equal(first.run, hello.run, sizeof hello.run);
    assert_int_not_equal(first.seed, hello.seed);
}

static void metadata_comes_in_pairs_within_its_limits(void **state) {
    (void)state;
    char longest[130];
    const char *many[2 * 33 + 1];
    memset(longest, 'x', 129);
    longest[128] = '\0';
    hello.n_metadata = 0;
    assert_int_equal(koop_identity_metadata(&hello, (const char *const[]){"a", longest, NULL}),
                     KOOP_OK);
    assert_string_equal(hello.metadata[0].value, longest);
    assert_int_equal(koop_identity_metadata(&hello, (const char *const[]){"b", NULL}),
                     KOOP_BAD_ARGUMENT);
    memcpy(longest + 128, "x", 2);
    assert_int_equal(koop_identity_metadata(&hello, (const char *const[]){longest, "b", NULL}),
                     KOOP_BAD_ARGUMENT);
    for (int i = 0; i < 2 * 33; i++) many[i] = "m";
    many[2 * 33] = NULL;
    hello.n_metadata = 0;
    assert_int_equal(koop_identity_metadata(&hello, many), KOOP_BAD_ARGUMENT);
    assert_int_equal(hello.n_metadata, 32);
    assert_int_equal(koop_identity_metadata(&hello, NULL), KOOP_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_name_is_cut_between_characters),
        cmocka_unit_test(a_name_that_fits_is_taken_as_it_is),
        cmocka_unit_test(without_a_name_it_is_program_and_pid),
        cmocka_unit_test(the_environment_names_the_run_and_the_option_wins),
        cmocka_unit_test(two_runs_have_different_uuids_and_seeds),
        cmocka_unit_test(metadata_comes_in_pairs_within_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
