/* Verifying says where a journal is damaged; repairing loses nothing, whenever it is interrupted. */
#include "journal_kit.h"

#include "journal_faults.h"
#include "repair.h"

#include <sys/file.h>

static uint8_t bytes[1 << 16], damaged[1 << 16];
static size_t size, ends[16];

static struct {
    int files, damaged, ranges, gaps;
    uint64_t records, snapshots, first, last, missing, torn, repeated, offset, bytes;
} found;

static void count(void *context, const koop_verified *file) {
    (void)context;
    found.files++;
    found.damaged += file->damaged.n > 0;
    found.ranges += (int)file->damaged.n;
    found.gaps += (int)file->gaps.n;
    found.records += file->records;
    found.snapshots += file->snapshots;
    if (found.first == 0) found.first = file->first_seq;
    if (file->last_seq > 0) found.last = file->last_seq;
    found.missing += file->missing;
    found.torn += file->torn;
    found.repeated += file->repeated;
    if (file->damaged.n == 0) return;
    found.offset = file->damaged.list[0].first;
    found.bytes = file->damaged.list[0].last - found.offset + 1;
}

static koop_status take(void *context, const koop_verified *file) {
    count(context, file);
    return KOOP_OK;
}

static koop_status verify(const char *path) {
    memset(&found, 0, sizeof found);
    return koop_journal_verify(path, take, NULL);
}

static koop_status repair(const char *path) {
    memset(&found, 0, sizeof found);
    return koop_journal_repair(path, count, NULL);
}

/* A run of three segments, whose second is `bytes`. */
static void write_three(void) {
    koop_journal *journal = open_journal(700, 0);
    uint64_t seq = 1;
    while (size_of(segment_path(4)) < 0) assert_int_equal(append(journal, seq++), KOOP_OK);
    koop_journal_close(journal);
    assert_int_equal(unlink(segment_path(4)), 0);
    size = load(segment_path(2), bytes, sizeof bytes);
    assert_true(record_ends(bytes, size, ends) > 2);
    memcpy(damaged, bytes, size);
}

static int start(void **state) {
    disarm();
    if (set_up(state) != 0) return -1;
    write_three();
    return 0;
}

static void what_is_intact_is_said_to_be(void **state) {
    (void)state;
    assert_int_equal(verify(run_dir), KOOP_OK);
    assert_true(found.files == 3 && found.damaged == 0 && found.gaps == 0 && found.torn == 0);
    assert_int_equal(found.records, found.snapshots + 3);
    assert_int_equal(found.first, 1);
    assert_int_equal(found.last, found.snapshots);
    assert_int_equal(repair(run_dir), KOOP_OK);
    assert_true(found.files == 3 && found.damaged == 0);
    assert_int_equal(koop_journal_quarantined(run_dir), 0);
}

static void damage_is_placed_and_counted(void **state) {
    (void)state;
    damaged[ends[0] + 60] ^= 4;
    store(segment_path(2), damaged, size);
    assert_int_equal(verify(run_dir), KOOP_OK);
    assert_true(found.damaged == 1 && found.ranges == 1);
    assert_int_equal(found.offset, ends[0]);
    assert_int_equal(found.bytes, ends[1] - ends[0]);
    assert_true(found.gaps == 1 && found.missing == 1);
    assert_int_equal(verify(segment_path(2)), KOOP_OK);
    assert_true(found.files == 1 && found.damaged == 1);
}

static void an_incomplete_end_is_damage_only_before_the_last_file(void **state) {
    (void)state;
    store(segment_path(2), bytes, size - 7);
    assert_int_equal(verify(run_dir), KOOP_OK);
    assert_true(found.damaged == 1 && found.torn == 0);
    store(segment_path(2), bytes, size);
    size = load(segment_path(3), bytes, sizeof bytes);
    store(segment_path(3), bytes, size - 7);
    assert_int_equal(verify(run_dir), KOOP_OK);
    assert_true(found.damaged == 0 && found.torn > 0);
    assert_int_equal(repair(run_dir), KOOP_OK);
    assert_int_equal(size_of(segment_path(3)), size - 7);
}

