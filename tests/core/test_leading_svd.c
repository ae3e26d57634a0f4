#include "leading_svd.h"
#include "linalg.h"

#include "fixture.h"

/* The full decomposition of a copy. */
typedef struct full {
    double *u, *s, *vt;
    int k;
} full;

static full decompose(int m, int n, const double *a) {
    full f = {.k = m < n ? m : n};
    double *copy = malloc((size_t)m * (size_t)n * sizeof *copy);
    memcpy(copy, a, (size_t)m * (size_t)n * sizeof *copy);
    f.u = malloc((size_t)m * (size_t)f.k * sizeof(double));
    f.s = malloc((size_t)f.k * sizeof(double));
    f.vt = malloc((size_t)f.k * (size_t)n * sizeof(double));
    assert_int_equal(koop_linalg_svd(m, n, copy, f.u, f.s, f.vt), KOOP_OK);
    free(copy);
    return f;
}

static void free_full(full *f) {
    free(f->u);
    free(f->s);
    free(f->vt);
}

/* Σ_j ratio^j a_j b_jᵀ with Gaussian a_j, b_j, and noise. */
static double *falling(int m, int n, int terms, double ratio, double noise, uint64_t seed) {
    double *a = calloc((size_t)m * (size_t)n, sizeof *a);
    double *x = malloc((size_t)m * sizeof *x);
    for (int t = 0; t < terms; t++) {
        for (int i = 0; i < m; i++) x[i] = gaussian(&seed) * pow(ratio, t);
        for (int j = 0; j < n; j++) {
            const double y = gaussian(&seed);
            for (int i = 0; i < m; i++) a[(size_t)j * (size_t)m + (size_t)i] += x[i] * y;
        }
    }
    for (size_t i = 0; noise > 0 && i < (size_t)m * (size_t)n; i++) a[i] += noise * gaussian(&seed);
    free(x);
    return a;
}

/* The largest part of column j of `some` (m rows, k of them) outside the first k of `all`. */
static double outside(int m, int k, const double *some, const double *all) {
    double worst = 0;
    double *rest = malloc((size_t)m * sizeof *rest);
    for (int j = 0; j < k; j++) {
        const double *x = some + (size_t)j * (size_t)m;
        memcpy(rest, x, (size_t)m * sizeof *rest);
        for (int c = 0; c < k; c++) {
            const double *y = all + (size_t)c * (size_t)m;
            double dot = 0;
            for (int i = 0; i < m; i++) dot += x[i] * y[i];
            for (int i = 0; i < m; i++) rest[i] -= dot * y[i];
        }
        worst = fmax(worst, sqrt(koop_linalg_norm2(rest, (size_t)m)));
    }
    free(rest);
    return worst;
}

/* The largest |⟨x_i, x_j⟩ − δ_ij|. */
static double skewness(int m, int k, const double *x) {
    double worst = 0;
    for (int i = 0; i < k; i++)
        for (int j = 0; j <= i; j++) {
            double dot = 0;
            for (int l = 0; l < m; l++) dot += x[i * m + l] * x[j * m + l];
            worst = fmax(worst, fabs(dot - (i == j)));
        }
    return worst;
}

/* Values equal to the full decomposition's to rounding of the first, spaces to `space`. */
static void expect_as_full(int m, int n, const double *a, int k, double space) {
    double *u = malloc((size_t)m * (size_t)k * sizeof *u), *s = malloc((size_t)k * sizeof *s);
    double *vt = malloc((size_t)n * (size_t)k * sizeof *vt);
    double *v = malloc((size_t)n * (size_t)k * sizeof *v);
    full f = decompose(m, n, a);
    assert_true(koop_leading_svd_pays(m, n, k));
    assert_int_equal(koop_leading_svd(m, n, a, k, u, s, vt), KOOP_OK);
    for (int j = 0; j < k; j++) assert_true(fabs(s[j] - f.s[j]) < 2e-14 * f.s[0]);
    assert_true(skewness(m, k, u) < 1e-13);
    assert_true(outside(m, k, u, f.u) < space);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < k; j++) v[j * n + i] = vt[i * k + j];
    assert_true(skewness(n, k, v) < 1e-13);
    double *of_full = malloc((size_t)n * (size_t)k * sizeof *of_full);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < k; j++) of_full[j * n + i] = f.vt[i * f.k + j];
    assert_true(outside(n, k, v, of_full) < space);
    free_full(&f);
    free(of_full);
    free(u);
    free(s);
    free(vt);
    free(v);
}

