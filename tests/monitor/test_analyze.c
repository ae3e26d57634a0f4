#include "capture.h"
#include "spectrum.h"

#include <jansson.h>
#include <math.h>

/* x_t of a linear system with eigenvalues 0.9, 0.95 and 0.8 ± 0.5i, seen through n = 6 values. */
static double value(int t, int i) {
    double modulus = hypot(0.8, 0.5), angle = atan2(0.5, 0.8);
    return pow(0.9, t) * cos(i + 1) + pow(0.95, t) * cos(2 * i + 0.5) +
           pow(modulus, t) * (cos(angle * t) * cos(3 * i) + sin(angle * t) * sin(3 * i + 1));
}

static void write_system(char path[64], int snapshots) {
    double x[200 * 6];
    char shape[32];
    for (int t = 0; t < snapshots; t++)
        for (int i = 0; i < 6; i++) x[t * 6 + i] = value(t, i);
    snprintf(shape, sizeof shape, "%d, 6", snapshots);
    write_npy(path, "<f8", shape, x, sizeof(double) * 6 * (size_t)snapshots);
}

/* The JSON that `line`, with the path for %s, prints. */
static json_t *json_of(const char *line, const char *path) {
    char words[256];
    snprintf(words, sizeof words, line, path);
    captured result = koopmon(words);
    if (result.code != 0) fail_msg("%s: %s", words, result.err);
    json_error_t error;
    json_t *json = json_loads(result.out, 0, &error);
    if (!json) fail_msg("%s: %s in %s", words, error.text, result.out);
    release(&result);
    return json;
}

static double number_at(const json_t *array, size_t row, size_t column) {
    return json_number_value(json_array_get(json_array_get(array, row), column));
}

static void batch_finds_the_eigenvalues_of_a_linear_system(void **state) {
    (void)state;
    char path[64];
    write_system(path, 40);
    json_t *json = json_of("analyze --batch --rank 4 --json %s", path);
    const json_t *spectra = json_object_get(json, "spectra");
    assert_int_equal(json_array_size(spectra), 1);
    const json_t *spectrum = json_array_get(spectra, 0);
    const json_t *values = json_object_get(spectrum, "eigenvalues");
    assert_int_equal(json_integer_value(json_object_get(spectrum, "step")), 39);
    assert_int_equal(json_array_size(values), 4);
    const double wanted[4][2] = {{0.95, 0}, {0.8, 0.5}, {0.8, -0.5}, {0.9, 0}};
    for (size_t j = 0; j < 4; j++) {
        assert_true(fabs(number_at(values, j, 0) - wanted[j][0]) < 1e-9);
        assert_true(fabs(number_at(values, j, 1) - wanted[j][1]) < 1e-9);
        assert_true(number_at(values, j, 3) < 1e-6);
    }
    json_decref(json);
    unlink(path);
}

static void json_has_the_documented_members(void **state) {
    (void)state;
    char path[64];
    write_system(path, 100);
    json_t *json = json_of("analyze --json --window 16 --delays 2 --rank 3 --pca 4 --center first "
                           "--stride 8 %s",
                           path);
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    assert_string_equal(json_string_value(json_object_get(json, "file")), path);
    assert_int_equal(json_integer_value(json_object_get(json, "snapshots")), 100);
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 6);
    assert_int_equal(json_integer_value(json_object_get(json, "window")), 16);
    assert_int_equal(json_integer_value(json_object_get(json, "delays")), 2);
    assert_int_equal(json_integer_value(json_object_get(json, "rank")), 3);
    assert_string_equal(json_string_value(json_object_get(json, "center")), "first");
    assert_true(json_is_array(json_object_get(json, "events")));
    const json_t *spectra = json_object_get(json, "spectra");
    assert_true(json_array_size(spectra) >= 10);
    int64_t before = 0;
    for (size_t k = 0; k < json_array_size(spectra); k++) {
        const json_t *spectrum = json_array_get(spectra, k);
        int64_t step = json_integer_value(json_object_get(spectrum, "step"));
        assert_true(k == 0 || step == before + 8);
        assert_true(json_is_object(json_object_get(spectrum, "signals")));
        assert_int_equal(json_integer_value(json_object_get(spectrum, "rank")),
                         json_array_size(json_object_get(spectrum, "eigenvalues")));
        before = step;
    }
    assert_true(before < 100);
    json_decref(json);
    unlink(path);
}

