#include "publish.h"

#include "serve_kit.h"
#include "source.h"
#include "view_json.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static char root[64], endpoint[128], view_endpoint[KOOP_ENDPOINT_BYTES];
static void *zmq;
static koop_runs *runs;
static koop_feed *feed;
static koop_publish *publish;
static koop_view view;
static koop_wire_hello hello;
static pthread_t server;
static atomic_bool stop, deaf, is_deaf;

static json_t *status_of_daemon(void *context) {
    (void)context;
    return json_pack("{s:s, s:i}", "version", "9", "pid", 77);
}

static void *serve(void *context) {
    (void)context;
    while (!atomic_load(&stop)) {
        zmq_pollitem_t item = {.socket = koop_publish_socket(publish), .events = ZMQ_POLLIN};
        atomic_store(&is_deaf, atomic_load(&deaf));
        if (atomic_load(&is_deaf)) {
            kit_sleep_ms(1);
            continue;
        }
        zmq_poll(&item, 1, 2);
        koop_publish_serve(publish);
    }
    return NULL;
}

static int set_up(void **state) {
    (void)state;
    const char *endpoints[] = {view_endpoint};
    kit_make_directory(root);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/sock", root);
    assert_int_equal(koop_endpoint_view(endpoint, view_endpoint), KOOP_OK);
    zmq = zmq_ctx_new();
    memset(&view, 0, sizeof view);
    view.window = 64;
    snprintf(view.reason, sizeof view.reason, "just so");
    assert_int_equal(koop_runs_new(&runs, &view), KOOP_OK);
    assert_int_equal(koop_feed_new(&feed, 1 << 16), KOOP_OK);
    const koop_publish_options options = {.zmq = zmq,
                                          .endpoints = endpoints,
                                          .n_endpoints = 1,
                                          .runs = runs,
                                          .feed = feed,
                                          .status = status_of_daemon};
    assert_int_equal(koop_publish_new(&publish, &options), KOOP_OK);
    kit_hello(&hello, 0xab, "cnn", 3);
    assert_int_equal(koop_runs_admit(runs, &hello, 0, kit_now_ms()), KOOP_OK);
    atomic_store(&stop, false);
    atomic_store(&deaf, false);
    assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    atomic_store(&stop, true);
    pthread_join(server, NULL);
    koop_publish_free(publish);
    koop_feed_free(feed);
    koop_runs_free(runs);
    zmq_ctx_term(zmq);
    kit_remove_tree(root);
    return 0;
}

static koop_source *new_source(void) {
    koop_source *source = NULL;
    assert_int_equal(koop_source_live(&source, endpoint, NULL), KOOP_OK);
    return source;
}

static void runs_views_and_status_come_through(void **state) {
    (void)state;
    koop_source *source = new_source();
    koop_run_summary list[4];
    int n = 0;
    json_t *status = NULL;
    assert_int_equal(koop_source_runs(source, KIT_DEADLINE_MS, list, 4, &n), KOOP_OK);
    assert_int_equal(n, 1);
    assert_string_equal(list[0].name, "cnn");
    assert_int_equal(list[0].state, KOOP_RUN_LIVE);
    assert_int_equal(koop_source_view(source, "abab", KIT_DEADLINE_MS, &view), KOOP_OK);
    assert_string_equal(view.run.name, "cnn");
    assert_string_equal(view.reason, "just so");
    assert_int_equal(koop_source_status(source, KIT_DEADLINE_MS, &status), KOOP_OK);
    assert_int_equal(json_integer_value(json_object_get(status, "pid")), 77);
    json_decref(status);
    koop_source_free(source);
}

/* From the same text, made a moment ago, each with its own number. */
static void many_at_once_get_the_same_answer_each_with_its_number(void **state) {
    (void)state;
    koop_source *sources[4];
    koop_run_summary list[4];
    int n = 0;
    for (int i = 0; i < 4; i++) sources[i] = new_source();
    for (int round = 0; round < 50; round++)
        for (int i = 0; i < 4; i++) {
            assert_int_equal(koop_source_runs(sources[i], KIT_DEADLINE_MS, list, 4, &n), KOOP_OK);
            assert_int_equal(n, 1);
            assert_int_equal(koop_source_view(sources[i], "abab", KIT_DEADLINE_MS, &view), KOOP_OK);
            assert_string_equal(view.run.name, "cnn");
        }
    for (int i = 0; i < 4; i++) koop_source_free(sources[i]);
}

