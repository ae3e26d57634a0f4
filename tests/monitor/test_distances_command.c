/* The command: which spectra are measured, the table, the order, the JSON, the .npy file, threads. */
#include "capture.h"
#include "npy.h"

#include <jansson.h>
#include <math.h>

/* Spectra of one mode at 0, 5, 0.5 and 5.25, so that rows 0 2 1 3 lie on a line. */
static const double four[4][2] = {{0, 0}, {5, 0}, {0.5, 0}, {5.25, 0}};

static void write_four(char path[64]) {
    write_npy(path, "<c16", "4, 1", four, sizeof four);
}

/* `rows` spectra of three modes, spread at random. */
static void write_many(char path[64], int rows) {
    double(*z)[6] = calloc((size_t)rows, sizeof *z), *flat = (double *)z;
    char shape[32];
    unsigned seed = 3;
    assert_non_null(z);
    for (int i = 0; i < 6 * rows; i++) {
        seed = seed * 1664525u + 1013904223u;
        flat[i] = (seed >> 8) / 16777216.0;
    }
    snprintf(shape, sizeof shape, "%d, 3", rows);
    write_npy(path, "<c16", shape, z, (size_t)rows * sizeof *z);
    free(z);
}

static char *output_of(const char *line) {
    captured result = koopmon(line);
    if (result.code != KOOP_EXIT_OK)
        fail_msg("koopmon %s: code %d, error \"%s\"", line, result.code, result.err);
    free(result.err);
    return result.out;
}

static json_t *json_of(const char *line) {
    char *out = output_of(line);
    json_t *json = json_loads(out, 0, NULL);
    assert_non_null(json);
    free(out);
    return json;
}

static double cell(const json_t *json, size_t i, size_t j) {
    const json_t *value = json_array_get(json_array_get(json_object_get(json, "matrix"), i), j);
    assert_true(json_is_real(value));
    return json_real_value(value);
}

static void a_few_spectra_are_a_table(void **state) {
    (void)state;
    char path[64], line[256], wanted[600];
    write_four(path);
    snprintf(line, sizeof line, "distances %s", path);
    char *out = output_of(line);
    snprintf(wanted, sizeof wanted,
             "assignment distances of 4 spectra\n"
             "%*s     1     2     3     4\n"
             "   1  %s#0     0   0.5     5  5.25\n"
             "   2  %s#2   0.5     0   4.5  4.75\n"
             "   3  %s#1     5   4.5     0  0.25\n"
             "   4  %s#3  5.25  4.75  0.25     0\n",
             (int)strlen(path) + 8, "", path, path, path, path);
    assert_string_equal(out, wanted);
    free(out);
    unlink(path);
}

static void json_has_the_matrix_in_the_clustering_order(void **state) {
    (void)state;
    char path[64], line[256], name[80];
    const int order[4] = {0, 2, 1, 3};
    write_four(path);
    snprintf(line, sizeof line, "distances --json %s", path);
    json_t *json = json_of(line);
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    assert_string_equal(json_string_value(json_object_get(json, "distance")), "assignment");
    for (size_t i = 0; i < 4; i++) {
        const json_t *place = json_array_get(json_object_get(json, "order"), i);
        assert_int_equal(json_integer_value(place), order[i]);
        snprintf(name, sizeof name, "%s#%d", path, order[i]);
        assert_string_equal(json_string_value(json_array_get(json_object_get(json, "names"), i)),
                            name);
        for (size_t j = 0; j < 4; j++)
            assert_true(cell(json, i, j) == fabs(four[order[i]][0] - four[order[j]][0]));
    }
    json_decref(json);
    unlink(path);
}

static void the_given_order_is_kept_on_request(void **state) {
    (void)state;
    char path[64], line[256];
    write_four(path);
    snprintf(line, sizeof line, "distances --json --order given %s", path);
    json_t *json = json_of(line);
    for (size_t i = 0; i < 4; i++) {
        const json_t *place = json_array_get(json_object_get(json, "order"), i);
        assert_int_equal(json_integer_value(place), i);
        assert_true(cell(json, i, 1) == fabs(four[i][0] - 5));
    }
    json_decref(json);
    unlink(path);
}

