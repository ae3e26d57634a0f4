/* journal_kit: a journal in a temporary directory, snapshots that tell when they were altered, and
 * what a reading saw. For one test program each; cmocka's includes come first here. */
#ifndef KOOP_JOURNAL_KIT_H
#define KOOP_JOURNAL_KIT_H

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
    koop_wire_type last;
    int stop_after; /* snapshots; 0: never */
} seen;

static inline void fill_data(uint64_t seq, float data[VALUES]) {
    for (int i = 0; i < VALUES; i++) data[i] = (float)seq + 0.25f * (float)i;
    if (seq == 2) data[1] = NAN;
}

static inline void fill_snapshot(koop_wire_message *message, uint64_t seq, const void *data,
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

static inline bool as_written(const koop_wire_snapshot *snapshot) {
    if (snapshot->bytes == LARGE)
        return snapshot->seq == 2 && large && memcmp(snapshot->data, large, LARGE) == 0;
    float data[VALUES];
    fill_data(snapshot->seq, data);
    return snapshot->bytes == sizeof data && memcmp(snapshot->data, data, sizeof data) == 0 &&
           snapshot->step == 10 * (int64_t)snapshot->seq && snapshot->dropped == 1 &&
           snapshot->time_ms == 1700000000000 + (int64_t)snapshot->seq &&
           snapshot->n_scalars == 2 && strcmp(snapshot->scalars[0].name, "loss") == 0 &&
           snapshot->scalars[0].value == 1.0 / (double)snapshot->seq &&
           snapshot->scalars[1].value == HUGE_VAL;
}

static inline koop_status look(void *context, const koop_wire_message *message) {
    (void)context;
    if (message->type != KOOP_WIRE_HELLO) seen.last = message->type;
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

static inline koop_status read_path(const char *path, koop_journal_counters *counters) {
    const int stop_after = seen.stop_after;
    memset(&seen, 0, sizeof seen);
    seen.stop_after = stop_after;
    return koop_journal_read(path, look, NULL, counters);
}

/* Reads the run and asserts that it holds snapshots 1..last, unaltered. */
static inline void assert_holds(int last) {
    assert_int_equal(read_path(run_dir, NULL), KOOP_OK);
    assert_int_equal(seen.snapshots, last);
    assert_int_equal(seen.altered, 0);
    assert_true(seen.hello_first);
    for (int i = 0; i < last; i++) assert_int_equal(seen.seq[i], i + 1);
}

/* ---- journals and files -------------------------------------------------------------------- */

static inline koop_journal *open_journal(size_t segment_bytes, uint64_t expected_last) {
    koop_journal *journal = NULL;
    uint64_t last = 999;
    const koop_journal_options options = {.segment_bytes = segment_bytes};
    assert_int_equal(koop_journal_open(&journal, data_dir, &hello, &options, &last), KOOP_OK);
    assert_int_equal(last, expected_last);
    return journal;
}

static inline koop_status append(koop_journal *journal, uint64_t seq) {
    static koop_wire_message message;
    float data[VALUES];
    fill_data(seq, data);
    fill_snapshot(&message, seq, data, sizeof data);
    return koop_journal_append(journal, &message);
}

static inline void write_run(size_t segment_bytes, uint64_t last) {
    koop_journal *journal = open_journal(segment_bytes, 0);
    for (uint64_t seq = 1; seq <= last; seq++) assert_int_equal(append(journal, seq), KOOP_OK);
    koop_journal_close(journal);
}

static inline char *segment_path(int number) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%06d.koop", run_dir, number);
    return path;
}

static inline size_t load(const char *path, uint8_t *bytes, size_t capacity) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

static inline void store(const char *path, const uint8_t *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static inline int64_t size_of(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 ? (int64_t)about.st_size : -1;
}

/* The ends of the records in `bytes`; ends[0] is the HELLO's. */
static inline int record_ends(const uint8_t *bytes, size_t size, size_t ends[16]) {
    int n = 0;
    for (size_t at = 0; at < size;) {
        koop_record_header header;
        assert_int_equal(koop_record_unpack(bytes + at, size - at, &header), KOOP_OK);
        at += KOOP_RECORD_HEADER_BYTES + header.length;
        ends[n++] = at;
    }
    return n;
}

static inline void remove_tree(const char *path) {
    DIR *stream = opendir(path);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char child[512];
        const int n = snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        assert_true(n > 0 && n < (int)sizeof child);
        if (unlink(child) != 0) remove_tree(child);
    }
    if (stream) closedir(stream);
    rmdir(path);
}

static inline int set_up(void **state) {
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

static inline int tear_down(void **state) {
    (void)state;
    remove_tree(data_dir);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