static void an_unknown_run_is_not_found(void **state) {
    (void)state;
    koop_source *source = new_source();
    assert_int_equal(koop_source_view(source, "mlp", KIT_DEADLINE_MS, &view), KOOP_NOT_FOUND);
    assert_int_equal(koop_source_view(source, "\xff", KIT_DEADLINE_MS, &view), KOOP_NOT_FOUND);
    assert_int_equal(koop_source_follow(source, "mlp", KIT_DEADLINE_MS), KOOP_NOT_FOUND);
    assert_int_equal(koop_source_view(source, "cnn", KIT_DEADLINE_MS, &view), KOOP_OK);
    koop_source_free(source);
}

static void a_late_answer_is_not_taken_for_the_next(void **state) {
    (void)state;
    koop_source *source = new_source();
    koop_run_summary list[4];
    json_t *status = NULL;
    int n = 0;
    assert_int_equal(koop_source_runs(source, KIT_DEADLINE_MS, list, 4, &n), KOOP_OK);
    atomic_store(&deaf, true);
    KIT_AWAIT(atomic_load(&is_deaf));
    assert_int_equal(koop_source_runs(source, 30, list, 4, &n), KOOP_TIMED_OUT);
    assert_int_equal(koop_source_runs(source, 30, list, 4, &n), KOOP_TIMED_OUT);
    atomic_store(&deaf, false);
    assert_int_equal(koop_source_status(source, KIT_DEADLINE_MS, &status), KOOP_OK);
    assert_string_equal(json_string_value(json_object_get(status, "version")), "9");
    json_decref(status);
    koop_source_free(source);
}

static void with_no_daemon_a_request_times_out(void **state) {
    (void)state;
    char nobody[160];
    koop_source *source = NULL;
    koop_run_summary list[4];
    int n = 0;
    snprintf(nobody, sizeof nobody, "%s.nobody", endpoint);
    assert_int_equal(koop_source_live(&source, nobody, NULL), KOOP_OK);
    assert_int_equal(koop_source_runs(source, 30, list, 4, &n), KOOP_TIMED_OUT);
    koop_source_free(source);
    assert_int_equal(koop_source_live(&source, "http://x", NULL), KOOP_BAD_ARGUMENT);
}

static void a_directory_that_others_may_write_to_is_not_asked(void **state) {
    (void)state;
    koop_source *source = new_source(), *other = NULL;
    koop_run_summary list[4];
    int n = 0;
    assert_int_equal(koop_source_runs(source, KIT_DEADLINE_MS, list, 4, &n), KOOP_OK);
    assert_int_equal(chmod(root, 0777), 0);
    assert_int_equal(koop_source_runs(source, KIT_DEADLINE_MS, list, 4, &n), KOOP_DISABLED);
    assert_int_equal(koop_source_live(&other, endpoint, NULL), KOOP_DISABLED);
    koop_source_free(source);
}

/* The next line of the given type; others are passed over. */
static json_t *next_line(koop_source *source, const char *type) {
    for (;;) {
        json_t *line = NULL;
        assert_int_equal(koop_source_next(source, KIT_DEADLINE_MS, &line), KOOP_OK);
        const char *is = json_string_value(json_object_get(line, "type"));
        if (is && strcmp(is, type) == 0) return line;
        json_decref(line);
    }
}

static void expect_state(koop_source *source, const char *state) {
    json_t *line = next_line(source, "state");
    assert_string_equal(json_string_value(json_object_get(line, "state")), state);
    assert_string_equal(json_string_value(json_object_get(line, "name")), "cnn");
    assert_int_equal(json_integer_value(json_object_get(line, "schema")), KOOP_JSON_SCHEMA);
    json_decref(line);
}

static void a_follower_hears_the_state_its_changes_and_the_lines_of_its_run(void **state) {
    (void)state;
    koop_source *source = new_source();
    const uint8_t other[KOOP_WIRE_UUID_BYTES] = {1};
    assert_false(koop_feed_wanted(feed));
    assert_int_equal(koop_source_follow(source, "cnn", KIT_DEADLINE_MS), KOOP_OK);
    assert_true(koop_feed_wanted(feed));
    expect_state(source, "live");
    koop_feed_put(feed, other, "{\"type\":\"update\",\"n\":1}");
    koop_feed_put(feed, hello.run, "{\"type\":\"update\",\"n\":2}");
    json_t *line = next_line(source, "update");
    assert_int_equal(json_integer_value(json_object_get(line, "n")), 2);
    json_decref(line);
    koop_runs_stall(runs, kit_now_ms() + 5000, 3000);
    expect_state(source, "stalled");
    koop_runs_leaving(runs, hello.run);
    koop_feed_put(feed, hello.run, "{\"type\":\"event\"}");
    koop_runs_finish(runs, hello.run, &(koop_wire_bye){0}, 0);
    json_decref(next_line(source, "event"));
    expect_state(source, "finished");
    koop_source_free(source);
}

