/* drawing: what the two generated sets have in common: uniform numbers, balanced labels, 8-bit pixels.
 * Header only. */
#ifndef KIT_DRAWING_H
#define KIT_DRAWING_H

#include "images.h"
#include "rng.h"

#include <math.h>

#define KIT_PI 3.14159265358979323846

/* Uniform in low..high. */
static inline double kit_uniform(kit_rng *rng, double low, double high) {
    return low + (high - low) * (double)(kit_rng_next(rng) >> 11) * 0x1p-53;
}

/* Every class equally often (within one), in random order. */
static inline void kit_balanced_labels(kit_images *images, kit_rng *rng) {
    for (size_t i = 0; i < images->n; i++)
        images->labels[i] = (uint8_t)(i % (size_t)images->classes);
    for (size_t i = images->n; i-- > 1;) {
        size_t j = kit_rng_below(rng, i + 1);
        uint8_t label = images->labels[i];
        images->labels[i] = images->labels[j];
        images->labels[j] = label;
    }
}

/* One of the 256 values that a pixel of a file has: what rounding differs between two machines'
 * libm is gone behind it. */
static inline float kit_pixel(double value) {
    double level = floor(255 * value + 0.5);
    return (float)(level < 0 ? 0 : level > 255 ? 255 : level) / 255;
}

#endif
