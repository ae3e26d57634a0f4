#include "stack.h"

#include <stdbool.h>
#include <stdlib.h>

/* Values of what layer i gives. */
static size_t count(const kit_stack *s, int i) {
    return (size_t)s->batch * (size_t)s->sizes[i].out;
}

static bool chained(const kit_dense *sizes, int n) {
    for (int i = 0; i < n; i++)
        if (sizes[i].in < 1 || sizes[i].out < 1 || (i && sizes[i].in != sizes[i - 1].out))
            return false;
    return true;
}

koop_status kit_stack_new(kit_stack *out, const kit_dense *sizes, int n, int batch) {
    if (n < 1 || n > KIT_STACK_MAX || batch < 1 || !chained(sizes, n)) return KOOP_BAD_ARGUMENT;
    kit_stack s = {.n = n, .batch = batch, .sizes = sizes};
    size_t all = 0;
    for (int i = 0; i < n; i++) all += 2 * count(&s, i);
    kit_real *values = calloc(all, sizeof *values);
    if (!values) return KOOP_NO_MEMORY;
    for (int i = 0; i < n; i++) {
        s.units[i] = values;
        s.gradients[i] = values + count(&s, i);
        values += 2 * count(&s, i);
    }
    *out = s;
    return KOOP_OK;
}

void kit_stack_free(kit_stack *stack) {
    free(stack->units[0]);
    *stack = (kit_stack){.n = 0};
}

kit_real *kit_stack_logits(const kit_stack *stack) {
    return stack->units[stack->n - 1];
}

void kit_stack_forward(kit_stack *s, const kit_real *x, kit_real *const *params) {
    for (int i = 0; i < s->n; i++) {
        kit_dense_forward(s->sizes[i], s->batch, i ? s->units[i - 1] : x, params[2 * i],
                          params[2 * i + 1], s->units[i]);
        if (i + 1 < s->n) kit_relu(s->units[i], count(s, i));
    }
}

void kit_stack_backward(kit_stack *s, const kit_real *x, kit_real *const *params,
                        kit_real *const *grads, kit_real *dx) {
    const kit_real *dy = kit_stack_logits(s);
    for (int i = s->n; i-- > 0;) {
        if (i + 1 < s->n) {
            kit_relu_backward(s->units[i], s->gradients[i], count(s, i));
            dy = s->gradients[i];
        }
        kit_dense_backward(s->sizes[i], s->batch, i ? s->units[i - 1] : x, params[2 * i], dy,
                           grads[2 * i], grads[2 * i + 1], i ? s->gradients[i - 1] : dx);
    }
}
