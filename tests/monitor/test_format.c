/* Alerts as the requests that webhooks want, against golden ones. */
#include "format.h"

#include "alert_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Full of what each format takes as its own. */
static koop_alert a_tricky_one(void) {
    koop_alert alert = a_transition();
    alert.kind = KOOP_ALERT_DIVERGING;
    strcpy(alert.name, "<@U1>&");
    strcpy(alert.sentence,
           "*a* _b_ ~c~ `d` ||e|| @everyone <!here> [f](http://g) \\ \"h\" # - :i:");
    alert.suppressed = 2;
    return alert;
}

static koop_alert a_resolved_one(koop_alert_kind kind, const char *why) {
    koop_alert alert = a_transition();
    alert.kind = kind;
    alert.resolved = true;
    alert.onset = alert.step;
    alert.n_groups = 0;
    strcpy(alert.sentence, why);
    return alert;
}

static void write_request(FILE *out, koop_alert_format format, const koop_alert *alert) {
    koop_request request;
    assert_int_equal(koop_format_request(&request, format, alert), KOOP_OK);
    fprintf(out, "== %s\n", koop_alert_format_name(format));
    for (int i = 0; i < request.n_headers; i++) fprintf(out, "%s\n", request.header[i]);
    fprintf(out, "\n%s\n", request.body);
    koop_request_free(&request);
}

static void every_format_is_as_the_golden_one(void **state) {
    (void)state;
    static char written[16384], golden[16384];
    const koop_alert alerts[] = {a_transition(), a_tricky_one(),
                                 a_resolved_one(KOOP_ALERT_STALLED, "its trainer is heard again"),
                                 a_resolved_one(KOOP_ALERT_TRANSITION, "steady again")};
    FILE *out = fmemopen(written, sizeof written, "w");
    assert_non_null(out);
    for (int f = 0; f < KOOP_FORMATS; f++)
        for (int i = 0; i < 4; i++) write_request(out, (koop_alert_format)f, &alerts[i]);
    fclose(out);
    const bool renew = getenv("KOOP_WRITE_GOLDEN") != NULL;
    FILE *file = fopen(KOOP_GOLDEN_DIR "/alerts.txt", renew ? "w+" : "r");
    assert_non_null(file);
    if (renew) {
        fputs(written, file);
        rewind(file);
    }
    golden[fread(golden, 1, sizeof golden - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(written, golden);
}

/* The value of `key` in the body, or in its first element. */
static json_t *body_of(koop_alert_format format, const koop_alert *alert) {
    koop_request request;
    assert_int_equal(koop_format_request(&request, format, alert), KOOP_OK);
    json_t *json = json_loads(request.body, 0, NULL);
    assert_non_null(json);
    koop_request_free(&request);
    return json;
}

static void a_reader_of_slack_sees_the_text(void **state) {
    (void)state;
    const koop_alert alert = a_tricky_one();
    char text[KOOP_ALERT_TEXT_BYTES], seen[2 * KOOP_ALERT_TEXT_BYTES] = "";
    json_t *json = body_of(KOOP_FORMAT_SLACK, &alert);
    const char *at = json_string_value(json_object_get(json, "text"));
    for (size_t n = 0; *at; n++) {
        assert_true(*at != '<' && *at != '>');
        const size_t skip = *at != '&' ? 1 : strchr(at, ';') + 1 - at;
        seen[n] = strncmp(at, "&lt;", 4) == 0 ? '<' : strncmp(at, "&gt;", 4) == 0 ? '>' : *at;
        at += skip;
    }
    assert_string_equal(seen + strlen("[critical] "), koop_alert_text(&alert, text));
    json_decref(json);
}

static void discord_marks_up_and_pings_nothing(void **state) {
    (void)state;
    koop_alert alert = a_tricky_one();
    memset(alert.sentence, '*', sizeof alert.sentence - 1);
    json_t *json = body_of(KOOP_FORMAT_DISCORD, &alert);
    const char *content = json_string_value(json_object_get(json, "content"));
    assert_in_range(strlen(content), 600, 2000);
    for (const char *at = content; *at; at += at[0] == '\\' ? 2 : 1)
        assert_null(strchr("*_~`|<>@[]", *at));
    json_t *parse = json_object_get(json_object_get(json, "allowed_mentions"), "parse");
    assert_true(json_is_array(parse) && json_array_size(parse) == 0);
    json_decref(json);
}

static void alertmanager_knows_a_resolved_one_by_its_labels(void **state) {
    (void)state;
    koop_alert alert = a_resolved_one(KOOP_ALERT_TRANSITION, "steady again");
    json_t *end = body_of(KOOP_FORMAT_ALERTMANAGER, &alert);
    alert.resolved = false;
    strcpy(alert.id, "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0");
    alert.step -= 100;
    alert.time_ms -= 5000;
    json_t *start = body_of(KOOP_FORMAT_ALERTMANAGER, &alert);
    assert_true(json_equal(json_object_get(json_array_get(start, 0), "labels"),
                           json_object_get(json_array_get(end, 0), "labels")));
    json_decref(start);
    json_decref(end);
}

/* Else it would be over there when resolve_timeout has passed, whatever the run does. */
static void what_will_be_resolved_lasts_until_then_in_alertmanager(void **state) {
    (void)state;
    koop_alert alert = a_transition();
    for (int k = 0; k < KOOP_ALERT_KINDS; k++) {
        alert.kind = (koop_alert_kind)k;
        json_t *json = body_of(KOOP_FORMAT_ALERTMANAGER, &alert);
        const char *end = json_string_value(json_object_get(json_array_get(json, 0), "endsAt"));
        assert_int_equal(end != NULL, koop_alert_kind_lasts(alert.kind));
        if (end) assert_string_equal(end, "2026-01-02T00:00:00.123Z");
        json_decref(json);
    }
}

static void any_time_and_step_give_a_request(void **state) {
    (void)state;
    koop_alert alert = a_transition();
    for (int k = 0; k < KOOP_ALERT_KINDS; k++)
        for (int f = 0; f < KOOP_FORMATS; f++) {
            koop_request request;
            alert.kind = (koop_alert_kind)k;
            alert.step = k % 2 ? INT64_MIN : INT64_MAX;
            alert.time_ms = k % 4 < 2 ? INT64_MIN : INT64_MAX;
            assert_int_equal(koop_format_request(&request, (koop_alert_format)f, &alert), KOOP_OK);
            koop_request_free(&request);
        }
}

static void no_header_holds_a_line_end(void **state) {
    (void)state;
    koop_alert alert = a_transition();
    koop_request request;
    strcpy(alert.name, "a\r\nX-Evil: 1");
    for (int f = 0; f < KOOP_FORMATS; f++)
        assert_int_equal(koop_format_request(&request, (koop_alert_format)f, &alert),
                         KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_as_the_golden_one),
        cmocka_unit_test(a_reader_of_slack_sees_the_text),
        cmocka_unit_test(discord_marks_up_and_pings_nothing),
        cmocka_unit_test(alertmanager_knows_a_resolved_one_by_its_labels),
        cmocka_unit_test(what_will_be_resolved_lasts_until_then_in_alertmanager),
        cmocka_unit_test(any_time_and_step_give_a_request),
        cmocka_unit_test(no_header_holds_a_line_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
