/* textures: a generated stand-in for CIFAR-10 where there is none: 32×32 colour images of ten kinds
 * of texture.
 *
 *     0 level stripes   2 upright stripes   4 checkers   6 rings          8 grain
 *     1 rising ones     3 falling ones      5 spots      7 soft patches   9 a net
 *
 * Two colours are chosen anew for every image, and place, scale and direction vary, so that neither a
 * colour nor a pixel tells a kind: a linear model learns next to nothing. Stripes keep to their
 * direction within 17°; checkers, spots and the net take any. Equal on every machine for an equal
 * seed. */
#ifndef KIT_TEXTURES_H
#define KIT_TEXTURES_H

#include "images.h"

enum { KIT_TEXTURES_SIDE = 32, KIT_TEXTURES_CLASSES = 10 };

/* n new images, every kind equally often, in random order. KOOP_BAD_ARGUMENT (n = 0),
 * KOOP_TOO_LARGE, KOOP_NO_MEMORY. */
koop_status kit_textures_draw(kit_images *images, size_t n, uint64_t seed);

#endif
