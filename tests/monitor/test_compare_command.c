/* The command: what is compared with what, the verdict, the exit code, the JSON. */
#include "capture.h"

#include <jansson.h>
#include <math.h>

static const double quarter[4][2] = {{1, 0}, {0.5, 0.5}, {0.5, -0.5}, {0, 0}};

/* `quarter` in another order, moved by 0.25 along the real axis. */
static void write_pair(char a[64], char b[64]) {
    double moved[4][2];
    for (int j = 0; j < 4; j++) {
        moved[j][0] = quarter[(j + 1) % 4][0] + 0.25;
        moved[j][1] = quarter[(j + 1) % 4][1];
    }
    write_npy(a, "<c16", "4,", quarter, sizeof quarter);
    write_npy(b, "<c16", "1, 4", moved, sizeof moved);
}

/* Rows of three eigenvalues: 0.5 + offset, 0.7 and 0.9, each up to 0.01 off. */
static void write_rows(char path[64], int rows, double offset, unsigned seed) {
    double z[32][3][2];
    char shape[16];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 2; k++) {
                seed = seed * 1664525u + 1013904223u;
                double noise = 0.02 * (seed >> 8) / 16777216.0 - 0.01;
                z[i][j][k] = noise + (k == 0 ? 0.5 + 0.2 * j + (j == 0 ? offset : 0) : 0);
            }
    snprintf(shape, sizeof shape, "%d, 3", rows);
    write_npy(path, "<c16", shape, z, (size_t)rows * sizeof z[0]);
}

/* Two oscillations in a little noise, seen in `n` values; `windows` times 64 snapshots. */
static void write_trajectory(char path[64], int windows, int n, double angle, unsigned seed) {
    enum { MOST = 8 };
    char shape[32];
    double(*x)[MOST] = calloc((size_t)windows * 64, sizeof *x), *flat = (double *)x;
    assert_non_null(x);
    for (int t = 0; t < windows * 64; t++)
        for (int i = 0; i < n; i++) {
            seed = seed * 1664525u + 1013904223u;
            flat[t * n + i] = sin(angle * t + i) + 0.5 * cos(0.9 * t + 2 * i) +
                              1e-3 * ((seed >> 8) / 16777216.0 - 0.5);
        }
    snprintf(shape, sizeof shape, "%d, %d", windows * 64, n);
    write_npy(path, "<f8", shape, x, (size_t)(windows * 64 * n) * sizeof(double));
    free(x);
}

static json_t *json_of(const char *line, int code) {
    captured result = koopmon(line);
    if (result.code != code)
        fail_msg("koopmon %s: code %d, error \"%s\"", line, result.code, result.err);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    release(&result);
    return json;
}

static double number(const json_t *json, const char *key) {
    const json_t *value = json_object_get(json, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static const char *text(const json_t *json, const char *key) {
    const char *value = json_string_value(json_object_get(json, key));
    assert_non_null(value);
    return value;
}

static json_t *distance_of(const json_t *json, const char *name) {
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(json, "distances"), i,
                       entry) if (strcmp(text(entry, "name"), name) == 0) return entry;
    return NULL;
}

static void says(const char *line, int code, const char *word) {
    captured result = koopmon(line);
    if (result.code != code || !strstr(result.out, word))
        fail_msg("koopmon %s: code %d, output \"%s\", error \"%s\"", line, result.code, result.out,
                 result.err);
    release(&result);
}

static void two_spectra_have_a_distance_and_no_test(void **state) {
    (void)state;
    char a[64], b[64], line[256];
    write_pair(a, b);
    snprintf(line, sizeof line, "compare --json %s %s", a, b);
    json_t *json = json_of(line, KOOP_EXIT_OK);
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    assert_string_equal(text(json, "a"), a);
    assert_string_equal(text(json, "b"), b);
    assert_true(fabs(number(json, "distance") - 0.25) < 1e-14);
    assert_true(json_is_null(json_object_get(json, "p_value")));
    assert_true(json_is_null(json_object_get(json, "test")));
    assert_true(json_is_false(json_object_get(json, "different")));
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 1);
    assert_string_equal(text(json, "method"), "mean assignment distance");
    assert_string_equal(text(json, "verdict"), "distance 0.25; no test: one spectrum on each side");
    json_decref(json);
    unlink(a);
    unlink(b);
}

