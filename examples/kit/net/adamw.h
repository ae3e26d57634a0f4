/* adamw: Adam with decoupled weight decay (Loshchilov & Hutter, ICLR 2019, algorithm 2).
 *
 * Notation.  θ parameters, g gradient, m and v its running moments, t the count of steps
 *     θ ← (1 − lr·wd) θ
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *     θ ← θ − lr · m/(1 − β₁ᵗ) / (√v/√(1 − β₂ᵗ) + ε)
 * in this order, as torch.optim.AdamW does it. Knows nothing of models: flat arrays. `lr` and
 * `weight_decay` may be changed between steps. */
#ifndef KIT_ADAMW_H
#define KIT_ADAMW_H

#include "real.h"

typedef struct kit_adamw {
    double lr, beta1, beta2, epsilon, weight_decay;
    size_t n;
    long step;       /* steps made */
    kit_real *m, *v; /* owned, n values each */
} kit_adamw;

/* β = (0.9, 0.98), ε = 1e-8. KOOP_NO_MEMORY. Free with kit_adamw_free. */
koop_status kit_adamw_new(kit_adamw *out, size_t n, double lr, double weight_decay);
void kit_adamw_free(kit_adamw *adamw);

void kit_adamw_step(kit_adamw *adamw, kit_real *params, const kit_real *grads);

#endif
