/* network: what a trainer needs to know of a network that classifies images.
 *
 * A model's struct begins with a kit_network and fills it; its constructor gives that out. One batch
 * size for all passes: a smaller batch leaves rows of the input as they were, and their logits
 * unread. */
#ifndef KIT_NETWORK_H
#define KIT_NETWORK_H

#include "onednn.h"
#include "params.h"
#include "softmax.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct kit_network kit_network;

struct kit_network {
    kit_params params, grads;
    kit_onednn onednn;
    int batch, classes;
    size_t image;                                         /* values of one image */
    float *input;                                         /* batch×image, NCHW */
    float *logits;                                        /* batch×classes */
    void (*forward)(kit_network *network, bool training); /* input to logits */
    void (*backward)(kit_network *network);               /* logits hold their gradient; to grads */
    void (*free)(kit_network *network);
};

void kit_network_free(kit_network *network); /* NULL is allowed */

/* Allots params and grads of this layout. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status kit_network_allot(kit_network *network, const kit_group *layout, int n);

/* Where the groups are a layer's weights and its biases in turn: both uniform in ±1/√(inputs of a
 * unit), as torch.nn's layers begin. */
void kit_network_initialise(kit_network *network, uint64_t seed);

/* Score of 1 ≤ n ≤ batch images in the mode of evaluation. */
kit_score kit_network_evaluate(kit_network *network, const float *images, const uint8_t *labels,
                               size_t n);

/* Score of a whole batch in the mode of training, and the gradient of its mean loss in grads. */
kit_score kit_network_gradient(kit_network *network, const float *images, const uint8_t *labels);

#endif
