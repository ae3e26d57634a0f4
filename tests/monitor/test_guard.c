#include "guard.h"

#include "pressure.h"
#include "serve_kit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

enum { PROCESS = 7, MEBIBYTE = 1 << 20 };

static koop_guard *guard;
static koop_guard_limits limits;
static int last_cut, n_cut;
static uint32_t serial;

static void note(void *context, int fd) {
    (void)context;
    last_cut = fd;
    n_cut++;
}

static void start(void) {
    koop_guard_free(guard);
    guard = NULL;
    assert_int_equal(koop_guard_new(&guard, &limits, note, NULL), KOOP_OK);
    last_cut = -1;
    n_cut = 0;
    serial = 0;
}

static int set_up(void **state) {
    (void)state;
    limits = koop_guard_defaults();
    start();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    koop_guard_free(guard);
    guard = NULL;
    return 0;
}

/* A connection that says something; its serial. */
static uint32_t come(int fd, koop_heard heard, int64_t now_ms) {
    koop_guard_accepted(guard, fd, -1, now_ms);
    koop_guard_heard(guard, fd, ++serial, 100, heard, now_ms);
    koop_guard_current(guard, now_ms);
    return serial;
}

static void hear(int fd, uint32_t from, size_t bytes, koop_heard heard, int64_t now_ms) {
    koop_guard_heard(guard, fd, from, bytes, heard, now_ms);
    koop_guard_current(guard, now_ms);
}

static void who_says_nothing_is_cut(void **state) {
    (void)state;
    koop_guard_accepted(guard, 5, -1, 1000);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + limits.quiet_ms - 1), 0);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + limits.quiet_ms), 1);
    assert_int_equal(last_cut, 5);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + 2 * limits.quiet_ms), 0);
    assert_int_equal(koop_guard_total_cut(guard), 1);
    assert_int_equal(koop_guard_connections(guard), 1);
    koop_guard_gone(guard, 5);
    assert_int_equal(koop_guard_connections(guard), 0);
}

static void silence_counts_as_far_as_all_was_read(void **state) {
    (void)state;
    come(5, KOOP_HEARD_KNOWN, 1000);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + 2 * limits.silent_ms), 0);
    for (int64_t now = 1000; now < 1000 + limits.silent_ms; now += 500)
        koop_guard_current(guard, now);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + 2 * limits.silent_ms), 0);
    koop_guard_current(guard, 1000 + limits.silent_ms);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + 2 * limits.silent_ms), 1);
}

static void nobody_is_silent_while_this_process_stands_still(void **state) {
    (void)state;
    come(5, KOOP_HEARD_KNOWN, 1000);
    koop_guard_current(guard, 1000);
    koop_guard_current(guard, 1000 + 3 * limits.silent_ms); /* stopped, and let go on */
    assert_int_equal(koop_guard_look(guard, 0, 1000 + 3 * limits.silent_ms), 0);
    for (int64_t now = 0; now <= limits.silent_ms; now += 500)
        koop_guard_current(guard, 1000 + 3 * limits.silent_ms + now);
    assert_int_equal(koop_guard_look(guard, 0, 1000 + 4 * limits.silent_ms), 1);
}

static void bad_messages_are_borne_as_long_as_they_are_few(void **state) {
    (void)state;
    uint32_t from = come(5, KOOP_HEARD_KNOWN, 0);
    for (int64_t now = 0; now < 10 * limits.bad_ms; now += limits.bad_ms / limits.bad_messages + 10)
        hear(5, from, 1, KOOP_HEARD_BAD, now);
    assert_int_equal(n_cut, 0);
    const int64_t later = 20 * limits.bad_ms;
    for (int i = 1; i < limits.bad_messages; i++) hear(5, from, 1, KOOP_HEARD_BAD, later);
    assert_int_equal(n_cut, 0);
    hear(5, from, 1, KOOP_HEARD_BAD, later);
    assert_int_equal(n_cut, 1);
    assert_true(koop_guard_is_cut(guard, from));
    hear(5, from, 1, KOOP_HEARD_HOSTILE, later);
    assert_int_equal(n_cut, 1);
}

static void who_asks_too_much_is_told_apart(void **state) {
    (void)state;
    limits.asks_burst = 3;
    limits.asks_per_s = 10;
    start();
    uint32_t one = come(5, KOOP_HEARD_KNOWN, 0), two = come(6, KOOP_HEARD_KNOWN, 0);
    for (int i = 0; i < 3; i++) assert_true(koop_guard_may_ask(guard, 5, one, 0));
    assert_false(koop_guard_may_ask(guard, 5, one, 0));
    assert_true(koop_guard_may_ask(guard, 6, two, 0));
    assert_true(koop_guard_may_ask(guard, 5, one, 100));
    assert_false(koop_guard_may_ask(guard, 5, one, 100));
}

