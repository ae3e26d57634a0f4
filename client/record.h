/* record: the framing of journals and recordings, as pure bytes.
 *
 * A record is a 40-byte little-endian header and a payload, which is one wire message (HELLO,
 * SNAPSHOT with all its data in one piece, BYE):
 *     0 magic "KOOPREC1" · 8 type u8, 3 zero bytes · 12 payload length u32 · 16 run uuid (first 8
 *     bytes) u64 · 24 seq u64 · 32 payload CRC32C u32 · 36 header CRC32C of bytes 0..35 u32
 * A file is records one after another; it has no other structure. (CRC32C by ISA-L.) */
#ifndef KOOP_RECORD_H
#define KOOP_RECORD_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum { KOOP_RECORD_HEADER_BYTES = 40 };
#define KOOP_RECORD_MAX_PAYLOAD (1u << 30)

typedef struct koop_record_header {
    uint8_t type;    /* koop_wire_type of the payload */
    uint32_t length; /* payload bytes */
    uint64_t run;    /* first 8 bytes of the run's uuid, little-endian */
    uint64_t seq;    /* of a snapshot; of a journal's BYE the highest before it; else 0 */
    uint32_t payload_crc;
} koop_record_header;

/* Fills the header bytes for a payload (computes both checksums). */
void koop_record_pack(const koop_record_header *header, const uint8_t *payload,
                      uint8_t out[KOOP_RECORD_HEADER_BYTES]);

/* Reads and checks a header. KOOP_NOT_ENOUGH_DATA when size < 40, KOOP_BAD_MESSAGE when magic or
 * checksum fail, KOOP_TOO_LARGE when the length is above the limit. */
koop_status koop_record_unpack(const uint8_t *bytes, size_t size, koop_record_header *header);

/* Whether the payload's checksum holds: KOOP_OK or KOOP_BAD_MESSAGE. */
koop_status koop_record_check(const koop_record_header *header, const uint8_t *payload);

#endif
