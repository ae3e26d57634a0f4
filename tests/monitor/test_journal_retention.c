/* What goes of a run, and what never does. */
#include "journal_kit.h"

#include "checkpoint.h"

enum { DAY_S = 86400 };

static const int64_t now_s = 1700000000;

static void set_age_of(const char *path, int days) {
    const struct timespec then = {.tv_sec = now_s - (int64_t)days * DAY_S - 1};
    const struct timespec times[2] = {then, then};
    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void set_age(int number, int days) {
    set_age_of(segment_path(number), days);
}

static int n_notices, removed;
static koop_notice notices[64];

static void take_notice(void *context, const koop_notice *notice) {
    (void)context;
    assert_true(n_notices < 64);
    if (notice->run) assert_string_equal(notice->run, uuid);
    removed += notice->kind == KOOP_NOTICE_REMOVED;
    notices[n_notices++] = *notice;
}

static void prune(uint64_t keep_bytes, int keep_days) {
    const koop_journal_options options = {
        .keep_bytes = keep_bytes, .keep_days = keep_days, .listener = take_notice};
    n_notices = removed = 0;
    assert_int_equal(koop_journal_prune(data_dir, &options, now_s), KOOP_OK);
}

/* Segments of a thousand bytes; their number. */
static int write_segments(void) {
    int n = 0;
    write_run(1000, 50);
    while (size_of(segment_path(n + 1)) > 0) set_age(++n, 0);
    assert_true(n > 8);
    return n;
}

static uint64_t first_seq(void) {
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_true(seen.hello_first && seen.altered == 0);
    for (int i = 1; i < seen.snapshots; i++)
        assert_int_equal(seen.seq[i], seen.seq[0] + (uint64_t)i);
    assert_int_equal(seen.seq[seen.snapshots - 1], 50);
    return seen.seq[0];
}

static void the_oldest_go_while_there_is_too_much(void **state) {
    (void)state;
    const int n = write_segments();
    int64_t total = 0;
    for (int i = 1; i <= n; i++) total += size_of(segment_path(i));
    prune((uint64_t)total, 0);
    assert_int_equal(n_notices, 0);
    prune((uint64_t)total - 1, 0);
    assert_int_equal(n_notices, 1);
    assert_int_equal(size_of(segment_path(1)), -1);
    assert_true(notices[0].kind == KOOP_NOTICE_DELETED && notices[0].segment == 1);
    assert_int_equal(notices[0].first_seq, 1);
    assert_int_equal(notices[0].last_seq, first_seq() - 1);
    char text[200];
    koop_notice_text(&notices[0], text, sizeof text);
    assert_non_null(strstr(text, "000001.koop deleted"));
    assert_non_null(strstr(text, ", seqs 1 to "));
    prune(3500, 0);
    int64_t kept = 0;
    for (int i = notices[n_notices - 1].segment + 1; i <= n; i++) kept += size_of(segment_path(i));
    assert_true(kept <= 3500 && kept + (int64_t)notices[n_notices - 1].bytes > 3500);
    first_seq();
}

static void the_last_two_stay_whatever_they_hold(void **state) {
    (void)state;
    const int n = write_segments();
    prune(1, 0);
    assert_int_equal(n_notices, n - 2);
    assert_true(size_of(segment_path(n - 1)) > 0 && size_of(segment_path(n)) > 0);
    first_seq();
    koop_journal_close(open_journal(1000, 50));
}

static void old_segments_go_and_those_behind_them_stay(void **state) {
    (void)state;
    const int n = write_segments();
    for (int i = 1; i <= 4; i++) set_age(i, 10);
    set_age(6, 10); /* behind one that is newer: stays */
    prune(0, 30);
    assert_int_equal(n_notices, 0);
    prune(0, 10);
    assert_int_equal(n_notices, 4);
    assert_true(size_of(segment_path(4)) == -1 && size_of(segment_path(5)) > 0);
    assert_true(size_of(segment_path(6)) > 0 && size_of(segment_path(n)) > 0);
    assert_int_equal(removed, 0);
}

static void a_run_that_is_all_old_goes_as_a_whole(void **state) {
    (void)state;
    const int n = write_segments();
    char path[256];
    for (int i = 1; i <= n; i++) set_age(i, 10);
    snprintf(path, sizeof path, "%s/checkpoint", run_dir);
    store(path, (const uint8_t *)"x", 1);
    snprintf(path, sizeof path, "%s/quarantine", run_dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/quarantine/000001-77", run_dir);
    store(path, (const uint8_t *)"x", 1);
    prune(0, 10);
    assert_int_equal(removed, 1);
    assert_int_equal(notices[n_notices - 1].last_seq, 0);
    assert_int_equal(size_of(run_dir), -1);
}

/* As a daemon leaves it that was killed early, or a repair of which nothing was intact. */
static void a_run_without_segments_is_as_old_as_its_directory(void **state) {
    (void)state;
    char path[256], uuids[2][33];
    int n;
    koop_journal_close(open_journal(0, 0));
    assert_int_equal(unlink(segment_path(1)), 0);
    snprintf(path, sizeof path, "%s/quarantine", run_dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/quarantine/000001.koop", run_dir);
    store(path, (const uint8_t *)"x", 1);
    assert_int_equal(koop_journal_list(data_dir, uuids, 2, &n), KOOP_OK);
    assert_int_equal(n, 0);
    set_age_of(run_dir, 9);
    prune(0, 10);
    assert_int_equal(removed, 0);
    set_age_of(run_dir, 10);
    prune(0, 10);
    assert_int_equal(removed, 1);
    assert_int_equal(size_of(run_dir), -1);
}

static void a_run_that_is_being_written_stays(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    assert_int_equal(append(journal, 1), KOOP_OK);
    set_age(1, 10);
    prune(0, 10);
    assert_int_equal(n_notices, 0);
    koop_journal_close(journal);
    assert_holds(1);
}

static void what_is_not_ours_is_not_deleted(void **state) {
    (void)state;
    const int n = write_segments();
    char notes[256], outside[128], quarantine[256];
    for (int i = 1; i <= n; i++) set_age(i, 10);
    snprintf(notes, sizeof notes, "%s/notes.txt", run_dir);
    store(notes, (const uint8_t *)"mine", 4);
    prune(0, 10);
    assert_int_equal(removed, 0);
    assert_int_equal(size_of(notes), 4);
    first_seq(); /* the last two */
    assert_int_equal(unlink(notes), 0);

    snprintf(outside, sizeof outside, "%s/outside", data_dir);
    snprintf(quarantine, sizeof quarantine, "%s/quarantine", run_dir);
    assert_int_equal(mkdir(outside, 0700), 0);
    snprintf(notes, sizeof notes, "%s/000001-1", outside);
    store(notes, (const uint8_t *)"mine", 4);
    assert_int_equal(symlink(outside, quarantine), 0);
    prune(0, 10);
    assert_int_equal(size_of(notes), 4);
}

static void put(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", run_dir, name);
    store(path, (const uint8_t *)"x", 1);
}

static void names_that_are_like_ours_are_not_ours(void **state) {
    (void)state;
    static const char *const theirs[] = {"checkpoint.bak",
                                         "checkpoints",
                                         "thesis.koop.repair",
                                         "checkpoint-",
                                         "checkpoint-0123456789abcdeg",
                                         "00001.koop.repair",
                                         "000001.koop.repair2",
                                         "quarantine/000001",
                                         "quarantine/000001-",
                                         "quarantine/000001-7x",
                                         "quarantine/000001.",
                                         "quarantine/000001.koop.",
                                         "quarantine/000001.c",
                                         "quarantine/000001.koop.old"};
    static const char *const ours[] = {"lock",
                                       "unfinished",
                                       "checkpoint",
                                       "checkpoint.new",
                                       "checkpoint-0123456789abcdef",
                                       "000002.koop.repair",
                                       "quarantine/000001-0",
                                       "quarantine/000001-123.2",
                                       "quarantine/000001.koop",
                                       "quarantine/000001.koop.3",
                                       "quarantine/unfinished"};
    char path[256];
    const int n = write_segments();
    for (int i = 1; i <= n; i++) set_age(i, 10);
    snprintf(path, sizeof path, "%s/quarantine", run_dir);
    assert_int_equal(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) put(ours[i]);
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        put(theirs[i]);
        prune(0, 10);
        snprintf(path, sizeof path, "%s/%s", run_dir, theirs[i]);
        assert_int_equal(removed, 0);
        assert_int_equal(size_of(path), 1);
        assert_int_equal(unlink(path), 0);
    }
    prune(0, 10);
    assert_int_equal(removed, 1);
    assert_int_equal(size_of(run_dir), -1);
}

static void a_link_for_a_segment_stops_it(void **state) {
    (void)state;
    const int n = write_segments();
    char outside[128];
    snprintf(outside, sizeof outside, "%s/outside", data_dir);
    assert_int_equal(rename(segment_path(2), outside), 0);
    assert_int_equal(symlink(outside, segment_path(2)), 0);
    prune(1, 1);
    assert_int_equal(n_notices, 0);
    assert_true(size_of(outside) > 0 && size_of(segment_path(n)) > 0);
}

static void writing_keeps_to_the_bound(void **state) {
    (void)state;
    const koop_journal_options options = {
        .segment_bytes = 1000, .keep_bytes = 4000, .listener = take_notice};
    koop_journal *journal = NULL;
    uint64_t last;
    n_notices = 0;
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, &options, &last), KOOP_OK);
    for (uint64_t seq = 1; seq <= 100; seq++) {
        assert_int_equal(append(journal, seq), KOOP_OK);
        int64_t total = 0;
        for (int i = 1; i < 64; i++)
            total += size_of(segment_path(i)) > 0 ? size_of(segment_path(i)) : 0;
        assert_true(total <= 5000);
    }
    koop_journal_close(journal);
    assert_true(n_notices > 10);
    for (int i = 1; i < n_notices; i++)
        assert_int_equal(notices[i].first_seq, notices[i - 1].last_seq + 1);
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_int_equal(seen.seq[0], notices[n_notices - 1].last_seq + 1);
    assert_int_equal(seen.seq[seen.snapshots - 1], 100);
}

