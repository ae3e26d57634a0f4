/* koopmon alert: what a person is told of an alert that arrives, and of one that does not. */
#include "capture.h"

#include "http_kit.h"

#include <jansson.h>

static char directory[] = "/tmp/koopmon_alert_XXXXXX";
static char file[64];

static int set_up(void **state) {
    (void)state;
    setenv("no_proxy", "*", 1);
    if (!mkdtemp(directory)) return 1;
    snprintf(file, sizeof file, "%s/a.ini", directory);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(file);
    return rmdir(directory);
}

static void configure(const char *format, int port) {
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fprintf(out, format, port);
    fclose(out);
}

static captured alert(const char *words) {
    char line[256];
    snprintf(line, sizeof line, "alert %s --config %s", words, file);
    return koopmon(line);
}

static void is_refused(const char *words, const char *why) {
    char line[256];
    snprintf(line, sizeof line, "alert %s --config %s", words, file);
    refused(line, KOOP_EXIT_USAGE, why);
}

static const char slack_rule[] =
    "[alert \"slack\"]\nformat = slack\nmin-level = critical\nrun = never\n"
    "webhook = http://127.0.0.1:%d/SECRET\n";

static void a_test_that_arrives_is_told(void **state) {
    (void)state;
    const char *answer = HTTP_PLAIN("200 OK");
    http_server *server = http_start(&answer, 1);
    char place[64];
    configure(slack_rule, server->port);
    snprintf(place, sizeof place, "delivered to slack (http://127.0.0.1:%d/…): HTTP 200 in ",
             server->port);
    captured result = alert("test slack");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_memory_equal(result.out, place, strlen(place));
    assert_string_equal(result.err, "");
    assert_int_equal(http_requests(server), 1);
    assert_non_null(strstr(server->request[0], "POST /SECRET "));
    assert_non_null(strstr(server->request[0], "{\"text\":\"[info] koopmon on "));
    assert_non_null(
        strstr(server->request[0], ": test: this is a test of the alert slack; nothing"));
    release(&result);
    result = alert("test slack"); /* with an id of its own */
    const char *one = strstr(server->request[0], "Idempotency-Key: ");
    const char *other = strstr(server->request[1], "Idempotency-Key: ");
    assert_true(one && other && strncmp(one, other, 17 + 32) != 0);
    release(&result);
    http_stop(server);
}

static void a_test_that_does_not_arrive_is_told(void **state) {
    (void)state;
    const char *answer = "HTTP/1.1 404 No\r\nContent-Length: 10\r\n\r\nno_service";
    http_server *server = http_start(&answer, 1);
    configure(slack_rule, server->port);
    captured result = alert("test slack");
    assert_int_equal(result.code, KOOP_EXIT_DIFFERENT);
    assert_string_equal(result.out, "");
    assert_int_equal(count_lines(result.err), 1);
    assert_non_null(strstr(result.err, "koopmon alert: slack (http://127.0.0.1:"));
    assert_non_null(strstr(result.err, " s: HTTP 404: no_service\n"));
    assert_null(strstr(result.err, "SECRET"));
    release(&result);
    http_stop(server);
}

static void json_says_the_same(void **state) {
    (void)state;
    const char *answer = "HTTP/1.1 503 Oh\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n";
    http_server *server = http_start(&answer, 1);
    configure(slack_rule, server->port);
    captured result = alert("test slack --json");
    json_t *json = json_loads(result.out, 0, NULL);
    assert_int_equal(result.code, KOOP_EXIT_DIFFERENT);
    assert_string_equal(result.err, "");
    assert_string_equal(json_string_value(json_object_get(json, "alert")), "slack");
    assert_string_equal(json_string_value(json_object_get(json, "result")), "failed");
    assert_int_equal(json_integer_value(json_object_get(json, "http_status")), 503);
    assert_int_equal(json_integer_value(json_object_get(json, "retry_after_s")), 9);
    assert_null(strstr(result.out, "SECRET"));
    json_decref(json);
    release(&result);
    http_stop(server);
}

static void programs_are_run(void **state) {
    (void)state;
    configure("[alert \"a\"]\nexec = /bin/sh -c 'grep -q \"kind.:.test\"'\n"
              "[alert \"b\"]\nexec = /bin/sh -c 'echo nobody there >&2; exit %d'\n",
              7);
    captured result = alert("test a");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_memory_equal(result.out, "delivered to a (/bin/sh): exit code 0 in ", 41);
    release(&result);
    result = alert("test b");
    assert_int_equal(result.code, KOOP_EXIT_DIFFERENT);
    assert_non_null(strstr(result.err, " s: exit code 7: nobody there\n"));
    release(&result);
}

static void alerts_are_listed(void **state) {
    (void)state;
    configure(slack_rule, 80);
    captured result = alert("list");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_memory_equal(result.out, "slack  ", 7);
    assert_non_null(strstr(result.out, " transition, diverging, stalled, not-finite\n"));
    assert_null(strstr(result.out, "SECRET"));
    release(&result);
    result = alert("list --json");
    json_t *json = json_loads(result.out, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "alerts")), 1);
    assert_null(strstr(result.out, "SECRET"));
    json_decref(json);
    release(&result);
    configure("", 0);
    result = alert("list");
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_memory_equal(result.out, "no [alert \"NAME\"] in /tmp/", 26);
    release(&result);
}

static void mistakes_are_told(void **state) {
    (void)state;
    configure(slack_rule, 80);
    is_refused("test slak", "did you mean \"slack\"?");
    is_refused("test elsewhere", "no [alert \"elsewhere\"] in /tmp/");
    is_refused("test", "wants test NAME, or list");
    is_refused("list slack", "wants test NAME, or list");
    is_refused("tset slack", "wants test NAME, or list");
    configure("[alert \"slack\"]\nformat = slack\n", 0);
    is_refused("test slack", "a.ini:1: [alert \"slack\"] wants exec");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_that_arrives_is_told),
        cmocka_unit_test(a_test_that_does_not_arrive_is_told),
        cmocka_unit_test(json_says_the_same),
        cmocka_unit_test(programs_are_run),
        cmocka_unit_test(alerts_are_listed),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
