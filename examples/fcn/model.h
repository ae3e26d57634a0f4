/* model: a fully connected network with one hidden layer and no biases, its loss and its gradient.
 *
 * Notation.  X n×in inputs, W₁ h×in, W₂ classes×h (as torch.nn.Linear has them)
 *     H = relu(X W₁ᵀ),   L = H W₂ᵀ,   loss = mean over the rows of −log softmax(L)[answer]
 * The network of Redman et al. (NeurIPS 2024, section 4.2): 784–h–10 on MNIST. The groups are "fc1"
 * and "fc2".
 *
 * A workspace serves any number of networks of its shape, one at a time. No allocation after _new. */
#ifndef FCN_MODEL_H
#define FCN_MODEL_H

#include "params.h"
#include "softmax.h"

typedef enum fcn_group { FCN_FC1, FCN_FC2, FCN_GROUPS } fcn_group;

typedef struct fcn_shape {
    int inputs, h, classes;
} fcn_shape;

/* All zero. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with kit_params_free. */
koop_status fcn_params_new(kit_params *out, const fcn_shape *shape);

/* Uniform in ±1/√fan_in, torch's default for linear layers. */
void fcn_params_init(kit_params *params, kit_rng rng);

typedef struct fcn_model fcn_model;

/* KOOP_NO_MEMORY. Free with fcn_model_free (NULL is allowed). */
koop_status fcn_model_new(fcn_model **out, const fcn_shape *shape);
void fcn_model_free(fcn_model *model);

/* Loss and accuracy on n ≥ 1 rows. */
kit_score fcn_model_evaluate(fcn_model *model, const kit_params *params, const kit_real *x,
                             const uint8_t *answers, int n);

/* The same, and the gradient of the loss into `grads`; n ≤ FCN_MAX_BATCH. */
kit_score fcn_model_gradient(fcn_model *model, const kit_params *params, const kit_real *x,
                             const uint8_t *answers, int n, kit_params *grads);

enum { FCN_MAX_BATCH = 1024 };

#endif