static void a_threshold_decides_the_exit_code(void **state) {
    (void)state;
    char a[64], b[64], line[256];
    write_pair(a, b);
    snprintf(line, sizeof line, "compare --threshold 0.2 %s %s", a, b);
    says(line, KOOP_EXIT_DIFFERENT, "distance 0.25;");
    snprintf(line, sizeof line, "compare --threshold 0.3 %s %s", a, b);
    says(line, KOOP_EXIT_OK, "distance 0.25;");
    unlink(a);
    unlink(b);
}

static void spectra_of_unequal_size_are_transported(void **state) {
    (void)state;
    const double one[2] = {1, 0}, two[4] = {1, 0.5, 1, -0.5};
    char a[64], b[64], line[256];
    write_npy(a, "<c16", "1,", one, sizeof one);
    write_npy(b, "<c16", "2,", two, sizeof two);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    says(line, KOOP_EXIT_OK, "distance 0.5;");
    says(line, KOOP_EXIT_OK, "1 mode against 2: transported");
    unlink(a);
    unlink(b);
}

static void rows_are_spectra_of_one_side(void **state) {
    (void)state;
    char a[64], b[64], c[64], line[256];
    write_rows(a, 10, 0, 1);
    write_rows(b, 12, 0.2, 2);
    write_rows(c, 12, 0, 3);
    snprintf(line, sizeof line, "compare --json %s %s", a, b);
    json_t *json = json_of(line, KOOP_EXIT_DIFFERENT);
    assert_true(number(json, "p_value") == 0.0005);
    assert_string_equal(text(json, "verdict"), "different (p = 0.0005, n = 10 + 12)");
    assert_true(json_is_true(json_object_get(json, "different")));
    json_t *found = distance_of(json, "assignment"), *test = json_object_get(json, "test");
    assert_true(number(found, "p") == 0.0005 && number(found, "p_holm") == 0.0005);
    assert_true(number(found, "value") == number(json, "distance"));
    assert_true(number(found, "statistic") > 0.05);
    assert_true(json_is_null(json_object_get(found, "aligned")));
    assert_int_equal(json_array_size(json_object_get(found, "within")), 2);
    assert_null(distance_of(json, "residual"));
    assert_string_equal(text(test, "relabelling"), "free");
    assert_string_equal(text(test, "items"), "spectra");
    assert_true(json_is_false(json_object_get(test, "exact")));
    assert_int_equal(json_integer_value(json_object_get(test, "relabellings")), 2000);
    json_decref(json);
    snprintf(line, sizeof line, "compare %s %s", a, c);
    says(line, KOOP_EXIT_OK, "no difference found (p = ");
    says(line, KOOP_EXIT_OK, "n = 10 + 12)");
    snprintf(line, sizeof line, "compare --permutations 99 --seed 4 --json %s %s", a, b);
    json = json_of(line, KOOP_EXIT_DIFFERENT);
    assert_true(number(json, "p_value") == 0.01);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "test"), "seed")), 4);
    json_decref(json);
    snprintf(line, sizeof line, "compare --alpha 0.001 --permutations 99 %s %s", a, b);
    says(line, KOOP_EXIT_OK, "no difference found (p = 0.01, n = 10 + 12; too few for p below ");
    unlink(a);
    unlink(b);
    unlink(c);
}