static void who_does_what_no_client_does_is_cut_at_once(void **state) {
    (void)state;
    uint32_t from = come(5, KOOP_HEARD_KNOWN, 0);
    hear(5, from, 1, KOOP_HEARD_HOSTILE, 1);
    assert_int_equal(last_cut, 5);
    koop_guard_accepted(guard, 6, -1, 2);
    hear(6, KOOP_GUARD_FORGED, 1, KOOP_HEARD_HOSTILE, 3);
    assert_int_equal(last_cut, 6);
}

/* What a dead connection had sent must not be held against who has its descriptor now. */
static void a_descriptor_that_is_used_again_is_another_connection(void **state) {
    (void)state;
    uint32_t bad = come(5, KOOP_HEARD_STRANGER, 0);
    hear(5, bad, 1, KOOP_HEARD_HOSTILE, 1);
    koop_guard_gone(guard, 5);
    uint32_t good = come(5, KOOP_HEARD_KNOWN, 2);
    n_cut = 0;
    for (int i = 0; i < 2 * limits.bad_messages; i++) hear(5, bad, 1, KOOP_HEARD_BAD, 3);
    hear(5, bad, 1, KOOP_HEARD_HOSTILE, 3);
    assert_int_equal(n_cut, 0);
    assert_true(koop_guard_is_cut(guard, bad));
    assert_false(koop_guard_is_cut(guard, good));
}

static void one_too_many_pushes_out_who_said_nothing_then_strangers_then_itself(void **state) {
    (void)state;
    limits.connections = 3;
    start();
    come(10, KOOP_HEARD_KNOWN, 0);
    come(11, KOOP_HEARD_STRANGER, 1);
    koop_guard_accepted(guard, 12, -1, 2);
    koop_guard_accepted(guard, 13, -1, 3);
    assert_int_equal(last_cut, 12);
    koop_guard_heard(guard, 13, ++serial, 1, KOOP_HEARD_KNOWN, 3);
    koop_guard_accepted(guard, 14, -1, 4);
    assert_int_equal(last_cut, 11);
    koop_guard_heard(guard, 14, ++serial, 1, KOOP_HEARD_KNOWN, 4);
    koop_guard_accepted(guard, 15, -1, 5);
    assert_int_equal(last_cut, 15);
    assert_int_equal(n_cut, 3);
}

static void a_process_of_this_machine_pushes_out_who_came_over_tcp(void **state) {
    (void)state;
    limits.connections = 2;
    start();
    koop_guard_accepted(guard, 11, PROCESS, 1);
    koop_guard_heard(guard, 11, ++serial, 1, KOOP_HEARD_KNOWN, 1);
    koop_guard_accepted(guard, 12, -1, 2);
    koop_guard_heard(guard, 12, ++serial, 1, KOOP_HEARD_KNOWN, 2);
    koop_guard_accepted(guard, 13, -1, 3); /* over tcp itself */
    assert_int_equal(last_cut, 13);
    koop_guard_gone(guard, 13);
    koop_guard_accepted(guard, 14, PROCESS, 4);
    assert_int_equal(last_cut, 12);
}

static int64_t origin_of_ipv6(const char *text) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6};
    assert_int_equal(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return koop_guard_origin(&address);
}

static void an_origin_is_an_address_or_a_network(void **state) {
    (void)state;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_int_equal(inet_pton(AF_INET, "192.0.2.1", &v4.sin_addr), 1);
    assert_true(koop_guard_origin(&v4) < 0);
    assert_int_equal(koop_guard_origin(&v4), origin_of_ipv6("::ffff:192.0.2.1"));
    assert_true(origin_of_ipv6("::ffff:192.0.2.2") != origin_of_ipv6("::ffff:192.0.2.1"));
    assert_int_equal(origin_of_ipv6("2001:db8::1"), origin_of_ipv6("2001:db8::2"));
    assert_true(origin_of_ipv6("2001:db8::1") < 0);
    assert_true(origin_of_ipv6("2001:db8::1") != origin_of_ipv6("2001:db8:0:1::1"));
    assert_true(origin_of_ipv6("::1") != origin_of_ipv6("2001:db8::1"));
    assert_int_equal(koop_guard_origin(&local), 0);
}

