/* A journal is written and read back, by one writer and any reader. */
#include "journal_kit.h"

static void what_was_appended_is_read_back_bit_for_bit(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    for (uint64_t seq = 1; seq <= 20; seq++) assert_int_equal(append(journal, seq), KOOP_OK);
    koop_wire_message bye = {.type = KOOP_WIRE_BYE, .as.bye = {.last_seq = 77, .dropped = 1}};
    assert_int_equal(koop_journal_append(journal, &bye), KOOP_OK);
    assert_int_equal(koop_journal_sync(journal), KOOP_OK);
    const koop_journal_counters counters = koop_journal_get_counters(journal);
    assert_int_equal(counters.records, 21);
    assert_int_equal(counters.failed + counters.torn + counters.damaged, 0);
    assert_holds(20); /* before it is closed: what was appended is in the file */
    koop_journal_close(journal);
    koop_journal_counters read;
    assert_int_equal(read_path(run_dir, &read), KOOP_OK);
    assert_int_equal(seen.byes, 1);
    assert_int_equal(seen.altered, 0);
    assert_int_equal(read.records, 22);
    assert_int_equal(read.bytes, size_of(segment_path(1)));
    assert_int_equal(read.torn + read.damaged, 0);
    assert_int_equal(read_path(segment_path(1), NULL), KOOP_OK);
    assert_int_equal(seen.snapshots, 20);
}

static void reopening_goes_on_where_it_ended(void **state) {
    (void)state;
    write_run(0, 3);
    koop_journal *journal = open_journal(0, 3);
    assert_int_equal(append(journal, 4), KOOP_OK);
    koop_journal_close(journal);
    assert_int_equal(size_of(segment_path(2)), -1);
    assert_holds(4);
    assert_int_equal(seen.hellos, 1);
}

static void segments_rotate_and_each_can_be_read_alone(void **state) {
    (void)state;
    write_run(1000, 50);
    int n = 0, snapshots = 0;
    for (; size_of(segment_path(n + 1)) > 0; n++) {
        assert_true(size_of(segment_path(n + 1)) <= 1000);
        assert_int_equal(read_path(segment_path(n + 1), NULL), KOOP_OK);
        assert_true(seen.hello_first);
        assert_int_equal(seen.hellos, 1);
        assert_true(seen.snapshots > 0);
        snapshots += seen.snapshots;
    }
    assert_true(n > 5);
    assert_int_equal(snapshots, 50);
    assert_holds(50);
    assert_int_equal(seen.hellos, n);
    koop_journal *journal = open_journal(1000, 50);
    assert_int_equal(append(journal, 51), KOOP_OK);
    koop_journal_close(journal);
    assert_holds(51);
}

static void a_record_larger_than_a_segment_gets_one_of_its_own(void **state) {
    (void)state;
    uint8_t *data = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++) data[i] = (uint8_t)(i * 2654435761u >> 13);
    large = data;
    koop_wire_message *message = malloc(sizeof *message);
    fill_snapshot(message, 2, data, LARGE);
    koop_journal *journal = open_journal(4096, 0);
    assert_int_equal(append(journal, 1), KOOP_OK);
    assert_int_equal(koop_journal_append(journal, message), KOOP_OK);
    assert_int_equal(append(journal, 3), KOOP_OK);
    koop_journal_close(journal);
    assert_holds(3);
    assert_true(size_of(segment_path(2)) > LARGE);
    assert_true(size_of(segment_path(3)) > 0);
    free(message);
    free(data);
}

static void only_whole_snapshots_and_goodbyes_are_appended(void **state) {
    (void)state;
    koop_journal *journal = open_journal(0, 0);
    const int64_t before = size_of(segment_path(1));
    static koop_wire_message message;
    float data[VALUES];
    fill_data(1, data);
    fill_snapshot(&message, 1, data, sizeof data);
    message.as.snapshot.total = 2 * sizeof data;
    assert_int_equal(koop_journal_append(journal, &message), KOOP_BAD_ARGUMENT);
    message.as.snapshot.at = sizeof data;
    assert_int_equal(koop_journal_append(journal, &message), KOOP_BAD_ARGUMENT);
    message.type = KOOP_WIRE_PING;
    assert_int_equal(koop_journal_append(journal, &message), KOOP_BAD_ARGUMENT);
    koop_journal_close(journal);
    assert_int_equal(size_of(segment_path(1)), before);
}

static void files_and_directories_are_private(void **state) {
    (void)state;
    const mode_t old = umask(0);
    char nested[128], path[256];
    snprintf(nested, sizeof nested, "%s/state/koopmon", data_dir);
    koop_journal *journal;
    uint64_t last;
    assert_int_equal(koop_journal_open(&journal, nested, &hello, NULL, &last), KOOP_OK);
    koop_journal_close(journal);
    umask(old);
    struct stat about;
    const char *parts[] = {"", "/runs", "/runs/00112233445566778899aabbccddeeff"};
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", nested, parts[i]);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0700);
    }
    snprintf(path + strlen(path), sizeof path - strlen(path), "/000001.koop");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void reading_after_a_seq_skips_the_segments_before_it(void **state) {
    (void)state;
    write_run(1000, 50);
    memset(&seen, 0, sizeof seen);
    assert_int_equal(koop_journal_read_after(run_dir, 30, look, NULL, NULL), KOOP_OK);
    assert_in_range(seen.seq[0], 2, 30);
    assert_true(seen.hello_first);
    assert_int_equal(seen.seq[seen.snapshots - 1], 50);
    assert_int_equal(seen.snapshots, 50 - (int)seen.seq[0] + 1);
    assert_int_equal(koop_journal_read_after(run_dir, 99, look, NULL, NULL), KOOP_OK);
}

