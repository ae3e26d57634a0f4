/* The journal against what disks, processes and strangers do to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>

#include "journal.h"
#include "record.h"
#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VALUES = 6, MAX_SEEN = 4096 };

static const char uuid[] = "00112233445566778899aabbccddeeff";
static char data_dir[64], run_dir[160];
static koop_wire_hello hello;

/* ---- what a reading saw -------------------------------------------------------------------- */

static struct {
    uint64_t seq[MAX_SEEN];
    int snapshots, hellos, byes, altered;
    bool hello_first;
    int stop_after; /* snapshots; 0: never */
} seen;

static void fill_data(uint64_t seq, float data[VALUES]) {
    for (int i = 0; i < VALUES; i++) data[i] = (float)seq + 0.25f * (float)i;
    if (seq == 2) data[1] = NAN;
}

static void fill_snapshot(koop_wire_message *message, uint64_t seq, const void *data,
                          size_t bytes) {
    memset(message, 0, sizeof *message);
    message->type = KOOP_WIRE_SNAPSHOT;
    koop_wire_snapshot *snapshot = &message->as.snapshot;
    snapshot->seq = seq;
    snapshot->step = 10 * (int64_t)seq;
    snapshot->time_ms = 1700000000000 + (int64_t)seq;
    snapshot->dropped = 1;
    snapshot->total = snapshot->bytes = bytes;
    snapshot->data = data;
    snapshot->n_scalars = 2;
    snprintf(snapshot->scalars[0].name, sizeof snapshot->scalars[0].name, "loss");
    snapshot->scalars[0].value = 1.0 / (double)seq;
    snprintf(snapshot->scalars[1].name, sizeof snapshot->scalars[1].name, "grad");
    snapshot->scalars[1].value = HUGE_VAL;
}

static const uint8_t *large; /* LARGE bytes, as snapshot 2 where that is large */
enum { LARGE = 4 << 20 };

static bool as_written(const koop_wire_snapshot *snapshot) {
    if (snapshot->bytes == LARGE)
        return snapshot->seq == 2 && memcmp(snapshot->data, large, LARGE) == 0;
    float data[VALUES];
    fill_data(snapshot->seq, data);
    return snapshot->bytes == sizeof data && memcmp(snapshot->data, data, sizeof data) == 0 &&
           snapshot->step == 10 * (int64_t)snapshot->seq && snapshot->dropped == 1 &&
           snapshot->time_ms == 1700000000000 + (int64_t)snapshot->seq &&
           snapshot->n_scalars == 2 && strcmp(snapshot->scalars[0].name, "loss") == 0 &&
           snapshot->scalars[0].value == 1.0 / (double)snapshot->seq &&
           snapshot->scalars[1].value == HUGE_VAL;
}

static koop_status look(void *context, const koop_wire_message *message) {
    (void)context;
    if (message->type == KOOP_WIRE_HELLO) {
        if (seen.hellos++ == 0) seen.hello_first = seen.snapshots == 0;
        seen.altered += message->as.hello.dtype != hello.dtype ||
                        memcmp(message->as.hello.run, hello.run, sizeof hello.run) != 0 ||
                        strcmp(message->as.hello.groups[0].name, hello.groups[0].name) != 0;
    } else if (message->type == KOOP_WIRE_BYE) {
        seen.byes++;
        seen.altered += message->as.bye.last_seq != 77;
    } else {
        assert_true(seen.snapshots < MAX_SEEN);
        seen.altered += !as_written(&message->as.snapshot);
        seen.seq[seen.snapshots++] = message->as.snapshot.seq;
        if (seen.snapshots == seen.stop_after) return KOOP_DISABLED;
    }
    return KOOP_OK;
}

static koop_status read_path(const char *path, koop_journal_counters *counters) {
    const int stop_after = seen.stop_after;
    memset(&seen, 0, sizeof seen);
    seen.stop_after = stop_after;
    return koop_journal_read(path, look, NULL, counters);
}

/* Reads the run and asserts that it holds snapshots 1..last, unaltered. */
static void assert_holds(int last) {
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_int_equal(seen.snapshots, last);
    assert_int_equal(seen.altered, 0);
    assert_true(seen.hello_first);
    for (int i = 0; i < last; i++) assert_int_equal(seen.seq[i], i + 1);
}

