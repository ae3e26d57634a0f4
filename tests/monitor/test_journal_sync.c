/* The journal and a disk that fails to sync: nothing that was appended is only where it may be lost. */
#include "journal_kit.h"

#include "journal_faults.h"

static koop_journal *open_with(const koop_journal_options *options, uint64_t expected_last) {
    koop_journal *journal = NULL;
    uint64_t last = 999;
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, options, &last), KOOP_OK);
    assert_int_equal(last, expected_last);
    return journal;
}

static void append_all(koop_journal *journal, uint64_t first, uint64_t last) {
    for (uint64_t seq = first; seq <= last; seq++) assert_int_equal(append(journal, seq), KOOP_OK);
}

static int count_segments(void) {
    int n = 0;
    for (int number = 1; number < 200; number++) n += size_of(segment_path(number)) >= 0;
    return n;
}

static int start(void **state) {
    disarm();
    fault.syncs = 0;
    return set_up(state);
}

static int notices;
static koop_notice last_notice;

static void take_notice(void *context, const koop_notice *notice) {
    assert_ptr_equal(context, &notices);
    last_notice = *notice;
    notices++;
}

static void what_a_failed_sync_leaves_in_doubt_is_written_again(void **state) {
    (void)state;
    const koop_journal_options options = {.listener = take_notice, .context = &notices};
    koop_journal *journal = open_with(&options, 0);
    append_all(journal, 1, 3);
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    const int64_t safe = size_of(segment_path(1));
    append_all(journal, 4, 6);
    notices = 0;
    fail_at("fdatasync", 1, EIO, false);
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    disarm();
    assert_int_equal(koop_journal_get_counters(journal).failed, 1);
    assert_int_equal(notices, 1);
    char text[200];
    koop_notice_text(&last_notice, text, sizeof text);
    assert_non_null(strstr(text, "Input/output error"));
    assert_non_null(strstr(text, "000002.koop"));
    assert_holds(6);
    koop_journal_counters read;
    assert_int_equal(read_path(run_dir, &read), KOOP_OK);
    assert_int_equal(read.repeated, 3);
    append_all(journal, 7, 8);
    koop_journal_close(journal);
    assert_holds(8);
    /* as if the pages that could not be synced were lost */
    assert_int_equal(truncate(segment_path(1), safe), 0);
    assert_holds(8);
    koop_journal_close(open_with(NULL, 8));
}

static void a_file_that_failed_to_sync_is_never_synced_again(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    struct stat about;
    append_all(journal, 1, 3);
    assert_int_equal(stat(segment_path(1), &about), 0);
    fault.syncs = 0;
    fail_at("fdatasync", 1, EIO, false);
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    append_all(journal, 4, 5);
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    koop_journal_close(journal);
    assert_true(fault.syncs >= 3);
    assert_int_equal(fault.synced[0], about.st_ino);
    for (int i = 1; i < fault.syncs; i++) assert_int_not_equal(fault.synced[i], about.st_ino);
}

static void while_no_sync_succeeds_nothing_is_taken_and_nothing_piles_up(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    append_all(journal, 1, 5);
    fail_at("fdatasync", 1, EIO, true);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(koop_journal_sync(journal), KOOP_IO_FAILED);
        assert_int_equal(errno, EIO);
        assert_int_equal(append(journal, 6), KOOP_IO_FAILED);
    }
    assert_int_equal(count_segments(), 1);
    assert_holds(5);
    disarm();
    assert_int_equal(append(journal, 6), KOOP_OK);
    assert_int_equal(count_segments(), 2);
    assert_int_equal(truncate(segment_path(1), 0), 0); /* all of it is in the new one */
    assert_holds(6);
    koop_journal_close(journal);
}

static void closing_writes_again_too(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    append_all(journal, 1, 5);
    fail_at("fdatasync", 1, EIO, false);
    koop_journal_close(journal);
    disarm();
    assert_int_equal(truncate(segment_path(1), 0), 0);
    assert_holds(5);
}

static void a_segment_that_fails_to_sync_when_it_is_full_is_written_again(void **state) {
    (void)state;
    for (int at = 1; at < 6; at++) {
        koop_journal *journal = open_journal(1000, 0);
        fail_at("fdatasync", at, EIO, false);
        append_all(journal, 1, 30);
        disarm();
        assert_int_equal(koop_journal_get_counters(journal).failed, 1);
        koop_journal_close(journal);
        assert_holds(30);
        remove_tree(run_dir);
    }
}

static void what_is_remembered_is_bounded(void **state) {
    (void)state;
    const koop_journal_options options = {.unsynced_bytes = 1000};
    koop_journal *journal = open_with(&options, 0);
    fault.syncs = 0;
    append_all(journal, 1, 100);
    const uint64_t bytes = koop_journal_get_counters(journal).bytes;
    assert_true((uint64_t)fault.syncs >= bytes / 1000);
    assert_true((uint64_t)fault.syncs <= bytes / 500);
    /* a disk that fails is noticed no later */
    fail_at("fdatasync", 1, EIO, true);
    uint64_t seq = 101;
    while (append(journal, seq) == KOOP_OK) assert_true(seq++ < 110);
    disarm();
    append_all(journal, seq, 120);
    koop_journal_close(journal);
    assert_holds(120);
}

