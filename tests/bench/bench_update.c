/* bench_update: one streaming update and one spectrum, beside reading the window's memory once.
 *
 * Prints, per size, medians over many rounds of: a push of a snapshot, a fit with spectrum, their
 * sum, a pass that only reads the window's bytes, and the ratio of the two, all in one process, so
 * that the ratio holds on a busy machine. Sketching is measured where the trainer would do it. Last,
 * the watch for grokking, once an update, of two groups that are all there is (the most it can cost),
 * and its share of an update of four pushes and a fit. */
#include "dmd.h"
#include "grokking.h"
#include "linalg.h"
#include "sketch.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 64, RANK = 10, ROUNDS = 300 };

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values) {
    qsort(values, ROUNDS, sizeof *values, compare);
    return values[ROUNDS / 2];
}

static uint64_t state = 1;
static float noise(void) { /* xorshift, uniform in ±½ */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (float)((double)(state >> 11) / 9007199254740992.0 - 0.5);
}

static uint64_t read_once(const uint64_t *words, size_t count) {
    uint64_t lane[8] = {0};
    for (size_t i = 0; i + 8 <= count; i += 8)
        for (size_t l = 0; l < 8; l++) lane[l] ^= words[i + l];
    return lane[0] ^ lane[1] ^ lane[2] ^ lane[3] ^ lane[4] ^ lane[5] ^ lane[6] ^ lane[7];
}

/* Snapshots of n parameters, sketched to k values where k > 0. */
static int measure(size_t n, size_t k) {
    size_t length = k ? k : n, bytes = length * WINDOW * sizeof(float);
    koop_dmd_options o = {.span = WINDOW, .rank = RANK, .floor = 1e-6, .dt = 1};
    const size_t halves[] = {length / 2, length - length / 2};
    koop_window_options wo = {.n = length,
                              .capacity = WINDOW,
                              .precision = KOOP_FLOAT32,
                              .n_groups = 2,
                              .group_sizes = halves};
    koop_grokking_options go = koop_grokking_defaults(0, 1);
    koop_grokking *grokking = NULL;
    koop_event event;
    bool fired = false;
    koop_window *window = NULL;
    koop_dmd *dmd = NULL;
    koop_spectrum spectrum;
    float *x = malloc(n * sizeof *x), *sent = malloc(length * sizeof *sent);
    float *drift = malloc(n * sizeof *drift);
    double *sums = malloc(length * sizeof *sums);
    uint64_t *memory = malloc(bytes), sink = 0;
    static double sketch[ROUNDS], push[ROUNDS], fit[ROUNDS], read[ROUNDS], watch[ROUNDS];
    if (!x || !sent || !drift || !sums || !memory || koop_window_new(&window, &wo) != KOOP_OK ||
        koop_dmd_new(&dmd, &o) != KOOP_OK || koop_grokking_new(&grokking, &go, NULL, 2) != KOOP_OK)
        return 1;
    memset(memory, 1, bytes);
    for (size_t i = 0; i < n; i++) {
        x[i] = noise();
        drift[i] = noise();
    }
    for (int round = -WINDOW; round < ROUNDS; round++) {
        for (size_t i = 0; i < n; i++) x[i] = 0.999f * x[i] + 1e-3f * drift[i] + 1e-4f * noise();
        double t0 = now_us();
        if (k) {
            memset(sums, 0, k * sizeof *sums);
            koop_sketch_add_f32(7, 0, x, n, sums, k);
            for (size_t i = 0; i < k; i++) sent[i] = (float)sums[i];
        }
        double t1 = now_us();
        if (koop_window_push_f32(window, k ? sent : x) != KOOP_OK) return 1;
        double t2 = now_us();
        if (round < 0) continue;
        if (koop_dmd_fit(dmd, window, &spectrum) != KOOP_OK) return 1;
        double t3 = now_us();
        sink ^= read_once(memory, bytes / sizeof *memory);
        double t4 = now_us();
        koop_grokking_update(grokking, round + 1, round - 7, window, &fired, &event);
        double t5 = now_us();
        sketch[round] = t1 - t0;
        push[round] = t2 - t1;
        fit[round] = t3 - t2;
        read[round] = t4 - t3;
        watch[round] = t5 - t4;
    }
    double s = median(sketch), p = median(push), f = median(fit), r = median(read);
    double w = median(watch);
    printf("%9zu %6zu %10.0f %10.0f %10.0f %10.0f %10.0f %8.2f %9.0f %7.1f%%%s\n", n, k, s, p, f,
           p + f, r, (p + f) / r, w, 100 * w / (4 * p + f), sink == 42 ? "!" : "");
    koop_grokking_free(grokking);
    koop_dmd_free(dmd);
    koop_window_free(window);
    free(x);
    free(sent);
    free(drift);
    free(sums);
    free(memory);
    return 0;
}

int main(void) {
    koop_linalg_single_thread();
    printf("window %d, rank %d, float32, one thread; microseconds, medians of %d\n", WINDOW, RANK,
           ROUNDS);
    printf("%9s %6s %10s %10s %10s %10s %10s %8s %9s %8s\n", "n", "sketch", "sketching", "push",
           "fit", "push+fit", "read once", "ratio", "grokking", "share");
    return measure(100000, 0) || measure(100000, 512) || measure(512, 0);
}
