#include "cifar.h"

#include <stdlib.h>

koop_status kit_cifar_parse(const uint8_t *bytes, size_t size, kit_images *images,
                            char why[KIT_WHY_BYTES]) {
    if (size == 0 || size % KIT_CIFAR_RECORD != 0)
        return kit_why(why, KOOP_BAD_MESSAGE,
                       "not CIFAR-10, or truncated: %zu bytes are no whole records of %d", size,
                       KIT_CIFAR_RECORD);
    const size_t n = size / KIT_CIFAR_RECORD, values = KIT_CIFAR_RECORD - 1;
    for (size_t i = 0; i < n; i++)
        if (bytes[i * KIT_CIFAR_RECORD] >= KIT_CIFAR_CLASSES)
            return kit_why(why, KOOP_BAD_MESSAGE, "the label of record %zu is %d, not within 0..%d",
                           i, bytes[i * KIT_CIFAR_RECORD], KIT_CIFAR_CLASSES - 1);

    kit_images new;
    koop_status status = kit_images_new(&new, n, KIT_CIFAR_CHANNELS, KIT_CIFAR_SIDE, KIT_CIFAR_SIDE,
                                        KIT_CIFAR_CLASSES);
    if (status != KOOP_OK) return kit_why(why, status, "%s", koop_strstatus(status));
    for (size_t i = 0; i < n; i++) {
        const uint8_t *record = bytes + i * KIT_CIFAR_RECORD;
        new.labels[i] = record[0];
        for (size_t p = 0; p < values; p++) new.pixels[i * values + p] = (float)record[1 + p] / 255;
    }
    *images = new;
    return KOOP_OK;
}

koop_status kit_cifar_append(const char *path, kit_images *images, char why[KIT_WHY_BYTES]) {
    uint8_t *bytes;
    size_t size;
    koop_status status = kit_data_file_read(path, &bytes, &size, why);
    if (status != KOOP_OK) return status;
    kit_images more;
    status = kit_cifar_parse(bytes, size, &more, why);
    free(bytes);
    if (status != KOOP_OK) return kit_why_in(why, status, path);
    status = kit_images_append(images, &more);
    kit_images_free(&more);
    if (status == KOOP_OK) return KOOP_OK;
    kit_why(why, status, "%s", koop_strstatus(status));
    return kit_why_in(why, status, path);
}
