#include "lenet.h"

#include "conv.h"
#include "flatten.h"
#include "pool.h"
#include "stack.h"

#include <stdlib.h>
#include <string.h>

enum { CONVS = 2, DENSE = 3 };

static const kit_group layout[LENET_GROUPS] = {
    {"conv1", 4, {6, 1, 5, 5}},      {"conv1.bias", 1, {6}}, {"conv2", 4, {16, 6, 5, 5}},
    {"conv2.bias", 1, {16}},         {"fc1", 2, {120, 400}}, {"fc1.bias", 1, {120}},
    {"fc2", 2, {84, 120}},           {"fc2.bias", 1, {84}},  {"fc3", 2, {LENET_CLASSES, 84}},
    {"fc3.bias", 1, {LENET_CLASSES}}};

/* What an image's side decides. */
typedef struct lenet_size {
    int side, padding;      /* of the image; of conv2 */
    kit_dense dense[DENSE]; /* the first has what the convolutions leave */
} lenet_size;

static const lenet_size whole = {LENET_SIDE, 0, {{400, 120}, {120, 84}, {84, LENET_CLASSES}}};
static const lenet_size half = {LENET_SIDE / 2, 1, {{64, 120}, {120, 84}, {84, LENET_CLASSES}}};

typedef struct lenet {
    kit_network network;
    const lenet_size *size;
    kit_tensor input;
    kit_conv *conv[CONVS];
    kit_pool *pool[CONVS];
    kit_flatten flatten;
    kit_stack dense;
} lenet;

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
    kit_stack_forward(&l->dense, l->flatten.rows.values, &network->params.group[2 * CONVS]);
}

/* The logits' gradient is where the logits were. */
static void backward(kit_network *network) {
    lenet *l = (lenet *)network;
    kit_stack_backward(&l->dense, l->flatten.rows.values, &network->params.group[2 * CONVS],
                       &network->grads.group[2 * CONVS], l->flatten.rows.gradient);
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
    kit_stack_free(&l->dense);
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
    const kit_conv_shape shapes[CONVS] = {{6, 5, 1, 2}, {16, 5, 1, l->size->padding}};
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
    const lenet_size *size = l->size;
    kit_group groups[LENET_GROUPS];
    memcpy(groups, layout, sizeof groups);
    groups[2 * CONVS].shape[1] = (size_t)size->dense[0].in;
    koop_status status = kit_network_allot(n, groups, LENET_GROUPS);
    if (status == KOOP_OK) status = kit_onednn_open(&n->onednn, (int)layout[0].shape[0]);
    if (status == KOOP_OK)
        status = kit_tensor_new(&l->input, &n->onednn,
                                (kit_size){n->batch, 1, size->side, size->side}, KIT_INPUT);
    if (status == KOOP_OK) status = make_convs(l);
    if (status == KOOP_OK) status = kit_stack_new(&l->dense, size->dense, DENSE, n->batch);
    return status;
}

static koop_status make(kit_network **out, const lenet_size *size, int batch, uint64_t seed) {
    lenet *l = calloc(1, sizeof *l);
    if (!l) return KOOP_NO_MEMORY;
    l->network = (kit_network){.batch = batch,
                               .classes = LENET_CLASSES,
                               .image = (size_t)(size->side * size->side),
                               .forward = forward,
                               .backward = backward,
                               .free = free_model};
    l->size = size;
    koop_status status = prepare(l);
    if (status != KOOP_OK) {
        free_model(&l->network);
        return status;
    }
    l->network.input = l->input.values;
    l->network.logits = kit_stack_logits(&l->dense);
    kit_network_initialise(&l->network, seed);
    *out = &l->network;
    return KOOP_OK;
}

koop_status lenet_new(kit_network **out, int batch, uint64_t seed) {
    return make(out, &whole, batch, seed);
}

koop_status lenet_half_new(kit_network **out, int batch, uint64_t seed) {
    return make(out, &half, batch, seed);
}
