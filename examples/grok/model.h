/* model: a one-layer transformer on (a, b, =), its loss and its gradient.
 *
 * Notation as in weights.h and attention.h; rows of X are pairs.
 *     X₁ = x_2p + Z W_Oᵀ,   H = relu(X₁ W_inᵀ + b_in),   X₂ = X₁ + H W_outᵀ + b_out,   L = X₂ W_U
 *     loss = mean over the pairs of −log softmax(L)[answer], over all C = p+1 tokens
 * No layer norm, no biases in the attention, learned positions: the design of Nanda et al. (ICLR
 * 2023) that Redman et al. (NeurIPS 2024) train. softmax and loss in double.
 *
 * Pairs go through in batches that stay in cache; gradients add up over them, so the whole set is
 * one batch to the caller. No allocation after _new; one owner. */
#ifndef GROK_MODEL_H
#define GROK_MODEL_H

#include "data.h"
#include "softmax.h"
#include "weights.h"

typedef struct grok_model grok_model;

/* Workspace for models of this shape. KOOP_NO_MEMORY. Free with grok_model_free (NULL allowed). */
koop_status grok_model_new(grok_model **out, const grok_shape *shape);
void grok_model_free(grok_model *model);

/* Loss and accuracy on n ≥ 1 pairs. */
kit_score grok_model_evaluate(grok_model *model, const kit_params *params, const grok_pair *pairs,
                              int n);

/* The same, and the gradient of the loss into `grads`. */
kit_score grok_model_gradient(grok_model *model, const kit_params *params, const grok_pair *pairs,
                              int n, kit_params *grads);

#endif
