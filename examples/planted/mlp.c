#include "mlp.h"

#include "stack.h"

#include <stdlib.h>

enum { LAYERS = 3, INPUTS = MLP_SIDE * MLP_SIDE };

static const kit_group layout[MLP_GROUPS] = {
    {"fc1", 2, {MLP_UNITS, INPUTS}},      {"fc1.bias", 1, {MLP_UNITS}},
    {"fc2", 2, {MLP_UNITS, MLP_UNITS}},   {"fc2.bias", 1, {MLP_UNITS}},
    {"fc3", 2, {MLP_CLASSES, MLP_UNITS}}, {"fc3.bias", 1, {MLP_CLASSES}}};

static const kit_dense sizes[LAYERS] = {
    {INPUTS, MLP_UNITS}, {MLP_UNITS, MLP_UNITS}, {MLP_UNITS, MLP_CLASSES}};

typedef struct mlp {
    kit_network network; /* its input is the MLP's own */
    kit_stack stack;
} mlp;

static void forward(kit_network *network, bool training) {
    (void)training;
    kit_stack_forward(&((mlp *)network)->stack, network->input, network->params.group);
}

static void backward(kit_network *network) {
    kit_stack_backward(&((mlp *)network)->stack, network->input, network->params.group,
                       network->grads.group, NULL);
}

static void free_model(kit_network *network) {
    mlp *m = (mlp *)network;
    kit_stack_free(&m->stack);
    free(network->input);
    kit_params_free(&network->grads);
    kit_params_free(&network->params);
    free(m);
}

koop_status mlp_new(kit_network **out, int batch, uint64_t seed) {
    mlp *m = calloc(1, sizeof *m);
    if (!m) return KOOP_NO_MEMORY;
    kit_network *n = &m->network;
    *n = (kit_network){.batch = batch,
                       .classes = MLP_CLASSES,
                       .image = INPUTS,
                       .forward = forward,
                       .backward = backward,
                       .free = free_model};
    koop_status status = kit_network_allot(n, layout, MLP_GROUPS);
    if (status == KOOP_OK) status = kit_stack_new(&m->stack, sizes, LAYERS, batch);
    if (status == KOOP_OK) n->input = calloc((size_t)batch, INPUTS * sizeof *n->input);
    if (status == KOOP_OK && !n->input) status = KOOP_NO_MEMORY;
    if (status != KOOP_OK) {
        free_model(n);
        return status;
    }
    n->logits = kit_stack_logits(&m->stack);
    kit_network_initialise(n, seed);
    *out = n;
    return KOOP_OK;
}
