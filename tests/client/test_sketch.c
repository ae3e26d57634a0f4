#include "golden.h"
#include "sketch.h"

#include <inttypes.h>
#include <math.h>

enum { K = 512, N = 100000, SEEDS = 400, SMALL = 64 };

static float x[N], y[N];
static double wide[N];

/* Small integers: sums are exact, so any order of adding gives the same. */
static double pattern(uint64_t a) {
    return (double)((37 * a + 11) % 101) - 50;
}

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* A deterministic value in [-1, 1). */
static double noise(uint64_t *state) {
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (double)(int32_t)(*state >> 32) / 2147483648.0;
}

static void golden_sketches_are_reproduced(void **state) {
    (void)state;
    FILE *file = fopen(KOOP_GOLDEN_DIR "/sketch.txt", "r");
    assert_non_null(file);
    static char line[4096];
    static double out[32768], out_wide[32768];
    int cases = 0;
    while (fgets(line, sizeof line, file)) {
        uint64_t seed, offset;
        size_t n, k;
        if (sscanf(line, "sketch %" SCNx64 " %" SCNu64 " %zu %zu", &seed, &offset, &n, &k) != 4)
            continue;
        for (size_t i = 0; i < n; i++) wide[i] = x[i] = (float)pattern(offset + i);
        memset(out, 0, sizeof out);
        memset(out_wide, 0, sizeof out_wide);
        assert_int_equal(koop_sketch_add_f32(seed, offset, x, n, out, k), KOOP_OK);
        assert_int_equal(koop_sketch_add_f64(seed, offset, wide, n, out_wide, k), KOOP_OK);
        for (size_t i = 0; i < k; i++) {
            double expected;
            assert_int_equal(fscanf(file, "%lf", &expected), 1);
            assert_true(out[i] == expected);
            assert_true(out_wide[i] == expected);
        }
        cases++;
    }
    fclose(file);
    assert_int_equal(cases, 5);
}

static void sketches_of_shards_add_up_to_the_whole(void **state) {
    (void)state;
    static const size_t cuts[] = {0, 1, 17, 511, 512, 513, 7777, 50000, 99999, N};
    static double whole[K], parts[K];
    memset(whole, 0, sizeof whole);
    memset(parts, 0, sizeof parts);
    for (size_t i = 0; i < N; i++) x[i] = (float)pattern(i);
    assert_int_equal(koop_sketch_add_f32(5, 1000, x, N, whole, K), KOOP_OK);
    for (size_t c = 0; c + 1 < sizeof cuts / sizeof *cuts; c++)
        assert_int_equal(
            koop_sketch_add_f32(5, 1000 + cuts[c], x + cuts[c], cuts[c + 1] - cuts[c], parts, K),
            KOOP_OK);
    assert_memory_equal(whole, parts, sizeof whole);
}

static void the_sketch_is_linear(void **state) {
    (void)state;
    static double of_x[K], of_y[K], of_sum[K];
    static float sum[N];
    memset(of_x, 0, sizeof of_x);
    memset(of_y, 0, sizeof of_y);
    memset(of_sum, 0, sizeof of_sum);
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)pattern(i);
        y[i] = (float)pattern(3 * i + 1);
        sum[i] = 2 * x[i] - 3 * y[i];
    }
    koop_sketch_add_f32(9, 0, x, N, of_x, K);
    koop_sketch_add_f32(9, 0, y, N, of_y, K);
    koop_sketch_add_f32(9, 0, sum, N, of_sum, K);
    for (size_t i = 0; i < K; i++) assert_true(of_sum[i] == 2 * of_x[i] - 3 * of_y[i]);
}

/* Sketches x and y (float64 copies in a, b) and holds inner products against five deviations. */
static void assert_inner_products_kept(size_t k) {
    static double a[N], b[N];
    static double of_x[32768], of_y[32768];
    memset(of_x, 0, sizeof of_x);
    memset(of_y, 0, sizeof of_y);
    for (size_t i = 0; i < N; i++) a[i] = (double)x[i], b[i] = (double)y[i];
    koop_sketch_add_f32(77, 12345, x, N, of_x, k);
    koop_sketch_add_f32(77, 12345, y, N, of_y, k);
    double xx = dot(a, a, N), yy = dot(b, b, N);
    double tolerance = 5 * sqrt(2.0 / (double)k);
    assert_true(fabs(dot(of_x, of_y, k) - dot(a, b, N)) <= tolerance * sqrt(xx * yy));
    assert_true(fabs(dot(of_x, of_x, k) - xx) <= tolerance * xx);
    assert_true(fabs(dot(of_y, of_y, k) - yy) <= tolerance * yy);
}

