#include "client_kit.h"
#include "lone_worker.h"
#include "sender.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

static void snapshots_wait_for_a_daemon_that_comes_later(void **state) {
    (void)state;
    koop_options options = options_here();
    open_small(&options);
    publish_many(1, 50);
    assert_int_equal(koop_flush(client, 50), KOOP_TIMED_OUT);
    assert_null(koop_reason(client));
    fake_start(fake);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 50);
    assert_all_accounted_for();
}

static void a_restarted_daemon_gets_what_it_had_not_acknowledged(void **state) {
    (void)state;
    koop_options options = options_here();
    fake_start(fake);
    open_small(&options);
    publish_many(1, 20);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    for (int round = 1; round <= 2; round++) {
        fake_stop(fake);
        publish_many(20 * round + 1, 20 * round + 20);
        fake_start(fake);
        assert_int_equal(koop_flush(client, 20000), KOOP_OK);
        assert_int_equal(koop_get_counters(client).reconnects, round);
    }
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.taken, 60);
    assert_int_equal(seen.gaps, 0);
    assert_int_equal(seen.hellos >= 3, 1);
    assert_all_accounted_for();
}

/* A port of this machine that was free a moment ago. */
static int free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void over_tcp_it_goes_as_over_ipc(void **state) {
    (void)state;
    koop_options options = options_here();
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", free_port());
    open_small(&options); /* nobody is there yet */
    publish_many(1, 20);
    fake_start(fake);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_stop(fake);
    publish_many(21, 40);
    fake_start(fake);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 40);
    assert_int_equal(fake_get(fake).gaps, 0);
    koop_close(&client, 20000);
    WAIT_FOR(fake_get(fake).byes == 1);
}

static void what_was_sent_but_not_acknowledged_is_replayed(void **state) {
    (void)state;
    koop_options options = options_here();
    atomic_store(&fake->acknowledge, false);
    fake_start(fake);
    open_small(&options);
    publish_many(1, 10);
    WAIT_FOR(fake_get(fake).taken == 10);
    assert_int_equal(koop_get_counters(client).acknowledged, 0);
    fake_stop(fake);
    fake->state.last = fake->state.taken = 4; /* the rest never reached the disk */
    atomic_store(&fake->acknowledge, true);
    fake_start(fake);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 10);
    assert_int_equal(fake_get(fake).gaps, 0);
    assert_int_equal(koop_get_counters(client).sent, 10);
    assert_all_accounted_for();
}

static void no_more_than_the_credit_is_unacknowledged(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->credit = 3;
    atomic_store(&fake->acknowledge, false);
    fake_start(fake);
    open_small(&options);
    publish_many(1, 30);
    WAIT_FOR(fake_get(fake).taken == 3);
    WAIT_FOR(fake_get(fake).pings >= 1); /* it talks, but sends no snapshot */
    assert_int_equal(fake_get(fake).taken, 3);
    assert_int_equal(koop_get_counters(client).sent, 3);
}

static void an_idle_trainer_keeps_saying_that_it_lives(void **state) {
    (void)state;
    koop_options options = options_here();
    fake_start(fake);
    open_small(&options);
    publish_many(1, 1);
    WAIT_FOR(fake_get(fake).pings >= 2);
    assert_int_equal(fake_get(fake).hellos, 1);
}

static void large_snapshots_travel_in_chunks(void **state) {
    (void)state;
    enum { VALUES = 750001 }; /* 3 MB and a bit */
    koop_options options = options_here();
    options.sketch_above = 0;
    fake_start(fake);
    float *values = malloc(VALUES * sizeof *values);
    for (int i = 0; i < VALUES; i++) values[i] = (float)i;
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_int_equal(koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){VALUES}), KOOP_OK);
    for (int64_t step = 1; step <= 5; step++) {
        values[0] = (float)-step;
        assert_int_equal(koop_publish(client, step, (const void *const[]){values}, NULL, 0),
                         KOOP_OK);
    }
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.taken, 5);
    assert_int_equal(seen.misplaced, 0);
    assert_int_equal(seen.snapshot.total, VALUES * 4);
    assert_int_equal(seen.largest_chunk, KOOP_WIRE_CHUNK_BYTES);
    assert_memory_equal(fake->data, values, VALUES * sizeof *values);
    free(values);
}

