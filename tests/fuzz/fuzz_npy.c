/* Any bytes as the start of a .npy file: refused with a reason, or a header that keeps its word. */
#include "npy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    koop_npy_header header;
    char why[KOOP_NPY_WHY_BYTES] = "";
    koop_status status = koop_npy_parse(data, size, &header, why);
    if (status != KOOP_OK) {
        if (why[0] == '\0' || strlen(why) >= sizeof why) abort();
        return 0;
    }
    uint64_t count = 1;
    if (header.dimensions < 1 || header.dimensions > KOOP_NPY_MAX_DIMS) abort();
    for (int i = 0; i < header.dimensions; i++) count *= header.shape[i];
    if (count != header.count || header.data_offset > size) abort();
    if (header.count > (uint64_t)INT64_MAX / header.item_bytes) abort();
    return 0;
}
