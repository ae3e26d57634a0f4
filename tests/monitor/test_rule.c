/* The sections [alert "NAME"]: what they say, and what is said of a mistake. */
#include "rule.h"

#include "alert_kit.h"
#include "config.h"
#include "url.h"
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static koop_rules rules;

static bool take(void *context, const koop_config_entry *entry, koop_config_error *error) {
    return koop_rules_take(context, entry, error);
}

static koop_status read_rules(const char *text, koop_config_error *error) {
    memset(&rules, 0, sizeof rules);
    const koop_status status = koop_config_parse(text, strlen(text), take, &rules, error);
    if (status != KOOP_OK) return status;
    return koop_rules_finish(&rules, error) ? KOOP_OK : KOOP_BAD_MESSAGE;
}

static const koop_rule *a_rule(const char *text) {
    koop_config_error error;
    if (read_rules(text, &error) != KOOP_OK) fail_msg("line %d: %s", error.line, error.why);
    return &rules.rule[0];
}

static void refuses(const char *text, int line, const char *why) {
    koop_config_error error;
    if (read_rules(text, &error) == KOOP_OK) fail_msg("taken: %s", text);
    if (error.line != line || !strstr(error.why, why))
        fail_msg("line %d: %s\nwanted line %d: %s", error.line, error.why, line, why);
}

static void a_short_rule_has_sane_defaults(void **state) {
    (void)state;
    const koop_rule *rule = a_rule("[alert \"phone\"]\nwebhook = https://ntfy.sh/secret\n");
    char out[KOOP_RULE_TARGET_BYTES];
    static const char *const values[KOOP_RULE_KEYS] = {"transition, diverging, stalled, not-finite",
                                                       "*",
                                                       "info",
                                                       "10m",
                                                       NULL,
                                                       "https://ntfy.sh/…",
                                                       "json",
                                                       "10s"};
    assert_string_equal(rule->name, "phone");
    assert_int_equal(rule->line, 1);
    for (int k = 0; k < KOOP_RULE_KEYS; k++) {
        const char *value = koop_rule_value(rule, (koop_rule_key)k, out);
        if (values[k])
            assert_string_equal(value, values[k]);
        else
            assert_null(value);
    }
    assert_string_equal(rule->webhook, "https://ntfy.sh/secret");
}

static void every_key_is_taken(void **state) {
    (void)state;
    const koop_rule *rule =
        a_rule("[alert \"a\"]\non = settled,grokking  finished\nrun = fc?-[12]*\n"
               "min-level = info\ncooldown = 0\nformat = ntfy\ntimeout = 5m\n"
               "webhook = http://127.0.0.1:8080/x?y=z\n"
               "[alert \"b\"]\nexec = /bin/page \"on call\" '' a\\ \"\\\"\"\n"
               "on = all\ncooldown = 36h\n[alert \"a\"]\n");
    char out[KOOP_RULE_TARGET_BYTES];
    assert_int_equal(rules.n, 2);
    assert_int_equal(rule->on, 1u << KOOP_ALERT_SETTLED | 1u << KOOP_ALERT_GROKKING |
                                   1u << KOOP_ALERT_FINISHED);
    assert_string_equal(rule->run, "fc?-[12]*");
    assert_int_equal(rule->cooldown_s, 0);
    assert_int_equal(rule->timeout_s, 300);
    assert_int_equal(rule->format, KOOP_FORMAT_NTFY);
    assert_int_equal(rule->lines[KOOP_RULE_WEBHOOK], 8);
    const koop_rule *other = koop_rules_find(&rules, "b");
    assert_ptr_equal(other, &rules.rule[1]);
    assert_null(koop_rules_find(&rules, "c"));
    assert_int_equal(other->n_words, 5);
    assert_memory_equal(other->words, "/bin/page\0on call\0\0a\\\0\"\0", 25);
    assert_int_equal(other->cooldown_s, 129600);
    assert_string_equal(koop_rule_value(other, KOOP_RULE_COOLDOWN, out), "36h");
    assert_string_equal(koop_rule_value(other, KOOP_RULE_EXEC, out), "/bin/page");
    assert_null(koop_rule_value(other, KOOP_RULE_FORMAT, out));
}

