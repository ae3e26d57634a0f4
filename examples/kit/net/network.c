#include "network.h"

#include <string.h>

void kit_network_free(kit_network *network) {
    if (network) network->free(network);
}

koop_status kit_network_allot(kit_network *network, const kit_group *layout, int n) {
    koop_status status = kit_params_new(&network->params, layout, n);
    return status == KOOP_OK ? kit_params_new(&network->grads, layout, n) : status;
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
