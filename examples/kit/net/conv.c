#include "conv.h"

#include <stdbool.h>
#include <stdlib.h>

/* Weights in the caller's order and in that of one primitive; the same memory where those agree. */
typedef struct packing {
    dnnl_memory_t plain, packed;
    dnnl_primitive_t copy; /* NULL: nothing to copy */
} packing;

struct kit_conv {
    kit_onednn *onednn;
    const kit_tensor *source;
    kit_tensor output;
    bool has_bias;
    dnnl_dims_t strides, padding;
    dnnl_memory_desc_t weights_desc; /* OIHW */
    dnnl_memory_desc_t bias_desc;
    dnnl_primitive_t forward, backward_data, backward_weights;
    packing for_forward, for_backward, weights_gradient;
    dnnl_memory_t bias, bias_gradient;
};

typedef enum direction { PACK, UNPACK } direction;

static dnnl_status_t make_packing(packing *p, const kit_conv *conv, float *values,
                                  const dnnl_memory_desc_t *wanted, direction to) {
    const kit_onednn *onednn = conv->onednn;
    dnnl_status_t status =
        dnnl_memory_create(&p->plain, &conv->weights_desc, onednn->engine, values);
    if (status != dnnl_success) return status;
    if (dnnl_memory_desc_equal(&conv->weights_desc, wanted)) {
        p->packed = p->plain;
        return dnnl_success;
    }
    status = dnnl_memory_create(&p->packed, wanted, onednn->engine, DNNL_MEMORY_ALLOCATE);
    if (status != dnnl_success) return status;
    return to == PACK ? kit_onednn_make_reorder(onednn, &conv->weights_desc, wanted, &p->copy)
                      : kit_onednn_make_reorder(onednn, wanted, &conv->weights_desc, &p->copy);
}

static void free_packing(packing *p) {
    if (p->copy) dnnl_primitive_destroy(p->copy);
    if (p->packed && p->packed != p->plain) dnnl_memory_destroy(p->packed);
    if (p->plain) dnnl_memory_destroy(p->plain);
}

static dnnl_memory_desc_t in_any_order(const dnnl_memory_desc_t *desc) {
    dnnl_memory_desc_t any;
    dnnl_memory_desc_init_by_tag(&any, desc->ndims, desc->dims, dnnl_f32, dnnl_format_tag_any);
    return any;
}

static dnnl_status_t make_forward(kit_conv *c, float *weights, dnnl_primitive_desc_t *pd) {
    const dnnl_memory_desc_t any = in_any_order(&c->weights_desc);
    dnnl_convolution_desc_t operation;
    dnnl_status_t status = dnnl_convolution_forward_desc_init(
        &operation, dnnl_forward_training, dnnl_convolution_direct, &c->source->desc, &any,
        c->has_bias ? &c->bias_desc : NULL, &c->output.desc, c->strides, c->padding, c->padding);
    if (status == dnnl_success)
        status = kit_onednn_make(c->onednn, &operation, NULL, &c->forward, pd);
    if (status != dnnl_success) return status;
    return make_packing(&c->for_forward, c, weights,
                        dnnl_primitive_desc_query_md(*pd, dnnl_query_weights_md, 0), PACK);
}

static dnnl_status_t make_backward_data(kit_conv *c, float *weights,
                                        const_dnnl_primitive_desc_t hint) {
    const dnnl_memory_desc_t any = in_any_order(&c->weights_desc);
    dnnl_convolution_desc_t operation;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = dnnl_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, &c->source->desc, &any, &c->output.desc, c->strides,
        c->padding, c->padding);
    if (status == dnnl_success)
        status = kit_onednn_make(c->onednn, &operation, hint, &c->backward_data, &pd);
    if (status != dnnl_success) return status;
    status = make_packing(&c->for_backward, c, weights,
                          dnnl_primitive_desc_query_md(pd, dnnl_query_weights_md, 0), PACK);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

static dnnl_status_t make_backward_weights(kit_conv *c, float *gradient,
                                           const_dnnl_primitive_desc_t hint) {
    const dnnl_memory_desc_t any = in_any_order(&c->weights_desc);
    dnnl_convolution_desc_t operation;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = dnnl_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, &c->source->desc, &any,
        c->has_bias ? &c->bias_desc : NULL, &c->output.desc, c->strides, c->padding, c->padding);
    if (status == dnnl_success)
        status = kit_onednn_make(c->onednn, &operation, hint, &c->backward_weights, &pd);
    if (status != dnnl_success) return status;
    status = make_packing(&c->weights_gradient, c, gradient,
                          dnnl_primitive_desc_query_md(pd, dnnl_query_diff_weights_md, 0), UNPACK);
    dnnl_primitive_desc_destroy(pd);
    return status;
}

static dnnl_status_t make_primitives(kit_conv *c, const kit_conv_params *params) {
    dnnl_primitive_desc_t pd = NULL;
    dnnl_status_t status = make_forward(c, params->weights, &pd);
    if (status == dnnl_success && c->source->gradient)
        status = make_backward_data(c, params->weights, pd);
    if (status == dnnl_success) status = make_backward_weights(c, params->weights_gradient, pd);
    if (pd) dnnl_primitive_desc_destroy(pd);
    return status;
}

