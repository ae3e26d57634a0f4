/* model: a recurrent network that reads a string and answers at its end; loss and gradient.
 *
 * Notation as in weights.h and cell.h; x_t the symbols of n strings, E the columns of W_in
 *     h_0 = 0,   h_t = gru(E[x_t] + b_in, h_{t−1}),   logits = h_L W_outᵀ + b_out
 *     loss = mean over the strings of −log softmax(logits)[answer]
 * The gradient is that of the whole string (backpropagation through time, not truncated). Strings go
 * through in batches; gradients add up over them. No allocation after _new; one owner. */
#ifndef GRU_MODEL_H
#define GRU_MODEL_H

#include "softmax.h"
#include "task.h"
#include "weights.h"

typedef struct gru_model gru_model;

/* Workspace for models of this shape on strings of this length (1..GRU_MAX_LENGTH), for gradients
 * and scores alike. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with gru_model_free (NULL is allowed). */
koop_status gru_model_new(gru_model **out, const gru_shape *shape, int length);
void gru_model_free(gru_model *model);

/* Loss and accuracy. The strings are of the model's length and symbols. */
kit_score gru_model_evaluate(gru_model *model, const kit_params *params,
                             const gru_strings *strings);

/* The same, and the gradient of the loss into `grads`. */
kit_score gru_model_gradient(gru_model *model, const kit_params *params, const gru_strings *strings,
                             kit_params *grads);

#endif