static void a_follower_too_many_is_refused_and_the_others_go_on(void **state) {
    (void)state;
    enum { MOST = 64 };
    koop_source *sources[MOST + 1];
    json_t *status = NULL;
    for (int i = 0; i <= MOST; i++) {
        sources[i] = new_source();
        const koop_status got = koop_source_follow(sources[i], "cnn", KIT_DEADLINE_MS);
        assert_int_equal(got, i < MOST ? KOOP_OK : KOOP_REFUSED);
    }
    char why[256];
    koop_source_trouble(sources[MOST], why, sizeof why);
    assert_non_null(strstr(why, "refuses: too many followers"));
    expect_state(sources[MOST - 1], "live");
    koop_source *asker = new_source();
    assert_int_equal(koop_source_status(asker, KIT_DEADLINE_MS, &status), KOOP_OK);
    json_decref(status);
    koop_source_free(asker);
    for (int i = 0; i <= MOST; i++) koop_source_free(sources[i]);
}

static void a_follower_of_all_hears_of_new_runs(void **state) {
    (void)state;
    koop_source *source = new_source();
    assert_int_equal(koop_source_follow(source, NULL, KIT_DEADLINE_MS), KOOP_OK);
    expect_state(source, "live");
    kit_hello(&hello, 0xcd, "cnn", 3);
    assert_int_equal(koop_runs_admit(runs, &hello, 0, kit_now_ms()), KOOP_OK);
    json_t *line = next_line(source, "state");
    assert_string_equal(json_string_value(json_object_get(line, "run")),
                        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd");
    json_decref(line);
    json_t *quiet = NULL;
    assert_int_equal(koop_source_next(source, 30, &quiet), KOOP_TIMED_OUT);
    /* A source that follows answers nothing else. */
    assert_int_equal(koop_source_view(source, "cnn", 30, &view), KOOP_BAD_ARGUMENT);
    koop_source_free(source);
}

static void a_follower_that_does_not_read_loses_lines_which_are_counted(void **state) {
    (void)state;
    char text[4096];
    koop_source *source = new_source();
    assert_int_equal(koop_source_follow(source, "cnn", KIT_DEADLINE_MS), KOOP_OK);
    snprintf(text, sizeof text, "{\"type\":\"update\",\"pad\":\"%3900d\"}", 1);
    const int64_t deadline = kit_now_ms() + KIT_DEADLINE_MS;
    while (koop_feed_dropped(feed) == 0 && kit_now_ms() < deadline)
        koop_feed_put(feed, hello.run, text);
    assert_true(koop_feed_dropped(feed) > 0);
    /* The daemon is not held up. */
    koop_source *other = new_source();
    assert_int_equal(koop_source_view(other, "cnn", KIT_DEADLINE_MS, &view), KOOP_OK);
    koop_source_free(other);
    koop_source_free(source);
}

/* More than its pipe takes at once. */
static void a_new_follower_hears_the_states_of_all_runs(void **state) {
    (void)state;
    koop_wire_hello *other = malloc(sizeof *other);
    assert_non_null(other);
    for (int i = 0; i < KOOP_VIEW_RUNS - 1; i++) {
        kit_hello(other, 7, "cnn", 3);
        other->run[0] = (uint8_t)i;
        assert_int_equal(koop_runs_admit(runs, other, 0, kit_now_ms()), KOOP_OK);
    }
    free(other);
    koop_source *source = new_source();
    assert_int_equal(koop_source_follow(source, NULL, KIT_DEADLINE_MS), KOOP_OK);
    for (int i = 0; i < KOOP_VIEW_RUNS; i++) expect_state(source, "live");
    koop_source_free(source);
}

/* What comes back for a raw request, as JSON. */
static json_t *answer_to(void *socket, const char *request) {
    zmq_msg_t frame;
    assert_true(zmq_send(socket, request, strlen(request), 0) >= 0);
    zmq_msg_init(&frame);
    assert_true(zmq_msg_recv(&frame, socket, 0) >= 0);
    json_t *answer = json_loadb(zmq_msg_data(&frame), zmq_msg_size(&frame), 0, NULL);
    zmq_msg_close(&frame);
    assert_non_null(answer);
    assert_int_equal(json_integer_value(json_object_get(answer, "schema")), KOOP_JSON_SCHEMA);
    return answer;
}

static void what_is_no_request_gets_an_error_and_its_id(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "garbage",
                                      "[]",
                                      "{}",
                                      "{\"get\":7}",
                                      "{\"get\":\"everything\"}",
                                      "{\"get\":\"view\"}",
                                      "{\"get\":\"view\",\"run\":[]}",
                                      "{\"get\":\"follow\",\"run\":7}"};
    void *socket = zmq_socket(zmq, ZMQ_DEALER);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &(int){KIT_DEADLINE_MS}, sizeof(int));
    assert_int_equal(zmq_connect(socket, view_endpoint), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *answer = answer_to(socket, bad[i]);
        assert_true(json_is_object(json_object_get(answer, "error")));
        json_decref(answer);
    }
    json_t *answer = answer_to(socket, "{\"get\":\"nothing\",\"id\":12}");
    assert_int_equal(json_integer_value(json_object_get(answer, "id")), 12);
    json_decref(answer);
    for (int i = 0; i < 10; i++) zmq_send(socket, "x", 1, ZMQ_SNDMORE);
    answer = answer_to(socket, "{\"get\":\"status\"}"); /* last frame of the refused request */
    json_decref(answer);
    answer = answer_to(socket, "{\"get\":\"status\"}");
    assert_non_null(json_object_get(answer, "status"));
    json_decref(answer);
    zmq_close(socket);
}

