/* Damaged bytes of a journal are kept apart before anything is cut. */
#include "journal_kit.h"

#include "journal_faults.h"

static uint8_t bytes[8192], damaged[8192];
static size_t size, ends[16];

static int start(void **state) {
    disarm();
    if (set_up(state) != 0) return -1;
    write_run(0, 3);
    size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    memcpy(damaged, bytes, size);
    return 0;
}

static void damage(size_t at) {
    damaged[at] ^= 0x20;
    store(segment_path(1), damaged, size);
}

static const char *quarantine_path(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/quarantine%s%s", run_dir, *name ? "/" : "", name);
    return path;
}

/* That it holds bytes from..to of the damaged segment. */
static void assert_kept(const char *name, size_t from, size_t to) {
    uint8_t kept[8192];
    assert_int_equal(load(quarantine_path(name), kept, sizeof kept), to - from);
    assert_memory_equal(kept, damaged + from, to - from);
}

static const char *name_at(size_t offset) {
    static char name[64];
    snprintf(name, sizeof name, "000001-%zu", offset);
    return name;
}

static int quarantined(void) {
    return (int)koop_journal_quarantined(run_dir);
}

static void a_damaged_end_is_copied_and_then_cut(void **state) {
    (void)state;
    damage(size - 3);
    koop_journal *journal = open_journal(0, 2);
    assert_int_equal(size_of(segment_path(1)), ends[2]);
    assert_kept(name_at(ends[2]), ends[2], size);
    const koop_journal_counters counters = koop_journal_get_counters(journal);
    assert_true(counters.damaged == 1 && counters.quarantined == 1 && counters.torn == 0);
    assert_int_equal(append(journal, 3), KOOP_OK);
    koop_journal_close(journal);
    assert_holds(3);
    struct stat about;
    assert_int_equal(stat(quarantine_path(""), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(stat(quarantine_path(name_at(ends[2])), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void damage_within_is_copied_once_and_stays(void **state) {
    (void)state;
    damage(ends[0] + 50);
    for (int i = 0; i < 3; i++) {
        koop_journal_close(open_journal(0, 3));
        assert_int_equal(size_of(segment_path(1)), size);
        assert_int_equal(quarantined(), 1);
        assert_kept(name_at(ends[0]), ends[0], ends[1]);
    }
}

static void other_bytes_of_the_same_place_do_not_take_its_place(void **state) {
    (void)state;
    uint8_t first[8192];
    damage(size - 3);
    memcpy(first, damaged, size);
    koop_journal_close(open_journal(0, 2));
    damage(size - 9);
    koop_journal_close(open_journal(0, 2));
    char second[80];
    snprintf(second, sizeof second, "%s.2", name_at(ends[2]));
    assert_kept(second, ends[2], size);
    memcpy(damaged, first, size);
    assert_kept(name_at(ends[2]), ends[2], size);
    assert_int_equal(quarantined(), 2);
}

static void a_file_without_any_record_is_kept_whole(void **state) {
    (void)state;
    memset(damaged, 'x', size);
    store(segment_path(1), damaged, size);
    koop_journal *journal = open_journal(0, 0);
    assert_int_equal(append(journal, 1), KOOP_OK);
    koop_journal_close(journal);
    assert_kept(name_at(0), 0, size);
    assert_holds(1);
}

static void without_a_copy_the_segment_is_left_and_another_begun(void **state) {
    (void)state;
    static const char *const calls[] = {"mkdirat", "writev", "fsync", "renameat"};
    damage(size - 3);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        remove_tree(run_dir);
        assert_int_equal(mkdir(run_dir, 0700), 0);
        store(segment_path(1), damaged, size);
        fail_at(calls[i], 1, ENOSPC, false);
        koop_journal *journal = open_journal(0, 2);
        disarm();
        assert_int_equal(koop_journal_get_counters(journal).damaged, 1);
        assert_int_equal(append(journal, 3), KOOP_OK);
        koop_journal_close(journal);
        uint8_t now[8192];
        assert_int_equal(load(segment_path(1), now, sizeof now), size);
        assert_memory_equal(now, damaged, size);
        assert_true(size_of(segment_path(2)) > 0);
        assert_holds(3);
        koop_journal_counters read;
        assert_int_equal(read_path(run_dir, &read), KOOP_OK);
        assert_int_equal(read.damaged, 1);
        assert_int_equal(read.damage_segment, 1);
        assert_int_equal(read.damage_at, ends[2]);
        assert_int_equal(read.damage_bytes, size - ends[2]);
    }
}

static void while_the_disk_is_full_nothing_is_changed(void **state) {
    (void)state;
    damage(size - 3);
    koop_journal *journal;
    uint64_t last;
    fail_at("writev", 1, ENOSPC, true);
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_IO_FAILED);
    assert_int_equal(errno, ENOSPC);
    disarm();
    assert_int_equal(size_of(segment_path(1)), size);
    koop_journal_close(open_journal(0, 2));
    assert_kept(name_at(ends[2]), ends[2], size);
}

static void links_in_the_way_are_not_followed(void **state) {
    (void)state;
    char elsewhere[128];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", data_dir);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(symlink(elsewhere, quarantine_path("")), 0);
    damage(size - 3);
    koop_journal_close(open_journal(0, 2));
    assert_int_equal(size_of(segment_path(1)), size);
    assert_true(size_of(segment_path(2)) > 0);
    assert_int_equal(rmdir(elsewhere), 0); /* empty */
}

/* As a repair leaves it that is killed between the two names. */
static void a_segment_that_is_in_the_quarantine_too_is_not_changed(void **state) {
    (void)state;
    const size_t places[] = {ends[0] + 50, size - 3};
    const int left[] = {3, 2};
    for (int i = 0; i < 2; i++) {
        remove_tree(run_dir);
        assert_int_equal(mkdir(run_dir, 0700), 0);
        assert_int_equal(mkdir(quarantine_path(""), 0700), 0);
        damage(places[i]);
        assert_int_equal(link(segment_path(1), quarantine_path("000001.koop")), 0);
        koop_journal *journal = open_journal(0, (uint64_t)left[i]);
        assert_int_equal(append(journal, 4), KOOP_OK);
        koop_journal_close(journal);
        assert_kept("000001.koop", 0, size);
        assert_true(size_of(segment_path(2)) > 0);
        assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
        assert_int_equal(seen.seq[seen.snapshots - 1], 4);
        memcpy(damaged, bytes, size);
    }
}

static void open_and_append(void) {
    koop_journal *journal = NULL;
    uint64_t last;
    if (koop_journal_open(&journal, data_dir, &hello, NULL, &last) != KOOP_OK) _exit(1);
    append(journal, last + 1);
    koop_journal_close(journal);
}

static void a_crash_at_any_call_loses_no_byte(void **state) {
    (void)state;
    int crashes = 0;
    damaged[size - 3] ^= 0x20;
    for (int at = 1;; at++, crashes++) {
        remove_tree(run_dir);
        assert_int_equal(mkdir(run_dir, 0700), 0);
        store(segment_path(1), damaged, size);
        const bool crashed = crashes_at(at, open_and_append);
        /* either not yet cut, or kept */
        uint8_t now[8192];
        const size_t left = load(segment_path(1), now, sizeof now);
        if (left < size || memcmp(now, damaged, size) != 0)
            assert_kept(name_at(ends[2]), ends[2], size);
        koop_journal *journal = NULL;
        uint64_t last = 0;
        assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_OK);
        assert_in_range(last, 2, 3);
        koop_journal_close(journal);
        assert_kept(name_at(ends[2]), ends[2], size);
        assert_int_equal(quarantined(), 1);
        assert_holds((int)last);
        if (!crashed) break;
    }
    assert_true(crashes > 5);
    print_message("crashed at each of %d calls\n", crashes);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_end_is_copied_and_then_cut),
        TEST(damage_within_is_copied_once_and_stays),
        TEST(other_bytes_of_the_same_place_do_not_take_its_place),
        TEST(a_file_without_any_record_is_kept_whole),
        TEST(without_a_copy_the_segment_is_left_and_another_begun),
        TEST(while_the_disk_is_full_nothing_is_changed),
        TEST(links_in_the_way_are_not_followed),
        TEST(a_segment_that_is_in_the_quarantine_too_is_not_changed),
        TEST(a_crash_at_any_call_loses_no_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
