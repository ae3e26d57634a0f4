/* How long a daemon takes to have a run's view after its start, from the whole journal and from the
 * checkpoint, beside plainly reading the files; and what the checkpoints cost while the run lives.
 * Usage: bench_recovery [MB]; the journals are as large (256), in $TMPDIR. */
#include "checkpoint.h"
#include "clock.h"
#include "compute.h"
#include "journal.h"
#include "work.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[256], directory[400];
static koop_wire_hello hello;
static koop_wire_message message;
static float *values;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void begin_run(size_t n, uint8_t number) {
    memset(&hello, 0, sizeof hello);
    memset(hello.run, number, sizeof hello.run);
    hello.version = KOOP_WIRE_VERSION;
    hello.dtype = 4;
    hello.n_groups = 1;
    snprintf(hello.name, sizeof hello.name, "bench");
    snprintf(hello.groups[0].name, sizeof hello.groups[0].name, "w");
    hello.groups[0].dimensions = 1;
    hello.groups[0].shape[0] = hello.groups[0].length = n;
    char uuid[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(hello.run, uuid);
    snprintf(directory, sizeof directory, "%s/runs/%s", root, uuid);
    free(values);
    values = calloc(n, sizeof *values);
    if (!values) die("memory");
}

/* The next snapshot: each value moves a little, by a rule that costs little. */
static void move(size_t n, uint64_t seq) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t noise = (uint32_t)(seq * 2654435761u + i * 40503u) >> 8;
        values[i] += 1e-4f * ((float)noise / 16777216.0f - 0.5f) - 1e-5f * values[i];
    }
    message.type = KOOP_WIRE_SNAPSHOT;
    message.as.snapshot = (koop_wire_snapshot){.seq = seq,
                                               .step = (int64_t)seq,
                                               .time_ms = 1,
                                               .total = n * sizeof *values,
                                               .data = (const uint8_t *)values,
                                               .bytes = n * sizeof *values};
}

static void write_journal(size_t n, uint64_t snapshots) {
    koop_journal *journal = NULL;
    uint64_t last = 0;
    if (koop_journal_open(&journal, root, &hello, NULL, &last) != KOOP_OK) die("journal");
    for (uint64_t seq = 1; seq <= snapshots; seq++) {
        move(n, seq);
        if (koop_journal_append(journal, &message) != KOOP_OK) die("append");
    }
    koop_journal_close(journal);
}

/* Seconds to read all files of the run's directory, and their bytes; with `remove` deletes them. */
static double read_plainly(double *bytes, bool remove) {
    static char buffer[1 << 20];
    const double began = now_s();
    DIR *stream = opendir(directory);
    if (!stream) die(directory);
    *bytes = 0;
    for (const struct dirent *entry; (entry = readdir(stream));) {
        if (entry->d_name[0] == '.') continue;
        const int fd = openat(dirfd(stream), entry->d_name, O_RDONLY);
        if (remove) unlinkat(dirfd(stream), entry->d_name, 0);
        for (ssize_t got; fd >= 0 && (got = read(fd, buffer, sizeof buffer)) > 0;)
            *bytes += (double)got;
        if (fd >= 0) close(fd);
    }
    closedir(stream);
    if (remove) rmdir(directory);
    return now_s() - began;
}

static void *run_compute(void *context) {
    koop_compute_run(context);
    return NULL;
}

/* Seconds from the start of compute until the view has all snapshots. */
static double recover(uint64_t snapshots) {
    static koop_view view;
    koop_runs *runs = NULL;
    koop_queue *queue = NULL;
    koop_feed *feed = NULL;
    koop_compute *compute = NULL;
    pthread_t thread;
    memset(&view, 0, sizeof view);
    koop_runs_new(&runs, &view);
    koop_queue_new(&queue, 64 << 20);
    koop_feed_new(&feed, 1 << 20);
    const koop_compute_options options = {.pipeline = koop_pipeline_defaults(),
                                          .data_dir = root,
                                          .queue = queue,
                                          .runs = runs,
                                          .feed = feed};
    koop_compute_new(&compute, &options);
    const double began = now_s();
    koop_runs_recover(runs, &hello);
    koop_compute_recover(compute, &hello);
    pthread_create(&thread, NULL, run_compute, compute);
    do {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        koop_runs_view(runs, hello.run, koop_clock_ms(), &view);
    } while (view.run.snapshots < snapshots);
    const double took = now_s() - began;
    koop_queue_close(queue);
    koop_compute_stop(compute, 1000);
    pthread_join(thread, NULL);
    koop_compute_free(compute);
    koop_feed_free(feed);
    koop_queue_free(queue, koop_work_release);
    koop_runs_free(runs);
    return took;
}

