/* Any bytes as a CIFAR-10 file: refused with a reason, or a set that holds what the bytes say. */
#include "cifar.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    kit_images images;
    char why[KIT_WHY_BYTES] = "";
    if (kit_cifar_parse(data, size, &images, why) != KOOP_OK) {
        require(why[0] != '\0' && strlen(why) < sizeof why);
        return 0;
    }
    require(images.n >= 1 && images.n * KIT_CIFAR_RECORD == size);
    for (size_t i = 0; i < images.n; i++) {
        const uint8_t *record = data + i * KIT_CIFAR_RECORD;
        require(images.labels[i] == record[0] && images.labels[i] < images.classes);
        for (size_t p = 0; p + 1 < KIT_CIFAR_RECORD; p++)
            require((int)(images.pixels[i * (KIT_CIFAR_RECORD - 1) + p] * 255 + 0.5f) ==
                    record[1 + p]);
    }
    kit_images_free(&images);
    return 0;
}