static void operands_of_one_spectrum_have_their_own_names(void **state) {
    (void)state;
    const double z[2][4] = {{1, 0, 0.5, 0}, {0.5, 0, 1, 0.25}};
    char a[64], b[64], line[256];
    write_npy(a, "<c16", "2,", z[0], sizeof z[0]);
    write_npy(b, "<c16", "1, 2", z[1], sizeof z[1]);
    snprintf(line, sizeof line, "distances --json %s %s", a, b);
    json_t *json = json_of(line);
    const json_t *names = json_object_get(json, "names");
    assert_string_equal(json_string_value(json_array_get(names, 0)), a);
    assert_string_equal(json_string_value(json_array_get(names, 1)), b);
    assert_true(cell(json, 0, 1) == 0.125 && cell(json, 1, 0) == 0.125);
    json_decref(json);
    unlink(a);
    unlink(b);
}

static void many_spectra_are_summed_up(void **state) {
    (void)state;
    /* 21 on a line, at 0, 1, 3, 6, …: the nearest are 1 apart, the farthest 210 */
    double z[21][2];
    char path[64], line[256], wanted[300];
    for (int i = 0; i < 21; i++) z[i][0] = i * (i + 1) / 2, z[i][1] = 0;
    write_npy(path, "<c16", "21, 1", z, sizeof z);
    snprintf(line, sizeof line, "distances %s", path);
    char *out = output_of(line);
    assert_non_null(strstr(out, "assignment distances of 21 spectra, 210 pairs\n"));
    assert_non_null(strstr(out, "  least 1, median "));
    assert_non_null(strstr(out, ", largest 210\n"));
    snprintf(wanted, sizeof wanted, "  nearest   %s#0 and %s#1: 1\n", path, path);
    assert_non_null(strstr(out, wanted));
    snprintf(wanted, sizeof wanted, "  farthest  %s#0 and %s#20: 210\n", path, path);
    assert_non_null(strstr(out, wanted));
    free(out);
    unlink(path);
}

static void unequal_numbers_of_modes_are_transported_and_said(void **state) {
    (void)state;
    const double one[2] = {1, 0}, two[4] = {1, 0.5, 1, -0.5};
    char a[64], b[64], line[256];
    write_npy(a, "<c16", "1,", one, sizeof one);
    write_npy(b, "<c16", "2,", two, sizeof two);
    snprintf(line, sizeof line, "distances %s %s", a, b);
    char *out = output_of(line);
    assert_non_null(strstr(out, "  0.5\n"));
    assert_non_null(strstr(out, "spectra of 1 to 2 modes: unequal ones are transported"));
    free(out);
    snprintf(line, sizeof line, "distances --json %s %s", a, b);
    json_t *json = json_of(line), *modes = json_object_get(json, "modes");
    assert_int_equal(json_integer_value(json_array_get(modes, 0)), 1);
    assert_int_equal(json_integer_value(json_array_get(modes, 1)), 2);
    assert_true(cell(json, 0, 1) == 0.5);
    json_decref(json);
    unlink(a);
    unlink(b);
}

static void the_npy_file_reads_back(void **state) {
    (void)state;
    char path[64], out[64], line[256], why[KOOP_NPY_WHY_BYTES];
    const int order[4] = {0, 2, 1, 3};
    double values[16];
    koop_npy *npy;
    write_four(path);
    write_four(out);
    snprintf(line, sizeof line, "distances --npy %s %s", out, path);
    refused(line, KOOP_EXIT_USAGE, "--force replaces it");
    snprintf(line, sizeof line, "distances --force --npy %s %s", out, path);
    free(output_of(line));
    assert_int_equal(koop_npy_open(&npy, out, why), KOOP_OK);
    const koop_npy_header *header = koop_npy_get_header(npy);
    assert_int_equal(header->type, KOOP_NPY_FLOAT64);
    assert_int_equal(header->dimensions, 2);
    assert_int_equal(header->shape[0], 4);
    assert_int_equal(header->shape[1], 4);
    assert_int_equal(header->data_offset % 64, 0);
    assert_int_equal(koop_npy_read_f64(npy, 0, 16, values), KOOP_OK);
    for (int i = 0; i < 16; i++)
        assert_true(values[i] == fabs(four[order[i / 4]][0] - four[order[i % 4]][0]));
    koop_npy_close(npy);
    unlink(path);
    unlink(out);
}

