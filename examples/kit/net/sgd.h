/* sgd: stochastic gradient descent with momentum and weight decay (L2), as torch.optim.SGD does it.
 *
 * Notation.  θ parameters, g gradient, v velocity
 *     g ← g + wd θ,   v ← μ v + g,   θ ← θ − lr v
 * Knows nothing of models: flat arrays. `lr` and `weight_decay` may be changed
 * between steps. */
#ifndef KIT_SGD_H
#define KIT_SGD_H

#include "real.h"

typedef struct kit_sgd {
    double lr, momentum, weight_decay;
    size_t n;
    kit_real *velocity; /* owned, n values; NULL without momentum */
} kit_sgd;

/* KOOP_NO_MEMORY. Free with kit_sgd_free. */
koop_status kit_sgd_new(kit_sgd *out, size_t n, double lr, double momentum, double weight_decay);
void kit_sgd_free(kit_sgd *sgd);

void kit_sgd_step(kit_sgd *sgd, kit_real *params, const kit_real *grads);

#endif