static void triplets_are_those_of_the_full_decomposition(void **state) {
    (void)state;
    double *a = falling(700, 1300, 30, 0.7, 1e-5, 1);
    expect_as_full(700, 1300, a, 10, 1e-12);
    expect_as_full(1300, 700, a, 10, 1e-12);
    free(a);
}

static void small_singular_values_are_as_exact(void **state) {
    (void)state;
    /* the ninth is 1e-8 of the first: its square is a rounding error of the first's */
    double *a = falling(700, 900, 14, 0.1, 0, 2);
    expect_as_full(700, 900, a, 6, 1e-8);
    expect_as_full(700, 900, a, 9, 1e-5);
    free(a);
}

static void slowly_falling_values_converge_after_restarts(void **state) {
    (void)state;
    double *a = falling(640, 640, 40, 0.97, 0.1, 3);
    expect_as_full(640, 640, a, 8, 1e-11);
    free(a);
}

static void the_same_matrix_gives_the_same_digits(void **state) {
    (void)state;
    enum { M = 640, N = 660, K = 4 };
    double *a = falling(M, N, 12, 0.5, 1e-3, 4), *copy = falling(M, N, 12, 0.5, 1e-3, 4);
    static double u[2][M * K], s[2][K], vt[2][N * K];
    for (int i = 0; i < 2; i++)
        assert_int_equal(koop_leading_svd(M, N, a, K, u[i], s[i], vt[i]), KOOP_OK);
    assert_memory_equal(u[0], u[1], sizeof *u);
    assert_memory_equal(s[0], s[1], sizeof *s);
    assert_memory_equal(vt[0], vt[1], sizeof *vt);
    assert_memory_equal(a, copy, sizeof(double) * M * N);
    free(a);
    free(copy);
}

static void a_space_that_nothing_sets_apart_is_left_to_the_full_decomposition(void **state) {
    (void)state;
    enum { N = 640, K = 3 };
    static double u[N * K], s[K], vt[N * K];
    double *a = calloc((size_t)N * N, sizeof *a);
    for (size_t i = 0; i < N; i++) a[i * N + i] = i < 2 ? 2 : 1; /* 2 2 1 1 1 … */
    assert_int_equal(koop_leading_svd(N, N, a, K, u, s, vt), KOOP_LAPACK_FAILED);
    assert_int_equal(koop_leading_svd(N, N, a, 2, u, s, vt), KOOP_OK);
    assert_true(fabs(s[0] - 2) < 1e-13 && fabs(s[1] - 2) < 1e-13);
    for (size_t i = 0; i < N; i++) a[i * N + i] = i < 2 ? 1 : 0; /* rank two, and three wanted */
    assert_int_equal(koop_leading_svd(N, N, a, K, u, s, vt), KOOP_LAPACK_FAILED);
    uint64_t seed = 5; /* noise: its largest values stand close together */
    for (size_t i = 0; i < (size_t)N * N; i++) a[i] = gaussian(&seed);
    assert_int_equal(koop_leading_svd(N, N, a, K, u, s, vt), KOOP_LAPACK_FAILED);
    free(a);
}

static void a_small_matrix_does_not_pay(void **state) {
    (void)state;
    double a[4] = {1, 0, 0, 1}, u[2], s[1], vt[2];
    assert_false(koop_leading_svd_pays(2, 2, 1));
    assert_false(koop_leading_svd_pays(100000, 600, 10));
    assert_false(koop_leading_svd_pays(100000, 100000, 0));
    assert_true(koop_leading_svd_pays(1000, 65536, 10));
    assert_int_equal(koop_leading_svd(2, 2, a, 1, u, s, vt), KOOP_BAD_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triplets_are_those_of_the_full_decomposition),
        cmocka_unit_test(small_singular_values_are_as_exact),
        cmocka_unit_test(slowly_falling_values_converge_after_restarts),
        cmocka_unit_test(the_same_matrix_gives_the_same_digits),
        cmocka_unit_test(a_space_that_nothing_sets_apart_is_left_to_the_full_decomposition),
        cmocka_unit_test(a_small_matrix_does_not_pay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
