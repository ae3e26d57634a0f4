/* conv: 2-D convolution (cross-correlation, as networks have it), forward and backward.
 *
 *     y[n,o,i,j] = b[o] + Σ_{c,u,v} W[o,c,u,v] x[n,c, s i + u − p, s j + v − p]
 *
 * square kernel k, stride s, zero padding p < k; output (h + 2p − k)/s + 1, rounded down. Weights and
 * their gradient lie in the caller's buffers as o×c×k×k (OIHW): the layer packs them for oneDNN at
 * each pass and leaves the gradients unpacked there. */
#ifndef KIT_CONV_H
#define KIT_CONV_H

#include "tensor.h"

typedef struct kit_conv_shape {
    int channels, kernel, stride, padding;
} kit_conv_shape;

/* Borrowed; must stay where they are as long as the layer. */
typedef struct kit_conv_params {
    float *weights, *weights_gradient; /* channels×c×kernel×kernel */
    float *bias, *bias_gradient;       /* channels; both NULL: no bias */
} kit_conv_params;

typedef struct kit_conv kit_conv;

/* `source` stays the caller's and must outlive the layer. KOOP_BAD_ARGUMENT (no output is left, or
 * only one of bias and its gradient), KOOP_NO_MEMORY, KOOP_DISABLED. Free with kit_conv_free (NULL
 * is allowed). */
koop_status kit_conv_new(kit_conv **out, kit_onednn *onednn, const kit_tensor *source,
                         kit_conv_shape shape, kit_conv_params params);
void kit_conv_free(kit_conv *conv);

/* The output, filled by forward; its gradient is the caller's to fill before backward. */
kit_tensor *kit_conv_output(kit_conv *conv);

void kit_conv_forward(kit_conv *conv);

/* Sets the gradients of the parameters and, where it has one, of the source. */
void kit_conv_backward(kit_conv *conv);

#endif
