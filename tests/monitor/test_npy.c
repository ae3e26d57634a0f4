#include "npy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct bytes {
    uint8_t at[512];
    size_t size;
} bytes;

/* A .npy header of format `major` with this dictionary, its data to begin where it ends. */
static bytes header_of(int major, const char *dictionary) {
    bytes b = {{0x93, 'N', 'U', 'M', 'P', 'Y', (uint8_t)major, 0}, 0};
    size_t length = strlen(dictionary), start = major == 1 ? 10 : 12;
    b.at[8] = (uint8_t)(length & 255);
    b.at[9] = (uint8_t)(length >> 8);
    memcpy(b.at + start, dictionary, length);
    b.size = start + length;
    return b;
}

static koop_status parse(const char *dictionary, koop_npy_header *header, char *why) {
    bytes b = header_of(1, dictionary);
    why[0] = '\0';
    return koop_npy_parse(b.at, b.size, header, why);
}

static void write_file(char path[64], const bytes *header, const void *data, size_t size) {
    strcpy(path, "/tmp/koopmon_npy_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, header->at, header->size), header->size);
    assert_int_equal(write(fd, data, size), size);
    close(fd);
}

static void a_header_of_every_version_and_type_is_read(void **state) {
    (void)state;
    static const struct {
        const char *name;
        koop_npy_type type;
        size_t bytes;
    } types[] = {{"<f4", KOOP_NPY_FLOAT32, 4},
                 {"<f8", KOOP_NPY_FLOAT64, 8},
                 {"<c8", KOOP_NPY_COMPLEX64, 8},
                 {"<c16", KOOP_NPY_COMPLEX128, 16}};
    for (int major = 1; major <= 3; major++) {
        for (size_t i = 0; i < 4; i++) {
            char text[128], why[KOOP_NPY_WHY_BYTES];
            snprintf(text, sizeof text,
                     "{'descr': '%s', 'fortran_order': False, 'shape': (7, 5), }   \n",
                     types[i].name);
            bytes b = header_of(major, text);
            koop_npy_header header;
            assert_int_equal(koop_npy_parse(b.at, b.size, &header, why), KOOP_OK);
            assert_int_equal(header.type, types[i].type);
            assert_int_equal(header.item_bytes, types[i].bytes);
            assert_int_equal(header.dimensions, 2);
            assert_int_equal(header.shape[0], 7);
            assert_int_equal(header.shape[1], 5);
            assert_int_equal(header.count, 35);
            assert_int_equal(header.data_offset, b.size);
        }
    }
}

static void keys_come_in_any_order_and_either_quote(void **state) {
    (void)state;
    koop_npy_header header;
    char why[KOOP_NPY_WHY_BYTES];
    assert_int_equal(
        parse("{\"shape\":(4L,),\"descr\":\"<f4\",\"fortran_order\":False}", &header, why),
        KOOP_OK);
    assert_int_equal(header.dimensions, 1);
    assert_int_equal(header.count, 4);
}

static void arrays_that_are_not_taken_say_why(void **state) {
    (void)state;
    static const struct {
        const char *dictionary;
        koop_status status;
        const char *word;
    } cases[] = {
        {"{'descr': '>f8', 'fortran_order': False, 'shape': (2, 2)}", KOOP_BAD_SHAPE, "big-endian"},
        {"{'descr': '<f8', 'fortran_order': True, 'shape': (2, 2)}", KOOP_BAD_SHAPE, "Fortran"},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2)}", KOOP_BAD_SHAPE, "'<i8'"},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2)}", KOOP_BAD_SHAPE, "'<f2'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 2)}", KOOP_BAD_SHAPE, "'|O'"},
        {"{'descr': '', 'fortran_order': False, 'shape': (2, 2)}", KOOP_BAD_SHAPE, "type"},
        {"{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': (2,)}", KOOP_BAD_SHAPE,
         "structured"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': ()}", KOOP_BAD_SHAPE, "single number"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2, 3, 4)}", KOOP_BAD_SHAPE,
         "dimensions"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}",
         KOOP_TOO_LARGE, "beyond"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (0, 9223372036854775808)}",
         KOOP_TOO_LARGE, "beyond"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551616,)}",
         KOOP_BAD_MESSAGE, "shape"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2)}", KOOP_BAD_MESSAGE, "shape"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2 2)}", KOOP_BAD_MESSAGE, "shape"},
        {"{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 2)}", KOOP_BAD_MESSAGE, "fortran"},
        {"{'descr': '<f8', 'shape': (2, 2)}", KOOP_BAD_MESSAGE, "lacks"},
        {"{'descr': '<f8', 'descr': '<f8', 'shape': (2, 2)}", KOOP_BAD_MESSAGE, "unexpected"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)} x", KOOP_BAD_MESSAGE, "behind"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)", KOOP_BAD_MESSAGE,
         "dictionary"},
        {"[1, 2]", KOOP_BAD_MESSAGE, "dictionary"},
        {"", KOOP_BAD_MESSAGE, "dictionary"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        koop_npy_header header = {.count = 77};
        char why[KOOP_NPY_WHY_BYTES];
        assert_int_equal(parse(cases[i].dictionary, &header, why), cases[i].status);
        if (!strstr(why, cases[i].word)) fail_msg("%s: \"%s\"", cases[i].dictionary, why);
        assert_int_equal(header.count, 77);
    }
}