static void inner_products_of_dense_vectors_are_kept(void **state) {
    (void)state;
    uint64_t random = 1;
    for (size_t i = 0; i < N; i++) {
        x[i] = (float)noise(&random);
        y[i] = 0.5f * x[i] + (float)noise(&random);
    }
    for (size_t k = 64; k <= 4096; k *= 4) assert_inner_products_kept(k);
}

/* A bucket of i mod k would add all of these up in one place. */
static void inner_products_of_strided_vectors_are_kept(void **state) {
    (void)state;
    for (size_t stride = 16; stride <= 4096; stride *= 4) {
        for (size_t i = 0; i < N; i++) {
            x[i] = i % stride == 3 ? 1.0f : 0.0f;
            y[i] = i % stride == 3 && i % (2 * stride) != 3 ? -1.0f : x[i];
        }
        assert_inner_products_kept(K);
    }
}

/* Contiguous signed sums would let these cancel. */
static void inner_products_of_localised_vectors_are_kept(void **state) {
    (void)state;
    for (size_t width = 1; width <= 3000; width *= 7) {
        memset(x, 0, sizeof x);
        memset(y, 0, sizeof y);
        for (size_t i = 0; i < width; i++) {
            x[40000 + i] = 1.0f;
            y[40000 + i] = i % 2 ? 1.0f : -1.0f;
        }
        assert_inner_products_kept(K);
    }
}

/* Over many seeds, the mean and the deviation of the error of ⟨a, b⟩ relative to |a||b|. */
static void measure_errors(const double *a, const double *b, size_t n, double *mean,
                           double *deviation) {
    double square = 0, scale = sqrt(dot(a, a, n) * dot(b, b, n));
    *mean = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        double of_a[SMALL] = {0}, of_b[SMALL] = {0};
        koop_sketch_add_f64(seed, 0, a, n, of_a, SMALL);
        koop_sketch_add_f64(seed, 0, b, n, of_b, SMALL);
        double error = (dot(of_a, of_b, SMALL) - dot(a, b, n)) / scale;
        *mean += error / SEEDS;
        square += error * error / SEEDS;
    }
    *deviation = sqrt(square);
}

/* No bias, and the deviation that sketch.h derives; a norm's is √2 times that of orthogonal
 * vectors. Four hundred seeds know a deviation to some four percent. */
static void errors_average_out_and_are_as_large_as_said(void **state) {
    (void)state;
    enum { SHORT = 4096 };
    static double a[SHORT], b[SHORT];
    double mean, deviation;
    uint64_t random = 3;
    for (size_t i = 0; i < SHORT; i += 2) {
        a[i] = noise(&random);
        a[i + 1] = noise(&random);
        b[i] = -a[i + 1];
        b[i + 1] = a[i];
    }
    assert_true(fabs(dot(a, b, SHORT)) < 1e-9);
    const double orthogonal = sqrt(1.0 / SMALL), norm = sqrt(2.0 / SMALL);
    measure_errors(a, b, SHORT, &mean, &deviation);
    assert_true(fabs(mean) < 4 * orthogonal / sqrt(SEEDS));
    assert_true(deviation > 0.83 * orthogonal && deviation < 1.17 * orthogonal);
    measure_errors(a, a, SHORT, &mean, &deviation);
    assert_true(fabs(mean) < 4 * norm / sqrt(SEEDS));
    assert_true(deviation > 0.83 * norm && deviation < 1.17 * norm);
}

static void not_finite_values_are_not_hidden(void **state) {
    (void)state;
    static double out[K];
    memset(out, 0, sizeof out);
    memset(x, 0, sizeof x);
    x[700] = NAN;
    x[900] = INFINITY;
    koop_sketch_add_f32(1, 0, x, 1000, out, K);
    int not_finite = 0;
    for (size_t i = 0; i < K; i++) not_finite += !isfinite(out[i]);
    assert_in_range(not_finite, 1, 2);
}

static void sizes_that_are_no_power_of_two_are_refused(void **state) {
    (void)state;
    static const size_t bad[] = {0, 1, 32, 63, 100, 513, 65536};
    double out[1] = {4};
    float one = 1;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(koop_sketch_add_f32(0, 0, &one, 1, out, bad[i]), KOOP_BAD_ARGUMENT);
    assert_true(out[0] == 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_sketches_are_reproduced),
        cmocka_unit_test(sketches_of_shards_add_up_to_the_whole),
        cmocka_unit_test(the_sketch_is_linear),
        cmocka_unit_test(inner_products_of_dense_vectors_are_kept),
        cmocka_unit_test(inner_products_of_strided_vectors_are_kept),
        cmocka_unit_test(inner_products_of_localised_vectors_are_kept),
        cmocka_unit_test(errors_average_out_and_are_as_large_as_said),
        cmocka_unit_test(not_finite_values_are_not_hidden),
        cmocka_unit_test(sizes_that_are_no_power_of_two_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