/* ---- journals and files -------------------------------------------------------------------- */

static koop_journal *open_journal(size_t segment_bytes, uint64_t expected_last) {
    koop_journal *journal = NULL;
    uint64_t last = 999;
    const koop_journal_options options = {.segment_bytes = segment_bytes};
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, &options, &last), KOOP_OK);
    assert_int_equal(last, expected_last);
    return journal;
}

static koop_status append(koop_journal *journal, uint64_t seq) {
    static koop_wire_message message;
    float data[VALUES];
    fill_data(seq, data);
    fill_snapshot(&message, seq, data, sizeof data);
    return koop_journal_append(journal, &message);
}

static void write_run(size_t segment_bytes, uint64_t last) {
    koop_journal *journal = open_journal(segment_bytes, 0);
    for (uint64_t seq = 1; seq <= last; seq++) assert_int_equal(append(journal, seq), KOOP_OK);
    koop_journal_close(journal);
}

static char *segment_path(int number) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%06d.koop", run_dir, number);
    return path;
}

static size_t load(const char *path, uint8_t *bytes, size_t capacity) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

static void store(const char *path, const uint8_t *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int64_t size_of(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (int64_t)about.st_size : -1;
}

/* The ends of the records in `bytes`; ends[0] is the HELLO's. */
static int record_ends(const uint8_t *bytes, size_t size, size_t ends[16]) {
    int n = 0;
    for (size_t at = 0; at < size;) {
        koop_record_header header;
        assert_int_equal(koop_record_unpack(bytes + at, size - at, &header), KOOP_OK);
        at += KOOP_RECORD_HEADER_BYTES + header.length;
        ends[n++] = at;
    }
    return n;
}

static void remove_tree(const char *path) {
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char child[512];
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        if (unlink(child) != 0) remove_tree(child);
    }
    if (stream) closedir(stream);
    rmdir(path);
}

static int set_up(void **state) {
    (void)state;
    /* in memory where there is some: the tests sync often */
    const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(data_dir, sizeof data_dir, "%s/koop-journal-XXXXXX", base);
    if (!mkdtemp(data_dir)) return -1;
    snprintf(run_dir, sizeof run_dir, "%s/runs/%s", data_dir, uuid);
    memset(&hello, 0, sizeof hello);
    memset(&seen, 0, sizeof seen);
    hello.version = KOOP_WIRE_VERSION;
    for (int i = 0; i < KOOP_WIRE_UUID_BYTES; i++) hello.run[i] = (uint8_t)(0x11 * i);
    snprintf(hello.name, sizeof hello.name, "run");
    snprintf(hello.host, sizeof hello.host, "host");
    hello.pid = 1;
    hello.start_ms = 5000;
    hello.dtype = 4;
    hello.n_groups = 1;
    snprintf(hello.groups[0].name, sizeof hello.groups[0].name, "layer");
    hello.groups[0].dimensions = 2;
    hello.groups[0].shape[0] = 2;
    hello.groups[0].shape[1] = 3;
    hello.groups[0].length = VALUES;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_tree(data_dir);
    return 0;
}

/* ---- writing and reading back -------------------------------------------------------------- */

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

/* ---- damage -------------------------------------------------------------------------------- */

static void every_torn_tail_is_cut_and_appended_to(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    assert_int_equal(record_ends(bytes, size, ends), 4);
    /* all lengths near a boundary, some between: every open syncs */
    for (size_t length = 0, records = 0; length <= size; length++) {
        while (records < 4 && ends[records] <= length) records++;
        const size_t begin = records ? ends[records - 1] : 0;
        const bool near = length - begin < 2 || length - begin == KOOP_RECORD_HEADER_BYTES ||
                          (records < 4 && ends[records] - length < 2);
        if (!near && length % 41 != 0) continue;
        store(segment_path(1), bytes, length);
        const uint64_t intact = records ? records - 1 : 0;
        koop_journal *journal = open_journal(0, intact);
        assert_int_equal(koop_journal_get_counters(journal).torn, length > begin);
        if (records) assert_int_equal(size_of(segment_path(1)), begin);
        assert_int_equal(append(journal, intact + 1), KOOP_OK);
        koop_journal_close(journal);
        assert_holds((int)intact + 1);
        assert_int_equal(size_of(segment_path(2)), -1);
    }
}