/* Sends requests until the socket takes no more for a while, reads none of the answers, and is cut
 * off. Returns how many went out. */
static int flood_and_die(int patience_ms) {
    void *context = zmq_ctx_new(), *socket = zmq_socket(context, ZMQ_DEALER);
    int sent = 0;
    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &(int){0}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_RCVHWM, &(int){1}, sizeof(int));
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience_ms, sizeof(int));
    assert_int_equal(zmq_connect(socket, view_endpoint), 0);
    static const char request[] = "{\"get\":\"view\",\"run\":\"cnn\"}";
    while (sent < 40000 && zmq_send(socket, request, sizeof request - 1, 0) > 0) sent++;
    zmq_close(socket);
    zmq_ctx_term(context);
    return sent;
}

/* libzmq's own heartbeat on such a connection ends the process. */
static void an_asker_cut_off_with_its_pipe_full_harms_nobody(void **state) {
    (void)state;
    atomic_store(&deaf, true);
    kit_sleep_ms(10);
    assert_true(flood_and_die(100) > 1000);
    kit_sleep_ms(800); /* past an interval of heartbeats */
    atomic_store(&deaf, false);
    koop_source *source = new_source();
    assert_int_equal(koop_source_view(source, "cnn", KIT_DEADLINE_MS, &view), KOOP_OK);
    koop_source_free(source);
}

static void requests_without_end_are_read_and_discarded(void **state) {
    (void)state;
    koop_source *source = new_source();
    assert_int_equal(flood_and_die(KIT_DEADLINE_MS), 40000);
    assert_int_equal(koop_source_view(source, "cnn", KIT_DEADLINE_MS, &view), KOOP_OK);
    koop_source_free(source);
    atomic_store(&stop, true);
    pthread_join(server, NULL);
    assert_true(koop_publish_discarded(publish) > 0);
    atomic_store(&stop, false);
    assert_int_equal(pthread_create(&server, NULL, serve, NULL), 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(runs_views_and_status_come_through),
        WITH(many_at_once_get_the_same_answer_each_with_its_number),
        WITH(an_unknown_run_is_not_found),
        WITH(a_late_answer_is_not_taken_for_the_next),
        WITH(with_no_daemon_a_request_times_out),
        WITH(a_directory_that_others_may_write_to_is_not_asked),
        WITH(a_follower_hears_the_state_its_changes_and_the_lines_of_its_run),
        WITH(a_follower_too_many_is_refused_and_the_others_go_on),
        WITH(a_follower_of_all_hears_of_new_runs),
        WITH(a_follower_that_does_not_read_loses_lines_which_are_counted),
        WITH(a_new_follower_hears_the_states_of_all_runs),
        WITH(an_asker_cut_off_with_its_pipe_full_harms_nobody),
        WITH(requests_without_end_are_read_and_discarded),
        WITH(what_is_no_request_gets_an_error_and_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
