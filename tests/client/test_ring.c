#include "golden.h"
#include "ring.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { BYTES = 8 };

static koop_ring *ring;
static int wake_fd;

static int set_up(void **state) {
    (void)state;
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake_fd < 0 || koop_ring_new(&ring, wake_fd) != KOOP_OK;
}

static int tear_down(void **state) {
    (void)state;
    koop_ring_free(ring);
    return close(wake_fd);
}

static bool woken(void) {
    uint64_t count;
    return read(wake_fd, &count, sizeof count) == sizeof count;
}

/* A snapshot whose data is `value`. */
static void publish(uint64_t value) {
    koop_slot *slot = koop_ring_acquire(ring);
    memcpy(slot->data, &value, BYTES);
    koop_ring_commit(ring, slot);
}

/* The next one to send must carry `value` as seq and data. */
static void assert_next(size_t credit, uint64_t value) {
    koop_slot *slot = koop_ring_next(ring, credit);
    assert_non_null(slot);
    assert_int_equal(slot->seq, value);
    assert_memory_equal(slot->data, &value, BYTES);
    koop_ring_mark_sent(ring, slot);
}

static void assert_counters(uint64_t published, uint64_t sent, uint64_t acknowledged,
                            uint64_t dropped, uint64_t rejected) {
    koop_client_counters c = koop_ring_counters(ring);
    assert_int_equal(c.published, published);
    assert_int_equal(c.sent, sent);
    assert_int_equal(c.acknowledged, acknowledged);
    assert_int_equal(c.dropped, dropped);
    assert_int_equal(c.rejected, rejected);
}

static void snapshots_come_out_in_order_and_are_freed_by_acknowledgement(void **state) {
    (void)state;
    assert_false(koop_ring_ready(ring));
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    assert_false(koop_ring_ready(ring));
    for (uint64_t i = 1; i <= 3; i++) publish(i);
    assert_true(koop_ring_ready(ring));
    for (uint64_t i = 1; i <= 3; i++) assert_next(64, i);
    assert_null(koop_ring_next(ring, 64));
    koop_ring_acknowledge(ring, 2);
    assert_counters(3, 3, 2, 0, 0);
    assert_int_equal(koop_ring_drain(ring, 0), KOOP_TIMED_OUT);
    koop_ring_acknowledge(ring, 3);
    assert_int_equal(koop_ring_drain(ring, 0), KOOP_OK);
    assert_counters(3, 3, 3, 0, 0);
}

static void a_full_ring_drops_the_oldest_unsent(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    publish(1);
    assert_next(64, 1); /* sent, not acknowledged: must survive */
    for (uint64_t i = 2; i <= 6; i++) publish(i);
    assert_counters(6, 1, 0, 2, 0);
    assert_int_equal(koop_ring_unsent(ring), 3);
    assert_next(64, 4);
    koop_ring_rewind(ring);
    assert_next(64, 1);
    assert_next(64, 4);
    assert_next(64, 5);
    koop_ring_acknowledge(ring, 5);
    assert_next(64, 6);
    assert_counters(6, 4, 3, 2, 0);
}

static void a_snapshot_tells_how_many_were_dropped_before_it(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 2, BYTES), KOOP_OK);
    for (uint64_t i = 1; i <= 5; i++) publish(i);
    koop_slot *slot = koop_ring_next(ring, 8);
    assert_int_equal(slot->seq, 4);
    assert_int_equal(slot->dropped, 2);
    koop_ring_mark_sent(ring, slot);
    koop_ring_acknowledge(ring, 4);
    assert_int_equal(koop_ring_next(ring, 8)->dropped, 3);
}

static void the_credit_and_one_free_slot_limit_what_is_out(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    for (uint64_t i = 1; i <= 4; i++) publish(i);
    assert_null(koop_ring_next(ring, 0));
    assert_next(2, 1);
    assert_next(2, 2);
    assert_null(koop_ring_next(ring, 2));
    assert_next(64, 3);
    assert_null(koop_ring_next(ring, 64)); /* the last slot stays with the publisher */
    publish(5);
    assert_counters(5, 3, 0, 1, 0);
}

static void a_replay_sends_what_is_not_acknowledged_and_then_goes_on(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 8, BYTES), KOOP_OK);
    for (uint64_t i = 1; i <= 6; i++) publish(i);
    for (uint64_t i = 1; i <= 4; i++) assert_next(64, i);
    koop_ring_acknowledge(ring, 2);
    koop_ring_rewind(ring);
    for (uint64_t i = 3; i <= 6; i++) assert_next(64, i);
    assert_counters(6, 6, 2, 0, 0);
}

static void an_acknowledgement_of_what_was_never_sent_frees_nothing(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    for (uint64_t i = 1; i <= 3; i++) publish(i);
    assert_next(64, 1);
    koop_ring_acknowledge(ring, UINT64_MAX);
    assert_counters(3, 1, 1, 0, 0);
    assert_next(64, 2);
}

