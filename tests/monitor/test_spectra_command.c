/* The command: which spectra are written, that they are read again as they were, what is refused. */
#include "capture.h"
#include "npy.h"

#include <jansson.h>
#include <math.h>

enum { T = 40, D = 3, N = 4 };

/* N trajectories of a damped rotation and a decay in T×D×N, as float32 or float64. */
static void write_pool(char path[64], bool single, double damping) {
    static double x[T * D * N];
    static float f[T * D * N];
    for (int t = 0; t < T; t++)
        for (int k = 0; k < N; k++) {
            const double turn = pow(damping, t) * (1 + 0.1 * k),
                         decay = pow(0.9, t) * (2 - 0.3 * k);
            const double value[D] = {turn * cos(0.3 * t + k), turn * sin(0.3 * t + k) + decay,
                                     decay};
            for (int i = 0; i < D; i++) {
                x[(t * D + i) * N + k] = value[i];
                f[(t * D + i) * N + k] = (float)value[i];
            }
        }
    if (single)
        write_npy(path, "<f4", "40, 3, 4", f, sizeof f);
    else
        write_npy(path, "<f8", "40, 3, 4", x, sizeof x);
}

/* The array that `line`, in which %s is for the output, writes. */
static double *written(const char *line, const char *said, uint64_t rows, uint64_t modes) {
    char words[512], out[] = "/tmp/koopmon_spectra.npy", why[KOOP_NPY_WHY_BYTES];
    unlink(out);
    snprintf(words, sizeof words, line, out);
    captured result = koopmon(words);
    if (result.code != 0) fail_msg("%s: %s", words, result.err);
    if (!strstr(result.out, said)) fail_msg("no \"%s\" in %s", said, result.out);
    release(&result);
    koop_npy *npy;
    assert_int_equal(koop_npy_open(&npy, out, why), KOOP_OK);
    const koop_npy_header *header = koop_npy_get_header(npy);
    assert_int_equal(header->type, KOOP_NPY_COMPLEX128);
    assert_int_equal(header->dimensions, 2);
    assert_int_equal(header->shape[0], rows);
    assert_int_equal(header->shape[1], modes);
    double *z = malloc(2 * (size_t)header->count * sizeof *z);
    assert_int_equal(koop_npy_read_f64(npy, 0, (size_t)header->count, z), KOOP_OK);
    koop_npy_close(npy);
    unlink(out);
    return z;
}

static void rows_are_the_spectra_of_the_operands_in_their_order(void **state) {
    (void)state;
    char a[64], b[64], line[512];
    const double turn[2] = {0.99, 0.97};
    write_pool(a, false, turn[0]);
    write_pool(b, true, turn[1]);
    snprintf(line, sizeof line, "spectra --batch --rank 3 -o %%s %s %s", a, b);
    double *z = written(line, ": 2 spectra of 3 eigenvalues\n", 2, 3);
    for (int row = 0; row < 2; row++) {
        const double *modes = z + 6 * row, exact = row == 0 ? 1e-9 : 1e-4;
        assert_true(fabs(modes[0] - turn[row] * cos(0.3)) < exact);
        assert_true(fabs(fabs(modes[1]) - turn[row] * sin(0.3)) < exact);
        assert_true(fabs(modes[4] - 0.9) < exact && fabs(modes[5]) < exact);
    }
    free(z);
    snprintf(line, sizeof line, "spectra --batch --pca 2 --delays 1 --rank 3 --json -o %%s %s", b);
    z = written(line, "\"rows\":1,\"modes\":3}", 1, 3);
    free(z);
    unlink(a);
    unlink(b);
}

static void what_is_written_is_what_analyze_prints(void **state) {
    (void)state;
    char a[64], line[512];
    write_pool(a, true, 0.98);
    snprintf(line, sizeof line, "spectra --batch --delays 2 --rank 3 --output %%s %s", a);
    double *z = written(line, ": 1 spectrum of 3 eigenvalues\n", 1, 3);
    snprintf(line, sizeof line, "analyze --batch --delays 2 --rank 3 --plain %s", a);
    captured printed = koopmon(line);
    const char *at = printed.out;
    for (int j = 0; j < 3; j++) {
        double re, im;
        assert_int_equal(sscanf(at, "%*d %*f %lf %lf", &re, &im), 2);
        assert_true(re == z[2 * j] && im == z[2 * j + 1]);
        at = strchr(at, '\n') + 1;
    }
    release(&printed);
    free(z);
    unlink(a);
}

static void pools_are_rows(void **state) {
    (void)state;
    char a[64], line[512];
    write_pool(a, false, 0.99);
    snprintf(line, sizeof line, "spectra --batch --rank 3 --pools 2 -o %%s %s", a);
    free(written(line, ": 2 spectra of 3", 2, 3));
    unlink(a);
}

static void spectra_are_read_again_as_they_were(void **state) {
    (void)state;
    char a[64], line[512];
    const double known[8] = {0.9, 0.25, 0.9, -0.25, 1. / 3, 0, -0.125, 0};
    write_npy(a, "<c16", "2, 2", known, sizeof known);
    snprintf(line, sizeof line, "spectra -o %%s %s %s", a, a);
    double *z = written(line, ": 4 spectra of 2 eigenvalues\n", 4, 2);
    assert_memory_equal(z, known, sizeof known);
    assert_memory_equal(z + 8, known, sizeof known);
    free(z);
    unlink(a);
}

static void what_makes_no_rows_is_refused(void **state) {
    (void)state;
    char a[64], b[64], line[512];
    const double two[4] = {0.5, 0, 0.25, 0};
    write_pool(a, false, 0.99);
    write_npy(b, "<c16", "2,", two, sizeof two);
    snprintf(line, sizeof line, "spectra --batch --rank 3 -o /tmp/koopmon_none.npy %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "has 3 eigenvalues and");
    snprintf(line, sizeof line, "spectra --batch %s", a);
    refused(line, KOOP_EXIT_USAGE, "-o FILE.npy");
    snprintf(line, sizeof line, "spectra --batch -o - %s", a);
    refused(line, KOOP_EXIT_USAGE, "-o FILE.npy");
    snprintf(line, sizeof line, "spectra --batch -o %s %s", b, a);
    refused(line, KOOP_EXIT_USAGE, "--force");
    snprintf(line, sizeof line, "spectra --pools 2 -o /tmp/koopmon_none.npy %s", a);
    refused(line, KOOP_EXIT_USAGE, "--batch");
    snprintf(line, sizeof line, "spectra -o /tmp/koopmon_none.npy %s", a);
    refused(line, KOOP_EXIT_USAGE, "use --batch");
    assert_int_not_equal(access("/tmp/koopmon_none.npy", F_OK), 0);
    snprintf(line, sizeof line, "spectra --force --batch --rank 3 -o %s %s", b, a);
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_OK);
    release(&result);
    unlink(a);
    unlink(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_spectra_of_the_operands_in_their_order),
        cmocka_unit_test(what_is_written_is_what_analyze_prints),
        cmocka_unit_test(pools_are_rows),
        cmocka_unit_test(spectra_are_read_again_as_they_were),
        cmocka_unit_test(what_makes_no_rows_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
