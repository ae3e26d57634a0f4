/* resnet: the residual networks of He et al. (CVPR 2016) for 32×32 colour images of ten classes.
 *
 *     conv1: 16 of 3×3, norm, ReLU                    16×32×32
 *     n blocks of 16, n of 32, n of 64 channels       64×8×8     (block.h)
 *     mean over positions, fc 10                      logits
 *
 * 6n + 2 layers: n = 3 is ResNet-20, 272,474 parameters, of which the two projections have 2,752.
 * Groups: conv1, block1 … block3n (each with its norms), fc, fc.bias. */
#ifndef RESNET_H
#define RESNET_H

#include "network.h"

enum { RESNET_SIDE = 32, RESNET_CHANNELS = 3, RESNET_CLASSES = 10, RESNET_MAX_N = 6 };

/* Weights normal with variance 2 / inputs (He et al. 2015; fc: 1 / inputs), norms the identity.
 * KOOP_BAD_ARGUMENT (n outside 1..RESNET_MAX_N, batch below 1), KOOP_NO_MEMORY, KOOP_DISABLED
 * (oneDNN does not work here). Free with kit_network_free. */
koop_status resnet_new(kit_network **out, int n, int batch, uint64_t seed);

#endif
