/* mlp: a fully connected network of two hidden layers on 14×14 grey images.
 *
 *     fc1 64 → ReLU,   fc2 64 → ReLU,   fc3 10      logits
 *
 * 17,418 parameters in six groups: each layer's weights and biases. */
#ifndef MLP_H
#define MLP_H

#include "network.h"

enum { MLP_SIDE = 14, MLP_UNITS = 64, MLP_CLASSES = 10, MLP_GROUPS = 6 };

/* Begins as kit_network_initialise has it. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with
 * kit_network_free. */
koop_status mlp_new(kit_network **out, int batch, uint64_t seed);

#endif
