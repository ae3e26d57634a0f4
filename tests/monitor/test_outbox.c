#include "outbox_kit.h"

#include "record.h"

static size_t read_bytes(uint8_t *bytes, size_t size) {
    char path[256];
    file_path(path, sizeof path, "outbox");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, size, file);
    fclose(file);
    return n;
}

static void write_bytes(const uint8_t *bytes, size_t size) {
    char path[256];
    file_path(path, sizeof path, "outbox");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void what_was_noted_is_there_after_a_restart(void **state) {
    (void)state;
    koop_watch *watch = a_watch(run_a);
    watch->seq = 77;
    watch->kinds = 1;
    watch->state = KOOP_WATCH_STALLED;
    watch->stalls = 3;
    strcpy(watch->name, "fc1");
    uint64_t suppressed;
    koop_policy *policy = koop_watch_policy(watch, "slack");
    assert_true(koop_policy_raise(policy, KOOP_ALERT_STALLED, 3, 60000, 1000000, &suppressed));
    const koop_parcel before = a_parcel("slack", KOOP_ALERT_TRANSITION, 5);
    const uint64_t number = note("slack", KOOP_ALERT_TRANSITION, 5);
    reopen();
    assert_string_equal(why, "");
    assert_int_equal(koop_outbox_began_ms(outbox), BEGAN_MS);
    watch = koop_outbox_watch(outbox, run_a);
    assert_non_null(watch);
    assert_int_equal(watch->seq, 77);
    assert_int_equal(watch->kinds, 1);
    assert_int_equal(watch->state, KOOP_WATCH_STALLED);
    assert_int_equal(watch->stalls, 3);
    assert_string_equal(watch->name, "fc1");
    policy = koop_watch_find(watch, "slack");
    assert_non_null(policy);
    assert_int_equal(policy->of[KOOP_ALERT_STALLED].number, 3);
    assert_int_equal(waiting(), 1);
    const koop_parcel *after = koop_outbox_parcel(outbox, 0);
    assert_int_equal(after->number, number);
    assert_string_equal(after->rule, "slack");
    assert_memory_equal(&after->alert, &before.alert, sizeof before.alert);
}

static void what_is_done_is_gone_and_numbers_are_not_given_twice(void **state) {
    (void)state;
    const uint64_t first = note("a", KOOP_ALERT_TRANSITION, 1);
    const uint64_t second = note("b", KOOP_ALERT_TRANSITION, 1);
    koop_outbox_done(outbox, first);
    reopen();
    assert_int_equal(waiting(), 1);
    assert_int_equal(koop_outbox_parcel(outbox, 0)->number, second);
    assert_null(koop_outbox_find(outbox, first));
    assert_true(note("a", KOOP_ALERT_TRANSITION, 2) > second);
}

static void an_event_and_its_alerts_survive_together_or_not_at_all(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    koop_watch *watch = a_watch(run_a);
    assert_int_equal(koop_outbox_note(outbox, watch, NULL, 0), KOOP_OK);
    const size_t before = read_bytes(bytes, sizeof bytes);
    koop_parcel both[2] = {a_parcel("a", KOOP_ALERT_TRANSITION, 1),
                           a_parcel("b", KOOP_ALERT_TRANSITION, 1)};
    watch->seq = 9;
    assert_int_equal(koop_outbox_note(outbox, watch, both, 2), KOOP_OK);
    const size_t after = read_bytes(bytes, sizeof bytes);
    for (size_t cut = before; cut <= after; cut += cut + 7 < after || cut == after ? 7 : 1) {
        close_outbox();
        write_bytes(bytes, cut);
        open_outbox();
        assert_string_equal(why, ""); /* torn is how a kill leaves it */
        const bool whole = cut >= after;
        assert_int_equal(koop_outbox_watch(outbox, run_a)->seq, whole ? 9 : 0);
        assert_int_equal(waiting(), whole ? 2 : 0);
    }
}

static void damage_is_said_set_aside_and_costs_no_more_than_its_record(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    note("a", KOOP_ALERT_TRANSITION, 1);
    const size_t at = read_bytes(bytes, sizeof bytes) - 20;
    note("a", KOOP_ALERT_TRANSITION, 2);
    note("a", KOOP_ALERT_TRANSITION, 3);
    const size_t size = read_bytes(bytes, sizeof bytes);
    bytes[at] ^= 1;
    close_outbox();
    write_bytes(bytes, size);
    open_outbox();
    assert_non_null(strstr(why, "outbox.damaged"));
    assert_int_equal(waiting(), 2);
    char path[256];
    file_path(path, sizeof path, "outbox.damaged");
    assert_int_equal(access(path, F_OK), 0);
    reopen();
    assert_string_equal(why, "");
    assert_int_equal(waiting(), 2);
}

static void a_file_that_is_none_is_set_aside(void **state) {
    (void)state;
    note("a", KOOP_ALERT_TRANSITION, 1);
    close_outbox();
    uint8_t bytes[1000];
    memset(bytes, 'x', sizeof bytes);
    write_bytes(bytes, sizeof bytes);
    open_outbox();
    assert_non_null(strstr(why, "outbox.damaged"));
    assert_int_equal(waiting(), 0);
    assert_int_equal(koop_outbox_began_ms(outbox), LATER_MS);
}

static void what_a_later_version_wrote_is_passed_over(void **state) {
    (void)state;
    static uint8_t bytes[1 << 16];
    note("a", KOOP_ALERT_TRANSITION, 1);
    const size_t size = read_bytes(bytes, sizeof bytes);
    const uint8_t payload[] = {9, 0, 0, 0, 'w', 'h', 'a', 't', '?'};
    const int types[] = {0xaf, KOOP_OUTBOX_NOTE_TYPE};
    for (int i = 0; i < 2; i++) {
        const koop_record_header header = {.type = (uint8_t)types[i], .length = sizeof payload};
        koop_record_pack(&header, payload, bytes + size);
        memcpy(bytes + size + KOOP_RECORD_HEADER_BYTES, payload, sizeof payload);
        close_outbox();
        write_bytes(bytes, size + KOOP_RECORD_HEADER_BYTES + sizeof payload);
        open_outbox();
        assert_non_null(strstr(why, "1 unreadable"));
        assert_int_equal(waiting(), 1);
    }
}

static void a_run_whose_journal_is_gone_is_not_watched_any_more(void **state) {
    (void)state;
    koop_outbox_note(outbox, a_watch(run_b), NULL, 0);
    note("a", KOOP_ALERT_TRANSITION, 1);
    char path[256];
    snprintf(path, sizeof path, "%s/runs/%s", root, run_b);
    assert_int_equal(rmdir(path), 0);
    reopen();
    assert_null(koop_outbox_watch(outbox, run_b));
    assert_non_null(koop_outbox_watch(outbox, run_a));
    koop_outbox_forget(outbox, run_a);
    koop_outbox_forget(outbox, run_a);
    assert_null(koop_outbox_watch(outbox, run_a));
    assert_int_equal(waiting(), 1); /* what is on its way is sent all the same */
}

static void watches_are_found_among_many(void **state) {
    (void)state;
    for (int i = 0; i < 300; i++) {
        char run[KOOP_VIEW_UUID_BYTES];
        snprintf(run, sizeof run, "%032x", i * 7919 % 300);
        make_run(run);
        koop_watch *watch = a_watch(run);
        watch->seq = (uint64_t)(i * 7919 % 300);
        assert_int_equal(koop_outbox_note(outbox, watch, NULL, 0), KOOP_OK);
    }
    reopen();
    for (int i = 0; i < 300; i++) {
        char run[KOOP_VIEW_UUID_BYTES];
        snprintf(run, sizeof run, "%032x", i);
        assert_int_equal(koop_outbox_watch(outbox, run)->seq, i);
    }
    assert_null(koop_outbox_watch(outbox, run_b));
}

static void the_file_stays_small(void **state) {
    (void)state;
    static uint8_t bytes[1 << 23];
    fault.no_disk = true;
    size_t largest = 0;
    for (int i = 1; i <= 5000; i++) {
        koop_outbox_done(outbox, note("a", KOOP_ALERT_TRANSITION, i));
        koop_outbox_mend(outbox);
        if (i % 500 > 0) continue;
        const size_t size = read_bytes(bytes, sizeof bytes);
        if (size > largest) largest = size;
    }
    fault.no_disk = false;
    print_message("5000 alerts: at most %zu bytes\n", largest);
    assert_true(largest < (2 << 20));
}

static void the_oldest_of_the_lowest_level_is_the_surplus(void **state) {
    (void)state;
    fault.no_disk = true;
    note("other", KOOP_ALERT_SETTLED, 1);
    note("a", KOOP_ALERT_DIVERGING, 1);
    const uint64_t taken = note("a", KOOP_ALERT_SETTLED, 2);
    const uint64_t oldest = note("a", KOOP_ALERT_SETTLED, 3);
    koop_outbox_find(outbox, taken)->taken = true;
    for (int i = 3; i < KOOP_OUTBOX_PER_RULE; i++) {
        assert_null(koop_outbox_surplus(outbox, "a"));
        note("a", KOOP_ALERT_SETTLED, i + 1);
    }
    assert_null(koop_outbox_surplus(outbox, "a"));
    note("a", KOOP_ALERT_TRANSITION, 1000);
    assert_int_equal(koop_outbox_surplus(outbox, "a")->number, oldest);
    fault.no_disk = false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_noted_is_there_after_a_restart),
        TEST(what_is_done_is_gone_and_numbers_are_not_given_twice),
        TEST(an_event_and_its_alerts_survive_together_or_not_at_all),
        TEST(damage_is_said_set_aside_and_costs_no_more_than_its_record),
        TEST(a_file_that_is_none_is_set_aside),
        TEST(what_a_later_version_wrote_is_passed_over),
        TEST(a_run_whose_journal_is_gone_is_not_watched_any_more),
        TEST(watches_are_found_among_many),
        TEST(the_file_stays_small),
        TEST(the_oldest_of_the_lowest_level_is_the_surplus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
