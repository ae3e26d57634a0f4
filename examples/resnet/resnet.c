#include "resnet.h"

#include "block.h"
#include "dense.h"
#include "flatten.h"
#include "pool.h"

#include <math.h>
#include <stdlib.h>

enum { STAGES = 3, MAX_BLOCKS = STAGES * RESNET_MAX_N, STEM = 16, TOP = 64 };

static const kit_conv_shape stem = {STEM, 3, 1, 1};
static const kit_dense head = {TOP, RESNET_CLASSES};

typedef struct resnet {
    kit_network network;
    int n; /* blocks a stage */
    kit_tensor input;
    resnet_unit conv1;
    resnet_block block[MAX_BLOCKS];
    kit_pool *mean;
    kit_flatten flatten;
    kit_tensor logits;
} resnet;

/* Channels that block i makes. */
static int channels_of(int n, int i) {
    return STEM << (i / n);
}

/* And those that it is given. */
static int source_of(int n, int i) {
    return i ? channels_of(n, i - 1) : STEM;
}

static koop_status allot(resnet *r) {
    static const char *const names[MAX_BLOCKS] = {
        "block1",  "block2",  "block3",  "block4",  "block5",  "block6",
        "block7",  "block8",  "block9",  "block10", "block11", "block12",
        "block13", "block14", "block15", "block16", "block17", "block18"};
    kit_group layout[MAX_BLOCKS + 3];
    const int blocks = STAGES * r->n;
    layout[0] = (kit_group){"conv1", 1, {resnet_unit_count(RESNET_CHANNELS, stem)}};
    for (int i = 0; i < blocks; i++)
        layout[1 + i] = (kit_group){
            names[i], 1, {resnet_block_count(source_of(r->n, i), channels_of(r->n, i))}};
    layout[1 + blocks] = (kit_group){"fc", 2, {RESNET_CLASSES, TOP}};
    layout[2 + blocks] = (kit_group){"fc.bias", 1, {RESNET_CLASSES}};
    return kit_network_allot(&r->network, layout, blocks + 3);
}

static void initialise(const resnet *r, uint64_t seed) {
    kit_rng rng = kit_rng_seed(seed);
    float *const *group = r->network.params.group;
    const int blocks = STAGES * r->n;
    resnet_unit_initialise(RESNET_CHANNELS, stem, group[0], &rng);
    for (int i = 0; i < blocks; i++)
        resnet_block_initialise(source_of(r->n, i), channels_of(r->n, i), group[1 + i], &rng);
    for (int i = 0; i < TOP * RESNET_CLASSES; i++)
        group[1 + blocks][i] = (float)(sqrt(1.0 / TOP) * kit_rng_normal(&rng));
}

static void forward(kit_network *network, bool training) {
    resnet *r = (resnet *)network;
    const int blocks = STAGES * r->n;
    resnet_unit_forward(&r->conv1, training);
    kit_tensor *y = resnet_unit_output(&r->conv1);
    kit_relu(y->values, y->count);
    for (int i = 0; i < blocks; i++) resnet_block_forward(&r->block[i], training);
    kit_pool_forward(r->mean);
    kit_flatten_forward(&r->flatten);
    kit_dense_forward(head, network->batch, r->flatten.rows.values,
                      network->params.group[1 + blocks], network->params.group[2 + blocks],
                      r->logits.values);
}

/* The logits' gradient is where the logits were. */
static void backward(kit_network *network) {
    resnet *r = (resnet *)network;
    const int blocks = STAGES * r->n;
    kit_dense_backward(head, network->batch, r->flatten.rows.values,
                       network->params.group[1 + blocks], r->logits.values,
                       network->grads.group[1 + blocks], network->grads.group[2 + blocks],
                       r->flatten.rows.gradient);
    kit_flatten_backward(&r->flatten);
    kit_pool_backward(r->mean);
    for (int i = blocks; i-- > 0;) resnet_block_backward(&r->block[i]);
    kit_tensor *y = resnet_unit_output(&r->conv1);
    kit_relu_backward(y->values, y->gradient, y->count);
    resnet_unit_backward(&r->conv1);
}

static void free_model(kit_network *network) {
    resnet *r = (resnet *)network;
    kit_tensor_free(&r->logits);
    kit_flatten_free(&r->flatten);
    kit_pool_free(r->mean);
    for (int i = STAGES * r->n; i-- > 0;) resnet_block_free(&r->block[i]);
    resnet_unit_free(&r->conv1);
    kit_tensor_free(&r->input);
    kit_onednn_close(&network->onednn);
    kit_params_free(&network->grads);
    kit_params_free(&network->params);
    free(r);
}

static koop_status make_layers(resnet *r) {
    kit_onednn *onednn = &r->network.onednn;
    float *const *params = r->network.params.group, *const *grads = r->network.grads.group;
    koop_status status = resnet_unit_new(&r->conv1, onednn, &r->input, stem, params[0], grads[0]);
    const kit_tensor *source = status == KOOP_OK ? resnet_unit_output(&r->conv1) : NULL;
    for (int i = 0; i < STAGES * r->n && status == KOOP_OK; i++) {
        status = resnet_block_new(&r->block[i], onednn, source, channels_of(r->n, i), params[1 + i],
                                  grads[1 + i]);
        if (status == KOOP_OK) source = resnet_block_output(&r->block[i]);
    }
    if (status == KOOP_OK)
        status = kit_pool_new(&r->mean, onednn, source, KIT_POOL_MEAN, source->size.h);
    if (status == KOOP_OK) status = kit_flatten_new(&r->flatten, onednn, kit_pool_output(r->mean));
    return status;
}

static koop_status prepare(resnet *r) {
    kit_network *n = &r->network;
    koop_status status = allot(r);
    if (status == KOOP_OK) status = kit_onednn_open(&n->onednn, STEM);
    if (status == KOOP_OK)
        status = kit_tensor_new(&r->input, &n->onednn,
                                (kit_size){n->batch, RESNET_CHANNELS, RESNET_SIDE, RESNET_SIDE},
                                KIT_INPUT);
    if (status == KOOP_OK) status = make_layers(r);
    if (status == KOOP_OK)
        status = kit_tensor_new(&r->logits, &n->onednn, (kit_size){n->batch, RESNET_CLASSES, 1, 1},
                                KIT_ROWS);
    return status;
}

koop_status resnet_new(kit_network **out, int n, int batch, uint64_t seed) {
    if (n < 1 || n > RESNET_MAX_N) return KOOP_BAD_ARGUMENT;
    resnet *r = calloc(1, sizeof *r);
    if (!r) return KOOP_NO_MEMORY;
    r->n = n;
    r->network = (kit_network){.batch = batch,
                               .classes = RESNET_CLASSES,
                               .image = RESNET_CHANNELS * RESNET_SIDE * RESNET_SIDE,
                               .forward = forward,
                               .backward = backward,
                               .free = free_model};
    koop_status status = prepare(r);
    if (status != KOOP_OK) {
        free_model(&r->network);
        return status;
    }
    r->network.input = r->input.values;
    r->network.logits = r->logits.values;
    initialise(r, seed);
    *out = &r->network;
    return KOOP_OK;
}
