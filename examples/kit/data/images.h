/* images: a set of labelled images in memory.
 *
 * Notation.  n images of c channels, h rows and w columns;  pixel (i, k, y, x) at
 *            pixels[((i·c + k)·h + y)·w + x] (NCHW), in 0..1 until it is normalised
 *
 * One owner: the set that kit_images_new filled frees its memory. A slice borrows it, lives no longer
 * than its owner, and freeing it does nothing. One thread at a time while a set changes. */
#ifndef KIT_IMAGES_H
#define KIT_IMAGES_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KIT_IMAGES_MAX_VALUES = 1 << 28, /* of all pixels of a set: 1 GiB */
    KIT_IMAGES_MAX_CHANNELS = 4,
    KIT_IMAGES_MAX_SIDE = 1024,
    KIT_IMAGES_SOURCE_BYTES = 96
};

typedef struct kit_images {
    size_t n;
    int channels, height, width;
    int classes;
    float *pixels;
    uint8_t *labels; /* n, each below `classes` */
    bool borrowed;
    char source[KIT_IMAGES_SOURCE_BYTES]; /* for people: "MNIST, 10,000 images" */
} kit_images;

/* A set of n ≥ 1 black images of label 0, no source. KOOP_BAD_ARGUMENT (an empty or too large side,
 * channels outside 1..4, classes outside 1..256), KOOP_TOO_LARGE, KOOP_NO_MEMORY. */
koop_status kit_images_new(kit_images *images, size_t n, int channels, int height, int width,
                           int classes);

/* Frees what it owns, and empties it. NULL and a zeroed set are allowed. */
void kit_images_free(kit_images *images);

/* Values of one image: channels × height × width. */
size_t kit_images_values(const kit_images *images);

/* Puts the images of `more` behind those of `images`, which owns its memory and may be empty (all
 * zero: it then takes over shape, classes and source). KOOP_BAD_SHAPE, KOOP_TOO_LARGE,
 * KOOP_NO_MEMORY. */
koop_status kit_images_append(kit_images *images, const kit_images *more);

/* A new set of the same images at half the height and width: the mean of every 2×2 pixels, an odd last
 * row or column left out. KOOP_BAD_ARGUMENT (nothing is left), KOOP_NO_MEMORY. */
koop_status kit_images_halve(kit_images *half, const kit_images *images);

/* Images first … first+n−1 as a set that borrows them; first + n ≤ images->n. */
kit_images kit_images_slice(const kit_images *images, size_t first, size_t n);

/* Mean and standard deviation (divisor: the number of values) of each channel over all images. */
void kit_images_statistics(const kit_images *images, double mean[KIT_IMAGES_MAX_CHANNELS],
                           double deviation[KIT_IMAGES_MAX_CHANNELS]);

/* pixel ← (pixel − mean) / deviation of its channel; a deviation of 0 counts as 1. */
void kit_images_normalise(kit_images *images, const double mean[KIT_IMAGES_MAX_CHANNELS],
                          const double deviation[KIT_IMAGES_MAX_CHANNELS]);

#endif