/* What one checkpoint takes, beside computing the snapshots between two. */
static void measure_cost(size_t n, uint64_t between) {
    koop_pipeline *pipeline = NULL;
    const koop_pipeline_options options = koop_pipeline_defaults();
    if (koop_pipeline_new(&pipeline, &options, &hello, NULL, NULL) != KOOP_OK) die("pipeline");
    uint64_t seq = 0;
    for (; seq < 200; koop_pipeline_push(pipeline, &message.as.snapshot)) move(n, ++seq);
    double pushing = 0, saving = 0, writing = 0, synced = 0;
    enum { ROUNDS = 20 };
    const uint64_t pushes = between < 500 ? between : 500;
    size_t size = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (uint64_t i = 0; i < pushes; i++) {
            move(n, ++seq);
            const double began = now_s();
            koop_pipeline_push(pipeline, &message.as.snapshot);
            pushing += now_s() - began;
        }
        double began = now_s();
        koop_pipeline_save(pipeline, NULL, 0, &size);
        void *state = malloc(size);
        if (!state || koop_pipeline_save(pipeline, state, size, &size) != KOOP_OK) die("save");
        saving += now_s() - began;
        const koop_checkpoint about = {.seq = seq, .needs = koop_pipeline_needs(pipeline)};
        began = now_s();
        if (koop_checkpoint_write(directory, hello.run, &about, state, size, false)) die("write");
        writing += now_s() - began;
        began = now_s();
        if (koop_checkpoint_write(directory, hello.run, &about, state, size, true)) die("write");
        synced += now_s() - began;
        free(state);
    }
    const double compute_s = pushing / (double)(ROUNDS * pushes) * (double)between;
    printf(
        "  a checkpoint: %zu KB, %.2f ms to save, %.2f ms to write (%.2f ms synced); every %" PRIu64
        " snapshots (%.0f ms) it is %.2f%% of computing them\n",
        size >> 10, 1e3 * saving / ROUNDS, 1e3 * writing / ROUNDS, 1e3 * synced / ROUNDS, between,
        1e3 * compute_s, 100 * (saving + synced) / ROUNDS / compute_s);
    koop_pipeline_free(pipeline);
}

static void bench(const char *what, size_t n, double megabytes, uint8_t number, uint64_t between) {
    const uint64_t snapshots = (uint64_t)(megabytes * 1e6 / (double)(n * 4));
    double bytes;
    begin_run(n, number);
    write_journal(n, snapshots);
    const double plain = read_plainly(&bytes, false), gb = bytes / 1e9;
    const double without = recover(snapshots), with = recover(snapshots);
    printf("%s: %" PRIu64 " snapshots, %.0f MB\n", what, snapshots, bytes / 1e6);
    printf("  without a checkpoint %7.2f s  %7.2f s/GB  %6.1f × reading the files\n", without,
           without / gb, without / plain);
    printf("  with the checkpoint  %7.2f s  %7.2f s/GB  %6.1f × reading the files\n", with,
           with / gb, with / plain);
    measure_cost(n, between);
    fflush(stdout);
    read_plainly(&bytes, true);
}

int main(int argc, char **argv) {
    const double megabytes = argc > 1 ? atof(argv[1]) : 256;
    const char *tmp = getenv("TMPDIR");
    snprintf(root, sizeof root, "%s/koop-recovery-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(root)) die(root);
    bench("512 float32", 512, megabytes, 1, 1000);
    bench("1,000,000 float32", 1000000, megabytes < 600 ? 600 : megabytes, 2, 4);
    char runs[300];
    snprintf(runs, sizeof runs, "%s/runs", root);
    rmdir(runs);
    rmdir(root);
    free(values);
    return 0;
}
