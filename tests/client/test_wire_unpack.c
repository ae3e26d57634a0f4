#include "wire_kit.h"

#include <math.h>

/* Replaces the first `from` in the golden message by `to` (any sizes) and unpacks. */
static koop_status unpack_changed(const char *name, const char *from, size_t from_size,
                                  const char *to, size_t to_size) {
    size_t size;
    uint8_t *golden = golden_read(name, &size);
    size_t before = 0;
    while (before + from_size <= size && memcmp(golden + before, from, from_size) != 0) before++;
    assert_true(before + from_size <= size);
    size_t after = size - before - from_size;
    uint8_t *changed = malloc(before + to_size + after);
    memcpy(changed, golden, before);
    memcpy(changed + before, to, to_size);
    memcpy(changed + before + to_size, golden + before + from_size, after);
    koop_status status = koop_wire_unpack(changed, before + to_size + after, &again);
    free(changed);
    free(golden);
    return status;
}
#define CHANGED(name, from, to) unpack_changed(name, from, sizeof from - 1, to, sizeof to - 1)

static void missing_repeated_and_mistyped_keys_are_refused(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq", "\xa3sek"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa4step\xff", "\xa3seq\x07"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq\x07", "\xa3seq\xff"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq\x07", "\xa3seq\xa1x"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa3seq\x07", "\xa3seq\x00"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xc4\x10", "\xb0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa4loss", "\xa0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_snapshot", "\xa4loss", "\x04"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xc4\x10", "\xb0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello",
                             "\xa6"
                             "cnn-17",
                             "\xa6"
                             "cn\0-17"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_ack", "\x82", "\x92"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_ping", "\xa4type\x03", "\xa4type\x05"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_welcome",
                             "\xa6"
                             "credit@",
                             "\xa6"
                             "credit\x00"),
                     KOOP_BAD_MESSAGE);
}

static void unknown_keys_are_ignored_and_order_is_free(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_ping", "\x81", "\x83\xa3new\x91\xc0\x07\x08"), KOOP_OK);
    assert_int_equal(again.type, KOOP_WIRE_PING);
    assert_int_equal(CHANGED("wire_welcome",
                             "\x83\xa4type\x10\xac"
                             "acknowledged\x05\xa6"
                             "credit@",
                             "\x83\xa6"
                             "credit@\xac"
                             "acknowledged\x05\xa4type\x10"),
                     KOOP_OK);
    assert_int_equal(again.as.welcome.credit, 64);
    assert_int_equal(again.as.welcome.acknowledged, 5);
}

static void any_number_type_is_taken_for_a_scalar(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_snapshot", "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", "\xfe"),
                     KOOP_OK);
    assert_true(again.as.snapshot.scalars[0].value == -2.0);
    assert_int_equal(
        CHANGED("wire_snapshot", "\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", "\xca\x3f\x00\x00\x00"),
        KOOP_OK);
    assert_true(again.as.snapshot.scalars[0].value == 0.5);
    assert_true(isnan(again.as.snapshot.scalars[1].value));
}

static void chunks_must_lie_within_the_total(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_chunk_last",
                             "\xa2"
                             "at\x0c",
                             "\xa2"
                             "at\x0d"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_chunk_last",
                             "\xa2"
                             "at\x0c",
                             "\xa2"
                             "at\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_chunk_last", "\xa7scalars\x80", "\xa7scalars\x81\xa1x\x01"),
                     KOOP_BAD_MESSAGE);
}

static void groups_must_make_sense(void **state) {
    (void)state;
    assert_int_equal(CHANGED("wire_hello", "\xa6length\x28", "\xa6length\x29"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xa6length\xcd\x02", "\xa6length\xcd\x03"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xa5shape\x91\x28", "\xa5shape\x91\x00"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(
        CHANGED("wire_hello", "\x91\x28", "\x92\xce\xff\xff\xff\xff\xce\xff\xff\xff\xff"),
        KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\x91\x28", "\x99\x28\x01\x01\x01\x01\x01\x01\x01\x01"),
                     KOOP_TOO_LARGE);
    assert_int_equal(CHANGED("wire_hello",
                             "\xa5"
                             "dtype\x04",
                             "\xa5"
                             "dtype\x02"),
                     KOOP_BAD_MESSAGE);
}

static void groups_have_names_and_parameters_of_their_own(void **state) {
    (void)state;
    /* `scale` (5) renamed; fc1.bias ends at 31400 = 0x7aa8, where `scale` begins */
    assert_int_equal(CHANGED("wire_hello", "\xa5scale",
                             "\xa8"
                             "fc1.bias"),
                     KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xa5scale", "\xa0"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xcd\x7a\xa8", "\xcd\x7a\xa7"), KOOP_BAD_MESSAGE);
    assert_int_equal(CHANGED("wire_hello", "\xcd\x7a\xa8", "\xcd\x7a\xa9"), KOOP_OK);
    assert_int_equal(CHANGED("wire_hello", "\xcd\x7a\xa8", "\x00"), KOOP_BAD_MESSAGE);
}

static void the_seq_of_a_refused_snapshot_can_be_read(void **state) {
    (void)state;
    /* type 2, seq 9, and 33 scalars */
    uint8_t bytes[256] = "\x83\xa4type\x02\xa3seq\x09\xa7scalars\xde\x00\x21";
    size_t size = 1 + 6 + 5 + 8 + 3;
    for (int i = 0; i < 33; i++) {
        memcpy(bytes + size, (uint8_t[]){0xa2, 'a', (uint8_t)('a' + i), 1}, 4);
        size += 4;
    }
    assert_int_not_equal(koop_wire_unpack(bytes, size, &again), KOOP_OK);
    assert_int_equal(koop_wire_peek_seq(bytes, size), 9);
    assert_int_equal(koop_wire_peek_seq(bytes, size - 1), 0);
    bytes[6] = KOOP_WIRE_BYE;
    assert_int_equal(koop_wire_peek_seq(bytes, size), 0);
    bytes[6] = KOOP_WIRE_SNAPSHOT;
    bytes[11] = 0xff; /* −1 */
    assert_int_equal(koop_wire_peek_seq(bytes, size), 0);
    assert_int_equal(koop_wire_peek_seq((const uint8_t *)"\x07", 1), 0);
}

static void a_hello_of_another_version_gives_its_version_only(void **state) {
    (void)state;
    static const char future[] = "\x83\xa4type\x01\xa7version\x02\xa6groups\x05";
    assert_int_equal(koop_wire_unpack((const uint8_t *)future, sizeof future - 1, &again), KOOP_OK);
    assert_int_equal(again.type, KOOP_WIRE_HELLO);
    assert_int_equal(again.as.hello.version, 2);
    assert_int_equal(again.as.hello.n_groups, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_repeated_and_mistyped_keys_are_refused),
        cmocka_unit_test(unknown_keys_are_ignored_and_order_is_free),
        cmocka_unit_test(any_number_type_is_taken_for_a_scalar),
        cmocka_unit_test(chunks_must_lie_within_the_total),
        cmocka_unit_test(groups_must_make_sense),
        cmocka_unit_test(groups_have_names_and_parameters_of_their_own),
        cmocka_unit_test(the_seq_of_a_refused_snapshot_can_be_read),
        cmocka_unit_test(a_hello_of_another_version_gives_its_version_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
