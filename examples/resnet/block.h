/* block: two 3×3 convolutions with batch normalisation, and the way around them (He, Zhang, Ren &
 * Sun, "Deep residual learning for image recognition", CVPR 2016).
 *
 *     y = relu(norm(conv(relu(norm(conv(x))))) + shortcut(x))
 *
 * The shortcut is x where the shape stays, and a normalised 1×1 convolution where the block halves
 * the sides and changes the number of channels ("option B"). Convolutions have no biases.
 *
 * Parameters, one behind the other, per convolution: weights OIHW, the norm's scale, its shift; the
 * shortcut's come last. */
#ifndef RESNET_BLOCK_H
#define RESNET_BLOCK_H

#include "batch_norm.h"
#include "conv.h"
#include "rng.h"

#include <stdbool.h>

/* A convolution and its norm: the stem is one, a block has two or three. */
typedef struct resnet_unit {
    kit_conv *conv;
    kit_batch_norm *norm;
} resnet_unit;

typedef struct resnet_block {
    const kit_tensor *source;
    kit_tensor branch; /* the source again, as the shortcut's convolution reads it */
    resnet_unit first, second, shortcut;
    bool projects; /* the shortcut is a convolution */
} resnet_block;

size_t resnet_unit_count(int from, kit_conv_shape shape); /* of its parameters */
size_t resnet_block_count(int from, int channels);

/* Weights normal with variance 2 / inputs, scale 1, shift 0. */
void resnet_unit_initialise(int from, kit_conv_shape shape, float *params, kit_rng *rng);
void resnet_block_initialise(int from, int channels, float *params, kit_rng *rng);

/* Parameters and gradients are borrowed. KOOP_NO_MEMORY, KOOP_DISABLED. Freed by the _free, also
 * after a failure. */
koop_status resnet_unit_new(resnet_unit *unit, kit_onednn *onednn, const kit_tensor *source,
                            kit_conv_shape shape, float *params, float *gradients);
void resnet_unit_free(resnet_unit *unit);
void resnet_unit_forward(const resnet_unit *unit, bool training);
void resnet_unit_backward(const resnet_unit *unit);
kit_tensor *resnet_unit_output(const resnet_unit *unit);

/* Halves the sides where `channels` is not the source's number. */
koop_status resnet_block_new(resnet_block *block, kit_onednn *onednn, const kit_tensor *source,
                             int channels, float *params, float *gradients);
void resnet_block_free(resnet_block *block);
void resnet_block_forward(const resnet_block *block, bool training);
void resnet_block_backward(const resnet_block *block);
kit_tensor *resnet_block_output(const resnet_block *block);

#endif