static void mistakes_name_line_and_remedy(void **state) {
    (void)state;
    refuses("[alert]\n", 1, "[alert \"phone\"]");
    refuses("[alert \"a/b\"]\nexec = /a\n", 1, "letters, digits");
    refuses("[alert \"-a\"]\nexec = /a\n", 1, "letters, digits");
    refuses("[alert \"a\"]\nwebhok = x\n", 2, "did you mean \"webhook\"?");
    refuses("[alert \"a\"]\ncolour = red\n", 2, "there are on, run");
    refuses("[alert \"a\"]\non = stalled\nrun = x\non = all\n", 4, "on again; line 2");
    refuses("[alert \"a\"]\non = stalled, divergin\n", 2,
            "\"divergin\"; did you mean \"diverging\"?");
    refuses("[alert \"a\"]\non = test\n", 2, "on wants all, or some of transition");
    refuses("[alert \"a\"]\non = everything-at-all\n", 2, "on wants all, or some of transition");
    refuses("[alert \"a\"]\non = ,\n", 2, "on wants all");
    refuses("[alert \"a\"]\nmin-level = warn\n", 2, "info, warning or critical, not \"warn\"");
    refuses("[alert \"a\"]\ncooldown = 10\n", 2, "90s, 10m or 2h, not \"10\"");
    refuses("[alert \"a\"]\ncooldown = 8d\n", 2, "up to 7d");
    refuses("[alert \"a\"]\ntimeout = 0\n", 2, "from 1s to 5m");
    refuses("[alert \"a\"]\ntimeout = 301s\n", 2, "from 1s to 5m");
    refuses("[alert \"a\"]\nformat = slak\n", 2, "did you mean \"slack\"?");
    refuses("[alert \"a\"]\nexec = page me\n", 2, "absolute path, not \"page\"");
    refuses("[alert \"a\"]\nexec = /bin/page \"me\n", 2, "a quote that does not end");
    refuses("[alert \"a\"]\nexec = /b 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 "
            "1 2\n",
            2, "more than 32 words");
}

static void a_rule_must_be_whole(void **state) {
    (void)state;
    refuses("\n[alert \"a\"]\nrun = x\n", 2, "[alert \"a\"] wants exec (a program) or webhook");
    refuses("[alert \"a\"]\nexec = /a\nwebhook = http://a/\n", 3, "both exec and webhook");
    refuses("[alert \"a\"]\nwebhook = http://a/\nexec = /a\n", 3, "both exec and webhook");
    refuses("[alert \"a\"]\nformat = json\nexec = /a\n", 2, "goes with webhook");
    refuses("[alert \"a\"]\nexec = /a\non = settled, transition\nmin-level = critical\n", 4,
            "never be sent");
}

static void secrets_are_not_said_back(void **state) {
    (void)state;
    static const char *const bad[] = {"ftp://a/SECRET",  "SECRET",         "//SECRET",
                                      "https:SECRET",    "file:///SECRET", "https://",
                                      "http:///",        "https://a:b:c/", "https://a b/SECRET",
                                      "gopher://SECRET", "https://:80/x",  "http://[::1/"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[256];
        koop_config_error error;
        snprintf(text, sizeof text, "[alert \"a\"]\nwebhook = %s\n", bad[i]);
        if (read_rules(text, &error) == KOOP_OK) fail_msg("taken: %s", bad[i]);
        assert_int_equal(error.line, 2);
        assert_non_null(strstr(error.why, "webhook wants an address"));
        assert_null(strstr(error.why, "SECRET"));
    }
    static const char *const places[][2] = {
        {"https://hooks.slack.com/services/T0/B0/SECRET", "https://hooks.slack.com/…"},
        {"HTTPS://me:SECRET@a.example:8443/x?k=SECRET#SECRET", "https://a.example:8443/…"},
        {"http://[::1]:80?SECRET", "http://[::1]:80/…"},
        {"nothing", "?"}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char out[KOOP_URL_PLACE_BYTES];
        assert_string_equal(koop_url_place(places[i][0], out), places[i][1]);
    }
}