static void nobody_has_what_was_taken_but_never_left(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    for (uint64_t i = 1; i <= 3; i++) publish(i);
    assert_next(64, 1);
    koop_slot *taken = koop_ring_next(ring, 64);
    assert_int_equal(taken->seq, 2);
    koop_ring_acknowledge(ring, UINT64_MAX);
    koop_ring_reject(ring, 2);
    assert_counters(3, 1, 1, 0, 0);
    assert_int_equal(koop_ring_unsent(ring), 2);
    taken->begun = true; /* a chunk of it */
    assert_int_equal(koop_ring_unsent(ring), 2);
    koop_ring_acknowledge(ring, UINT64_MAX);
    assert_counters(3, 1, 2, 0, 0);
    assert_int_equal(koop_ring_unsent(ring), 1);
}

static void a_rejected_snapshot_leaves_and_is_counted_once(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 8, BYTES), KOOP_OK);
    for (uint64_t i = 1; i <= 4; i++) publish(i);
    for (uint64_t i = 1; i <= 3; i++) assert_next(64, i);
    koop_ring_reject(ring, 2);
    koop_ring_reject(ring, 2);
    koop_ring_reject(ring, 4); /* not sent: nobody can have refused it */
    assert_counters(4, 3, 0, 0, 1);
    assert_next(64, 4);
    koop_ring_acknowledge(ring, 4);
    assert_counters(4, 4, 3, 0, 1);
    assert_int_equal(koop_ring_drain(ring, 0), KOOP_OK);
}

static void only_a_sleeping_consumer_is_woken(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    publish(1);
    assert_true(woken()); /* it sleeps until the first publication */
    publish(2);
    assert_false(woken());
    assert_false(koop_ring_sleep(ring, 8, false)); /* there is work */
    assert_next(8, 1);
    assert_next(8, 2);
    assert_true(koop_ring_sleep(ring, 8, false));
    publish(3);
    assert_true(woken());
    publish(4);
    assert_false(woken());
    assert_next(8, 3);
    assert_true(koop_ring_sleep(ring, 3, false)); /* no credit: a publication changes nothing */
    publish(5);
    assert_false(woken());
}

static void a_dozing_consumer_is_woken_when_half_the_ring_is_full(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 6, BYTES), KOOP_OK);
    assert_true(koop_ring_sleep(ring, 8, true));
    publish(1);
    publish(2);
    assert_false(woken());
    publish(3);
    assert_true(woken());
}

static void shutting_ends_all_waiting(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    publish(1);
    koop_ring_shut(ring);
    assert_int_equal(koop_ring_drain(ring, 60000), KOOP_DISABLED);
}

static void a_ring_that_cannot_be_had_is_a_status(void **state) {
    (void)state;
    assert_int_equal(koop_ring_allocate(ring, SIZE_MAX / 2, BYTES), KOOP_NO_MEMORY);
    assert_int_equal(koop_ring_allocate(ring, 4, BYTES), KOOP_OK);
    publish(1);
    assert_next(8, 1);
}

enum { MANY = 20000 };

/* Takes in batches, acknowledges, checks order and content; ends at MANY. */
static void *consume(void *context) {
    uint64_t last = 0, *mixed_up = context;
    while (last < MANY) {
        koop_slot *slot = koop_ring_next(ring, 3);
        if (!slot) {
            koop_ring_acknowledge(ring, last);
            continue;
        }
        uint64_t value;
        memcpy(&value, slot->data, BYTES);
        *mixed_up += slot->seq <= last || value != slot->seq;
        last = slot->seq;
        koop_ring_mark_sent(ring, slot);
    }
    koop_ring_acknowledge(ring, last);
    return NULL;
}

static void publisher_and_consumer_do_not_disturb_each_other(void **state) {
    (void)state;
    pthread_t thread;
    uint64_t mixed_up = 0;
    assert_int_equal(koop_ring_allocate(ring, 5, BYTES), KOOP_OK);
    assert_int_equal(pthread_create(&thread, NULL, consume, &mixed_up), 0);
    for (uint64_t i = 1; i <= MANY; i++) publish(i);
    pthread_join(thread, NULL);
    koop_client_counters c = koop_ring_counters(ring);
    assert_int_equal(mixed_up, 0);
    assert_int_equal(c.published, MANY);
    assert_int_equal(c.acknowledged + c.dropped, MANY);
    assert_int_equal(c.sent, c.acknowledged);
}

#define RING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        RING_TEST(snapshots_come_out_in_order_and_are_freed_by_acknowledgement),
        RING_TEST(a_full_ring_drops_the_oldest_unsent),
        RING_TEST(a_snapshot_tells_how_many_were_dropped_before_it),
        RING_TEST(the_credit_and_one_free_slot_limit_what_is_out),
        RING_TEST(a_replay_sends_what_is_not_acknowledged_and_then_goes_on),
        RING_TEST(an_acknowledgement_of_what_was_never_sent_frees_nothing),
        RING_TEST(nobody_has_what_was_taken_but_never_left),
        RING_TEST(a_rejected_snapshot_leaves_and_is_counted_once),
        RING_TEST(only_a_sleeping_consumer_is_woken),
        RING_TEST(a_dozing_consumer_is_woken_when_half_the_ring_is_full),
        RING_TEST(shutting_ends_all_waiting),
        RING_TEST(a_ring_that_cannot_be_had_is_a_status),
        RING_TEST(publisher_and_consumer_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
