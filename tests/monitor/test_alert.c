/* What an alert is, in words and in JSON. */
#include "alert_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char transition_line[] =
    "{\"schema\":1,\"type\":\"alert\",\"id\":\"0123456789abcdef0123456789abcdef\","
    "\"run\":\"00112233445566778899aabbccddeeff\",\"name\":\"fc1\",\"host\":\"host3\","
    "\"kind\":\"transition\",\"level\":\"warning\",\"resolved\":false,\"step\":12410,"
    "\"onset\":12380,\"time_ms\":1767225600123,"
    "\"reason\":\"updates 4× faster than usual; mostly in fc2 (61%)\","
    "\"groups\":[[\"fc2\",0.61],[\"out\",0.25]],\"suppressed\":0,"
    "\"text\":\"fc1 on host3: transition at step 12,410 (since 12,380): "
    "updates 4× faster than usual; mostly in fc2 (61%)\"}";

static void kinds_and_levels_have_names(void **state) {
    (void)state;
    static const struct {
        const char *name, *level;
        bool lasts;
    } known[KOOP_ALERT_KINDS] = {{"transition", "warning", true},  {"schedule", "info", false},
                                 {"settled", "info", false},       {"diverging", "critical", true},
                                 {"grokking?", "info", false},     {"stalled", "warning", true},
                                 {"not-finite", "critical", true}, {"finished", "info", false},
                                 {"test", "info", false}};
    for (int k = 0; k < KOOP_ALERT_KINDS; k++) {
        koop_alert_kind kind = KOOP_ALERT_KINDS;
        assert_string_equal(koop_alert_kind_name((koop_alert_kind)k), known[k].name);
        assert_true(koop_alert_kind_of(known[k].name, &kind) && kind == (koop_alert_kind)k);
        assert_string_equal(koop_alert_level_name(koop_alert_level_of(kind)), known[k].level);
        assert_int_equal(koop_alert_kind_lasts(kind), known[k].lasts);
    }
    koop_alert_kind kind = KOOP_ALERT_TEST;
    assert_true(koop_alert_kind_of("grokking", &kind) && kind == KOOP_ALERT_GROKKING);
    assert_false(koop_alert_kind_of("", &kind) || koop_alert_kind_of("Stalled", &kind));
    assert_true(kind == KOOP_ALERT_GROKKING);
}

static void one_line_says_it_all(void **state) {
    (void)state;
    char text[KOOP_ALERT_TEXT_BYTES];
    koop_alert alert = a_transition();
    alert.suppressed = 3;
    assert_string_equal(koop_alert_text(&alert, text),
                        "fc1 on host3: transition at step 12,410 (since 12,380): updates 4× faster "
                        "than usual; mostly in fc2 (61%) (3 more left out)");
    alert = a_transition();
    alert.kind = KOOP_ALERT_STALLED;
    alert.resolved = true;
    alert.onset = alert.step;
    strcpy(alert.sentence, "");
    assert_string_equal(koop_alert_text(&alert, text),
                        "fc1 on host3: stalled resolved at step 12,410");
    alert.kind = KOOP_ALERT_TEST;
    alert.resolved = false;
    strcpy(alert.sentence, "nothing happened\n");
    assert_string_equal(koop_alert_text(&alert, text), "fc1 on host3: test: nothing happened\\x0a");
}

static void json_is_as_documented(void **state) {
    (void)state;
    const koop_alert alert = a_transition();
    char *line = koop_alert_to_line(&alert);
    assert_string_equal(line, transition_line);
    free(line);
}

/* The largest one of all: every text full of what JSON writes in two bytes. */
static koop_alert a_large_one(void) {
    koop_alert alert = a_transition();
    memset(alert.name, '"', sizeof alert.name - 1);
    memset(alert.host, '\\', sizeof alert.host - 1);
    memset(alert.sentence, '"', sizeof alert.sentence - 1);
    alert.n_groups = KOOP_EVENT_TOP_GROUPS;
    for (int g = 0; g < alert.n_groups; g++) {
        memset(alert.group[g].name, '"', sizeof alert.group[g].name - 1);
        alert.group[g].share = 1 / 3.0;
    }
    alert.step = alert.onset = alert.time_ms = INT64_MIN;
    alert.onset++;
    alert.suppressed = UINT64_MAX;
    return alert;
}