static void a_refused_snapshot_is_counted_and_the_next_ones_go_on(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->refuse = 5;
    fake_start(fake);
    open_small(&options);
    publish_many(1, 5);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(koop_get_counters(client).rejected, 1);
    publish_many(6, 10);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 9);
    assert_int_equal(atomic_load(&log_lines), 1);
    assert_all_accounted_for();
}

static void another_protocol_version_disables_the_client(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->greeting = KOOP_WIRE_ERROR_VERSION;
    fake_start(fake);
    open_small(&options);
    publish_many(1, 1);
    WAIT_FOR(koop_reason(client));
    assert_int_equal(publish_small(2), KOOP_DISABLED);
    assert_int_equal(koop_flush(client, 20000), KOOP_DISABLED);
    assert_non_null(strstr(koop_reason(client), "version"));
}

static void closing_says_goodbye(void **state) {
    (void)state;
    koop_options options = options_here();
    fake_start(fake);
    open_small(&options);
    publish_many(1, 5);
    koop_close(&client, 20000);
    assert_null(client);
    WAIT_FOR(fake_get(fake).byes == 1);
    assert_int_equal(fake_get(fake).taken, 5);
    assert_int_equal(fake_get(fake).bye.last_seq, 5);
    assert_int_equal(fake_get(fake).bye.dropped, 0);
}

static void a_goodbye_that_is_not_answered_is_said_again(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->unheard_byes = 3;
    fake_start(fake);
    open_small(&options);
    publish_many(1, 5);
    koop_close(&client, 20000);
    assert_int_equal(fake_get(fake).byes, 1); /* no wait: it was answered */
    fake_sleep_ms(50);
    assert_int_equal(fake_get(fake).hellos,
                     1); /* what came behind the answer brought nobody back */
}

static void a_goodbye_finds_a_daemon_that_was_started_anew(void **state) {
    (void)state;
    koop_options options = options_here();
    fake_start(fake);
    open_small(&options);
    publish_many(1, 5);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_stop(fake);
    fake_start(fake);
    koop_close(&client, 20000);
    assert_int_equal(fake_get(fake).hellos, 2);
    assert_int_equal(fake_get(fake).byes, 1);
    assert_int_equal(fake_get(fake).bye.last_seq, 5);
}

static void the_goodbye_counts_what_will_never_be_sent(void **state) {
    (void)state;
    koop_options options = options_here();
    options.ring_slots = 8;
    fake->credit = 3;
    atomic_store(&fake->acknowledge, false);
    fake_start(fake);
    open_small(&options);
    publish_many(1, 3);
    WAIT_FOR(fake_get(fake).taken == 3);
    publish_many(4, 30); /* five find room */
    assert_int_equal(koop_get_counters(client).dropped, 22);
    koop_close(&client, 500); /* nothing is acknowledged: it waits, and says goodbye */
    WAIT_FOR(fake_get(fake).byes == 1);
    assert_int_equal(fake_get(fake).bye.last_seq, 30);
    assert_int_equal(fake_get(fake).bye.dropped, 27);
}

static void acknowledge_two_and_allow_five(fake_daemon *daemon, const uint8_t *id, size_t size) {
    fake_welcome(daemon, id, size, 2, 5);
}

static void a_second_welcome_acknowledges_and_sets_the_credit_only(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->credit = 3;
    atomic_store(&fake->acknowledge, false);
    fake_start(fake);
    open_small(&options);
    publish_many(1, 30);
    WAIT_FOR(fake_get(fake).taken == 3);
    fake_do(fake, acknowledge_two_and_allow_five);
    WAIT_FOR(fake_get(fake).taken == 7); /* five from the third on */
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.duplicates, 0);
    assert_int_equal(seen.hellos, 1);
    assert_int_equal(koop_get_counters(client).acknowledged, 2);
    assert_int_equal(koop_get_counters(client).reconnects, 0);
}

static void acknowledge_ten(fake_daemon *daemon, const uint8_t *id, size_t size) {
    fake_ack(daemon, id, size, 10);
}

