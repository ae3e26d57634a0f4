/* bench_leading_svd: the leading singular triplets, beside the full decomposition of LAPACK.
 *
 * Prints, per matrix, the time of both in the same process, their ratio, and the largest relative
 * difference between their singular values. The matrices have singular values that fall by a
 * given factor a value down to a floor of noise. */
#include "leading_svd.h"
#include "linalg.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t state = 1;
static double noise(void) { /* xorshift, uniform in ±½ */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0 - 0.5;
}

enum { SIGNALS = 60 };

/* Σ_j fall^j a_j b_jᵀ + noise. */
static int fill(double *a, int m, int n, double fall, double floor) {
    double *left = malloc((size_t)m * SIGNALS * sizeof *left);
    double *right = malloc((size_t)n * SIGNALS * sizeof *right);
    if (!left || !right) return 1;
    for (size_t i = 0; i < (size_t)m * SIGNALS; i++) left[i] = noise();
    for (size_t i = 0; i < (size_t)n * SIGNALS; i++)
        right[i] = noise() * pow(fall, (double)(i / (size_t)n));
    koop_linalg_gemm(0, 1, m, n, SIGNALS, left, m, right, n, a, m);
    for (size_t i = 0; i < (size_t)m * (size_t)n; i++) a[i] += floor * noise();
    free(left);
    free(right);
    return 0;
}

static int measure(int m, int n, int k, double fall, double floor) {
    const size_t rows = (size_t)m, columns = (size_t)n, full = rows < columns ? rows : columns;
    double *a = malloc(rows * columns * sizeof *a), *s = malloc((size_t)k * sizeof *s);
    double *u = malloc(rows * full * sizeof *u), *vt = malloc(full * columns * sizeof *vt);
    double *all = malloc(full * sizeof *all), worst = 0;
    if (!a || !s || !u || !vt || !all || fill(a, m, n, fall, floor)) return 1;
    double t0 = now_s();
    if (koop_leading_svd(m, n, a, k, u, s, vt) != KOOP_OK) return 1;
    double t1 = now_s();
    if (koop_linalg_svd(m, n, a, u, all, vt) != KOOP_OK) return 1;
    double t2 = now_s();
    for (int j = 0; j < k; j++) worst = fmax(worst, fabs(s[j] - all[j]) / all[j]);
    printf("%6d %6d %4d %8.2g %8.2g %8.0e %10.2f %10.2f %8.1f\n", m, n, k, fall, floor, worst,
           t1 - t0, t2 - t1, (t2 - t1) / (t1 - t0));
    free(a);
    free(s);
    free(u);
    free(vt);
    free(all);
    return 0;
}

int main(void) {
    koop_linalg_single_thread();
    printf("float64, one thread; seconds\n");
    printf("%6s %6s %4s %8s %8s %8s %10s %10s %8s\n", "m", "n", "k", "fall", "noise", "differ",
           "leading", "full", "ratio");
    return measure(800, 2000, 10, 0.6, 1e-6) || measure(800, 2000, 10, 0.95, 1e-2) ||
           measure(3250, 9350, 10, 0.6, 1e-6) || measure(1000, 65536, 10, 0.6, 1e-6);
}
