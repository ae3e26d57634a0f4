#include "network.h"

#include "drawing.h"

#include <math.h>
#include <string.h>

void kit_network_free(kit_network *network) {
    if (network) network->free(network);
}

koop_status kit_network_allot(kit_network *network, const kit_group *layout, int n) {
    koop_status status = kit_params_new(&network->params, layout, n);
    return status == KOOP_OK ? kit_params_new(&network->grads, layout, n) : status;
}

void kit_network_initialise(kit_network *network, uint64_t seed) {
    const kit_params *params = &network->params;
    kit_rng rng = kit_rng_seed(seed);
    for (int g = 0; g < params->n; g++) {
        const kit_group *weights = &params->layout[g - g % 2];
        const size_t n = kit_group_count(&params->layout[g]);
        const double bound = 1 / sqrt((double)(kit_group_count(weights) / weights->shape[0]));
        for (size_t i = 0; i < n; i++)
            params->group[g][i] = (float)kit_uniform(&rng, -bound, bound);
    }
}

static kit_score score(kit_network *network, const float *images, const uint8_t *labels, size_t n,
                       bool training) {
    memcpy(network->input, images, n * network->image * sizeof *images);
    network->forward(network, training);
    return kit_softmax(network->logits, (int)n, network->classes, labels, training);
}

kit_score kit_network_evaluate(kit_network *network, const float *images, const uint8_t *labels,
                               size_t n) {
    return score(network, images, labels, n, false);
}

kit_score kit_network_gradient(kit_network *network, const float *images, const uint8_t *labels) {
    const kit_score result = score(network, images, labels, (size_t)network->batch, true);
    network->backward(network);
    return result;
}