static void an_ack_before_welcome_frees_nothing(void **state) {
    (void)state;
    koop_options options = options_here();
    atomic_store(&fake->acknowledge, false);
    fake_start(fake);
    open_small(&options);
    publish_many(1, 10);
    WAIT_FOR(fake_get(fake).taken == 10);
    fake_stop(fake);
    fake->state.last = fake->state.taken = 4; /* the rest never reached the disk */
    atomic_store(&fake->acknowledge, true);
    fake->before_welcome = acknowledge_ten;
    fake_start(fake);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 10);
    assert_int_equal(koop_get_counters(client).reconnects, 1);
}

static void forget(fake_daemon *daemon, const uint8_t *id, size_t size) {
    fake_error(daemon, id, size, KOOP_WIRE_ERROR_NO_HELLO, 0);
}

static void no_hello_means_nothing_while_a_hello_is_under_way(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->before_welcome = forget;
    fake_start(fake);
    open_small(&options);
    publish_many(1, 10);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).hellos, 1);
    assert_int_equal(koop_get_counters(client).reconnects, 0);
}

enum { FORGETFUL_HELLOS = 100 };

static void forget_for_long(fake_daemon *daemon, const uint8_t *id, size_t size) {
    if (daemon->state.hellos <= FORGETFUL_HELLOS) forget(daemon, id, size);
}

/* A client that waited for its second to pass would take longer than a minute and a half. Nothing
 * is acknowledged, or it would be done before. */
static void a_hello_follows_no_hello_at_once(void **state) {
    (void)state;
    koop_options options = options_here();
    fake->after_welcome = forget_for_long;
    atomic_store(&fake->acknowledge, false);
    fake_start(fake);
    open_small(&options);
    publish_many(1, 10);
    WAIT_FOR(fake_get(fake).hellos > FORGETFUL_HELLOS);
    WAIT_FOR(fake_get(fake).taken == 10);
    assert_int_equal(koop_get_counters(client).acknowledged, 0);
    assert_int_equal(koop_get_counters(client).rejected, 0);
}

/* A snapshot of so many chunks that a daemon which reads one of them stops the sender within it. */
enum { CHUNKS = 24, CHUNK_VALUES = KOOP_WIRE_CHUNK_BYTES / 4 };

static float *open_large(void) {
    koop_options options = options_here();
    float *values = calloc(CHUNKS, KOOP_WIRE_CHUNK_BYTES);
    assert_non_null(values);
    options.sketch_above = 0;
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_int_equal(
        koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 2, (size_t[]){CHUNKS, CHUNK_VALUES}),
        KOOP_OK);
    return values;
}

static void publish_large(int64_t step, const float *values) {
    assert_int_equal(koop_publish(client, step, (const void *const[]){values}, NULL, 0), KOOP_OK);
}

static void acknowledge_one(fake_daemon *daemon, const uint8_t *id, size_t size) {
    fake_ack(daemon, id, size, 1);
}

static void refuse_one(fake_daemon *daemon, const uint8_t *id, size_t size) {
    fake_error(daemon, id, size, KOOP_WIRE_ERROR_LIMIT, 1);
}

/* The slot goes back to the publisher, so not one more chunk may be read from it. */
static void what_is_settled_while_it_is_sent_is_not_sent_on(fake_hook *settle) {
    fake->at_chunk = settle;
    fake_start(fake);
    float *values = open_large();
    publish_large(1, values);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    atomic_store(&fake->paused, false);
    values[0] = 2;
    publish_large(2, values);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.last, 2);
    assert_int_equal(seen.taken, 1);
    assert_in_range(seen.chunks, CHUNKS + 1, 2 * CHUNKS - 1);
    assert_memory_equal(fake->data, values, (size_t)CHUNKS * KOOP_WIRE_CHUNK_BYTES);
    free(values);
}

static void an_ack_ends_the_sending_of_what_it_covers(void **state) {
    (void)state;
    what_is_settled_while_it_is_sent_is_not_sent_on(acknowledge_one);
    assert_int_equal(koop_get_counters(client).acknowledged, 2);
}