static void where_there_is_no_journal_nothing_is_made(void **state) {
    (void)state;
    char path[256];
    snprintf(path, sizeof path, "%s/absent", data_dir);
    assert_int_equal(verify(path), KOOP_NOT_FOUND);
    assert_int_equal(repair(path), KOOP_NOT_FOUND);
    assert_int_equal(verify(data_dir), KOOP_NOT_FOUND);
    assert_int_equal(repair(data_dir), KOOP_NOT_FOUND);
    snprintf(path, sizeof path, "%s/lock", data_dir);
    assert_int_equal(size_of(path), -1);
    snprintf(path, sizeof path, "%s/notes.txt", data_dir);
    store(path, (const uint8_t *)"KOOPREC1 notes", 14);
    assert_int_equal(verify(path), KOOP_BAD_MESSAGE);
    assert_int_equal(repair(path), KOOP_BAD_MESSAGE);
    assert_int_equal(size_of(path), 14);
}

static void repair_keeps_what_is_intact_and_what_was_there(void **state) {
    (void)state;
    damaged[ends[0] + 60] ^= 4;
    store(segment_path(2), damaged, size);
    const struct timespec then[2] = {{.tv_sec = 1000000}, {.tv_sec = 2000000}};
    assert_int_equal(utimensat(AT_FDCWD, segment_path(2), then, 0), 0);
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    const int snapshots = seen.snapshots;

    assert_int_equal(repair(run_dir), KOOP_OK);
    assert_int_equal(found.damaged, 1);
    assert_int_equal(size_of(segment_path(2)), size - (ends[1] - ends[0]));
    struct stat about;
    assert_int_equal(stat(segment_path(2), &about), 0);
    assert_int_equal(about.st_mtime, 2000000); /* as old as it was, for what is kept */
    assert_int_equal(about.st_mode & 0777, 0600);
    char kept[256];
    uint8_t old[4096];
    snprintf(kept, sizeof kept, "%s/quarantine/000002.koop", run_dir);
    assert_int_equal(load(kept, old, sizeof old), size);
    assert_memory_equal(old, damaged, size);
    assert_int_equal(verify(run_dir), KOOP_OK);
    assert_int_equal(found.damaged, 0);
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_true(seen.snapshots == snapshots && seen.altered == 0);

    assert_int_equal(repair(run_dir), KOOP_OK); /* nothing to do */
    assert_int_equal(found.damaged, 0);
    assert_int_equal(koop_journal_quarantined(run_dir), 1);
}

static void a_segment_without_a_record_leaves_its_place(void **state) {
    (void)state;
    memset(damaged, 0, size);
    store(segment_path(2), damaged, size);
    assert_int_equal(repair(run_dir), KOOP_OK);
    assert_int_equal(size_of(segment_path(2)), -1);
    assert_int_equal(koop_journal_quarantined(run_dir), 1);
    assert_int_equal(verify(run_dir), KOOP_OK);
    assert_true(found.files == 2 && found.damaged == 0);
}

static void a_lone_file_is_repaired_where_it_is(void **state) {
    (void)state;
    char path[256], kept[256];
    snprintf(path, sizeof path, "%s/a recording.koop", data_dir);
    snprintf(kept, sizeof kept, "%s/quarantine/a recording.koop", data_dir);
    damaged[size - 5] ^= 4;
    store(path, damaged, size);
    assert_int_equal(repair(path), KOOP_OK);
    assert_int_equal(found.damaged, 1);
    assert_int_equal(size_of(kept), size);
    assert_int_equal(verify(path), KOOP_OK);
    assert_int_equal(found.damaged, 0);
}

static void a_journal_that_is_written_is_not_repaired(void **state) {
    (void)state;
    damaged[ends[0] + 60] ^= 4;
    store(segment_path(2), damaged, size);
    assert_int_equal(verify(run_dir), KOOP_OK);
    koop_journal *journal = open_journal(0, found.last);
    assert_int_equal(repair(run_dir), KOOP_IO_FAILED);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(repair(segment_path(2)), KOOP_IO_FAILED);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(size_of(segment_path(2)), size);
    koop_journal_close(journal);
    assert_int_equal(repair(segment_path(2)), KOOP_OK);
}

