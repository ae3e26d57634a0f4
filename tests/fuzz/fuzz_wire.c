/* Bytes from the network: nothing may go wrong, and what unpacks must pack and unpack again to the
 * same bytes. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(int holds) {
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static koop_wire_message message, again;
    static koop_wire_buffer first, second;
    koop_status valid = koop_wire_validate(bytes, size);
    koop_status status = koop_wire_unpack(bytes, size, &message);
    require(valid == KOOP_OK || status == valid);
    if (status != KOOP_OK) return 0;
    require(koop_wire_pack(&message, &first) == KOOP_OK);
    require(koop_wire_unpack(first.bytes, first.size, &again) == KOOP_OK);
    require(koop_wire_pack(&again, &second) == KOOP_OK);
    require(first.size == second.size && memcmp(first.bytes, second.bytes, first.size) == 0);
    return 0;
}
