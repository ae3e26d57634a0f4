/* Alerts posted to a real server that behaves well and badly. */
#include "channel.h"

#include "alert_kit.h"
#include "clock.h"
#include "http_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int set_up(void **state) {
    (void)state;
    setenv("no_proxy", "*", 1);
    return 0;
}

static koop_rule a_rule(int port) {
    koop_rule rule;
    memset(&rule, 0, sizeof rule);
    strcpy(rule.name, "a");
    rule.timeout_s = 20;
    snprintf(rule.webhook, sizeof rule.webhook, "http://u:SECRET@127.0.0.1:%d/SECRET?SECRET", port);
    return rule;
}

/* What came of one alert that met `answer`, within `timeout_s`. */
static koop_outcome sent(const char *answer, int timeout_s) {
    http_server *server = http_start(&answer, 1);
    assert_non_null(server);
    koop_rule rule = a_rule(server->port);
    const koop_alert alert = a_transition();
    koop_outcome outcome;
    rule.timeout_s = timeout_s;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    http_stop(server);
    assert_null(strstr(outcome.what, "SECRET"));
    return outcome;
}

static void met(const char *answer, koop_delivery delivery, const char *what) {
    const koop_outcome outcome = sent(answer, 20);
    if (outcome.delivery != delivery || strcmp(outcome.what, what) != 0)
        fail_msg("%s: %s, %s", answer, koop_delivery_name(outcome.delivery), outcome.what);
}

static void the_status_decides(void **state) {
    (void)state;
    met(HTTP_PLAIN("200 OK"), KOOP_DELIVERED, "HTTP 200");
    met(HTTP_PLAIN("204 No Content"), KOOP_DELIVERED, "HTTP 204");
    met(HTTP_PLAIN("500 Oh"), KOOP_DELIVERY_FAILED, "HTTP 500");
    met(HTTP_PLAIN("503 Oh"), KOOP_DELIVERY_FAILED, "HTTP 503");
    met(HTTP_PLAIN("408 Late"), KOOP_DELIVERY_FAILED, "HTTP 408");
    met(HTTP_PLAIN("429 Many"), KOOP_DELIVERY_FAILED, "HTTP 429");
    met(HTTP_PLAIN("404 No"), KOOP_DELIVERY_REFUSED, "HTTP 404");
    met(HTTP_PLAIN("401 No"), KOOP_DELIVERY_REFUSED, "HTTP 401");
    met("HTTP/1.1 400 Bad\r\nContent-Length: 33\r\n\r\ninvalid_payload \x1b[2J\nsecond line\n...",
        KOOP_DELIVERY_REFUSED, "HTTP 400: invalid_payload \\x1b[2J");
}

static void a_redirect_is_not_followed(void **state) {
    (void)state;
    static const char *const answers[] = {
        "HTTP/1.1 307 Found\r\nLocation: /SECRET\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        HTTP_PLAIN("200 OK")};
    http_server *server = http_start(answers, 2);
    koop_rule rule = a_rule(server->port);
    const koop_alert alert = a_transition();
    koop_outcome outcome;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_REFUSED);
    assert_string_equal(outcome.what, "HTTP 307: a redirect, not followed");
    assert_int_equal(http_requests(server), 1);
    http_stop(server);
    met("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
        KOOP_DELIVERY_REFUSED, "HTTP 302: a redirect, not followed");
}

static void the_server_may_ask_for_time(void **state) {
    (void)state;
    koop_outcome outcome =
        sent("HTTP/1.1 429 Many\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", 20);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_int_equal(outcome.http_status, 429);
    assert_int_equal(outcome.retry_after_s, 17);
    outcome = sent("HTTP/1.1 503 Oh\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n", 20);
    assert_int_equal(outcome.retry_after_s, KOOP_RETRY_AFTER_MAX_S);
    outcome = sent("HTTP/1.1 503 Oh\r\nRetry-After: soon\r\nContent-Length: 0\r\n\r\n", 20);
    assert_int_equal(outcome.retry_after_s, 0);
    outcome = sent("HTTP/1.1 404 No\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n", 20);
    assert_int_equal(outcome.retry_after_s, 0);
}