static void a_full_disk_leaves_it_as_it_is(void **state) {
    (void)state;
    static const char *const calls[] = {"writev", "fsync", "mkdirat", "renameat"};
    damaged[ends[0] + 60] ^= 4;
    store(segment_path(2), damaged, size);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fail_at(calls[i], 1, ENOSPC, true);
        assert_int_equal(repair(run_dir), KOOP_IO_FAILED);
        assert_int_equal(errno, ENOSPC);
        disarm();
        uint8_t now[4096];
        assert_int_equal(load(segment_path(2), now, sizeof now), size);
        assert_memory_equal(now, damaged, size);
    }
    assert_int_equal(repair(run_dir), KOOP_OK);
}

static void where_links_cannot_be_made_it_copies(void **state) {
    (void)state;
    damaged[ends[0] + 60] ^= 4;
    store(segment_path(2), damaged, size);
    fail_at("linkat", 1, EPERM, true);
    assert_int_equal(repair(run_dir), KOOP_OK);
    disarm();
    char kept[256];
    uint8_t old[4096];
    snprintf(kept, sizeof kept, "%s/quarantine/000002.koop", run_dir);
    assert_int_equal(load(kept, old, sizeof old), size);
    assert_memory_equal(old, damaged, size);
}

static void repair_run(void) {
    koop_journal_repair(run_dir, count, NULL);
}

static void a_crash_at_any_call_leaves_the_old_file_or_the_new(void **state) {
    (void)state;
    uint8_t mended[4096], now[4096];
    damaged[ends[0] + 60] ^= 4;
    const size_t rest = size - (ends[1] - ends[0]);
    memcpy(mended, bytes, ends[0]);
    memcpy(mended + ends[0], bytes + ends[1], size - ends[1]);
    int crashes = 0, old = 0;
    for (int at = 1;; at++, crashes++) {
        char quarantine[256], kept[256];
        snprintf(quarantine, sizeof quarantine, "%s/quarantine", run_dir);
        snprintf(kept, sizeof kept, "%s/quarantine/000002.koop", run_dir);
        remove_tree(quarantine);
        assert_true(unlink(segment_path(2)) == 0); /* it may be linked to what is in quarantine */
        store(segment_path(2), damaged, size);
        const bool crashed = crashes_at(at, repair_run);
        const size_t left = load(segment_path(2), now, sizeof now);
        assert_true((left == size && memcmp(now, damaged, size) == 0) ||
                    (left == rest && memcmp(now, mended, rest) == 0));
        old += left == size;
        assert_int_equal(repair(run_dir), KOOP_OK);
        assert_int_equal(load(segment_path(2), now, sizeof now), rest);
        assert_memory_equal(now, mended, rest);
        assert_int_equal(load(kept, now, sizeof now), size);
        assert_memory_equal(now, damaged, size);
        assert_int_equal(koop_journal_quarantined(run_dir), 1);
        char half[256];
        snprintf(half, sizeof half, "%s/000002.koop.repair", run_dir);
        assert_int_equal(size_of(half), -1);
        if (!crashed) break;
    }
    assert_true(crashes > 5 && old > 3 && old < crashes);
    print_message("crashed at each of %d calls: %d left the old file, the others the new one\n",
                  crashes, old);
}

#undef TEST
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_intact_is_said_to_be),
        TEST(damage_is_placed_and_counted),
        TEST(an_incomplete_end_is_damage_only_before_the_last_file),
        TEST(where_there_is_no_journal_nothing_is_made),
        TEST(repair_keeps_what_is_intact_and_what_was_there),
        TEST(a_segment_without_a_record_leaves_its_place),
        TEST(a_lone_file_is_repaired_where_it_is),
        TEST(a_journal_that_is_written_is_not_repaired),
        TEST(a_full_disk_leaves_it_as_it_is),
        TEST(where_links_cannot_be_made_it_copies),
        TEST(a_crash_at_any_call_leaves_the_old_file_or_the_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
