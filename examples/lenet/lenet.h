/* lenet: LeNet on 28×28 grey images, after LeNet-5 (LeCun, Bottou, Bengio & Haffner 1998) with what
 * is usual today in place of its sigmoids, trained subsampling and Gaussian connections:
 *
 *     conv1 6 of 5×5, padding 2 → ReLU → max 2×2     6×14×14
 *     conv2 16 of 5×5           → ReLU → max 2×2     16×5×5
 *     fc1 120 → ReLU,   fc2 84 → ReLU,   fc3 10      logits
 *
 * 61,706 parameters in ten groups: each layer's weights and biases. On images of half the side conv2
 * is padded by 1 and leaves 16×2×2: 21,386 parameters, a quarter of the time. */
#ifndef LENET_H
#define LENET_H

#include "network.h"

enum { LENET_SIDE = 28, LENET_CLASSES = 10, LENET_GROUPS = 10 };

/* Begins as kit_network_initialise has it. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY, KOOP_DISABLED (oneDNN does not work here). Free with
 * kit_network_free. */
koop_status lenet_new(kit_network **out, int batch, uint64_t seed);
koop_status lenet_half_new(kit_network **out, int batch, uint64_t seed); /* 14×14 images */

#endif