static void a_server_that_is_not_there_may_come_back(void **state) {
    (void)state;
    const char *answer = HTTP_CLOSE;
    http_server *server = http_start(&answer, 1);
    koop_rule rule = a_rule(server->port);
    const koop_alert alert = a_transition();
    koop_outcome outcome;
    http_stop(server);
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_int_equal(outcome.http_status, 0);
    assert_non_null(strstr(outcome.what, "Failed to connect to 127.0.0.1"));
    strcpy(rule.webhook, "http://koopmon.invalid/SECRET");
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_null(strstr(outcome.what, "SECRET"));
}

static void a_server_that_closes_or_babbles_has_not_answered(void **state) {
    (void)state;
    static const char *const answers[] = {HTTP_CLOSE, "", "SSH-2.0-OpenSSH_9.2\r\n",
                                          "HTTP/1.1 100 Continue\r\n\r\n"};
    for (int i = 0; i < 4; i++) {
        const koop_outcome outcome = sent(answers[i], 20);
        assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
        assert_int_equal(outcome.http_status, 0);
        assert_true(outcome.what[0] != '\0');
    }
}

static void a_server_that_hangs_costs_the_time_limit(void **state) {
    (void)state;
    koop_outcome outcome = sent(HTTP_HANG, 1);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_non_null(strstr(outcome.what, "timed out"));
    outcome = sent(HTTP_STUCK "HTTP/1.1 500 Oh\r\nContent-Length: 5\r\n\r\nab", 1);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_string_equal(outcome.what, "HTTP 500: ab");
}

static void what_was_taken_is_delivered_however_the_answer_ends(void **state) {
    (void)state;
    koop_outcome outcome = sent(HTTP_STUCK "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab", 1);
    assert_int_equal(outcome.delivery, KOOP_DELIVERED);
    met("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nab", KOOP_DELIVERED, "HTTP 200");
}

static void a_body_that_does_not_end_is_not_read(void **state) {
    (void)state;
    const char *answer = HTTP_ENDLESS;
    http_server *server = http_start(&answer, 1);
    koop_rule rule = a_rule(server->port);
    const koop_alert alert = a_transition();
    koop_outcome outcome;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERED);
    assert_in_range(atomic_load(&server->endless), 1, 32 << 20); /* what sockets hold */
    http_stop(server);
}

static void the_request_is_as_documented(void **state) {
    (void)state;
    const char *answer = HTTP_PLAIN("200 OK");
    http_server *server = http_start(&answer, 1);
    koop_rule rule = a_rule(server->port);
    const koop_alert alert = a_transition();
    koop_outcome outcome;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    rule.format = KOOP_FORMAT_NTFY;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(http_requests(server), 2);
    const char *request = server->request[0];
    char *line = koop_alert_to_line(&alert);
    assert_int_equal(strncmp(request, "POST /SECRET?SECRET HTTP/1.1\r\n", 30), 0);
    assert_non_null(strstr(request, "\r\nUser-Agent: koopmon/"));
    assert_non_null(strstr(request, "\r\nIdempotency-Key: 0123456789abcdef0123456789abcdef\r\n"));
    assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    assert_null(strstr(request, "Expect:"));
    assert_string_equal(strstr(request, "\r\n\r\n") + 4, line);
    assert_non_null(strstr(server->request[1], "\r\nTitle: fc1: transition\r\n"));
    free(line);
    http_stop(server);
}

/* Who takes a key twice for a repetition would pass over it. */
static void what_is_resolved_has_its_id_under_another_key(void **state) {
    (void)state;
    const char *answer = HTTP_PLAIN("200 OK");
    http_server *server = http_start(&answer, 1);
    const koop_rule rule = a_rule(server->port);
    koop_alert alert = a_transition();
    koop_outcome outcome;
    alert.resolved = true;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(http_requests(server), 1);
    const char *request = server->request[0];
    assert_non_null(
        strstr(request, "\r\nIdempotency-Key: 0123456789abcdef0123456789abcdef-resolved\r\n"));
    assert_non_null(strstr(request, "\"id\":\"0123456789abcdef0123456789abcdef\""));
    http_stop(server);
}