static void a_goodbye_that_was_taken_back_is_not_repeated(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    koop_wire_message bye = {.type = KOOP_WIRE_BYE, .as.bye = {.last_seq = 77}};
    append_all(journal, 1, 2);
    assert_int_equal(koop_journal_append(journal, &bye), KOOP_OK);
    append_all(journal, 3, 3); /* the trainer came back */
    fail_at("fdatasync", 1, EIO, false);
    koop_journal_close(journal);
    disarm();
    assert_holds(3);
    assert_int_equal(seen.byes, 1);
    assert_int_equal(seen.last, KOOP_WIRE_SNAPSHOT);
    journal = open_journal(0, 3);
    assert_int_equal(koop_journal_append(journal, &bye), KOOP_OK);
    koop_journal_close(journal);
    assert_holds(3);
    assert_int_equal(seen.last, KOOP_WIRE_BYE);
}

static void only_what_is_synced_counts_where_that_is_asked_for(void **state) {
    (void)state;
    const koop_journal_options options = {.ack_synced = true};
    koop_journal *journal = open_with(&options, 0);
    assert_int_equal(koop_journal_synced(journal), 0);
    append_all(journal, 1, 3);
    assert_int_equal(koop_journal_synced(journal), 0);
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    assert_int_equal(koop_journal_synced(journal), 3);
    append_all(journal, 4, 5);
    fail_at("fdatasync", 1, EIO, true);
    assert_int_equal(koop_journal_sync(journal), KOOP_IO_FAILED);
    assert_int_equal(koop_journal_synced(journal), 3);
    disarm();
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    assert_int_equal(koop_journal_synced(journal), 5);
    append_all(journal, 6, 6);
    koop_journal_close(journal);
}

static void what_recovery_claims_was_synced_first(void **state) {
    (void)state;
    const koop_journal_options options = {.ack_synced = true};
    write_run(1000, 20);
    struct stat about;
    int number = 1;
    while (size_of(segment_path(number + 1)) > 0) number++;
    assert_int_equal(stat(segment_path(number), &about), 0);
    fault.syncs = 0;
    koop_journal *journal = open_with(&options, 20);
    assert_int_equal(fault.synced[0], about.st_ino);
    assert_int_equal(koop_journal_synced(journal), 20);
    koop_journal_close(journal);
    uint64_t last = 0;
    fail_at("fdatasync", 1, EIO, false);
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, &options, &last),
                     KOOP_IO_FAILED);
    disarm();
    koop_journal_close(open_with(&options, 20));
}

static int progress[2]; /* a pipe: the number of appends that have returned */

static void append_over_a_failing_sync(void) {
    const koop_journal_options options = {.segment_bytes = 700};
    koop_journal *journal = NULL;
    uint64_t last;
    if (koop_journal_open(&journal, data_dir, &hello, &options, &last) != KOOP_OK) _exit(1);
    for (uint64_t seq = 1; seq <= 8; seq++) {
        if (append(journal, seq) != KOOP_OK) _exit(1);
        if (write(progress[1], "+", 1) != 1) _exit(1);
        if (seq == 3) fault.failing_call = fault.calls + 1;
        if (seq == 3 || seq == 6) koop_journal_sync(journal);
    }
    koop_journal_close(journal);
}

/* At every call that could be the last: what append has taken is there, and is gone on with. */
static void a_crash_at_any_call_leaves_all_that_was_taken(void **state) {
    (void)state;
    int crashes = 0;
    for (int at = 1;; at++, crashes++) {
        assert_int_equal(pipe(progress), 0);
        const bool crashed = crashes_at(at, append_over_a_failing_sync);
        close(progress[1]);
        char marks[16];
        const int taken = (int)read(progress[0], marks, sizeof marks);
        close(progress[0]);
        koop_journal *journal = NULL;
        uint64_t last = 0;
        assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_OK);
        assert_true((int)last >= taken);
        assert_int_equal(append(journal, last + 1), KOOP_OK);
        koop_journal_close(journal);
        assert_holds((int)last + 1);
        remove_tree(run_dir);
        if (!crashed) break;
    }
    assert_true(crashes > 20);
    print_message("crashed at each of %d calls\n", crashes);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, tear_down)

/* From any call on, so that what is tidied up after a failure fails as well. */
static void a_disk_that_fails_for_a_while_at_any_call_leaves_no_trace(void **state) {
    (void)state;
    const koop_journal_options options = {.segment_bytes = 400};
    int failures = 0;
    for (int at = 1;; at++) {
        remove_tree(run_dir);
        koop_journal *journal = open_with(&options, 0);
        bool failed = false;
        uint64_t seq = 1;
        fail_at(NULL, at, EIO, true);
        for (; seq <= 6 && !failed; seq++) failed = append(journal, seq) != KOOP_OK;
        disarm();
        if (failed) append_all(journal, seq - 1, 6);
        koop_journal_close(journal);
        assert_holds(6);
        if (!failed) break;
        failures++;
    }
    assert_true(failures > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_a_failed_sync_leaves_in_doubt_is_written_again),
        TEST(a_file_that_failed_to_sync_is_never_synced_again),
        TEST(while_no_sync_succeeds_nothing_is_taken_and_nothing_piles_up),
        TEST(closing_writes_again_too),
        TEST(a_segment_that_fails_to_sync_when_it_is_full_is_written_again),
        TEST(what_is_remembered_is_bounded),
        TEST(a_goodbye_that_was_taken_back_is_not_repeated),
        TEST(only_what_is_synced_counts_where_that_is_asked_for),
        TEST(what_recovery_claims_was_synced_first),
        TEST(a_crash_at_any_call_leaves_all_that_was_taken),
        TEST(a_disk_that_fails_for_a_while_at_any_call_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