static koop_status prepare(kit_conv *c, kit_conv_shape shape, const kit_conv_params *params) {
    const kit_size from = c->source->size;
    const int down = from.h + 2 * shape.padding - shape.kernel;
    const int across = from.w + 2 * shape.padding - shape.kernel;
    const kit_size to = {from.n, shape.channels, down / shape.stride + 1,
                         across / shape.stride + 1};
    if (down < 0 || across < 0) return KOOP_BAD_ARGUMENT;
    koop_status made = kit_tensor_new(&c->output, c->onednn, to, KIT_INNER);
    if (made != KOOP_OK) return made;

    for (int i = 0; i < 2; i++) {
        c->strides[i] = shape.stride;
        c->padding[i] = shape.padding;
    }
    const dnnl_dims_t kernel = {shape.channels, from.c, shape.kernel, shape.kernel};
    dnnl_status_t status =
        dnnl_memory_desc_init_by_tag(&c->weights_desc, 4, kernel, dnnl_f32, dnnl_oihw);
    if (status == dnnl_success)
        status = dnnl_memory_desc_init_by_tag(&c->bias_desc, 1, kernel, dnnl_f32, dnnl_x);
    if (status == dnnl_success) status = make_primitives(c, params);
    if (status == dnnl_success && c->has_bias)
        status = kit_onednn_vector(c->onednn, shape.channels, params->bias, &c->bias);
    if (status == dnnl_success && c->has_bias)
        status =
            kit_onednn_vector(c->onednn, shape.channels, params->bias_gradient, &c->bias_gradient);
    return kit_onednn_status(status);
}

koop_status kit_conv_new(kit_conv **out, kit_onednn *onednn, const kit_tensor *source,
                         kit_conv_shape shape, kit_conv_params params) {
    if (shape.channels < 1 || shape.kernel < 1 || shape.stride < 1 || shape.padding < 0 ||
        shape.padding >= shape.kernel || !params.weights || !params.weights_gradient ||
        !params.bias != !params.bias_gradient)
        return KOOP_BAD_ARGUMENT;
    kit_conv *conv = calloc(1, sizeof *conv);
    if (!conv) return KOOP_NO_MEMORY;
    conv->onednn = onednn;
    conv->source = source;
    conv->has_bias = params.bias != NULL;
    koop_status status = prepare(conv, shape, &params);
    if (status == KOOP_OK)
        *out = conv;
    else
        kit_conv_free(conv);
    return status;
}

void kit_conv_free(kit_conv *conv) {
    if (!conv) return;
    dnnl_primitive_t const primitives[] = {conv->forward, conv->backward_data,
                                           conv->backward_weights};
    for (int i = 0; i < 3; i++)
        if (primitives[i]) dnnl_primitive_destroy(primitives[i]);
    free_packing(&conv->for_forward);
    free_packing(&conv->for_backward);
    free_packing(&conv->weights_gradient);
    if (conv->bias) dnnl_memory_destroy(conv->bias);
    if (conv->bias_gradient) dnnl_memory_destroy(conv->bias_gradient);
    kit_tensor_free(&conv->output);
    free(conv);
}

kit_tensor *kit_conv_output(kit_conv *conv) {
    return &conv->output;
}

static void copy(kit_onednn *onednn, const packing *p, direction to) {
    if (!p->copy) return;
    kit_onednn_run_reorder(onednn, p->copy, to == PACK ? p->plain : p->packed,
                           to == PACK ? p->packed : p->plain);
}

/* The bias comes last, so that a layer without one passes one argument less. */
void kit_conv_forward(kit_conv *c) {
    copy(c->onednn, &c->for_forward, PACK);
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_SRC, c->source->memory},
                                         {DNNL_ARG_WEIGHTS, c->for_forward.packed},
                                         {DNNL_ARG_DST, c->output.memory},
                                         {DNNL_ARG_BIAS, c->bias}};
    kit_onednn_run(c->onednn, c->forward, c->has_bias ? 4 : 3, arguments);
}

void kit_conv_backward(kit_conv *c) {
    const dnnl_exec_arg_t to_weights[] = {{DNNL_ARG_SRC, c->source->memory},
                                          {DNNL_ARG_DIFF_DST, c->output.gradient_memory},
                                          {DNNL_ARG_DIFF_WEIGHTS, c->weights_gradient.packed},
                                          {DNNL_ARG_DIFF_BIAS, c->bias_gradient}};
    kit_onednn_run(c->onednn, c->backward_weights, c->has_bias ? 4 : 3, to_weights);
    copy(c->onednn, &c->weights_gradient, UNPACK);
    if (!c->backward_data) return;
    copy(c->onednn, &c->for_backward, PACK);
    const dnnl_exec_arg_t to_source[] = {{DNNL_ARG_DIFF_DST, c->output.gradient_memory},
                                         {DNNL_ARG_WEIGHTS, c->for_backward.packed},
                                         {DNNL_ARG_DIFF_SRC, c->source->gradient_memory}};
    kit_onednn_run(c->onednn, c->backward_data, 3, to_source);
}