static void streaming_and_batch_agree_on_one_window(void **state) {
    (void)state;
    char path[64];
    write_system(path, 32);
    json_t *stream = json_of("analyze --json --window 32 --delays 1 --rank 4 --pca 0 --center none "
                             "--stride 1 %s",
                             path);
    json_t *batch = json_of("analyze --json --batch --delays 1 --rank 4 %s", path);
    const json_t *a =
        json_object_get(json_array_get(json_object_get(stream, "spectra"), 0), "eigenvalues");
    const json_t *b =
        json_object_get(json_array_get(json_object_get(batch, "spectra"), 0), "eigenvalues");
    assert_int_equal(json_array_size(a), 4);
    for (size_t j = 0; j < 4; j++)
        for (size_t c = 0; c < 2; c++)
            assert_true(fabs(number_at(a, j, c) - number_at(b, j, c)) < 1e-6);
    json_decref(stream);
    json_decref(batch);
    unlink(path);
}

static void pooled_trajectories_share_one_spectrum(void **state) {
    (void)state;
    /* Two values, three starts, x ← (0.9 x, 0.5 y). */
    double x[12][2][3];
    for (int t = 0; t < 12; t++)
        for (int k = 0; k < 3; k++) {
            x[t][0][k] = pow(0.9, t) * (1 + k);
            x[t][1][k] = pow(0.5, t) * (2 - k * 0.7);
        }
    char path[64];
    write_npy(path, "<f8", "12, 2, 3", x, sizeof x);
    json_t *json = json_of("analyze --batch --json %s", path);
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 6);
    const json_t *values =
        json_object_get(json_array_get(json_object_get(json, "spectra"), 0), "eigenvalues");
    assert_int_equal(json_array_size(values), 2);
    assert_true(fabs(number_at(values, 0, 0) - 0.9) < 1e-12);
    assert_true(fabs(number_at(values, 1, 0) - 0.5) < 1e-12);
    json_decref(json);
    char line[128];
    snprintf(line, sizeof line, "analyze %s", path);
    refused(line, KOOP_EXIT_USAGE, "--batch");
    unlink(path);
}

static void plain_output_is_a_line_of_numbers_a_mode(void **state) {
    (void)state;
    char path[64], line[128];
    write_system(path, 40);
    snprintf(line, sizeof line, "analyze --batch --rank 4 --plain %s", path);
    captured result = koopmon(line);
    assert_int_equal(result.code, 0);
    assert_int_equal(count_lines(result.out), 4);
    long step;
    double modulus, re, im, energy, residual;
    assert_int_equal(sscanf(result.out, "%ld %lf %lf %lf %lf %lf\n", &step, &modulus, &re, &im,
                            &energy, &residual),
                     6);
    assert_int_equal(step, 39);
    assert_true(fabs(modulus - 0.95) < 1e-9);
    release(&result);
    unlink(path);
}

static void text_output_shows_the_last_spectrum(void **state) {
    (void)state;
    char path[64], line[128];
    write_system(path, 100);
    snprintf(line, sizeof line, "analyze --window 16 --rank 4 --pca 0 --center none %s", path);
    captured result = koopmon(line);
    assert_int_equal(result.code, 0);
    assert_non_null(strstr(result.out, "100 snapshots of 6 values"));
    assert_non_null(strstr(result.out, "modulus"));
    assert_non_null(strstr(result.out, "0.950000"));
    assert_non_null(strstr(result.out, "signals: "));
    release(&result);
    unlink(path);
}

