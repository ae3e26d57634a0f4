/* tensor: a batch of activations between two layers, and the loss's gradient by them.
 *
 * n images of c channels, h×w. What lies where, the layout, is the concern of the layers: plain
 * NCHW in KIT_INPUT and KIT_ROWS, oneDNN's own in KIT_INNER (possibly with padding, which is 0). */
#ifndef KIT_TENSOR_H
#define KIT_TENSOR_H

#include "onednn.h"

typedef struct kit_size {
    int n, c, h, w;
} kit_size;

typedef enum kit_tensor_kind {
    KIT_INPUT, /* NCHW, without a gradient: layers do not compute one for it */
    KIT_INNER, /* the layout of kit_onednn, with a gradient */
    KIT_ROWS   /* NCHW, with a gradient; with h = w = 1: n rows of c */
} kit_tensor_kind;

typedef struct kit_tensor {
    kit_size size;
    dnnl_memory_desc_t desc;
    size_t count;    /* of values, with the layout's padding */
    float *values;   /* lie in `memory` */
    float *gradient; /* lies in `gradient_memory`; NULL: none */
    dnnl_memory_t memory, gradient_memory;
} kit_tensor;

/* All zero. KOOP_BAD_ARGUMENT (a size below 1), KOOP_NO_MEMORY. Free with kit_tensor_free. */
koop_status kit_tensor_new(kit_tensor *out, const kit_onednn *onednn, kit_size size,
                           kit_tensor_kind kind);

/* The values of `trunk`, borrowed, with a gradient of its own: for a second layer that reads them.
 * The trunk's owner adds the two gradients. KOOP_NO_MEMORY. */
koop_status kit_tensor_branch(kit_tensor *out, const kit_onednn *onednn, const kit_tensor *trunk);

void kit_tensor_free(kit_tensor *tensor);

#endif
