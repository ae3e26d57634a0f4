#include "data_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "data_kit.h"

static const char text[] = "some bytes, and some bytes, and some bytes";

static void refused(const char *path, koop_status expected, const char *said) {
    uint8_t *bytes = NULL;
    size_t size = 7;
    char why[KIT_WHY_BYTES] = "";
    assert_int_equal(kit_data_file_read(path, &bytes, &size, why), expected);
    assert_null(bytes);
    assert_int_equal(size, 7);
    if (!strstr(why, said)) fail_msg("\"%s\" does not say \"%s\"", why, said);
}

static void reads_back(const char *path, const void *expected, size_t n) {
    uint8_t *bytes;
    size_t size;
    char why[KIT_WHY_BYTES];
    assert_int_equal(kit_data_file_read(path, &bytes, &size, why), KOOP_OK);
    assert_int_equal(size, n);
    assert_memory_equal(bytes, expected, n);
    free(bytes);
}

static void plain_and_gzip_files_read_alike_whatever_their_names(void **state) {
    (void)state;
    reads_back(data_write("plain", text, sizeof text), text, sizeof text);
    reads_back(data_write("plain.gz", text, sizeof text), text, sizeof text);
    reads_back(data_write_gz("packed.gz", text, sizeof text), text, sizeof text);
    reads_back(data_write_gz("packed", text, sizeof text), text, sizeof text);
    reads_back(data_write("empty", text, 0), text, 0);
}

static void sizes_around_the_growth_of_the_buffer_are_read_whole(void **state) {
    (void)state;
    static uint8_t large[3 << 16];
    for (size_t i = 0; i < sizeof large; i++) large[i] = (uint8_t)(i % 251);
    const size_t sizes[] = {(1 << 16) - 1, 1 << 16, (1 << 16) + 1, 2 << 16, sizeof large};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        reads_back(data_write("large", large, sizes[i]), large, sizes[i]);
        reads_back(data_write_gz("large.gz", large, sizes[i]), large, sizes[i]);
    }
}

static void absent_files_directories_and_pipes_are_refused(void **state) {
    (void)state;
    refused(data_path("absent"), KOOP_NOT_FOUND, "absent: No such file");
    refused(data_directory, KOOP_IO_FAILED, "not a regular file");
    assert_int_equal(mkfifo(data_path("pipe"), 0600), 0);
    refused(data_path("pipe"), KOOP_IO_FAILED, "pipe: not a regular file");
}

/* The bytes of a gzip file of `text`. */
static size_t packed_bytes(uint8_t packed[200]) {
    FILE *file = fopen(data_write_gz("whole.gz", text, sizeof text), "rb");
    assert_non_null(file);
    size_t size = fread(packed, 1, 200, file);
    fclose(file);
    return size;
}

static void truncated_gzip_is_refused_at_every_length(void **state) {
    (void)state;
    uint8_t packed[200];
    const size_t size = packed_bytes(packed);
    for (size_t cut = 3; cut < size; cut++)
        refused(data_write("cut.gz", packed, cut), KOOP_BAD_MESSAGE, "cut.gz: ");
    refused(data_write("cut.gz", packed, size - 1), KOOP_BAD_MESSAGE, "truncated gzip");
}

static void damaged_gzip_is_refused(void **state) {
    (void)state;
    uint8_t packed[200];
    const size_t size = packed_bytes(packed);
    packed[size - 6] ^= 1; /* its checksum */
    refused(data_write("damaged.gz", packed, size), KOOP_BAD_MESSAGE, "damaged gzip");
}

static void file_that_unpacks_beyond_the_limit_is_refused(void **state) {
    (void)state;
    const size_t chunk = 1 << 22;
    uint8_t *zeros = calloc(1, chunk);
    gzFile file = gzopen(data_path("bomb.gz"), "wb1");
    assert_true(zeros && file);
    for (size_t written = 0; written <= KIT_DATA_FILE_MAX; written += chunk)
        assert_int_equal(gzwrite(file, zeros, (unsigned)chunk), chunk);
    assert_int_equal(gzclose(file), Z_OK);
    free(zeros);
    refused(data_path("bomb.gz"), KOOP_TOO_LARGE, "bomb.gz: more than 268435456 bytes");
    unlink(data_path("bomb.gz"));
}

static void long_path_is_cut_at_its_front_and_the_reason_stays(void **state) {
    (void)state;
    char path[KIT_WHY_BYTES * 2], why[KIT_WHY_BYTES];
    memset(path, 'x', sizeof path);
    snprintf(path + sizeof path - 9, 9, "/end.gz");
    kit_why(why, KOOP_BAD_MESSAGE, "%d wrongs", 3);
    assert_int_equal(kit_why_in(why, KOOP_BAD_MESSAGE, path), KOOP_BAD_MESSAGE);
    assert_non_null(strstr(why, "/end.gz: 3 wrongs"));
    assert_memory_equal(why, "...xxx", 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_and_gzip_files_read_alike_whatever_their_names),
        cmocka_unit_test(sizes_around_the_growth_of_the_buffer_are_read_whole),
        cmocka_unit_test(absent_files_directories_and_pipes_are_refused),
        cmocka_unit_test(truncated_gzip_is_refused_at_every_length),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(file_that_unpacks_beyond_the_limit_is_refused),
        cmocka_unit_test(long_path_is_cut_at_its_front_and_the_reason_stays),
    };
    return cmocka_run_group_tests(tests, data_set_up, data_tear_down);
}