static void too_few_snapshots_are_exit_code_5(void **state) {
    (void)state;
    char path[64], line[128];
    write_system(path, 20);
    snprintf(line, sizeof line, "analyze %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "20 usable snapshots, and a spectrum needs 64");
    snprintf(line, sizeof line, "analyze --json %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "20 usable snapshots");
    snprintf(line, sizeof line, "analyze --batch --delays 19 %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "need at least 21");
    unlink(path);
    write_npy(path, "<f8", "0, 6", "", 0);
    snprintf(line, sizeof line, "analyze %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "0 usable snapshots");
    unlink(path);
}

static void snapshots_that_do_not_move_are_exit_code_5(void **state) {
    (void)state;
    char path[64], line[128];
    double still[100][2] = {{0}};
    write_npy(path, "<f8", "100, 2", still, sizeof still);
    snprintf(line, sizeof line, "analyze %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "do not move");
    snprintf(line, sizeof line, "analyze --batch %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "do not move");
    unlink(path);
}

static void bad_files_are_exit_code_2_and_named(void **state) {
    (void)state;
    char path[64], line[128];
    const double row[4] = {1, 2, 3, 4};
    refused("analyze /nowhere/at/all.npy", KOOP_EXIT_USAGE, "/nowhere/at/all.npy: No such file");
    const struct {
        const char *type, *shape, *word;
    } cases[] = {{"<i8", "2, 2", "type '<i8'"}, {">f8", "2, 2", "big-endian"},
                 {"<f8", "9, 2", "truncated"},  {"<f8", "4", "T×n"},
                 {"<f8", "2, 0", "T×n"},        {"<c16", "2, 1", "complex"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_npy(path, cases[i].type, cases[i].shape, row, sizeof row);
        snprintf(line, sizeof line, "analyze %s", path);
        refused(line, KOOP_EXIT_USAGE, cases[i].word);
        unlink(path);
    }
    strcpy(path, "/tmp/koopmon_test_XXXXXX");
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "step,loss\n1,2\n", 14), 14);
    close(fd);
    snprintf(line, sizeof line, "analyze %s", path);
    refused(line, KOOP_EXIT_USAGE, "neither a .npy file nor a recording");
    unlink(path);
    refused("analyze /tmp/koopmon-test-nowhere", KOOP_EXIT_USAGE, "No such file");
    refused("analyze /dev/null", KOOP_EXIT_USAGE, "neither");
}

static void rows_that_are_not_finite_become_an_event_and_nothing_else(void **state) {
    (void)state;
    double x[120][6];
    char path[64];
    for (int t = 0; t < 120; t++)
        for (int i = 0; i < 6; i++) x[t][i] = t == 30 && i == 3 ? NAN : value(t, i);
    write_npy(path, "<f8", "120, 6", x, sizeof x);
    json_t *json = json_of("analyze --json --window 16 --rank 4 %s", path);
    const json_t *events = json_object_get(json, "events");
    assert_int_equal(json_array_size(events), 1);
    const json_t *event = json_array_get(events, 0);
    assert_string_equal(json_string_value(json_object_get(event, "kind")), "not-finite");
    assert_int_equal(json_integer_value(json_object_get(event, "step")), 30);
    assert_true(json_array_size(json_object_get(json, "spectra")) > 20);
    json_decref(json);
    char line[128];
    snprintf(line, sizeof line, "analyze --batch %s", path);
    refused(line, KOOP_EXIT_USAGE, "NaN");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_finds_the_eigenvalues_of_a_linear_system),
        cmocka_unit_test(json_has_the_documented_members),
        cmocka_unit_test(streaming_and_batch_agree_on_one_window),
        cmocka_unit_test(pooled_trajectories_share_one_spectrum),
        cmocka_unit_test(plain_output_is_a_line_of_numbers_a_mode),
        cmocka_unit_test(text_output_shows_the_last_spectrum),
        cmocka_unit_test(too_few_snapshots_are_exit_code_5),
        cmocka_unit_test(snapshots_that_do_not_move_are_exit_code_5),
        cmocka_unit_test(bad_files_are_exit_code_2_and_named),
        cmocka_unit_test(rows_that_are_not_finite_become_an_event_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