static void several_operands_a_side_are_items(void **state) {
    (void)state;
    char path[8][64], line[1024];
    for (int i = 0; i < 8; i++) write_rows(path[i], 1, i < 4 ? 0 : 0.2, (unsigned)i + 10);
    int n = snprintf(line, sizeof line, "compare --json");
    for (int i = 0; i < 8; i++)
        n += snprintf(line + n, sizeof line - (size_t)n, "%s %s", i == 4 ? " --vs" : "", path[i]);
    json_t *json = json_of(line, KOOP_EXIT_DIFFERENT);
    /* all C(8,4) = 70 relabellings, of which two are as extreme */
    assert_true(fabs(number(json, "p_value") - 2.0 / 70) < 1e-15);
    assert_true(json_is_true(json_object_get(json_object_get(json, "test"), "exact")));
    assert_int_equal(json_array_size(json_object_get(json, "side_a")), 4);
    assert_string_equal(json_string_value(json_array_get(json_object_get(json, "side_b"), 3)),
                        path[7]);
    assert_string_equal(text(json, "b"), path[4]);
    json_decref(json);
    /* one against many, options in between */
    snprintf(line, sizeof line, "compare %s --vs %s --seed 2 %s %s", path[0], path[5], path[6],
             path[7]);
    says(line, KOOP_EXIT_OK, "no difference found (p = 0.25, n = 1 + 3; too few for p below 0.25)");
    snprintf(line, sizeof line, "compare %s %s %s", path[0], path[1], path[2]);
    refused(line, KOOP_EXIT_USAGE, "with several a side: A... --vs B...");
    snprintf(line, sizeof line, "compare %s %s --vs", path[0], path[1]);
    refused(line, KOOP_EXIT_USAGE, "operands on both sides");
    snprintf(line, sizeof line, "compare --vs %s %s", path[0], path[1]);
    refused(line, KOOP_EXIT_USAGE, "operands on both sides");
    snprintf(line, sizeof line, "compare %s --vs %s --vs %s", path[0], path[1], path[2]);
    refused(line, KOOP_EXIT_USAGE, "write --vs once");
    snprintf(line, sizeof line, "compare %s --v %s", path[0], path[1]);
    refused(line, KOOP_EXIT_USAGE, "in full");
    for (int i = 0; i < 8; i++) unlink(path[i]);
}

static void snapshots_that_are_left_out_are_counted(void **state) {
    (void)state;
    char a[64], b[64], line[256];
    write_trajectory(a, 10, 5, 0.3, 1);
    write_trajectory(b, 10, 5, 0.3, 3);
    const double bad = NAN;
    FILE *file = fopen(a, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -(long)(100 * 5 * sizeof bad), SEEK_END), 0);
    assert_int_equal(fwrite(&bad, sizeof bad, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_non_null(strstr(result.err, ": 1 of 640 snapshots are not finite: left out\n"));
    assert_null(strstr(result.err, b));
    release(&result);
    unlink(a);
    unlink(b);
}

static void trajectories_are_compared_window_by_window(void **state) {
    (void)state;
    char a[64], b[64], c[64], line[256];
    write_trajectory(a, 10, 5, 0.3, 1);
    write_trajectory(b, 10, 5, 0.33, 2);
    write_trajectory(c, 10, 5, 0.3, 3);
    snprintf(line, sizeof line, "compare --json --distance all %s %s", a, b);
    json_t *json = json_of(line, KOOP_EXIT_DIFFERENT);
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 10);
    json_t *test = json_object_get(json, "test"), *residual = distance_of(json, "residual");
    assert_string_equal(text(test, "relabelling"), "pairs");
    assert_string_equal(text(test, "items"), "windows");
    assert_int_equal(json_integer_value(json_object_get(test, "relabellings")), 1024);
    assert_int_equal(json_array_size(json_object_get(json, "distances")), 3);
    assert_non_null(distance_of(json, "variance"));
    assert_true(fabs(number(residual, "p") - 2.0 / 1024) < 1e-15);
    assert_true(fabs(number(residual, "p_holm") - 6.0 / 1024) < 1e-15);
    assert_true(number(json, "p_value") <= 6.0 / 1024);
    assert_true(number(residual, "value") == number(residual, "aligned"));
    json_decref(json);
    snprintf(line, sizeof line, "compare %s %s", a, c);
    says(line, KOOP_EXIT_OK, "no difference found (p = ");
    says(line, KOOP_EXIT_OK, "n = 10)");
    says(line, KOOP_EXIT_OK, "windows swapped in pairs, in all 1,024 ways");
    snprintf(line, sizeof line, "compare %s %s", a, a);
    says(line, KOOP_EXIT_OK, "no difference found (p = 1, n = 10)\n  assignment  0 window");
    unlink(a);
    unlink(b);
    unlink(c);
}

