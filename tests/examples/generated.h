/* generated: what the tests ask of both generated sets. */
#ifndef TEST_GENERATED_H
#define TEST_GENERATED_H

#include "images.h"

#include <stdlib.h>

enum { GENERATED_CLASSES = 10 };

/* FNV-1a of all labels and of all pixels in their 256 levels. */
static inline uint64_t generated_hash(const kit_images *images) {
    uint64_t hash = 0xcbf29ce484222325u;
    const size_t count = images->n * kit_images_values(images);
    for (size_t i = 0; i < images->n; i++) hash = (hash ^ images->labels[i]) * 0x100000001b3u;
    for (size_t p = 0; p < count; p++)
        hash = (hash ^ (uint8_t)(images->pixels[p] * 255 + 0.5f)) * 0x100000001b3u;
    return hash;
}

static inline void generated_counts(const kit_images *images, int counts[GENERATED_CLASSES]) {
    for (int k = 0; k < GENERATED_CLASSES; k++) counts[k] = 0;
    for (size_t i = 0; i < images->n; i++) counts[images->labels[i]]++;
}

/* Whether every pixel is one of 0/255 … 255/255. */
static inline bool generated_in_levels(const kit_images *images) {
    const size_t count = images->n * kit_images_values(images);
    for (size_t p = 0; p < count; p++) {
        const float level = images->pixels[p] * 255, whole = (float)(int)(level + 0.5f);
        if (!(images->pixels[p] >= 0 && images->pixels[p] <= 1 && whole / 255 == images->pixels[p]))
            return false;
    }
    return true;
}

/* What share of the last images a nearest-centroid classifier of the first n gets right. */
static inline double generated_centroid_accuracy(const kit_images *images, size_t n) {
    const size_t values = kit_images_values(images);
    double *centroid = calloc(GENERATED_CLASSES * values, sizeof *centroid);
    int counts[GENERATED_CLASSES];
    const kit_images first = kit_images_slice(images, 0, n);
    generated_counts(&first, counts);
    for (size_t i = 0; i < n; i++) {
        const size_t k = images->labels[i];
        for (size_t v = 0; v < values; v++)
            centroid[k * values + v] += (double)images->pixels[i * values + v] / counts[k];
    }
    size_t right = 0;
    for (size_t i = n; i < images->n; i++) {
        double nearest = 1e300;
        size_t best = 0;
        for (size_t k = 0; k < GENERATED_CLASSES; k++) {
            double distance = 0;
            for (size_t v = 0; v < values; v++) {
                double d = (double)images->pixels[i * values + v] - centroid[k * values + v];
                distance += d * d;
            }
            if (distance < nearest) nearest = distance, best = k;
        }
        right += best == images->labels[i];
    }
    free(centroid);
    return (double)right / (double)(images->n - n);
}

#endif