static void any_number_of_threads_gives_the_same_bytes(void **state) {
    (void)state;
    char path[64], line[256];
    write_many(path, 60);
    snprintf(line, sizeof line, "distances --json --threads 1 %s", path);
    char *one = output_of(line);
    for (int threads = 2; threads <= 64; threads *= 2) {
        snprintf(line, sizeof line, "distances --json --threads %d %s", threads, path);
        char *several = output_of(line);
        assert_string_equal(several, one);
        free(several);
    }
    free(one);
    unlink(path);
}

static void trajectories_are_their_last_spectra(void **state) {
    (void)state;
    double x[2][192][4];
    char path[2][64], line[256];
    for (int k = 0; k < 2; k++) {
        for (int t = 0; t < 192; t++)
            for (int i = 0; i < 4; i++)
                x[k][t][i] = sin((0.4 + 0.3 * k) * t + i) + 0.5 * cos(1.1 * t + 2 * i) + 1e-4 * i;
        write_npy(path[k], "<f8", "192, 4", x[k], sizeof x[k]);
    }
    snprintf(line, sizeof line, "distances --json --distance residual %s %s", path[0], path[1]);
    json_t *json = json_of(line);
    assert_string_equal(json_string_value(json_object_get(json, "distance")), "residual");
    assert_true(cell(json, 0, 1) > 0.01);
    json_decref(json);
    snprintf(line, sizeof line, "distances --batch --json %s %s %s", path[0], path[1], path[0]);
    json = json_of(line);
    const json_t *order = json_object_get(json, "order"); /* a file lies beside itself */
    assert_int_equal(json_integer_value(json_array_get(order, 0)), 0);
    assert_int_equal(json_integer_value(json_array_get(order, 1)), 2);
    assert_true(cell(json, 0, 1) == 0 && cell(json, 0, 2) > 0.01);
    json_decref(json);
    unlink(path[0]);
    unlink(path[1]);
}