static void newcomers_of_one_origin_are_few(void **state) {
    (void)state;
    limits.new_burst = 16;
    limits.new_per_s = 8;
    start();
    for (int fd = 0; fd < 16; fd++) koop_guard_accepted(guard, fd, -1, 1000);
    assert_int_equal(n_cut, 0);
    koop_guard_accepted(guard, 16, -1, 1000);
    assert_int_equal(last_cut, 16);
    koop_guard_accepted(guard, 17, -2, 1000); /* another's are not */
    assert_int_equal(n_cut, 1);
    koop_guard_accepted(guard, 18, -1, 1125);
    assert_int_equal(n_cut, 1);
    koop_guard_accepted(guard, 19, -1, 1125);
    assert_int_equal(last_cut, 19);
    koop_guard_accepted(guard, 20, PROCESS, 1125); /* a process has an eighth */
    koop_guard_accepted(guard, 21, PROCESS, 1125);
    assert_int_equal(n_cut, 2);
    koop_guard_accepted(guard, 22, PROCESS, 1125);
    assert_int_equal(last_cut, 22);
}

static void a_bad_one_costs_its_origin_more(void **state) {
    (void)state;
    limits.new_burst = limits.penalty + 2;
    start();
    uint32_t bad = come(5, KOOP_HEARD_STRANGER, 0);
    hear(5, bad, 1, KOOP_HEARD_HOSTILE, 0);
    koop_guard_accepted(guard, 6, -1, 0);
    assert_int_equal(n_cut, 1);
    koop_guard_accepted(guard, 7, -1, 0);
    assert_int_equal(last_cut, 7);
    koop_guard_accepted(guard, 8, -1, 2000); /* for a while */
    assert_int_equal(n_cut, 2);
}

static void under_pressure_the_silent_go_then_strangers_and_the_heavy_then_all(void **state) {
    (void)state;
    const int64_t now = 10000;
    uint32_t good = come(20, KOOP_HEARD_KNOWN, now), heavy = come(21, KOOP_HEARD_KNOWN, now);
    uint32_t as_heavy = come(25, KOOP_HEARD_KNOWN, now);
    uint32_t stranger = come(22, KOOP_HEARD_STRANGER, now);
    come(23, KOOP_HEARD_KNOWN, now - limits.press_silent_ms);
    koop_guard_accepted(guard, 24, -1, now - limits.press_quiet_ms);
    koop_guard_look(guard, 0, now - 1);
    hear(21, heavy, (size_t)limits.heavy, KOOP_HEARD_KNOWN, now);
    hear(25, as_heavy, (size_t)limits.heavy / 2, KOOP_HEARD_KNOWN, now);
    assert_int_equal(koop_guard_look(guard, 0, now), 0);
    assert_int_equal(koop_guard_look(guard, 1, now), 2);
    assert_int_equal(koop_guard_look(guard, 2, now), 3);
    assert_true(koop_guard_is_cut(guard, heavy));
    assert_true(koop_guard_is_cut(guard, as_heavy));
    assert_true(koop_guard_is_cut(guard, stranger));
    assert_false(koop_guard_is_cut(guard, good));
    assert_int_equal(koop_guard_look(guard, 2, now), 0);
    assert_int_equal(koop_guard_look(guard, 3, now), 0);
    assert_int_equal(koop_guard_look(guard, 3, now + limits.press_blind_ms), 1);
    assert_true(koop_guard_is_cut(guard, good));
}

static void weight_is_forgotten(void **state) {
    (void)state;
    uint32_t heavy = come(21, KOOP_HEARD_KNOWN, 0);
    hear(21, heavy, (size_t)limits.heavy, KOOP_HEARD_KNOWN, 0);
    for (int64_t now = 1000; now <= 3000; now += 1000) {
        hear(21, heavy, 1, KOOP_HEARD_KNOWN, now);
        koop_guard_look(guard, 0, now);
    }
    assert_int_equal(koop_guard_look(guard, 2, 3100), 0);
}

