/* The journal when the operating system refuses to write. */
#include "journal_kit.h"

static void limit_files_to(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_failed_append_leaves_the_record_boundary(void **state) {
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    koop_journal *journal = open_journal(0, 0);
    assert_int_equal(append(journal, 1), KOOP_OK);
    const int64_t boundary = size_of(segment_path(1));
    for (int room = 0; room < 60; room += 13) { /* nothing, part of the header, part of the data */
        limit_files_to((rlim_t)(boundary + room));
        assert_int_equal(append(journal, 2), KOOP_IO_FAILED);
        assert_int_equal(errno, EFBIG);
        limit_files_to(RLIM_INFINITY);
        assert_int_equal(size_of(segment_path(1)), boundary);
    }
    assert_int_equal(koop_journal_get_counters(journal).failed, 5);
    assert_int_equal(append(journal, 2), KOOP_OK);
    koop_journal_close(journal);
    assert_holds(2);
}

static void a_segment_that_cannot_begin_is_not_left_behind(void **state) {
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    koop_journal *journal = open_journal(700, 0);
    uint64_t seq = 1;
    while (size_of(segment_path(1)) <= 700 - 250) assert_int_equal(append(journal, seq++), KOOP_OK);
    while (size_of(segment_path(2)) < 0) { /* until one no longer fits: then a HELLO must fit */
        limit_files_to(20);
        const koop_status status = append(journal, seq);
        limit_files_to(RLIM_INFINITY);
        assert_int_equal(status, KOOP_IO_FAILED);
        assert_int_equal(size_of(segment_path(2)), -1);
        assert_int_equal(append(journal, seq++), KOOP_OK);
    }
    koop_journal_close(journal);
    assert_holds((int)seq - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_failed_append_leaves_the_record_boundary),
        TEST(a_segment_that_cannot_begin_is_not_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
