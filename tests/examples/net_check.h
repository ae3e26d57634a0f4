/* net_check: what the tests of the layers share: plain NCHW copies of tensors, and gradients against
 * central differences of a reference in double. A loss here is Σ weight·output with random weights,
 * so the gradient by the output is those weights. */
#ifndef TEST_NET_CHECK_H
#define TEST_NET_CHECK_H

#include "close.h"
#include "rng.h"
#include "tensor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static inline size_t count_of(kit_size size) {
    return (size_t)size.n * (size_t)size.c * (size_t)size.h * (size_t)size.w;
}

/* n standard normals; `out` may be float or double. */
#define fill_normal(rng, n, out)                                                                   \
    do {                                                                                           \
        for (size_t i_ = 0; i_ < (n); i_++) (out)[i_] = (float)kit_rng_normal(rng);                \
    } while (0)

/* Copies between a tensor's memory and plain NCHW. */
static inline void copy_plain(kit_onednn *onednn, const kit_tensor *tensor, dnnl_memory_t memory,
                              float *plain, int to_plain) {
    kit_tensor rows;
    assert_int_equal(kit_tensor_new(&rows, onednn, tensor->size, KIT_INPUT), KOOP_OK);
    const size_t bytes = count_of(tensor->size) * sizeof(float);
    dnnl_primitive_t copy = NULL;
    const dnnl_memory_desc_t *from = to_plain ? &tensor->desc : &rows.desc;
    const dnnl_memory_desc_t *to = to_plain ? &rows.desc : &tensor->desc;
    assert_int_equal(kit_onednn_make_reorder(onednn, from, to, &copy), dnnl_success);
    if (!to_plain) memcpy(rows.values, plain, bytes);
    kit_onednn_run_reorder(onednn, copy, to_plain ? memory : rows.memory,
                           to_plain ? rows.memory : memory);
    if (to_plain) memcpy(plain, rows.values, bytes);
    dnnl_primitive_destroy(copy);
    kit_tensor_free(&rows);
}

static inline void set_values(kit_onednn *o, const kit_tensor *t, const float *plain) {
    copy_plain(o, t, t->memory, (float *)(uintptr_t)plain, 0);
}

static inline void set_gradient(kit_onednn *o, const kit_tensor *t, const float *plain) {
    copy_plain(o, t, t->gradient_memory, (float *)(uintptr_t)plain, 0);
}

static inline void get_values(kit_onednn *o, const kit_tensor *t, float *plain) {
    copy_plain(o, t, t->memory, plain, 1);
}

static inline void get_gradient(kit_onednn *o, const kit_tensor *t, float *plain) {
    copy_plain(o, t, t->gradient_memory, plain, 1);
}

/* Partial derivatives of `loss` by theta[0..n-1], which it reads, against `gradient`: all of up to 200,
 * of more about every (n/200)th. */
static inline void assert_gradient(double (*loss)(const void *context), const void *context,
                                   double *theta, size_t n, const float *gradient,
                                   double tolerance) {
    const double step = 1e-4;
    for (size_t i = 0; i < n; i += 1 + n / 200) {
        const double at = theta[i];
        theta[i] = at + step;
        const double above = loss(context);
        theta[i] = at - step;
        const double below = loss(context);
        theta[i] = at;
        assert_close(gradient[i], (above - below) / (2 * step), tolerance);
    }
}

#endif