/* On a real socket: of what the ROUTER named, of what it did not, and of what is cut. */
static void a_real_connection_is_followed_and_cut(void **state) {
    (void)state;
    char root[64], endpoint[128];
    uint8_t id[255];
    kit_make_directory(root);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/sock", root);
    koop_guard_free(guard);
    guard = NULL;
    assert_int_equal(koop_guard_new(&guard, &limits, NULL, NULL), KOOP_OK);
    void *zmq = zmq_ctx_new(), *router = zmq_socket(zmq, ZMQ_ROUTER);
    assert_int_equal(koop_guard_follow(guard, zmq, router), KOOP_OK);
    assert_int_equal(zmq_bind(router, endpoint), 0);
    kit_trainer *peer = kit_trainer_new(endpoint);
    kit_send_raw(peer, "x", 1, 0);
    int size = zmq_recv(router, id, sizeof id, 0);
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    assert_int_equal(zmq_msg_recv(&frame, router, 0), 1);
    KIT_AWAIT((koop_guard_read(guard, 1000), koop_guard_connections(guard) == 1));
    uint32_t first = koop_guard_serial(guard, id, (size_t)size);
    assert_int_not_equal(first, KOOP_GUARD_FORGED);
    id[4]--; /* the guard's own, which nobody has now */
    assert_int_equal(koop_guard_serial(guard, id, (size_t)size), KOOP_GUARD_FORGED);
    id[4]++;
    id[1] ^= 0x40; /* far ahead */
    assert_int_equal(koop_guard_serial(guard, id, (size_t)size), KOOP_GUARD_FORGED);
    assert_int_equal(koop_guard_serial(guard, "twin", 4), KOOP_GUARD_FORGED);
    int fd = zmq_msg_get(&frame, ZMQ_SRCFD);
    koop_guard_heard(guard, fd, first, 1, KOOP_HEARD_HOSTILE, 1000);
    /* It is cut, and its DEALER comes again. */
    kit_send_raw(peer, "y", 1, 0);
    KIT_AWAIT((koop_guard_read(guard, 1000), zmq_msg_recv(&frame, router, ZMQ_DONTWAIT) >= 0));
    assert_int_equal(koop_guard_total_cut(guard), 1);
    zmq_msg_close(&frame);
    kit_trainer_free(peer);
    zmq_close(router);
    koop_guard_free(guard);
    guard = NULL;
    zmq_ctx_term(zmq);
    kit_remove_tree(root);
}

static void memory_presses_when_it_comes_fast_and_not_for_ever(void **state) {
    (void)state;
    koop_pressure pressure = {.allowance = 100 * MEBIBYTE};
    uint64_t usual = 4000u * (uint64_t)MEBIBYTE, now = 5000;
    assert_int_equal(koop_pressure_level(&pressure, usual, 0, (int64_t)now), 0);
    assert_int_equal(koop_pressure_level(&pressure, usual + 90 * MEBIBYTE, 0, (int64_t)now), 0);
    assert_int_equal(koop_pressure_level(&pressure, usual + 110 * MEBIBYTE, 0, (int64_t)now), 1);
    assert_int_equal(koop_pressure_level(&pressure, usual + 160 * MEBIBYTE, 0, (int64_t)now), 2);
    assert_int_equal(koop_pressure_level(&pressure, usual + 310 * MEBIBYTE, 0, (int64_t)now), 3);
    /* What is accounted for does not press. */
    assert_int_equal(
        koop_pressure_level(&pressure, usual + 310 * MEBIBYTE, 310 * MEBIBYTE, (int64_t)now), 0);
    for (int i = 0; i < 400; i++)
        koop_pressure_level(&pressure, usual + 310 * MEBIBYTE, 0, (int64_t)(now += 50));
    assert_int_equal(koop_pressure_level(&pressure, usual + 310 * MEBIBYTE, 0, (int64_t)now), 0);
    assert_int_equal(koop_pressure_level(&pressure, usual, 0, (int64_t)now), 0);
    assert_int_equal(koop_pressure_level(&pressure, usual + 310 * MEBIBYTE, 0, (int64_t)now), 3);
    /* However often one looks. */
    koop_pressure steady = {.allowance = 100 * MEBIBYTE};
    koop_pressure_level(&steady, 0, 0, 0);
    int most = 0;
    for (int i = 1; i <= 40000; i++) {
        int level = koop_pressure_level(&steady, (uint64_t)i * 10 * 1024, 0, i);
        if (level > most) most = level;
    }
    assert_int_equal(most, 0); /* 10 MiB a second */
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(who_says_nothing_is_cut),
        TEST(silence_counts_as_far_as_all_was_read),
        TEST(nobody_is_silent_while_this_process_stands_still),
        TEST(bad_messages_are_borne_as_long_as_they_are_few),
        TEST(who_asks_too_much_is_told_apart),
        TEST(who_does_what_no_client_does_is_cut_at_once),
        TEST(a_descriptor_that_is_used_again_is_another_connection),
        TEST(one_too_many_pushes_out_who_said_nothing_then_strangers_then_itself),
        TEST(a_process_of_this_machine_pushes_out_who_came_over_tcp),
        TEST(an_origin_is_an_address_or_a_network),
        TEST(newcomers_of_one_origin_are_few),
        TEST(a_bad_one_costs_its_origin_more),
        TEST(under_pressure_the_silent_go_then_strangers_and_the_heavy_then_all),
        TEST(weight_is_forgotten),
        TEST(a_real_connection_is_followed_and_cut),
        TEST(memory_presses_when_it_comes_fast_and_not_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