static void reading_a_torn_tail_leaves_the_file_alone(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (size_t length = ends[0]; length < size; length++) {
        store(segment_path(1), bytes, length);
        koop_journal_counters counters;
        assert_int_equal(read_path(run_dir, &counters), KOOP_OK);
        const int intact = (length >= ends[1]) + (length >= ends[2]);
        assert_int_equal(seen.snapshots, intact);
        assert_int_equal(seen.altered, 0);
        assert_int_equal(counters.torn, length != ends[intact]);
        assert_int_equal(counters.damaged, 0);
        assert_int_equal(size_of(segment_path(1)), length);
    }
}

static void a_flipped_bit_costs_its_own_record_only(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (size_t bit = 0; bit < 8 * size; bit += 5) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        store(segment_path(1), bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int hit = 0;
        while (ends[hit] <= bit / 8) hit++;
        koop_journal_counters counters;
        assert_int_equal(read_path(run_dir, &counters), KOOP_OK);
        assert_int_equal(seen.altered, 0);
        assert_int_equal(seen.hellos, hit != 0);
        assert_int_equal(seen.snapshots, hit == 0 ? 3 : 2);
        for (int i = 0, seq = 1; i < seen.snapshots; i++, seq++) {
            if (seq == hit) seq++;
            assert_int_equal(seen.seq[i], seq);
        }
        assert_int_equal(counters.damaged, 1);
        assert_int_equal(counters.torn, 0);
    }
}

