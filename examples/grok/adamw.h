/* adamw: Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019, algorithm 2).
 *
 * Notation.  θ parameters, g gradient, m and v its running moments, t the count of steps
 *     θ ← (1 − lr·wd) θ
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *     θ ← θ − lr · m/(1 − β₁ᵗ) / (√v/√(1 − β₂ᵗ) + ε)
 * in this order, as torch.optim.AdamW does it. Knows nothing of models: flat arrays in float32. */
#ifndef GROK_ADAMW_H
#define GROK_ADAMW_H

#include "status.h"

#include <stddef.h>

typedef struct grok_adamw {
    double lr, beta1, beta2, epsilon, weight_decay;
    size_t n;
    long step;    /* steps made */
    float *m, *v; /* owned, n values each */
} grok_adamw;

/* β = (0.9, 0.98), ε = 1e-8. KOOP_NO_MEMORY. Free with grok_adamw_free. */
koop_status grok_adamw_new(grok_adamw *out, size_t n, double lr, double weight_decay);
void grok_adamw_free(grok_adamw *adamw);

void grok_adamw_step(grok_adamw *adamw, float *params, const float *grads);

#endif
