#include "record.h"

#include <isa-l/crc.h>
#include <string.h>

static const uint8_t magic[8] = {'K', 'O', 'O', 'P', 'R', 'E', 'C', '1'};

/* CRC-32C as iSCSI and ext4 have it: ISA-L leaves both inversions to the caller. Its length is an
 * int, which KOOP_RECORD_MAX_PAYLOAD respects; it does not write to the buffer. */
static uint32_t crc32c(const uint8_t *bytes, size_t size) {
    return ~crc32_iscsi((unsigned char *)bytes, (int)size, UINT32_MAX);
}

static void put_le(uint8_t *out, uint64_t value, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *bytes, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

void koop_record_pack(const koop_record_header *header, const uint8_t *payload,
                      uint8_t out[KOOP_RECORD_HEADER_BYTES]) {
    memcpy(out, magic, sizeof magic);
    put_le(out + 8, header->type, 4); /* and its three zero bytes */
    put_le(out + 12, header->length, 4);
    put_le(out + 16, header->run, 8);
    put_le(out + 24, header->seq, 8);
    put_le(out + 32, crc32c(payload, header->length), 4);
    put_le(out + 36, crc32c(out, 36), 4);
}

koop_status koop_record_unpack(const uint8_t *bytes, size_t size, koop_record_header *header) {
    if (size < KOOP_RECORD_HEADER_BYTES) return KOOP_NOT_ENOUGH_DATA;
    if (memcmp(bytes, magic, sizeof magic) != 0) return KOOP_BAD_MESSAGE;
    if (crc32c(bytes, 36) != get_le(bytes + 36, 4)) return KOOP_BAD_MESSAGE;
    uint64_t length = get_le(bytes + 12, 4);
    if (length > KOOP_RECORD_MAX_PAYLOAD) return KOOP_TOO_LARGE;
    *header = (koop_record_header){
        .type = bytes[8],
        .length = (uint32_t)length,
        .run = get_le(bytes + 16, 8),
        .seq = get_le(bytes + 24, 8),
        .payload_crc = (uint32_t)get_le(bytes + 32, 4),
    };
    return KOOP_OK;
}

koop_status koop_record_check(const koop_record_header *header, const uint8_t *payload) {
    if (header->length > KOOP_RECORD_MAX_PAYLOAD) return KOOP_TOO_LARGE;
    return crc32c(payload, header->length) == header->payload_crc ? KOOP_OK : KOOP_BAD_MESSAGE;
}