static void reads_back_what_it_wrote(void **state) {
    (void)state;
    koop_alert alerts[] = {a_transition(), a_large_one(), a_transition()};
    alerts[1].suppressed = INT64_MAX;
    alerts[2].kind = KOOP_ALERT_FINISHED;
    alerts[2].resolved = true;
    for (int i = 0; i < 3; i++) {
        koop_alert back;
        json_t *json = koop_alert_to_json(&alerts[i]);
        assert_int_equal(koop_alert_from_json(json, &back), KOOP_OK);
        json_decref(json);
        assert_memory_equal(&back, &alerts[i], sizeof back);
    }
}

static void no_line_is_longer_than_promised(void **state) {
    (void)state;
    const koop_alert alert = a_large_one();
    char *line = koop_alert_to_line(&alert);
    assert_non_null(line);
    assert_in_range(strlen(line), 2000, KOOP_ALERT_JSON_BYTES - 1);
    assert_non_null(strstr(line, "9223372036854775807"));
    free(line);
}

static void text_that_is_not_printable_is_not_written(void **state) {
    (void)state;
    koop_alert alert = a_transition();
    strcpy(alert.sentence, "a \x1b[2J b");
    assert_null(koop_alert_to_line(&alert));
    alert = a_transition();
    strcpy(alert.group[1].name, "\xc3");
    assert_null(koop_alert_to_line(&alert));
}

/* Replaces `from` in the line by `to` and reads it. */
static koop_status read_changed(const char *from, const char *to, koop_alert *alert) {
    char text[2 * sizeof transition_line];
    const char *at = strstr(transition_line, from);
    assert_non_null(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - transition_line), transition_line, to,
             at + strlen(from));
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    const koop_status status = koop_alert_from_json(json, alert);
    json_decref(json);
    return status;
}

static void what_is_not_as_documented_is_refused_whole(void **state) {
    (void)state;
    static const char *const changes[][2] = {
        {"\"schema\":1", "\"schema\":2"},
        {"\"schema\":1,", ""},
        {"0123456789abcdef0", "0123456789abcdefg"},
        {"\"run\":\"00", "\"run\":\""},
        {"\"name\":\"fc1\"", "\"name\":1"},
        {"\"host3\"", "\"host\\u001b\""},
        {"\"transition\"", "\"transitions\""},
        {"false", "0"},
        {"12410,", "12410.0,"},
        {"[\"fc2\",0.61]", "[\"fc2\",-1]"},
        {"[\"fc2\",0.61]", "[\"fc2\"]"},
        {"[\"fc2\",0.61]", "[\"a\",0],[\"b\",0],[\"c\",0]"},
        {"\"suppressed\":0", "\"suppressed\":-1"},
        {"\"reason\"", "\"sentence\""},
    };
    koop_alert alert = a_transition();
    strcpy(alert.name, "kept");
    const koop_alert before = alert;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        if (read_changed(changes[i][0], changes[i][1], &alert) != KOOP_BAD_MESSAGE)
            fail_msg("taken: %s", changes[i][1]);
        assert_memory_equal(&alert, &before, sizeof alert);
    }
    assert_int_equal(read_changed("\"level\":\"warning\"", "\"more\":{}", &alert), KOOP_OK);
    assert_string_equal(alert.name, "fc1");
    assert_int_equal(koop_alert_from_json(NULL, &alert), KOOP_BAD_MESSAGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_and_levels_have_names),
        cmocka_unit_test(one_line_says_it_all),
        cmocka_unit_test(json_is_as_documented),
        cmocka_unit_test(reads_back_what_it_wrote),
        cmocka_unit_test(no_line_is_longer_than_promised),
        cmocka_unit_test(text_that_is_not_printable_is_not_written),
        cmocka_unit_test(what_is_not_as_documented_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
