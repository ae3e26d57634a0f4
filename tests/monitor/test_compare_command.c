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

static void spectra_are_compared_by_assignment(void **state) {
    (void)state;
    char a[64], b[64], line[256];
    write_pair(a, b);
    snprintf(line, sizeof line, "compare --json %s %s", a, b);
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_OK);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
    assert_string_equal(json_string_value(json_object_get(json, "a")), a);
    assert_string_equal(json_string_value(json_object_get(json, "b")), b);
    assert_true(fabs(json_number_value(json_object_get(json, "distance")) - 0.25) < 1e-14);
    assert_true(json_is_null(json_object_get(json, "p_value")));
    assert_int_equal(json_integer_value(json_object_get(json, "n")), 1);
    assert_string_equal(json_string_value(json_object_get(json, "method")),
                        "mean assignment distance");
    assert_string_equal(json_string_value(json_object_get(json, "verdict")),
                        "distance 0.25 (4 modes against 4); significance is not computed yet");
    json_decref(json);
    release(&result);
    unlink(a);
    unlink(b);
}

static void a_threshold_decides_the_exit_code(void **state) {
    (void)state;
    char a[64], b[64], line[256];
    write_pair(a, b);
    snprintf(line, sizeof line, "compare --threshold 0.2 %s %s", a, b);
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_DIFFERENT);
    assert_non_null(strstr(result.out, "distance 0.25"));
    release(&result);
    snprintf(line, sizeof line, "compare --threshold 0.3 %s %s", a, b);
    result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_OK);
    release(&result);
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
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_OK);
    assert_non_null(strstr(result.out, "distance 0.5 (1 mode against 2)"));
    release(&result);
    unlink(a);
    unlink(b);
}

static void trajectories_are_decomposed_first(void **state) {
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
    captured result = koopmon(line);
    assert_int_equal(result.code, KOOP_EXIT_OK);
    json_t *json = json_loads(result.out, 0, NULL);
    /* Matched in order of size, 0.7 ↔ 0.9 and 0.5 ↔ 0.7; any other way costs as much. */
    assert_true(fabs(json_number_value(json_object_get(json, "distance")) - 0.2) < 1e-10);
    json_decref(json);
    release(&result);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_NO_DATA, "20 usable snapshots");
    unlink(a);
    unlink(b);
}

static void what_is_no_single_spectrum_is_refused(void **state) {
    (void)state;
    const double nan_value[2] = {NAN, 0};
    char a[64], b[64], line[256];
    write_npy(a, "<c16", "1,", quarter, 16);
    snprintf(line, sizeof line, "compare %s /nowhere/x.npy", a);
    refused(line, KOOP_EXIT_USAGE, "/nowhere/x.npy: No such file");
    write_npy(b, "<c16", "2, 2", quarter, sizeof quarter);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "2 rows");
    unlink(b);
    write_npy(b, "<c16", "1,", nan_value, sizeof nan_value);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_USAGE, "NaN");
    unlink(b);
    write_npy(b, "<c16", "0,", "", 0);
    snprintf(line, sizeof line, "compare %s %s", a, b);
    refused(line, KOOP_EXIT_NO_DATA, "no eigenvalue");
    unlink(a);
    unlink(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spectra_are_compared_by_assignment),
        cmocka_unit_test(a_threshold_decides_the_exit_code),
        cmocka_unit_test(spectra_of_unequal_size_are_transported),
        cmocka_unit_test(trajectories_are_decomposed_first),
        cmocka_unit_test(what_is_no_single_spectrum_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
