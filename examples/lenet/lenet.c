#include "lenet.h"

#include "conv.h"
#include "dense.h"
#include "drawing.h"
#include "flatten.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>

enum { CONVS = 2, DENSE = 3 };

static const kit_group layout[LENET_GROUPS] = {
    {"conv1", 4, {6, 1, 5, 5}},      {"conv1.bias", 1, {6}}, {"conv2", 4, {16, 6, 5, 5}},
    {"conv2.bias", 1, {16}},         {"fc1", 2, {120, 400}}, {"fc1.bias", 1, {120}},
    {"fc2", 2, {84, 120}},           {"fc2.bias", 1, {84}},  {"fc3", 2, {LENET_CLASSES, 84}},
    {"fc3.bias", 1, {LENET_CLASSES}}};

static const kit_dense dense[DENSE] = {{400, 120}, {120, 84}, {84, LENET_CLASSES}};

typedef struct lenet {
    kit_network network;
    kit_tensor input;
    kit_conv *conv[CONVS];
    kit_pool *pool[CONVS];
    kit_flatten flatten;
    kit_tensor units[DENSE]; /* what the dense layers give; the last: logits */
} lenet;

static void initialise(kit_params *params, uint64_t seed) {
    kit_rng rng = kit_rng_seed(seed);
    for (int g = 0; g < LENET_GROUPS; g++) {
        const kit_group *weights = &layout[g - g % 2];
        const size_t n = kit_group_count(&layout[g]);
        const double bound = 1 / sqrt((double)(kit_group_count(weights) / weights->shape[0]));
        for (size_t i = 0; i < n; i++)
            params->group[g][i] = (float)kit_uniform(&rng, -bound, bound);
    }
}

static const kit_tensor *dense_source(const lenet *l, int i) {
    return i ? &l->units[i - 1] : &l->flatten.rows;
}

static void forward(kit_network *network, bool training) {
    lenet *l = (lenet *)network;
    (void)training;
    for (int i = 0; i < CONVS; i++) {
        kit_conv_forward(l->conv[i]);
        kit_tensor *y = kit_conv_output(l->conv[i]);
        kit_relu(y->values, y->count);
        kit_pool_forward(l->pool[i]);
    }
    kit_flatten_forward(&l->flatten);
    for (int i = 0; i < DENSE; i++) {
        kit_real *const *group = &network->params.group[2 * (CONVS + i)];
        kit_tensor *y = &l->units[i];
        kit_dense_forward(dense[i], network->batch, dense_source(l, i)->values, group[0], group[1],
                          y->values);
        if (i + 1 < DENSE) kit_relu(y->values, y->count);
    }
}

/* The logits' gradient is where the logits were. */
static void backward(kit_network *network) {
    lenet *l = (lenet *)network;
    for (int i = DENSE; i-- > 0;) {
        const int g = 2 * (CONVS + i);
        const kit_tensor *x = dense_source(l, i), *y = &l->units[i];
        if (i + 1 < DENSE) kit_relu_backward(y->values, y->gradient, y->count);
        kit_dense_backward(dense[i], network->batch, x->values, network->params.group[g],
                           i + 1 < DENSE ? y->gradient : y->values, network->grads.group[g],
                           network->grads.group[g + 1], x->gradient);
    }
    kit_flatten_backward(&l->flatten);
    for (int i = CONVS; i-- > 0;) {
        kit_pool_backward(l->pool[i]);
        kit_tensor *y = kit_conv_output(l->conv[i]);
        kit_relu_backward(y->values, y->gradient, y->count);
        kit_conv_backward(l->conv[i]);
    }
}

static void free_model(kit_network *network) {
    lenet *l = (lenet *)network;
    for (int i = 0; i < DENSE; i++) kit_tensor_free(&l->units[i]);
    kit_flatten_free(&l->flatten);
    for (int i = 0; i < CONVS; i++) {
        kit_pool_free(l->pool[i]);
        kit_conv_free(l->conv[i]);
    }
    kit_tensor_free(&l->input);
    kit_onednn_close(&network->onednn);
    kit_params_free(&network->grads);
    kit_params_free(&network->params);
    free(l);
}

static koop_status make_convs(lenet *l) {
    const kit_conv_shape shapes[CONVS] = {{6, 5, 1, 2}, {16, 5, 1, 0}};
    kit_onednn *onednn = &l->network.onednn;
    const kit_tensor *source = &l->input;
    for (int i = 0; i < CONVS; i++) {
        float *const *values = &l->network.params.group[2 * i];
        float *const *gradients = &l->network.grads.group[2 * i];
        koop_status status =
            kit_conv_new(&l->conv[i], onednn, source, shapes[i],
                         (kit_conv_params){values[0], gradients[0], values[1], gradients[1]});
        if (status == KOOP_OK)
            status =
                kit_pool_new(&l->pool[i], onednn, kit_conv_output(l->conv[i]), KIT_POOL_MAX, 2);
        if (status != KOOP_OK) return status;
        source = kit_pool_output(l->pool[i]);
    }
    return kit_flatten_new(&l->flatten, onednn, source);
}

static koop_status prepare(lenet *l) {
    kit_network *n = &l->network;
    koop_status status = kit_network_allot(n, layout, LENET_GROUPS);
    if (status == KOOP_OK) status = kit_onednn_open(&n->onednn, (int)layout[0].shape[0]);
    if (status == KOOP_OK)
        status = kit_tensor_new(&l->input, &n->onednn,
                                (kit_size){n->batch, 1, LENET_SIDE, LENET_SIDE}, KIT_INPUT);
    if (status == KOOP_OK) status = make_convs(l);
    for (int i = 0; i < DENSE && status == KOOP_OK; i++)
        status = kit_tensor_new(&l->units[i], &n->onednn, (kit_size){n->batch, dense[i].out, 1, 1},
                                KIT_ROWS);
    return status;
}

koop_status lenet_new(kit_network **out, int batch, uint64_t seed) {
    lenet *l = calloc(1, sizeof *l);
    if (!l) return KOOP_NO_MEMORY;
    l->network = (kit_network){.batch = batch,
                               .classes = LENET_CLASSES,
                               .image = LENET_SIDE * LENET_SIDE,
                               .forward = forward,
                               .backward = backward,
                               .free = free_model};
    koop_status status = prepare(l);
    if (status != KOOP_OK) {
        free_model(&l->network);
        return status;
    }
    l->network.input = l->input.values;
    l->network.logits = l->units[DENSE - 1].values;
    initialise(&l->network.params, seed);
    *out = &l->network;
    return KOOP_OK;
}
