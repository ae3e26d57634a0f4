/* What analyze --json printed as an operand of compare and distances, whole and damaged. */
#include "capture.h"
#include "npy.h"
#include "spectrum_file.h"

#include <jansson.h>
#include <math.h>

#define HEAD "{\"schema\":1,\"spectra\":["

static void write_text(char path[64], const char *text) {
    strcpy(path, "/tmp/koopmon-spectrum.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* Runs `koopmon LINE`, which must succeed, and gives its output; the caller frees. */
static char *output_of(const char *line) {
    captured result = koopmon(line);
    if (result.code != KOOP_EXIT_OK) fail_msg("koopmon %s: error \"%s\"", line, result.err);
    free(result.err);
    return result.out;
}

/* A noisy oscillation that decays. */
static void write_trajectory(char path[64]) {
    static double x[200][3];
    unsigned seed = 1;
    for (int t = 0; t < 200; t++)
        for (int i = 0; i < 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            x[t][i] = pow(0.99, t) * cos(0.2 * t + i) + 1e-3 * (seed >> 8) / 16777216.0;
        }
    write_npy(path, "<f8", "200, 3", x, sizeof x);
}

static void spectrum_and_residuals_are_those_of_the_trajectory(void **state) {
    (void)state;
    char npy[64], json[64], line[256];
    write_trajectory(npy);
    snprintf(line, sizeof line, "analyze --batch --delays 2 --rank 4 --json %s", npy);
    char *printed = output_of(line);
    write_text(json, printed);
    const char *const distances[] = {"assignment", "residual"};
    for (int i = 0; i < 2; i++) {
        snprintf(line, sizeof line,
                 "compare --batch --delays 2 --rank 4 --distance %s --json %s %s", distances[i],
                 npy, json);
        char *out = output_of(line);
        json_t *result = json_loads(out, 0, NULL);
        const json_t *distance = json_object_get(result, "distance");
        assert_true(json_is_real(distance) && fabs(json_real_value(distance)) < 1e-14);
        json_decref(result);
        free(out);
    }
    free(printed);
    unlink(npy);
    unlink(json);
}

static void last_spectrum_counts(void **state) {
    (void)state;
    char path[64];
    write_text(path, HEAD "{\"eigenvalues\":[[1,0,1,0]]},"
                          "{\"eigenvalues\":[[0.5,0.25,0.5,0.125],[0.5,-0.25,0.5,null]]}]}");
    koop_spectrum spectrum;
    assert_true(koop_spectrum_file_is(path));
    assert_int_equal(koop_spectrum_file_read(path, &spectrum), KOOP_EXIT_OK);
    assert_int_equal(spectrum.rank, 2);
    assert_true(spectrum.modes[0].re == 0.5 && spectrum.modes[0].im == 0.25);
    assert_true(spectrum.modes[0].residual == 0.125 && isinf(spectrum.modes[1].residual));
    unlink(path);
}

static void refused_text(const char *text, int code, const char *word) {
    char path[64], line[256];
    write_text(path, text);
    snprintf(line, sizeof line, "distances %s %s", path, path);
    refused(line, code, word);
    unlink(path);
}

static void damaged_file_is_refused_by_name(void **state) {
    (void)state;
    refused_text(HEAD, KOOP_EXIT_USAGE, "no JSON");
    refused_text("{}", KOOP_EXIT_USAGE, "not what analyze --json prints");
    refused_text("{\"schema\":2,\"spectra\":[]}", KOOP_EXIT_USAGE, "not what analyze");
    refused_text("{\"schema\":1,\"spectra\":7}", KOOP_EXIT_USAGE, "not what analyze");
    refused_text(HEAD "]}", KOOP_EXIT_NO_DATA, "holds no eigenvalue");
    refused_text(HEAD "{\"eigenvalues\":[]}]}", KOOP_EXIT_NO_DATA, "holds no eigenvalue");
    refused_text(HEAD "7]}", KOOP_EXIT_USAGE, "damaged");
    refused_text(HEAD "{\"eigenvalues\":[[1,0,1]]}]}", KOOP_EXIT_USAGE, "damaged");
    refused_text(HEAD "{\"eigenvalues\":[[1,0,1,-1]]}]}", KOOP_EXIT_USAGE, "damaged");
    refused_text(HEAD "{\"eigenvalues\":[[1,\"0\",1,0]]}]}", KOOP_EXIT_USAGE, "damaged");
    refused_text(HEAD "{\"eigenvalues\":[[1e999,0,1,0]]}]}", KOOP_EXIT_USAGE, "no JSON");
}

static void more_eigenvalues_than_a_spectrum_has_are_refused(void **state) {
    (void)state;
    char text[2048] = HEAD "{\"eigenvalues\":[[1,0,1,0]";
    for (int i = 0; i < KOOP_MAX_RANK; i++) strcat(text, ",[1,0,1,0]");
    strcat(text, "]}]}");
    refused_text(text, KOOP_EXIT_USAGE, "damaged");
}

static void huge_file_is_not_read(void **state) {
    (void)state;
    char path[64], line[256];
    write_text(path, "{");
    assert_int_equal(truncate(path, (off_t)KOOP_SPECTRUM_FILE_MAX_BYTES + 1), 0);
    snprintf(line, sizeof line, "distances %s %s", path, path);
    refused(line, KOOP_EXIT_USAGE, "more than 64 MiB");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectrum_and_residuals_are_those_of_the_trajectory),
        cmocka_unit_test(last_spectrum_counts),
        cmocka_unit_test(damaged_file_is_refused_by_name),
        cmocka_unit_test(more_eigenvalues_than_a_spectrum_has_are_refused),
        cmocka_unit_test(huge_file_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