static void what_others_say_is_told_without_secrets(void **state) {
    (void)state;
    static const char slack[] = "https://hooks.slack.com/services/T00000000/B0/9876abcdSECRET";
    static const char both[] = "http://user:pass-word-1@a/in?token=SECRETSECRET&n=1#x";
    static const char *const said[][3] = {
        {slack, "no_service", "no_service"},
        {slack, "POST /services/T00000000/B0/9876abcdSECRET: no", "POST …: no"},
        {slack, "\\/services\\/T00000000\\/B0\\/9876abcdSECRET", "\\/…\\/…\\/B0\\/…"},
        {slack, "9876abcdSECRET9876abcdSECRET", "……"},
        {slack, "9876abcdSECRE", "9876abcdSECRE"},
        {both, "pass-word-1 is not known to user", "… is not known to …"},
        {both, "bad token SECRETSECRET in", "bad token … in"},
        {"http://a/", "GET / in vain", "GET / in vain"},
        {"nothing", "nothing", "nothing"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        char text[128];
        strcpy(text, said[i][1]);
        koop_url_hide(said[i][0], text);
        assert_string_equal(text, said[i][2]);
    }
}

static void at_most_32_rules_are_taken(void **state) {
    (void)state;
    static char text[4096];
    size_t n = 0;
    for (int i = 0; i <= KOOP_RULES_MAX; i++) {
        if (i == KOOP_RULES_MAX) a_rule(text);
        n += (size_t)snprintf(text + n, sizeof text - n, "[alert \"a%d\"]\nexec = /a\n", i);
    }
    refuses(text, 65, "more than 32 alerts");
}

static void kind_level_and_run_decide(void **state) {
    (void)state;
    koop_alert alert = a_transition();
    assert_true(koop_rule_wants(a_rule("[alert \"a\"]\nexec = /a\n"), &alert));
    assert_true(koop_rule_wants(a_rule("[alert \"a\"]\nexec = /a\nrun = fc[0-9]\n"), &alert));
    assert_false(koop_rule_wants(a_rule("[alert \"a\"]\nexec = /a\nrun = fc\n"), &alert));
    assert_false(koop_rule_wants(a_rule("[alert \"a\"]\nexec = /a\non = stalled\n"), &alert));
    const koop_rule *rule = a_rule("[alert \"a\"]\nexec = /a\non = all\nmin-level = critical\n");
    assert_false(koop_rule_wants(rule, &alert));
    alert.kind = KOOP_ALERT_NOT_FINITE;
    assert_true(koop_rule_wants(rule, &alert));
    alert.kind = KOOP_ALERT_TEST;
    assert_false(koop_rule_wants(a_rule("[alert \"a\"]\nexec = /a\non = all\n"), &alert));
    alert.kind = KOOP_ALERT_FINISHED;
    assert_true(koop_rule_wants(&rules.rule[0], &alert));
}

static void words_are_listed(void **state) {
    (void)state;
    char joined[64];
    const char *words[4];
    int n;
    assert_null(koop_words_split(" a\tb\"c d\"'\\e'  \"\" ", joined, &n));
    assert_int_equal(n, 3);
    koop_words_list(joined, n, words);
    assert_string_equal(words[0], "a");
    assert_string_equal(words[1], "bc d\\e");
    assert_string_equal(words[2], "");
    assert_null(words[3]);
    assert_non_null(koop_words_split(" \t", joined, &n));
    assert_non_null(koop_words_split("a 'b", joined, &n));
    assert_non_null(koop_words_split("a \"b\\\"", joined, &n));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_rule_has_sane_defaults),
        cmocka_unit_test(every_key_is_taken),
        cmocka_unit_test(mistakes_name_line_and_remedy),
        cmocka_unit_test(a_rule_must_be_whole),
        cmocka_unit_test(secrets_are_not_said_back),
        cmocka_unit_test(what_others_say_is_told_without_secrets),
        cmocka_unit_test(at_most_32_rules_are_taken),
        cmocka_unit_test(kind_level_and_run_decide),
        cmocka_unit_test(words_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