static void prune_unneeded(void) {
    const koop_journal_options options = {
        .keep_bytes = 1, .keep_days = 1, .keep_needed = true, .listener = take_notice};
    n_notices = removed = 0;
    assert_int_equal(koop_journal_prune(data_dir, &options, now_s), KOOP_OK);
}

static void write_checkpoint(uint64_t needs) {
    const koop_checkpoint about = {.seq = 49, .needs = needs};
    assert_int_equal(koop_checkpoint_write(run_dir, hello.run, &about, "x", 1, false), KOOP_OK);
}

static void what_the_checkpoint_needs_stays(void **state) {
    (void)state;
    const int n = write_segments();
    prune_unneeded(); /* nothing was computed yet */
    assert_int_equal(n_notices, 0);
    write_checkpoint(20);
    prune_unneeded();
    assert_true(n_notices > 0 && n_notices < n - 2);
    assert_true(notices[n_notices - 1].last_seq < 20);
    const uint64_t first = first_seq();
    assert_true(first <= 20);
    write_checkpoint(first); /* at the beginning of a segment: none before it is needed */
    prune_unneeded();
    assert_int_equal(n_notices, 0);
    write_checkpoint(50);
    prune_unneeded();
    assert_true(first_seq() <= 50 && size_of(segment_path(n - 2)) == -1);
}

static koop_status delete_next(void *context, const koop_wire_message *message) {
    (void)context;
    if (message->type == KOOP_WIRE_SNAPSHOT) unlink(segment_path(2));
    return KOOP_OK;
}

static void a_segment_that_goes_while_it_is_read_is_missed(void **state) {
    (void)state;
    write_segments();
    assert_int_equal(koop_journal_read(run_dir, delete_next, NULL, NULL), KOOP_IO_FAILED);
    assert_int_equal(koop_journal_read(run_dir, delete_next, NULL, NULL), KOOP_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_oldest_go_while_there_is_too_much),
        TEST(the_last_two_stay_whatever_they_hold),
        TEST(old_segments_go_and_those_behind_them_stay),
        TEST(a_run_that_is_all_old_goes_as_a_whole),
        TEST(a_run_without_segments_is_as_old_as_its_directory),
        TEST(a_run_that_is_being_written_stays),
        TEST(what_is_not_ours_is_not_deleted),
        TEST(names_that_are_like_ours_are_not_ours),
        TEST(a_link_for_a_segment_stops_it),
        TEST(writing_keeps_to_the_bound),
        TEST(what_the_checkpoint_needs_stays),
        TEST(a_segment_that_goes_while_it_is_read_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
