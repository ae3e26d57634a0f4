#include "wire_kit.h"

static void every_truncation_and_every_added_byte_is_refused(void **state) {
    (void)state;
    for (int i = 0; i < N_GOLDEN; i++) {
        size_t size;
        uint8_t *golden = golden_read(golden_names[i], &size);
        for (size_t cut = 0; cut < size; cut++) {
            uint8_t *exact = malloc(cut ? cut : 1); /* so that a sanitizer sees a read behind it */
            memcpy(exact, golden, cut);
            assert_int_equal(koop_wire_validate(exact, cut), KOOP_BAD_MESSAGE);
            assert_int_equal(koop_wire_unpack(exact, cut, &again), KOOP_BAD_MESSAGE);
            free(exact);
        }
        uint8_t *longer = calloc(1, size + 1);
        memcpy(longer, golden, size);
        assert_int_equal(koop_wire_unpack(longer, size + 1, &again), KOOP_BAD_MESSAGE);
        free(longer);
        free(golden);
    }
}

static void assert_invalid(const char *bytes, size_t size, koop_status expected) {
    assert_int_equal(koop_wire_validate((const uint8_t *)bytes, size), expected);
}
#define ASSERT_INVALID(text, status) assert_invalid(text, sizeof text - 1, status)

static void hostile_lengths_are_refused(void **state) {
    (void)state;
    ASSERT_INVALID("", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xc1", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdd\x0f\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdf\xff\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdb\xff\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xc6\xff\xff\xff\xff", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xc9\xff\xff\xff\xff\x01", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xd8\x01\x02", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xdc\x00\x02\xc0", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\x81\x01", KOOP_BAD_MESSAGE);
    ASSERT_INVALID("\xcf\x00\x00\x00\x00\x00\x00\x00", KOOP_BAD_MESSAGE);
}

static void every_kind_of_object_is_measured(void **state) {
    (void)state;
    static const char all[] = "\x9c"
                              "\x7f\xff\xc0\xc2"
                              "\xca\x00\x00\x00\x00"
                              "\xd3\x00\x00\x00\x00\x00\x00\x00\x00"
                              "\xd1\x00\x00"
                              "\xc7\x02\x05\x01\x02"
                              "\xd6\x05\x01\x02\x03\x04"
                              "\xd9\x01x"
                              "\xde\x00\x01\xa0\x90"
                              "\xc5\x00\x01\x00";
    ASSERT_INVALID(all, KOOP_OK);
    ASSERT_INVALID("\x90", KOOP_OK);
    ASSERT_INVALID("\x80", KOOP_OK);
}

static void deep_nesting_and_many_objects_are_too_large(void **state) {
    (void)state;
    ASSERT_INVALID("\x91\x91\x91\x91\x91\x91\x91\x90", KOOP_OK);
    ASSERT_INVALID("\x91\x91\x91\x91\x91\x91\x91\x91\x90", KOOP_TOO_LARGE);
    uint8_t *many = calloc(1, 3 + 4096);
    memcpy(many, "\xdc\x0f\xff", 3); /* 4095 zeros and the array itself */
    assert_int_equal(koop_wire_validate(many, 3 + 4095), KOOP_OK);
    many[1] = 0x10, many[2] = 0;
    assert_int_equal(koop_wire_validate(many, 3 + 4096), KOOP_TOO_LARGE);
    free(many);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_truncation_and_every_added_byte_is_refused),
        cmocka_unit_test(hostile_lengths_are_refused),
        cmocka_unit_test(every_kind_of_object_is_measured),
        cmocka_unit_test(deep_nesting_and_many_objects_are_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