static void a_refusal_ends_the_sending_of_what_it_names(void **state) {
    (void)state;
    what_is_settled_while_it_is_sent_is_not_sent_on(refuse_one);
    assert_int_equal(koop_get_counters(client).rejected, 1);
}

/* The sender, with its queue full, can say no HELLO between the two; the last error tells the test
 * that it has read them. */
static void forget_and_welcome_late(fake_daemon *daemon, const uint8_t *id, size_t size) {
    forget(daemon, id, size);
    fake_welcome(daemon, id, size, 1, 64);
    fake_error(daemon, id, size, KOOP_WIRE_ERROR_LIMIT, 0);
}

static void a_welcome_that_answers_no_hello_is_ignored(void **state) {
    (void)state;
    fake->at_chunk = forget_and_welcome_late;
    fake_start(fake);
    float *values = open_large();
    publish_large(1, values);
    WAIT_FOR(atomic_load(&log_lines) == 1);
    assert_int_equal(koop_get_counters(client).acknowledged, 0);
    atomic_store(&fake->paused, false);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 1);
    assert_int_equal(fake_get(fake).misplaced, 0); /* it began again at the first chunk */
    assert_int_equal(fake_get(fake).hellos, 2);
    assert_int_equal(koop_get_counters(client).reconnects, 1);
    free(values);
}

static void a_message_that_cannot_be_packed_is_called_what_it_is(void **state) {
    (void)state;
    koop_worker worker;
    koop_task task;
    const char *reason = NULL;
    fake_start(fake);
    lone_worker_open(&worker);
    assert_int_equal(koop_sender_new(&task, &worker, endpoint, &(koop_curve){.on = false}, &reason),
                     KOOP_OK);
    lone_worker_run(&worker, task);
    assert_string_equal(lone_reason, "a message could not be packed: bad argument");
}

static void a_stranger_is_told_nothing(void **state) {
    (void)state;
    char inner[80];
    koop_options options = options_here();
    snprintf(inner, sizeof inner, "%s/inner", folder);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/socket", inner);
    open_small(&options); /* no directory: nobody is there yet */
    publish_many(1, 5);
    assert_null(koop_reason(client));
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(chmod(inner, 0777), 0);
    WAIT_FOR(koop_reason(client) != NULL);
    assert_non_null(strstr(koop_reason(client), "another user"));
    rmdir(inner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(snapshots_wait_for_a_daemon_that_comes_later),
        CLIENT_TEST(a_restarted_daemon_gets_what_it_had_not_acknowledged),
        CLIENT_TEST(over_tcp_it_goes_as_over_ipc),
        CLIENT_TEST(what_was_sent_but_not_acknowledged_is_replayed),
        CLIENT_TEST(no_more_than_the_credit_is_unacknowledged),
        CLIENT_TEST(an_idle_trainer_keeps_saying_that_it_lives),
        CLIENT_TEST(large_snapshots_travel_in_chunks),
        CLIENT_TEST(a_refused_snapshot_is_counted_and_the_next_ones_go_on),
        CLIENT_TEST(another_protocol_version_disables_the_client),
        CLIENT_TEST(closing_says_goodbye),
        CLIENT_TEST(a_goodbye_that_is_not_answered_is_said_again),
        CLIENT_TEST(a_goodbye_finds_a_daemon_that_was_started_anew),
        CLIENT_TEST(the_goodbye_counts_what_will_never_be_sent),
        CLIENT_TEST(a_second_welcome_acknowledges_and_sets_the_credit_only),
        CLIENT_TEST(an_ack_before_welcome_frees_nothing),
        CLIENT_TEST(no_hello_means_nothing_while_a_hello_is_under_way),
        CLIENT_TEST(a_hello_follows_no_hello_at_once),
        CLIENT_TEST(an_ack_ends_the_sending_of_what_it_covers),
        CLIENT_TEST(a_refusal_ends_the_sending_of_what_it_names),
        CLIENT_TEST(a_welcome_that_answers_no_hello_is_ignored),
        CLIENT_TEST(a_stranger_is_told_nothing),
        CLIENT_TEST(a_message_that_cannot_be_packed_is_called_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
