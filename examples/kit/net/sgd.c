#include "sgd.h"

#include <stdlib.h>

koop_status kit_sgd_new(kit_sgd *out, size_t n, double lr, double momentum, double weight_decay) {
    kit_real *velocity = momentum != 0 ? calloc(n, sizeof *velocity) : NULL;
    if (momentum != 0 && !velocity) return KOOP_NO_MEMORY;
    *out = (kit_sgd){
        .lr = lr, .momentum = momentum, .weight_decay = weight_decay, .n = n, .velocity = velocity};
    return KOOP_OK;
}

void kit_sgd_free(kit_sgd *sgd) {
    free(sgd->velocity);
    sgd->velocity = NULL;
}

void kit_sgd_step(kit_sgd *sgd, kit_real *params, const kit_real *grads) {
    const kit_real lr = (kit_real)sgd->lr, decay = (kit_real)sgd->weight_decay;
    const kit_real momentum = (kit_real)sgd->momentum;
    kit_real *v = sgd->velocity;
    for (size_t i = 0; i < sgd->n; i++) {
        kit_real g = grads[i] + decay * params[i];
        if (v) g = v[i] = momentum * v[i] + g;
        params[i] -= lr * g;
    }
}