static void missing_and_foreign_bytes_are_passed_over(void **state) {
    (void)state;
    static uint8_t bytes[8192], damaged[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    for (size_t cut = 1; cut < ends[1] - ends[0]; cut += 3) { /* bytes lost within record 1 */
        const size_t from = ends[1] - cut;
        memcpy(damaged, bytes, from);
        memcpy(damaged + from, bytes + ends[1], size - ends[1]);
        store(segment_path(1), damaged, size - cut);
        koop_journal_counters counters;
        assert_int_equal(read_path(run_dir, &counters), KOOP_OK);
        assert_int_equal(seen.snapshots, 2);
        assert_int_equal(seen.seq[0], 2);
        assert_int_equal(seen.altered, 0);
        assert_int_equal(counters.damaged, 1);
    }
    for (size_t extra = 1; extra < 200; extra++) { /* a stranger's bytes between two records */
        memcpy(damaged, bytes, ends[1]);
        for (size_t i = 0; i < extra; i++) damaged[ends[1] + i] = "KOOPREC1"[i % 8];
        memcpy(damaged + ends[1] + extra, bytes + ends[1], size - ends[1]);
        store(segment_path(1), damaged, size + extra);
        assert_holds(3);
    }
}

static void damage_before_the_end_is_left_where_it_is(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    size_t ends[16];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    record_ends(bytes, size, ends);
    bytes[ends[1] - 1] ^= 1; /* snapshot 1 */
    store(segment_path(1), bytes, size);
    koop_journal *journal = open_journal(0, 3);
    assert_int_equal(koop_journal_get_counters(journal).torn, 0);
    assert_int_equal(koop_journal_get_counters(journal).damaged, 1);
    assert_int_equal(append(journal, 4), KOOP_OK);
    koop_journal_close(journal);
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_int_equal(seen.snapshots, 3);
    assert_int_equal(seen.seq[2], 4);
    assert_true(size_of(segment_path(1)) > (int64_t)size);
}

static void a_lost_hello_is_taken_from_a_later_segment(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    write_run(1000, 20);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    bytes[3] ^= 0x10;
    store(segment_path(1), bytes, size);
    assert_holds(20);
}

static void a_segment_whose_hello_is_lost_is_not_gone_on_with(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    write_run(0, 3);
    const size_t size = load(segment_path(1), bytes, sizeof bytes);
    bytes[50] ^= 0x10;
    store(segment_path(1), bytes, size);
    koop_journal *journal = open_journal(0, 3);
    assert_int_equal(append(journal, 4), KOOP_OK);
    koop_journal_close(journal);
    assert_int_equal(size_of(segment_path(1)), size);
    assert_holds(4);
}

static void the_shown_piece_does_not_change_what_a_scan_finds(void **state) {
    (void)state;
    static uint8_t bytes[8192];
    write_run(0, 3);
    size_t size = load(segment_path(1), bytes, sizeof bytes);
    size_t ends[16];
    record_ends(bytes, size, ends);
    bytes[ends[1] - 3] ^= 4;
    memcpy(bytes + size, bytes + ends[1], ends[2] - ends[1]);
    size += ends[2] - ends[1] - 1; /* and a torn end */
    uint64_t expected_damaged = 0, expected_end = 0;
    for (size_t piece = size; piece > 0; piece--) {
        koop_scan scan = {0};
        koop_scan_record record;
        size_t used = 0, want = piece, shown = piece;
        koop_scan_result result;
        int records = 0;
        do {
            const size_t left = size - (size_t)scan.offset;
            if (shown > left) shown = left;
            result = koop_scan_next(&scan, bytes + scan.offset, shown, left, &record, &used, &want);
            records += result == KOOP_SCAN_RECORD;
            if (result == KOOP_SCAN_MORE) {
                assert_true(want > shown - used && want <= size - scan.offset);
                shown = want;
            } else
                shown = piece;
        } while (result != KOOP_SCAN_END);
        assert_int_equal(records, 3);
        assert_int_equal(scan.offset, size);
        if (piece == size) {
            expected_damaged = scan.damaged;
            expected_end = scan.intact_end;
        }
        assert_int_equal(scan.damaged, expected_damaged);
        assert_int_equal(scan.intact_end, expected_end);
    }
    assert_int_equal(expected_damaged, 1);
    assert_int_equal(expected_end, ends[3]);
}

/* Headers that hold but claim payloads that do not: trying each would take quadratic time. */
static void a_hostile_file_does_not_make_a_scan_slow(void **state) {
    (void)state;
    const size_t size = (size_t)24 << 20, half = size / 2;
    uint8_t *bytes = calloc(1, size);
    const koop_record_header header = {.type = KOOP_WIRE_SNAPSHOT, .length = (uint32_t)half};
    koop_record_pack(&header, bytes, bytes);
    bytes[KOOP_RECORD_HEADER_BYTES] = 1; /* the payload checksum no longer holds */
    for (size_t at = KOOP_RECORD_HEADER_BYTES; at + 2 * KOOP_RECORD_HEADER_BYTES < half;
         at += KOOP_RECORD_HEADER_BYTES)
        memcpy(bytes + at, bytes, KOOP_RECORD_HEADER_BYTES);
    koop_scan scan = {0};
    koop_scan_record record;
    size_t used, want;
    assert_int_equal(koop_scan_next(&scan, bytes, size, size, &record, &used, &want),
                     KOOP_SCAN_END);
    assert_true(scan.wasted < 8 * (uint64_t)size);
    free(bytes);
}

/* ---- the operating system refuses ---------------------------------------------------------- */

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

/* ---- strangers ----------------------------------------------------------------------------- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_appended_is_read_back_bit_for_bit),
        TEST(reopening_goes_on_where_it_ended),
        TEST(reading_after_a_seq_skips_the_segments_before_it),
        TEST(the_lock_is_a_file_of_its_own),
        TEST(segments_rotate_and_each_can_be_read_alone),
        TEST(a_record_larger_than_a_segment_gets_one_of_its_own),
        TEST(only_whole_snapshots_and_goodbyes_are_appended),
        TEST(files_and_directories_are_private),
        TEST(every_torn_tail_is_cut_and_appended_to),
        TEST(reading_a_torn_tail_leaves_the_file_alone),
        TEST(a_flipped_bit_costs_its_own_record_only),
        TEST(missing_and_foreign_bytes_are_passed_over),
        TEST(damage_before_the_end_is_left_where_it_is),
        TEST(a_lost_hello_is_taken_from_a_later_segment),
        TEST(a_segment_whose_hello_is_lost_is_not_gone_on_with),
        TEST(the_shown_piece_does_not_change_what_a_scan_finds),
        TEST(a_hostile_file_does_not_make_a_scan_slow),
        TEST(a_failed_append_leaves_the_record_boundary),
        TEST(a_segment_that_cannot_begin_is_not_left_behind),
        TEST(symbolic_links_are_not_followed),
        TEST(another_shape_is_refused),
        TEST(a_journal_has_one_writer),
        TEST(what_holds_no_record_is_no_journal),
        TEST(a_handler_ends_the_reading),
        TEST(runs_are_listed_by_their_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