static void unlike_trajectories_are_compared_by_their_spectra(void **state) {
    (void)state;
    char a[64], b[64], one[64], two[64], line[256];
    write_trajectory(a, 6, 5, 0.3, 1);
    write_trajectory(b, 9, 8, 0.3, 2);
    write_trajectory(one, 1, 5, 0.3, 5);
    write_trajectory(two, 2, 5, 0.3, 6);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    says(line, KOOP_EXIT_OK, "n = 6 + 9)");
    says(line, KOOP_EXIT_OK, "snapshots of 5 values against 8");
    snprintf(line, sizeof line, "compare --distance residual --json %s %s", one, one);
    json_t *json = json_of(line, KOOP_EXIT_OK);
    assert_string_equal(text(json, "verdict"), "distance 0; no test: one spectrum on each side");
    json_decref(json);
    snprintf(line, sizeof line, "compare %s %s", two, two);
    says(line, KOOP_EXIT_OK, "no test: 2 windows on each side, which are too few");
    unlink(a);
    unlink(b);
    unlink(one);
    unlink(two);
}

static void long_trajectories_are_thinned(void **state) {
    (void)state;
    char a[64], line[256];
    write_trajectory(a, 300, 2, 0.3, 1);
    snprintf(line, sizeof line, "compare --json --pca 2 --stride 64 --permutations 9 %s %s", a, a);
    json_t *json = json_of(line, KOOP_EXIT_OK);
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 150);
    assert_true(number(json, "p_value") == 1);
    json_decref(json);
    unlink(a);
}

static void with_batch_trajectories_are_one_spectrum(void **state) {
    (void)state;
    double fast[20][2], slow[20][2];
    for (int t = 0; t < 20; t++) {
        fast[t][0] = pow(0.5, t);
        slow[t][0] = pow(0.9, t);
        fast[t][1] = slow[t][1] = pow(0.7, t);
    }
    char a[64], b[64], line[256];
    write_npy(a, "<f8", "20, 2", fast, sizeof fast);
    write_npy(b, "<f8", "20, 2", slow, sizeof slow);
    snprintf(line, sizeof line, "compare --batch --json %s %s", a, b);
    json_t *json = json_of(line, KOOP_EXIT_OK);
    /* Matched in order of size, 0.7 ↔ 0.9 and 0.5 ↔ 0.7; any other way costs as much. */
    assert_true(fabs(number(json, "distance") - 0.2) < 1e-10);
    assert_true(json_is_null(json_object_get(json, "p_value")));
    json_decref(json);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_NO_DATA, "20 usable snapshots");
    unlink(a);
    unlink(b);
}

