#include "npy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/koop-npy-XXXXXX";

static int set_up(void **state) {
    (void)state;
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static size_t read_all(char *bytes, size_t capacity) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

static void file_is_a_npy_of_all_rows_that_were_appended(void **state) {
    (void)state;
    kit_npy *npy;
    assert_int_equal(kit_npy_create(&npy, path, KOOP_DTYPE_FLOAT64, 2, (size_t[]){2, 3}), KOOP_OK);
    double row[6] = {1, 2, 3, 4, 5, 6};
    for (int t = 0; t < 4; t++) {
        row[0] = t;
        assert_int_equal(kit_npy_append(npy, row), KOOP_OK);
    }
    assert_int_equal(kit_npy_close(&npy), KOOP_OK);
    assert_null(npy);

    char bytes[4096];
    size_t size = read_all(bytes, sizeof bytes);
    assert_memory_equal(bytes, "\x93NUMPY\x01\x00", 8);
    size_t header = 10 + (unsigned char)bytes[8] + 256 * (size_t)(unsigned char)bytes[9];
    assert_int_equal(header % 64, 0);
    assert_int_equal(bytes[header - 1], '\n');
    assert_int_equal(size, header + 4 * sizeof row);
    const char *expected = "{'descr': '<f8', 'fortran_order': False, 'shape': (4, 2, 3), }";
    assert_memory_equal(bytes + 10, expected, strlen(expected));
    assert_memory_equal(bytes + size - sizeof row, row, sizeof row);
}

static void recording_of_no_rows_says_so(void **state) {
    (void)state;
    kit_npy *npy;
    assert_int_equal(kit_npy_create(&npy, path, KOOP_DTYPE_FLOAT32, 1, (size_t[]){5}), KOOP_OK);
    assert_int_equal(kit_npy_close(&npy), KOOP_OK);
    char bytes[4096] = {0};
    read_all(bytes, sizeof bytes - 1);
    assert_non_null(strstr(bytes + 10, "'<f4'"));
    assert_non_null(strstr(bytes + 10, "(0, 5)"));
}

static void path_that_cannot_be_written_is_an_io_failure(void **state) {
    (void)state;
    kit_npy *npy = NULL;
    const size_t one = 1;
    assert_int_equal(kit_npy_create(&npy, "/nowhere/at/all.npy", KOOP_DTYPE_FLOAT32, 1, &one),
                     KOOP_IO_FAILED);
    assert_int_equal(kit_npy_create(&npy, path, KOOP_DTYPE_FLOAT32, 5, &one), KOOP_BAD_ARGUMENT);
    assert_null(npy);
    assert_int_equal(kit_npy_close(&npy), KOOP_OK);
}

static void full_disk_is_reported_at_the_latest_by_close(void **state) {
    (void)state;
    if (access("/dev/full", W_OK) != 0) skip();
    kit_npy *npy = NULL;
    const size_t n = 100000;
    float *row = calloc(n, sizeof *row);
    koop_status status = kit_npy_create(&npy, "/dev/full", KOOP_DTYPE_FLOAT32, 1, &n);
    if (status == KOOP_OK) {
        status = kit_npy_append(npy, row);
        koop_status closed = kit_npy_close(&npy);
        if (status == KOOP_OK) status = closed;
    }
    assert_int_equal(status, KOOP_IO_FAILED);
    free(row);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_is_a_npy_of_all_rows_that_were_appended),
        cmocka_unit_test(recording_of_no_rows_says_so),
        cmocka_unit_test(path_that_cannot_be_written_is_an_io_failure),
        cmocka_unit_test(full_disk_is_reported_at_the_latest_by_close),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
