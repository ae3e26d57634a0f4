#include "reload.h"

#include "options.h"
#include "settings_kit.h"

static bool reload(koop_reload *how, const char *text, koop_rules *rules, char *said, size_t size) {
    if (text)
        configure(text);
    else
        unlink(standard);
    snprintf(how->path, sizeof how->path, "%s", standard);
    return koop_reload_rules(how, rules, said, size);
}

static void a_file_gives_its_alerts_and_names_what_else_changed(void **state) {
    (void)state;
    static const char hook[] = "[alert \"a\"]\nwebhook = http://localhost/\n";
    char said[256], text[256];
    koop_settings *before = NULL;
    koop_rules rules;
    configure("[daemon]\nkeep = 10G\n");
    assert_int_equal(koop_settings_read(&before, NULL), KOOP_PROCEED);
    assert_false(koop_settings_is_named(before));
    koop_reload how = {.before = before};
    snprintf(text, sizeof text, "[daemon]\nkeep = 10G\n%s", hook);
    assert_true(reload(&how, text, &rules, said, sizeof said));
    assert_int_equal(rules.n, 1);
    assert_string_equal(rules.rule[0].name, "a");
    assert_string_equal(said, "");
    snprintf(text, sizeof text, "[daemon]\nkeep = 11G\n[decomposition]\nwindow = 32\n");
    assert_true(reload(&how, text, &rules, said, sizeof said));
    assert_int_equal(rules.n, 0);
    assert_string_equal(said, "window, keep");
    assert_true(reload(&how, NULL, &rules, said, sizeof said));
    assert_string_equal(said, "keep");
    koop_settings_free(before);
}

static void a_bad_file_says_where(void **state) {
    (void)state;
    char said[256], start[160];
    koop_settings *before = NULL;
    koop_rules rules;
    configure("");
    assert_int_equal(koop_settings_read(&before, standard), KOOP_PROCEED);
    assert_true(koop_settings_is_named(before));
    koop_reload how = {.before = before, .named = true};
    snprintf(start, sizeof start, "%s:2: ", standard);
    assert_false(reload(&how, "[alert \"a\"]\nwhat = ever\n", &rules, said, sizeof said));
    assert_ptr_equal(strstr(said, start), said);
    assert_false(reload(&how, "[alert \"a\"]\n", &rules, said, sizeof said)); /* not whole */
    assert_non_null(strstr(said, standard));
    assert_false(reload(&how, "[decomposition]\nwindow = 8\ndelays = 7\n[alert \"a\"]\nexec = /a\n",
                        &rules, said, sizeof said)); /* what check-config refuses */
    assert_non_null(strstr(said, "lines 2, 3: window 8 leaves no pair after 7 delays"));
    assert_false(reload(&how, NULL, &rules, said, sizeof said));
    assert_non_null(strstr(said, standard));
    koop_settings_free(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_file_gives_its_alerts_and_names_what_else_changed),
        TEST(a_bad_file_says_where),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
