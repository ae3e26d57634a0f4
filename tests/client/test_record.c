#include "golden.h"
#include "record.h"
#include "wire.h"

static void packing_gives_the_golden_bytes(void **state) {
    (void)state;
    size_t size, payload_size;
    uint8_t *golden = golden_read("record_bye", &size);
    uint8_t *payload = golden_read("wire_bye", &payload_size);
    koop_record_header header = {.type = KOOP_WIRE_BYE,
                                 .length = (uint32_t)payload_size,
                                 .run = UINT64_C(0x1716151413121110)};
    uint8_t out[KOOP_RECORD_HEADER_BYTES];
    koop_record_pack(&header, payload, out);
    assert_int_equal(size, sizeof out + payload_size);
    assert_memory_equal(out, golden, sizeof out);
    assert_memory_equal(payload, golden + sizeof out, payload_size);
    free(golden);
    free(payload);
}

static void the_checksum_is_crc32c(void **state) {
    (void)state;
    const koop_record_header nine = {.length = 9, .payload_crc = 0xe3069283};
    assert_int_equal(koop_record_check(&nine, (const uint8_t *)"123456789"), KOOP_OK);
    assert_int_equal(koop_record_check(&nine, (const uint8_t *)"123456788"), KOOP_BAD_MESSAGE);
    const koop_record_header empty = {0};
    assert_int_equal(koop_record_check(&empty, (const uint8_t *)""), KOOP_OK);
}

static void a_header_makes_the_round_trip(void **state) {
    (void)state;
    const koop_record_header header = {
        .type = KOOP_WIRE_SNAPSHOT, .length = 5, .run = UINT64_MAX - 3, .seq = UINT64_MAX};
    koop_record_header back;
    uint8_t out[KOOP_RECORD_HEADER_BYTES];
    koop_record_pack(&header, (const uint8_t *)"abcde", out);
    assert_int_equal(koop_record_unpack(out, sizeof out, &back), KOOP_OK);
    assert_int_equal(back.type, header.type);
    assert_int_equal(back.length, 5);
    assert_true(back.run == header.run && back.seq == header.seq);
    assert_int_equal(koop_record_check(&back, (const uint8_t *)"abcde"), KOOP_OK);
    assert_int_equal(koop_record_check(&back, (const uint8_t *)"abcdf"), KOOP_BAD_MESSAGE);
}

static void every_flipped_bit_and_every_cut_is_noticed(void **state) {
    (void)state;
    size_t size;
    uint8_t *golden = golden_read("record_bye", &size);
    koop_record_header header;
    assert_int_equal(koop_record_unpack(golden, size, &header), KOOP_OK);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        golden[bit / 8] ^= (uint8_t)(1u << bit % 8);
        koop_status status = koop_record_unpack(golden, size, &header);
        if (bit >= 8 * KOOP_RECORD_HEADER_BYTES) {
            assert_int_equal(status, KOOP_OK);
            status = koop_record_check(&header, golden + KOOP_RECORD_HEADER_BYTES);
        }
        assert_int_equal(status, KOOP_BAD_MESSAGE);
        golden[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < KOOP_RECORD_HEADER_BYTES; cut++)
        assert_int_equal(koop_record_unpack(golden, cut, &header), KOOP_NOT_ENOUGH_DATA);
    free(golden);
}

/* The definition, bit by bit: for a header that is honest about a length beyond the limit. */
static uint32_t crc32c(const uint8_t *bytes, size_t size) {
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int b = 0; b < 8; b++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void a_length_above_the_limit_is_too_large(void **state) {
    (void)state;
    koop_record_header header = {.type = 2, .length = 0};
    uint8_t out[KOOP_RECORD_HEADER_BYTES];
    koop_record_pack(&header, (const uint8_t *)"", out);
    memcpy(out + 12, "\x01\x00\x00\x40", 4); /* 1 GiB + 1 */
    uint32_t crc = crc32c(out, 36);
    memcpy(out + 36, &crc, 4);
    assert_int_equal(koop_record_unpack(out, sizeof out, &header), KOOP_TOO_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packing_gives_the_golden_bytes),
        cmocka_unit_test(the_checksum_is_crc32c),
        cmocka_unit_test(a_header_makes_the_round_trip),
        cmocka_unit_test(every_flipped_bit_and_every_cut_is_noticed),
        cmocka_unit_test(a_length_above_the_limit_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
