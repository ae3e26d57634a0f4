/* cifar: CIFAR-10 in its binary version (Krizhevsky 2009, "Learning multiple layers of features from
 * tiny images"): records of 3073 bytes, a label 0..9, then 32×32 red, green and blue pixels. */
#ifndef KIT_CIFAR_H
#define KIT_CIFAR_H

#include "data_file.h"
#include "images.h"

enum {
    KIT_CIFAR_SIDE = 32,
    KIT_CIFAR_CHANNELS = 3,
    KIT_CIFAR_CLASSES = 10,
    KIT_CIFAR_RECORD = 1 + KIT_CIFAR_CHANNELS * KIT_CIFAR_SIDE * KIT_CIFAR_SIDE /* bytes */
};

/* Bytes in, new images out. KOOP_BAD_MESSAGE (no whole records, a label out of range),
 * KOOP_TOO_LARGE, KOOP_NO_MEMORY; `why` gets one line. */
koop_status kit_cifar_parse(const uint8_t *bytes, size_t size, kit_images *images,
                            char why[KIT_WHY_BYTES]);

/* The images of a file, behind those that `images` has (none, all zero: it is made). `why` names the
 * file; on failure `images` stays as it was. As above, and what kit_data_file_read gives. */
koop_status kit_cifar_append(const char *path, kit_images *images, char why[KIT_WHY_BYTES]);

#endif
