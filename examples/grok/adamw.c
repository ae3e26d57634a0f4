#include "adamw.h"

#include <math.h>
#include <stdlib.h>

koop_status grok_adamw_new(grok_adamw *out, size_t n, double lr, double weight_decay) {
    float *moments = calloc(2 * n, sizeof *moments);
    if (!moments) return KOOP_NO_MEMORY;
    *out = (grok_adamw){.lr = lr,
                        .beta1 = 0.9,
                        .beta2 = 0.98,
                        .epsilon = 1e-8,
                        .weight_decay = weight_decay,
                        .n = n,
                        .m = moments,
                        .v = moments + n};
    return KOOP_OK;
}

void grok_adamw_free(grok_adamw *adamw) {
    free(adamw->m);
    adamw->m = adamw->v = NULL;
}

void grok_adamw_step(grok_adamw *adamw, float *params, const float *grads) {
    adamw->step++;
    double correction1 = 1 - pow(adamw->beta1, (double)adamw->step);
    double correction2 = 1 - pow(adamw->beta2, (double)adamw->step);
    const float keep = (float)(1 - adamw->lr * adamw->weight_decay);
    const float rate = (float)(adamw->lr / correction1);
    const float root = (float)(1 / sqrt(correction2));
    const float epsilon = (float)adamw->epsilon;
    const float beta1 = (float)adamw->beta1, rest1 = (float)(1 - adamw->beta1);
    const float beta2 = (float)adamw->beta2, rest2 = (float)(1 - adamw->beta2);
    float *restrict m = adamw->m, *restrict v = adamw->v;
    for (size_t i = 0; i < adamw->n; i++) {
        float g = grads[i];
        m[i] = beta1 * m[i] + rest1 * g;
        v[i] = beta2 * v[i] + rest2 * g * g;
        params[i] = keep * params[i] - rate * m[i] / (sqrtf(v[i]) * root + epsilon);
    }
}
