#include "adamw.h"

#include <stdlib.h>
#include <tgmath.h>

koop_status kit_adamw_new(kit_adamw *out, size_t n, double lr, double weight_decay) {
    kit_real *moments = calloc(2 * n, sizeof *moments);
    if (!moments) return KOOP_NO_MEMORY;
    *out = (kit_adamw){.lr = lr,
                       .beta1 = 0.9,
                       .beta2 = 0.98,
                       .epsilon = 1e-8,
                       .weight_decay = weight_decay,
                       .n = n,
                       .m = moments,
                       .v = moments + n};
    return KOOP_OK;
}

void kit_adamw_free(kit_adamw *adamw) {
    free(adamw->m);
    adamw->m = adamw->v = NULL;
}

void kit_adamw_step(kit_adamw *adamw, kit_real *params, const kit_real *grads) {
    adamw->step++;
    double correction1 = 1 - pow(adamw->beta1, (double)adamw->step);
    double correction2 = 1 - pow(adamw->beta2, (double)adamw->step);
    const kit_real keep = (kit_real)(1 - adamw->lr * adamw->weight_decay);
    const kit_real rate = (kit_real)(adamw->lr / correction1);
    const kit_real root = (kit_real)(1 / sqrt(correction2));
    const kit_real epsilon = (kit_real)adamw->epsilon;
    const kit_real beta1 = (kit_real)adamw->beta1, rest1 = (kit_real)(1 - adamw->beta1);
    const kit_real beta2 = (kit_real)adamw->beta2, rest2 = (kit_real)(1 - adamw->beta2);
    kit_real *restrict m = adamw->m, *restrict v = adamw->v;
    for (size_t i = 0; i < adamw->n; i++) {
        kit_real g = grads[i];
        m[i] = beta1 * m[i] + rest1 * g;
        v[i] = beta2 * v[i] + rest2 * g * g;
        params[i] = keep * params[i] - rate * m[i] / (sqrt(v[i]) * root + epsilon);
    }
}