static void a_server_that_quotes_the_request_gives_away_no_secret(void **state) {
    (void)state;
    met("HTTP/1.1 404 No\r\nContent-Length: 36\r\n\r\nCannot POST /SECRET?SECRET (request)",
        KOOP_DELIVERY_REFUSED, "HTTP 404: Cannot POST …?… (request)");
}

typedef struct stopping {
    atomic_bool stop;
    http_server *server;
} stopping;

/* Once the request has come. */
static void *stop_soon(void *context) {
    stopping *s = context;
    while (http_requests(s->server) == 0) usleep(1000);
    atomic_store(&s->stop, true);
    return NULL;
}

static void another_thread_can_stop_it(void **state) {
    (void)state;
    const char *answer = HTTP_HANG;
    stopping s = {.server = http_start(&answer, 1)};
    koop_rule rule = a_rule(s.server->port);
    const koop_alert alert = a_transition();
    koop_outcome outcome;
    pthread_t thread;
    rule.timeout_s = 300;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &s), 0);
    koop_channel_deliver(&rule, &alert, &s.stop, &outcome);
    pthread_join(thread, NULL);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_STOPPED);
    koop_channel_deliver(&rule, &alert, &s.stop, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_STOPPED);
    assert_int_equal(http_requests(s.server), 1);
    http_stop(s.server);
}

static void an_alert_that_cannot_be_shown_is_refused(void **state) {
    (void)state;
    const char *answer = HTTP_PLAIN("200 OK");
    http_server *server = http_start(&answer, 1);
    koop_rule rule = a_rule(server->port);
    koop_alert alert = a_transition();
    koop_outcome outcome;
    strcpy(alert.host, "a\r\nb");
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_REFUSED);
    assert_int_equal(http_requests(server), 0);
    http_stop(server);
}

/* Several threads at once, each its own connection. */
static void *send_some(void *context) {
    const koop_rule *rule = context;
    const koop_alert alert = a_transition();
    intptr_t delivered = 0;
    for (int i = 0; i < 5; i++) {
        koop_outcome outcome;
        koop_channel_deliver(rule, &alert, NULL, &outcome);
        delivered += outcome.delivery == KOOP_DELIVERED;
    }
    return (void *)delivered;
}

static void threads_send_at_once(void **state) {
    (void)state;
    const char *answer = HTTP_PLAIN("200 OK");
    http_server *server = http_start(&answer, 1);
    koop_rule rule = a_rule(server->port);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_some, &rule), 0);
    for (int i = 0; i < 4; i++) {
        void *delivered;
        pthread_join(threads[i], &delivered);
        assert_int_equal((intptr_t)delivered, 5);
    }
    assert_int_equal(http_requests(server), 20);
    http_stop(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_status_decides),
        cmocka_unit_test(a_redirect_is_not_followed),
        cmocka_unit_test(the_server_may_ask_for_time),
        cmocka_unit_test(a_server_that_is_not_there_may_come_back),
        cmocka_unit_test(a_server_that_closes_or_babbles_has_not_answered),
        cmocka_unit_test(a_server_that_hangs_costs_the_time_limit),
        cmocka_unit_test(what_was_taken_is_delivered_however_the_answer_ends),
        cmocka_unit_test(a_body_that_does_not_end_is_not_read),
        cmocka_unit_test(the_request_is_as_documented),
        cmocka_unit_test(what_is_resolved_has_its_id_under_another_key),
        cmocka_unit_test(a_server_that_quotes_the_request_gives_away_no_secret),
        cmocka_unit_test(another_thread_can_stop_it),
        cmocka_unit_test(an_alert_that_cannot_be_shown_is_refused),
        cmocka_unit_test(threads_send_at_once),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