static void every_cut_of_a_header_asks_for_more(void **state) {
    (void)state;
    bytes b = header_of(2, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n");
    for (size_t size = 0; size < b.size; size++) {
        koop_npy_header header;
        char why[KOOP_NPY_WHY_BYTES];
        assert_int_equal(koop_npy_parse(b.at, size, &header, why), KOOP_NOT_ENOUGH_DATA);
    }
}

static void other_bytes_versions_and_absurd_lengths_are_refused(void **state) {
    (void)state;
    koop_npy_header header;
    char why[KOOP_NPY_WHY_BYTES];
    bytes b = header_of(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n");
    b.at[0] = 'P';
    assert_int_equal(koop_npy_parse(b.at, b.size, &header, why), KOOP_BAD_MESSAGE);
    b.at[0] = 0x93;
    b.at[6] = 4;
    assert_int_equal(koop_npy_parse(b.at, b.size, &header, why), KOOP_BAD_MESSAGE);
    b.at[6] = 2;
    memset(b.at + 8, 0xff, 4);
    assert_int_equal(koop_npy_parse(b.at, b.size, &header, why), KOOP_TOO_LARGE);
}

static void values_are_read_by_position_and_widened(void **state) {
    (void)state;
    const float values[6] = {1.5f, -2.0f, 3.25f, 0.1f, 5.0f, 6.0f};
    bytes b = header_of(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n");
    char path[64], why[KOOP_NPY_WHY_BYTES];
    koop_npy *npy;
    write_file(path, &b, values, sizeof values);
    assert_int_equal(koop_npy_open(&npy, path, why), KOOP_OK);
    float raw[2];
    assert_int_equal(koop_npy_read(npy, 2, 2, raw), KOOP_OK);
    assert_memory_equal(raw, values + 2, sizeof raw);
    double wide[6];
    assert_int_equal(koop_npy_read_f64(npy, 0, 6, wide), KOOP_OK);
    for (int i = 0; i < 6; i++) assert_true(wide[i] == (double)values[i]);
    assert_int_equal(koop_npy_read(npy, 5, 2, raw), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_npy_read(npy, UINT64_MAX, 2, raw), KOOP_BAD_ARGUMENT);
    koop_npy_close(npy);
    unlink(path);
}

static void complex_values_become_pairs(void **state) {
    (void)state;
    const float values[4] = {0.5f, -0.25f, 1.0f, 2.0f};
    bytes b = header_of(1, "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }\n");
    char path[64], why[KOOP_NPY_WHY_BYTES];
    koop_npy *npy;
    write_file(path, &b, values, sizeof values);
    assert_int_equal(koop_npy_open(&npy, path, why), KOOP_OK);
    double wide[4];
    assert_int_equal(koop_npy_read_f64(npy, 0, 2, wide), KOOP_OK);
    for (int i = 0; i < 4; i++) assert_true(wide[i] == (double)values[i]);
    koop_npy_close(npy);
    unlink(path);
}

static void a_file_shorter_than_its_header_says_is_truncated(void **state) {
    (void)state;
    const double values[3] = {1, 2, 3};
    bytes b = header_of(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }\n");
    char path[64], why[KOOP_NPY_WHY_BYTES];
    koop_npy *npy = NULL;
    write_file(path, &b, values, sizeof values);
    assert_int_equal(koop_npy_open(&npy, path, why), KOOP_NOT_ENOUGH_DATA);
    assert_non_null(strstr(why, "24 bytes"));
    assert_non_null(strstr(why, "says 32"));
    assert_null(npy);
    unlink(path);
}

static void missing_files_and_directories_are_refused(void **state) {
    (void)state;
    char why[KOOP_NPY_WHY_BYTES];
    koop_npy *npy = NULL;
    assert_int_equal(koop_npy_open(&npy, "/nowhere/at/all.npy", why), KOOP_NOT_FOUND);
    assert_int_equal(koop_npy_open(&npy, "/tmp", why), KOOP_BAD_ARGUMENT);
    assert_null(npy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_of_every_version_and_type_is_read),
        cmocka_unit_test(keys_come_in_any_order_and_either_quote),
        cmocka_unit_test(arrays_that_are_not_taken_say_why),
        cmocka_unit_test(every_cut_of_a_header_asks_for_more),
        cmocka_unit_test(other_bytes_versions_and_absurd_lengths_are_refused),
        cmocka_unit_test(values_are_read_by_position_and_widened),
        cmocka_unit_test(complex_values_become_pairs),
        cmocka_unit_test(a_file_shorter_than_its_header_says_is_truncated),
        cmocka_unit_test(missing_files_and_directories_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
