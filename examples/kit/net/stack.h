/* stack: fully connected layers one behind the other, a rectifier between each two.
 *
 * Notation.  n layers;  Y₀ = X,  Yᵢ = relu(Yᵢ₋₁ Wᵢᵀ + bᵢ),  the last without the rectifier: logits
 * Groups of parameters and of gradients come as W₁, b₁, W₂, b₂, … No allocation after _new. */
#ifndef KIT_STACK_H
#define KIT_STACK_H

#include "dense.h"

enum { KIT_STACK_MAX = 8 };

typedef struct kit_stack {
    int n, batch;
    const kit_dense *sizes;         /* n, borrowed */
    kit_real *units[KIT_STACK_MAX]; /* what layer i gives, batch×out; units[0] owns the block */
    kit_real *gradients[KIT_STACK_MAX];
} kit_stack;

/* `sizes` outlives the stack; a layer's `in` is the `out` of the one before. KOOP_BAD_ARGUMENT,
 * KOOP_NO_MEMORY. Free with kit_stack_free. */
koop_status kit_stack_new(kit_stack *out, const kit_dense *sizes, int n, int batch);
void kit_stack_free(kit_stack *stack);

/* batch×out of the last layer: filled by forward, its gradient the caller's to put in its place. */
kit_real *kit_stack_logits(const kit_stack *stack);

void kit_stack_forward(kit_stack *stack, const kit_real *x, kit_real *const *params);

/* Sets all of `grads`, and the gradient of x in `dx` (NULL: not wanted). */
void kit_stack_backward(kit_stack *stack, const kit_real *x, kit_real *const *params,
                        kit_real *const *grads, kit_real *dx);

#endif
