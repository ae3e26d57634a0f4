#include "recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 256 };

static char path[] = "/tmp/koop-recording-XXXXXX";
static char bytes[4096];

static int set_up(void **state) {
    (void)state;
    int file = mkstemp(path);
    assert_true(file >= 0);
    return close(file);
}

static int tear_down(void **state) {
    (void)state;
    return unlink(path);
}

static size_t read_all(void) {
    memset(bytes, 0, sizeof bytes);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return size;
}

static void copies_lie_side_by_side_the_copy_fastest(void **state) {
    (void)state;
    kit_real a[] = {1, 2}, b[] = {3, 4}, c[] = {5, 6};
    const kit_real *values[] = {a, b, c};
    kit_recording *recording;
    assert_int_equal(kit_recording_open(&recording, path, 2, 3, values), KOOP_OK);
    assert_int_equal(kit_recording_append(recording), KOOP_OK);
    b[1] = 40;
    assert_int_equal(kit_recording_append(recording), KOOP_OK);
    assert_int_equal(kit_recording_close(&recording), KOOP_OK);
    assert_null(recording);

    const kit_real expected[] = {1, 3, 5, 2, 4, 6, 1, 3, 5, 2, 40, 6};
    assert_int_equal(read_all(), HEADER + sizeof expected);
    assert_non_null(strstr(bytes + 10, "'shape': (2, 2, 3)"));
    assert_memory_equal(bytes + HEADER, expected, sizeof expected);
}

static void one_copy_alone_is_a_plain_trajectory(void **state) {
    (void)state;
    kit_real a[] = {1, 2};
    const kit_real *values[] = {a};
    kit_recording *recording;
    assert_int_equal(kit_recording_open(&recording, path, 2, 1, values), KOOP_OK);
    assert_int_equal(kit_recording_append(recording), KOOP_OK);
    assert_int_equal(kit_recording_close(&recording), KOOP_OK);
    assert_int_equal(read_all(), HEADER + sizeof a);
    assert_non_null(strstr(bytes + 10, "'shape': (1, 2)"));
    assert_memory_equal(bytes + HEADER, a, sizeof a);
}

static void recording_of_nothing_or_to_nowhere_is_refused(void **state) {
    (void)state;
    kit_real a[] = {1, 2};
    const kit_real *values[] = {a};
    kit_recording *r = NULL;
    assert_int_equal(kit_recording_open(&r, path, 0, 1, values), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_recording_open(&r, path, 2, 0, values), KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_recording_open(&r, path, 2, KIT_MAX_COPIES + 1, values),
                     KOOP_BAD_ARGUMENT);
    assert_int_equal(kit_recording_open(&r, "/nowhere/at/all.npy", 2, 1, values), KOOP_IO_FAILED);
    assert_null(r);
    assert_int_equal(kit_recording_close(&r), KOOP_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_lie_side_by_side_the_copy_fastest),
        cmocka_unit_test(one_copy_alone_is_a_plain_trajectory),
        cmocka_unit_test(recording_of_nothing_or_to_nowhere_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
