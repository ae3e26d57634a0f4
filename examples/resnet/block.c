#include "block.h"

#include "dense.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

static size_t weights_of(int from, kit_conv_shape shape) {
    return (size_t)shape.channels * (size_t)from * (size_t)(shape.kernel * shape.kernel);
}

size_t resnet_unit_count(int from, kit_conv_shape shape) {
    return weights_of(from, shape) + 2 * (size_t)shape.channels;
}

void resnet_unit_initialise(int from, kit_conv_shape shape, float *params, kit_rng *rng) {
    const size_t n = weights_of(from, shape);
    const double deviation = sqrt(2.0 / (from * shape.kernel * shape.kernel));
    for (size_t i = 0; i < n; i++) params[i] = (float)(deviation * kit_rng_normal(rng));
    for (int c = 0; c < shape.channels; c++) {
        params[n + (size_t)c] = 1;
        params[n + (size_t)(shape.channels + c)] = 0;
    }
}

koop_status resnet_unit_new(resnet_unit *unit, kit_onednn *onednn, const kit_tensor *source,
                            kit_conv_shape shape, float *params, float *gradients) {
    *unit = (resnet_unit){NULL, NULL};
    const size_t scale = weights_of(source->size.c, shape), shift = scale + (size_t)shape.channels;
    koop_status status = kit_conv_new(&unit->conv, onednn, source, shape,
                                      (kit_conv_params){params, gradients, NULL, NULL});
    if (status != KOOP_OK) return status;
    return kit_batch_norm_new(&unit->norm, onednn, kit_conv_output(unit->conv),
                              (kit_batch_norm_params){params + scale, params + shift,
                                                      gradients + scale, gradients + shift});
}

void resnet_unit_free(resnet_unit *unit) {
    kit_batch_norm_free(unit->norm);
    kit_conv_free(unit->conv);
    *unit = (resnet_unit){NULL, NULL};
}

void resnet_unit_forward(const resnet_unit *unit, bool training) {
    kit_conv_forward(unit->conv);
    if (training)
        kit_batch_norm_train(unit->norm);
    else
        kit_batch_norm_evaluate(unit->norm);
}

void resnet_unit_backward(const resnet_unit *unit) {
    kit_batch_norm_backward(unit->norm);
    kit_conv_backward(unit->conv);
}

kit_tensor *resnet_unit_output(const resnet_unit *unit) {
    return kit_batch_norm_output(unit->norm);
}

/* The convolutions of a block: first, second, and the shortcut's where it has one. */
typedef struct plan {
    int n;
    int from[3];
    kit_conv_shape shape[3];
} plan;

static plan plan_of(int from, int channels) {
    const int stride = from == channels ? 1 : 2;
    return (plan){from == channels ? 2 : 3,
                  {from, channels, from},
                  {{channels, 3, stride, 1}, {channels, 3, 1, 1}, {channels, 1, stride, 0}}};
}

size_t resnet_block_count(int from, int channels) {
    const plan p = plan_of(from, channels);
    size_t count = 0;
    for (int i = 0; i < p.n; i++) count += resnet_unit_count(p.from[i], p.shape[i]);
    return count;
}

void resnet_block_initialise(int from, int channels, float *params, kit_rng *rng) {
    const plan p = plan_of(from, channels);
    for (int i = 0; i < p.n; i++) {
        resnet_unit_initialise(p.from[i], p.shape[i], params, rng);
        params += resnet_unit_count(p.from[i], p.shape[i]);
    }
}

static koop_status make_units(resnet_block *b, kit_onednn *onednn, const plan *p, float *params,
                              float *gradients) {
    resnet_unit *const units[] = {&b->first, &b->second, &b->shortcut};
    for (int i = 0; i < p->n; i++) {
        const kit_tensor *source = i == 1   ? resnet_unit_output(&b->first)
                                   : i == 2 ? &b->branch
                                            : b->source;
        koop_status status =
            resnet_unit_new(units[i], onednn, source, p->shape[i], params, gradients);
        if (status != KOOP_OK) return status;
        const size_t count = resnet_unit_count(p->from[i], p->shape[i]);
        params += count;
        gradients += count;
    }
    return KOOP_OK;
}

koop_status resnet_block_new(resnet_block *block, kit_onednn *onednn, const kit_tensor *source,
                             int channels, float *params, float *gradients) {
    const plan p = plan_of(source->size.c, channels);
    *block = (resnet_block){.source = source, .projects = p.n == 3};
    if (block->projects) {
        koop_status status = kit_tensor_branch(&block->branch, onednn, source);
        if (status != KOOP_OK) return status;
    }
    return make_units(block, onednn, &p, params, gradients);
}

void resnet_block_free(resnet_block *block) {
    resnet_unit_free(&block->shortcut);
    resnet_unit_free(&block->second);
    resnet_unit_free(&block->first);
    kit_tensor_free(&block->branch);
}

static void add(size_t n, const float *values, float *sum) {
    cblas_saxpy((int)n, 1, values, 1, sum, 1);
}

void resnet_block_forward(const resnet_block *b, bool training) {
    resnet_unit_forward(&b->first, training);
    kit_tensor *inner = resnet_unit_output(&b->first), *y = resnet_unit_output(&b->second);
    kit_relu(inner->values, inner->count);
    resnet_unit_forward(&b->second, training);
    if (b->projects) resnet_unit_forward(&b->shortcut, training);
    add(y->count, b->projects ? resnet_unit_output(&b->shortcut)->values : b->source->values,
        y->values);
    kit_relu(y->values, y->count);
}

void resnet_block_backward(const resnet_block *b) {
    kit_tensor *inner = resnet_unit_output(&b->first), *y = resnet_unit_output(&b->second);
    kit_relu_backward(y->values, y->gradient, y->count);
    resnet_unit_backward(&b->second);
    kit_relu_backward(inner->values, inner->gradient, inner->count);
    resnet_unit_backward(&b->first);
    if (b->projects) {
        memcpy(resnet_unit_output(&b->shortcut)->gradient, y->gradient,
               y->count * sizeof *y->gradient);
        resnet_unit_backward(&b->shortcut);
    }
    add(b->source->count, b->projects ? b->branch.gradient : y->gradient, b->source->gradient);
}

kit_tensor *resnet_block_output(const resnet_block *block) {
    return resnet_unit_output(&block->second);
}
