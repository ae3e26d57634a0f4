/* bench_journal: appending to a journal, opening it again and reading it, beside what the machine
 * can do with the same bytes.
 *
 * Per size of a record, medians over rounds in one process: append (no sync) beside write() of the
 * same bytes; recovery (open for append) and reading beside read() and CRC32C of the same file, from
 * the page cache, and beside copying the bytes in memory. Files go to TMPDIR, else /tmp. */
#include "journal.h"
#include "record.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 9, SEGMENT = 64 << 20, CHUNK = 1 << 18 };

typedef enum timed { APPEND, WRITE, RECOVER, READ, READ_CRC, COPY, TIMED } timed;

static char data_dir[256], run_dir[320], plain[320];
static double seconds[TIMED][ROUNDS];

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void must(bool held, const char *what) {
    if (held) return;
    perror(what);
    exit(1);
}

static koop_journal *open_journal(const koop_wire_hello *hello) {
    const koop_journal_options options = {.segment_bytes = 4u * SEGMENT};
    koop_journal *journal = NULL;
    uint64_t last;
    must(koop_journal_open(&journal, data_dir, hello, &options, &last) == KOOP_OK, "open");
    return journal;
}

static koop_status count(void *context, const koop_wire_message *message) {
    *(uint64_t *)context += message->type == KOOP_WIRE_SNAPSHOT;
    return KOOP_OK;
}

static void remove_run(void) {
    static const char *const names[] = {"000001.koop", "lock"};
    char path[400];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", run_dir, names[i]);
        unlink(path);
    }
    rmdir(run_dir);
}

static void append_all(koop_wire_message *message, const koop_wire_hello *hello, uint64_t records,
                       int round) {
    koop_journal *journal = open_journal(hello);
    double start = now_s();
    for (uint64_t seq = 1; seq <= records; seq++) {
        message->as.snapshot.seq = seq;
        must(koop_journal_append(journal, message) == KOOP_OK, "append");
        /* as the daemon does, outside what is timed: memory and disk have a bound of their own */
        if (seq % (1 + records / 32) != 0) continue;
        const double before = now_s();
        must(koop_journal_sync(journal) == KOOP_OK, "sync");
        start += now_s() - before;
    }
    seconds[APPEND][round] = now_s() - start;
    koop_journal_close(journal);
}

static void write_plain(const uint8_t *bytes, size_t size, uint64_t records, int round) {
    const int fd = open(plain, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
    must(fd >= 0, plain);
    double start = now_s();
    for (uint64_t i = 1; i <= records; i++) {
        must(write(fd, bytes, size) == (ssize_t)size, "write");
        if (i % (1 + records / 32) != 0) continue;
        const double before = now_s();
        must(fdatasync(fd) == 0, "fdatasync");
        start += now_s() - before;
    }
    seconds[WRITE][round] = now_s() - start;
    close(fd);
    unlink(plain);
}

static void read_plain(const char *path, uint8_t *buffer, int round) {
    uint8_t header[KOOP_RECORD_HEADER_BYTES];
    const int fd = open(path, O_RDONLY);
    must(fd >= 0, path);
    const double start = now_s();
    for (ssize_t got; (got = read(fd, buffer, CHUNK)) > 0;)
        koop_record_pack(&(koop_record_header){.length = (uint32_t)got}, buffer, header);
    seconds[READ_CRC][round] = now_s() - start;
    close(fd);
}

static void one_round(koop_wire_message *message, const koop_wire_hello *hello, size_t bytes,
                      uint64_t records, uint8_t *from, uint8_t *to, int round) {
    char segment[400];
    uint64_t seen = 0;
    remove_run();
    append_all(message, hello, records, round);
    write_plain(from, bytes, records, round);
    double start = now_s();
    koop_journal *journal = open_journal(hello);
    seconds[RECOVER][round] = now_s() - start;
    koop_journal_close(journal);
    start = now_s();
    must(koop_journal_read(run_dir, count, &seen, NULL) == KOOP_OK && seen == records, "read");
    seconds[READ][round] = now_s() - start;
    snprintf(segment, sizeof segment, "%s/000001.koop", run_dir);
    read_plain(segment, to, round);
    start = now_s();
    memcpy(to, from, SEGMENT);
    seconds[COPY][round] = now_s() - start;
}

static void measure(size_t bytes) {
    const uint64_t records = SEGMENT / bytes;
    koop_wire_hello *hello = calloc(1, sizeof *hello);
    koop_wire_message *message = calloc(1, sizeof *message);
    uint8_t *from = malloc(SEGMENT), *to = malloc(SEGMENT);
    must(hello && message && from && to, "memory");
    for (size_t i = 0; i < SEGMENT; i++) from[i] = (uint8_t)(i * 2654435761u >> 11);
    hello->version = KOOP_WIRE_VERSION;
    memset(hello->run, 0xab, sizeof hello->run);
    hello->dtype = 4;
    hello->n_groups = 1;
    hello->groups[0] =
        (koop_wire_group){.name = "w", .dimensions = 1, .shape = {bytes / 4}, .length = bytes / 4};
    message->type = KOOP_WIRE_SNAPSHOT;
    message->as.snapshot =
        (koop_wire_snapshot){.total = bytes, .bytes = bytes, .data = from, .n_scalars = 1};
    strcpy(message->as.snapshot.scalars[0].name, "loss");
    for (int round = 0; round < ROUNDS; round++)
        one_round(message, hello, bytes, records, from, to, round);
    double rate[TIMED]; /* MB/s */
    for (int i = 0; i < TIMED; i++) {
        qsort(seconds[i], ROUNDS, sizeof seconds[i][0], compare);
        rate[i] = (double)(records * bytes) / 1e6 / seconds[i][ROUNDS / 2];
    }
    printf("%9zu %8.0f %8.0f %6.2f %9.0f %8.0f %9.0f %8.0f %9.2f %9.2f\n", bytes, rate[APPEND],
           rate[WRITE], rate[APPEND] / rate[WRITE], rate[RECOVER], rate[READ], rate[READ_CRC],
           rate[COPY], rate[RECOVER] / rate[READ_CRC], rate[RECOVER] / rate[COPY]);
    fflush(stdout);
    remove_run();
    free(hello);
    free(message);
    free(from);
    free(to);
}

int main(void) {
    const char *base = getenv("TMPDIR");
    snprintf(data_dir, sizeof data_dir, "%.200s/koop-bench-XXXXXX", base && *base ? base : "/tmp");
    must(mkdtemp(data_dir) != NULL, data_dir);
    snprintf(run_dir, sizeof run_dir, "%s/runs/abababababababababababababababab", data_dir);
    snprintf(plain, sizeof plain, "%s/plain", data_dir);
    printf("journal of 64 MiB; MB/s, median of %d rounds\n", ROUNDS);
    puts("   record   append    write  ratio   recover     read  read+crc   memcpy  rec/r+crc  "
         "rec/memcpy");
    static const size_t sizes[] = {2 << 10, 64 << 10, 4 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) measure(sizes[i]);
    char runs[320];
    snprintf(runs, sizeof runs, "%s/runs", data_dir);
    rmdir(runs);
    rmdir(data_dir);
    return 0;
}
