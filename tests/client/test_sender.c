#include "client_kit.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(snapshots_wait_for_a_daemon_that_comes_later),
        CLIENT_TEST(a_restarted_daemon_gets_what_it_had_not_acknowledged),
        CLIENT_TEST(what_was_sent_but_not_acknowledged_is_replayed),
        CLIENT_TEST(no_more_than_the_credit_is_unacknowledged),
        CLIENT_TEST(an_idle_trainer_keeps_saying_that_it_lives),
        CLIENT_TEST(large_snapshots_travel_in_chunks),
        CLIENT_TEST(a_refused_snapshot_is_counted_and_the_next_ones_go_on),
        CLIENT_TEST(another_protocol_version_disables_the_client),
        CLIENT_TEST(closing_says_goodbye),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
