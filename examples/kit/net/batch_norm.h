/* batch_norm: batch normalisation per channel (Ioffe & Szegedy 2015), forward and backward.
 *
 *     y = γ (x − μ) / √(σ² + 1e-5) + β
 *
 * with μ, σ² of the batch over images and positions in training, and in evaluation their running
 * averages: r ← 0.9 r + 0.1 (that of the batch; the variance with n−1), starting at μ = 0, σ² = 1.
 * γ (scale) and β (shift) and their gradients lie in the caller's buffers, one value a channel. */
#ifndef KIT_BATCH_NORM_H
#define KIT_BATCH_NORM_H

#include "tensor.h"

#include <stdbool.h>

/* Borrowed; must stay where they are as long as the layer. */
typedef struct kit_batch_norm_params {
    float *scale, *shift, *scale_gradient, *shift_gradient;
} kit_batch_norm_params;

typedef struct kit_batch_norm kit_batch_norm;

/* `source` stays the caller's, must have a gradient and outlive the layer. KOOP_BAD_ARGUMENT,
 * KOOP_NO_MEMORY, KOOP_DISABLED. Free with kit_batch_norm_free (NULL is allowed). */
koop_status kit_batch_norm_new(kit_batch_norm **out, kit_onednn *onednn, const kit_tensor *source,
                               kit_batch_norm_params params);
void kit_batch_norm_free(kit_batch_norm *norm);

/* The output, filled by either forward pass; its gradient is the caller's to fill before backward.
 */
kit_tensor *kit_batch_norm_output(kit_batch_norm *norm);

void kit_batch_norm_train(kit_batch_norm *norm);
void kit_batch_norm_evaluate(kit_batch_norm *norm);

/* Sets the gradients of source, scale and shift, after kit_batch_norm_train. */
void kit_batch_norm_backward(kit_batch_norm *norm);

#endif
