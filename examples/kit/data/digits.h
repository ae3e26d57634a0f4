/* digits: a generated stand-in for MNIST where there is none: 28×28 grey images of the ten digits.
 *
 * A digit is a few lines and arcs, bent, slanted, turned, scaled, shifted and drawn with a round pen
 * whose width varies, then strewn with noise. Equal on every machine for an equal seed. */
#ifndef KIT_DIGITS_H
#define KIT_DIGITS_H

#include "images.h"

enum { KIT_DIGITS_SIDE = 28, KIT_DIGITS_CLASSES = 10 };

/* n new images, every digit equally often, in random order. KOOP_BAD_ARGUMENT (n = 0),
 * KOOP_TOO_LARGE, KOOP_NO_MEMORY. */
koop_status kit_digits_draw(kit_images *images, size_t n, uint64_t seed);

#endif