static void with_pools_starts_are_spectra(void **state) {
    (void)state;
    enum { T = 20, N = 12 };
    double one[T][2][N], other[T][2][N];
    for (int t = 0; t < T; t++)
        for (int k = 0; k < N; k++) {
            one[t][0][k] = pow(0.9, t) * (1 + k % 3);
            one[t][1][k] = pow(0.5, t) * (1 + k % 4) + 1e-6 * ((t * 7 + k * 3) % 11);
            other[t][0][k] = pow(0.8, t) * (1 + k % 3);
            other[t][1][k] = pow(0.5, t) * (1 + k % 4) + 1e-6 * ((t * 3 + k * 7) % 11);
        }
    char a[64], b[64], line[256];
    write_npy(a, "<f8", "20, 2, 12", one, sizeof one);
    write_npy(b, "<f8", "20, 2, 12", other, sizeof other);
    snprintf(line, sizeof line, "compare --batch --pools 5 --json %s %s", a, b);
    json_t *json = json_of(line, KOOP_EXIT_DIFFERENT);
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 5);
    assert_true(fabs(number(json, "distance") - 0.05) < 1e-4); /* 0.9 ↔ 0.8, 0.5 ↔ 0.5 */
    json_decref(json);
    snprintf(line, sizeof line, "compare --batch --pools 1 %s %s", a, b);
    says(line, KOOP_EXIT_OK, "no test: one spectrum on each side");
    snprintf(line, sizeof line, "compare --pools 5 %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "--pools is for --batch");
    snprintf(line, sizeof line, "compare --batch --pools 13 %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "12 trajectories, too few for 13 pools");
    unlink(a);
    unlink(b);
}

static void what_does_not_move_is_not_enough_dynamics(void **state) {
    (void)state;
    double still[70][2], moving[70][2];
    for (int t = 0; t < 70; t++) {
        still[t][0] = still[t][1] = 3;
        moving[t][0] = pow(0.9, t);
        moving[t][1] = pow(0.8, t);
    }
    char a[64], b[64], line[256];
    write_npy(a, "<f8", "70, 2", still, sizeof still);
    write_npy(b, "<f8", "70, 2", moving, sizeof moving);
    snprintf(line, sizeof line, "compare --pca 2 %s %s", a, b);
    refused(line, KOOP_EXIT_NO_DATA, "not enough dynamics");
    snprintf(line, sizeof line, "compare --batch --center mean %s %s", b, a);
    refused(line, KOOP_EXIT_NO_DATA, "not enough dynamics");
    unlink(a);
    unlink(b);
}

static void what_is_no_spectrum_is_refused(void **state) {
    (void)state;
    const double nan_value[2] = {NAN, 0};
    char a[64], b[64], line[256];
    write_npy(a, "<c16", "1,", quarter, 16);
    snprintf(line, sizeof line, "compare %s /nowhere/x.npy", a);
    refused(line, KOOP_EXIT_USAGE, "/nowhere/x.npy: No such file");
    write_npy(b, "<c16", "1, 2, 2", quarter, sizeof quarter);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "one a row");
    unlink(b);
    write_npy(b, "<c16", "1,", nan_value, sizeof nan_value);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "NaN");
    unlink(b);
    write_npy(b, "<c16", "0,", "", 0);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_NO_DATA, "no eigenvalue");
    unlink(b);
    write_npy(b, "<c16", "0, 3", "", 0);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_NO_DATA, "no eigenvalue");
    snprintf(line, sizeof line, "compare --distance residual %s %s", a, a);
    refused(line, KOOP_EXIT_USAGE, "have no residuals");
    snprintf(line, sizeof line, "compare --distance variance %s %s", a, a);
    refused(line, KOOP_EXIT_USAGE, "variances are known of trajectories");
    snprintf(line, sizeof line, "compare --distance far %s %s", a, a);
    refused(line, KOOP_EXIT_USAGE, "assignment");
    snprintf(line, sizeof line, "compare --alpha 0 %s %s", a, a);
    refused(line, KOOP_EXIT_USAGE, "--alpha");
    unlink(a);
    unlink(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_spectra_have_a_distance_and_no_test),
        cmocka_unit_test(a_threshold_decides_the_exit_code),
        cmocka_unit_test(snapshots_that_are_left_out_are_counted),
        cmocka_unit_test(spectra_of_unequal_size_are_transported),
        cmocka_unit_test(rows_are_spectra_of_one_side),
        cmocka_unit_test(several_operands_a_side_are_items),
        cmocka_unit_test(trajectories_are_compared_window_by_window),
        cmocka_unit_test(unlike_trajectories_are_compared_by_their_spectra),
        cmocka_unit_test(long_trajectories_are_thinned),
        cmocka_unit_test(with_batch_trajectories_are_one_spectrum),
        cmocka_unit_test(with_pools_starts_are_spectra),
        cmocka_unit_test(what_does_not_move_is_not_enough_dynamics),
        cmocka_unit_test(what_is_no_spectrum_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
