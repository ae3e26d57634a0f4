/* Any bytes as an IDX file of images, and of labels for as many images as they would be: refused with
 * a reason, or a set that holds what the bytes say. */
#include "idx.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds) abort();
}

static int said(koop_status status, const char why[KIT_WHY_BYTES]) {
    return status == KOOP_OK || (why[0] != '\0' && strlen(why) < KIT_WHY_BYTES);
}

static void as_images(const uint8_t *data, size_t size) {
    kit_images images;
    char why[KIT_WHY_BYTES] = "";
    koop_status status = kit_idx_parse_images(data, size, &images, why);
    require(said(status, why));
    if (status != KOOP_OK) return;
    const size_t count = images.n * kit_images_values(&images);
    require(images.channels == 1 && images.n >= 1 && count == size - 16);
    for (size_t p = 0; p < count; p++)
        require(images.pixels[p] * 255 > (float)data[16 + p] - 0.5f &&
                images.pixels[p] * 255 < (float)data[16 + p] + 0.5f);
    kit_images_free(&images);
}

static void as_labels(const uint8_t *data, size_t size) {
    const size_t n = size > 8 ? size - 8 : 1;
    kit_images images;
    char why[KIT_WHY_BYTES] = "";
    require(kit_images_new(&images, n, 1, 1, 1, KIT_IDX_CLASSES) == KOOP_OK);
    koop_status status = kit_idx_parse_labels(data, size, &images, why);
    require(said(status, why));
    if (status == KOOP_OK) {
        require(memcmp(images.labels, data + 8, n) == 0);
        for (size_t i = 0; i < n; i++) require(images.labels[i] < KIT_IDX_CLASSES);
    }
    kit_images_free(&images);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    as_images(data, size);
    as_labels(data, size);
    return 0;
}