/* Two oscillations that change their frequencies after half of four intervals of 64. */
static void intervals_of_a_trajectory_tell_where_it_changes(void **state) {
    (void)state;
    double x[256][4];
    char path[64], line[256], name[80];
    for (int t = 0; t < 256; t++)
        for (int i = 0; i < 4; i++) {
            const double w = t < 128 ? 0.4 : 0.7;
            x[t][i] = sin(w * t + i) + 0.5 * cos(1.1 * t + 2 * i);
        }
    write_npy(path, "<f8", "256, 4", x, sizeof x);
    snprintf(line, sizeof line, "distances --json --windows --center none --pca 0 --rank 4 %s",
             path);
    json_t *json = json_of(line);
    const json_t *ends = json_object_get(json, "ends");
    assert_int_equal(json_array_size(ends), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(json_integer_value(json_array_get(ends, i)), 64 * (i + 1));
        snprintf(name, sizeof name, "%s#%zu", path, i);
        assert_string_equal(json_string_value(json_array_get(json_object_get(json, "names"), i)),
                            name);
        for (size_t j = 0; j < 4; j++) assert_true((i / 2 == j / 2) == (cell(json, i, j) < 1e-4));
    }
    json_decref(json);
    snprintf(line, sizeof line, "distances --json --windows --window 31 %s", path);
    json = json_of(line);
    assert_int_equal(json_array_size(json_object_get(json, "names")), 8);
    ends = json_object_get(json, "ends");
    assert_int_equal(json_integer_value(json_array_get(ends, 7)), 8 * 31);
    json_decref(json);
    snprintf(line, sizeof line, "distances --json %s %s", path, path);
    json = json_of(line);
    assert_null(json_object_get(json, "ends"));
    json_decref(json);
    snprintf(line, sizeof line, "distances --windows --window 200 %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "no two intervals of 200 snapshots");
    snprintf(line, sizeof line, "distances --windows --batch %s", path);
    refused(line, KOOP_EXIT_USAGE, "--windows and --batch exclude each other");
    snprintf(line, sizeof line, "distances --windows %s %s", path, path);
    refused(line, KOOP_EXIT_USAGE, "one trajectory alone");
    unlink(path);
    refused("distances --windows /nonexistent.npy", KOOP_EXIT_USAGE, "No such file");
    write_four(path);
    snprintf(line, sizeof line, "distances --windows %s", path);
    refused(line, KOOP_EXIT_USAGE, "holds spectra; --windows wants a trajectory");
    unlink(path);
}

static void what_has_no_distances_is_refused(void **state) {
    (void)state;
    const double one[2] = {1, 0}, bad[2] = {NAN, 0}, far[4] = {1e307, 0, -1e307, 0};
    char path[64], line[256];
    write_npy(path, "<c16", "1,", one, sizeof one);
    snprintf(line, sizeof line, "distances %s", path);
    refused(line, KOOP_EXIT_USAGE, "give at least two");
    snprintf(line, sizeof line, "distances %s /nonexistent.npy", path);
    refused(line, KOOP_EXIT_USAGE, "No such file");
    snprintf(line, sizeof line, "distances --distance residual %s %s", path, path);
    refused(line, KOOP_EXIT_USAGE, "distances: eigenvalues that were saved alone");
    snprintf(line, sizeof line, "distances --threads 65 %s", path);
    refused(line, KOOP_EXIT_USAGE, "from 1 to 64");
    snprintf(line, sizeof line, "distances --npy - %s %s", path, path);
    refused(line, KOOP_EXIT_USAGE, "--npy wants a file");
    snprintf(line, sizeof line, "distances --npy /nonexistent/d.npy %s %s", path, path);
    refused(line, KOOP_EXIT_USAGE, "No such file");
    unlink(path);
    write_npy(path, "<c16", "0, 3", one, 0);
    snprintf(line, sizeof line, "distances %s", path);
    refused(line, KOOP_EXIT_NO_DATA, "holds no eigenvalue");
    unlink(path);
    write_npy(path, "<c16", "1,", bad, sizeof bad);
    snprintf(line, sizeof line, "distances %s", path);
    refused(line, KOOP_EXIT_USAGE, "NaN");
    unlink(path);
    write_npy(path, "<c16", "2, 1", far, sizeof far);
    snprintf(line, sizeof line, "distances %s", path);
    refused(line, KOOP_EXIT_USAGE, "distances: ");
    unlink(path);
    refused("distances", KOOP_EXIT_USAGE, "distances");
}

static void more_than_can_be_ordered_is_refused(void **state) {
    (void)state;
    char path[64], line[256];
    write_many(path, 4097);
    snprintf(line, sizeof line, "distances %s", path);
    refused(line, KOOP_EXIT_USAGE, "more than 4096 spectra");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_spectra_are_a_table),
        cmocka_unit_test(json_has_the_matrix_in_the_clustering_order),
        cmocka_unit_test(the_given_order_is_kept_on_request),
        cmocka_unit_test(operands_of_one_spectrum_have_their_own_names),
        cmocka_unit_test(many_spectra_are_summed_up),
        cmocka_unit_test(unequal_numbers_of_modes_are_transported_and_said),
        cmocka_unit_test(the_npy_file_reads_back),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bytes),
        cmocka_unit_test(trajectories_are_their_last_spectra),
        cmocka_unit_test(intervals_of_a_trajectory_tell_where_it_changes),
        cmocka_unit_test(what_has_no_distances_is_refused),
        cmocka_unit_test(more_than_can_be_ordered_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