/* flock of a read-only descriptor fails over NFS. */
static void the_lock_is_a_file_of_its_own(void **state) {
    (void)state;
    char path[200];
    koop_journal *journal = open_journal(0, 0);
    snprintf(path, sizeof path, "%s/lock", run_dir);
    int fd = open(path, O_RDWR | O_NOFOLLOW);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
    koop_journal_close(journal);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    close(fd);
}

static void symbolic_links_are_not_followed(void **state) {
    (void)state;
    write_run(0, 3);
    char elsewhere[128];
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere.koop", data_dir);
    assert_int_equal(rename(segment_path(1), elsewhere), 0);
    assert_int_equal(symlink(elsewhere, segment_path(1)), 0);
    const int64_t size = size_of(elsewhere);
    koop_journal *journal;
    uint64_t last;
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_IO_FAILED);
    assert_int_equal(read_path(segment_path(1), NULL), KOOP_IO_FAILED);
    assert_int_equal(read_path(run_dir, NULL), KOOP_IO_FAILED);
    assert_int_equal(size_of(elsewhere), size);

    remove_tree(run_dir);
    assert_int_equal(symlink(data_dir, run_dir), 0);
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_IO_FAILED);
    assert_int_equal(unlink(run_dir), 0);
}

static void another_shape_is_refused(void **state) {
    (void)state;
    write_run(1000, 20);
    koop_journal *journal;
    uint64_t last;
    const koop_wire_hello declared = hello;
    hello.dtype = 8;
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_BAD_SHAPE);
    hello = declared;
    hello.groups[0].shape[0] = 3;
    hello.groups[0].shape[1] = 2;
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_BAD_SHAPE);
    hello = declared;
    snprintf(hello.groups[0].name, sizeof hello.groups[0].name, "other");
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, NULL, &last), KOOP_BAD_SHAPE);
    hello = declared;
    koop_journal_close(open_journal(1000, 20));
    assert_holds(20);
}

static void a_journal_has_one_writer(void **state) {
    (void)state;
    koop_journal *first = open_journal(0, 0), *second;
    uint64_t last;
    assert_int_equal(koop_journal_open(&second, data_dir, &hello, NULL, &last), KOOP_IO_FAILED);
    assert_int_equal(errno, EWOULDBLOCK);
    koop_journal_close(first);
    koop_journal_close(open_journal(0, 0));
}

static void what_holds_no_record_is_no_journal(void **state) {
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/absent", data_dir);
    assert_int_equal(read_path(path, NULL), KOOP_NOT_FOUND);
    assert_int_equal(read_path(data_dir, NULL), KOOP_BAD_MESSAGE);
    snprintf(path, sizeof path, "%s/fifo", data_dir);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(read_path(path, NULL), KOOP_BAD_MESSAGE); /* and does not wait */
    snprintf(path, sizeof path, "%s/text", data_dir);
    store(path, (const uint8_t *)"KOOPREC1 is how one would begin", 31);
    assert_int_equal(read_path(path, NULL), KOOP_BAD_MESSAGE);
    store(path, (const uint8_t *)"", 0);
    assert_int_equal(read_path(path, NULL), KOOP_BAD_MESSAGE);
}

static void a_handler_ends_the_reading(void **state) {
    (void)state;
    write_run(1000, 20);
    seen.stop_after = 7;
    assert_int_equal(read_path(run_dir, NULL), KOOP_DISABLED);
    assert_int_equal(seen.snapshots, 7);
}

static void runs_are_listed_by_their_start(void **state) {
    (void)state;
    char uuids[8][33];
    int count = -1;
    char nowhere[128];
    snprintf(nowhere, sizeof nowhere, "%s/nowhere", data_dir);
    assert_int_equal(koop_journal_list(nowhere, uuids, 8, &count), KOOP_OK);
    assert_int_equal(count, 0);
    const int64_t starts[] = {300, 100, 200, 400};
    for (int i = 0; i < 4; i++) {
        hello.run[0] = (uint8_t)i;
        hello.start_ms = starts[i];
        koop_journal_close(open_journal(0, 0));
    }
    char stranger[256];
    snprintf(stranger, sizeof stranger, "%s/runs/notes", data_dir);
    assert_int_equal(mkdir(stranger, 0700), 0);
    assert_int_equal(koop_journal_list(data_dir, uuids, 8, &count), KOOP_OK);
    assert_int_equal(count, 4);
    const char *const order[] = {"01", "02", "00", "03"};
    for (int i = 0; i < 4; i++) assert_memory_equal(uuids[i], order[i], 2);
    assert_int_equal(koop_journal_list(data_dir, uuids, 2, &count), KOOP_OK);
    assert_int_equal(count, 2); /* the newest two */
    assert_memory_equal(uuids[0], "00", 2);
    assert_memory_equal(uuids[1], "03", 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_appended_is_read_back_bit_for_bit),
        TEST(reopening_goes_on_where_it_ended),
        TEST(segments_rotate_and_each_can_be_read_alone),
        TEST(a_record_larger_than_a_segment_gets_one_of_its_own),
        TEST(only_whole_snapshots_and_goodbyes_are_appended),
        TEST(files_and_directories_are_private),
        TEST(reading_after_a_seq_skips_the_segments_before_it),
        TEST(the_lock_is_a_file_of_its_own),
        TEST(symbolic_links_are_not_followed),
        TEST(another_shape_is_refused),
        TEST(a_journal_has_one_writer),
        TEST(what_holds_no_record_is_no_journal),
        TEST(a_handler_ends_the_reading),
        TEST(runs_are_listed_by_their_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
