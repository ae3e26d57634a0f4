/* An outbox on a disk that is full, fails, or is cut off by a crash at any call. */
#include "outbox_kit.h"

static bool is_kept(void) {
    char text[KOOP_OUTBOX_WHY_BYTES];
    return koop_outbox_is_kept(outbox, text);
}

static void
a_full_disk_is_said_and_what_was_noted_meanwhile_is_kept_once_there_is_room(void **state) {
    (void)state;
    char text[KOOP_OUTBOX_WHY_BYTES];
    const uint64_t before = note("a", KOOP_ALERT_TRANSITION, 1);
    fail_at("writev", 1, ENOSPC, true);
    note("a", KOOP_ALERT_TRANSITION, 2);
    assert_false(koop_outbox_is_kept(outbox, text));
    assert_string_equal(text, strerror(ENOSPC));
    koop_outbox_done(outbox, before);
    koop_outbox_mend(outbox);
    assert_false(is_kept());
    note("a", KOOP_ALERT_TRANSITION, 3);
    assert_int_equal(waiting(), 2);
    disarm();
    koop_outbox_mend(outbox);
    assert_true(is_kept());
    note("a", KOOP_ALERT_TRANSITION, 4);
    reopen();
    assert_string_equal(why, "");
    assert_int_equal(waiting(), 3);
    assert_int_equal(koop_outbox_parcel(outbox, 0)->alert.step, 2);
}

static void it_begins_in_memory_where_the_disk_is_full_from_the_start(void **state) {
    (void)state;
    note("a", KOOP_ALERT_TRANSITION, 1);
    fail_at("writev", 1, ENOSPC, true);
    reopen();
    assert_false(is_kept());
    assert_int_equal(waiting(), 1);
    note("a", KOOP_ALERT_TRANSITION, 2);
    disarm();
    koop_outbox_mend(outbox);
    assert_true(is_kept());
    reopen();
    assert_int_equal(waiting(), 2);
}

static void a_sync_that_failed_is_made_up_for_by_a_new_file(void **state) {
    (void)state;
    uint64_t mark;
    note("a", KOOP_ALERT_TRANSITION, 1);
    int fd = koop_outbox_unsynced(outbox, &mark);
    assert_true(fd >= 0);
    assert_int_equal(fdatasync(fd), 0);
    close(fd);
    koop_outbox_synced(outbox, mark, true);
    assert_int_equal(koop_outbox_unsynced(outbox, &mark), -1);
    note("a", KOOP_ALERT_TRANSITION, 2);
    fd = koop_outbox_unsynced(outbox, &mark);
    assert_true(fd >= 0);
    close(fd);
    koop_outbox_synced(outbox, mark, false);
    assert_false(is_kept());
    const int syncs = fault.syncs;
    koop_outbox_mend(outbox);
    assert_true(is_kept());
    assert_true(fault.syncs > syncs);
    assert_int_equal(koop_outbox_unsynced(outbox, &mark), -1);
    reopen();
    assert_int_equal(waiting(), 2);
}

/* Three alerts, of which the first is delivered, in a file that is then rewritten. */
static void some_work(void) {
    const uint64_t first = note("a", KOOP_ALERT_TRANSITION, 1);
    note("a", KOOP_ALERT_TRANSITION, 2);
    koop_outbox_done(outbox, first);
    note("a", KOOP_ALERT_TRANSITION, 3);
    reopen();
}

static void a_crash_at_any_call_loses_nothing_that_was_noted(void **state) {
    int crashes = 0;
    while (crashes_at(crashes + 1, some_work)) {
        crashes++;
        reopen();
        assert_string_equal(why, "");
        /* Alerts are noted in order, and the first is done before the third is noted. */
        const size_t n = waiting();
        for (size_t i = 0; i + 1 < n; i++)
            assert_int_equal(koop_outbox_parcel(outbox, i)->alert.step + 1,
                             koop_outbox_parcel(outbox, i + 1)->alert.step);
        if (n > 0 && koop_outbox_parcel(outbox, n - 1)->alert.step == 3) assert_int_equal(n, 2);
        tear_down(state);
        set_up(state);
    }
    print_message("%d calls at which to crash\n", crashes);
    assert_true(crashes >= 4);
}

static void no_link_is_followed(void **state) {
    (void)state;
    char path[256], target[256];
    note("a", KOOP_ALERT_TRANSITION, 1);
    close_outbox();
    file_path(path, sizeof path, "outbox");
    file_path(target, sizeof target, "elsewhere");
    assert_int_equal(rename(path, target), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(koop_outbox_open(&outbox, root, LATER_MS, why), KOOP_IO_FAILED);
    assert_true(why[0] != '\0');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_is_said_and_what_was_noted_meanwhile_is_kept_once_there_is_room),
        TEST(it_begins_in_memory_where_the_disk_is_full_from_the_start),
        TEST(a_sync_that_failed_is_made_up_for_by_a_new_file),
        TEST(a_crash_at_any_call_loses_nothing_that_was_noted),
        TEST(no_link_is_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
