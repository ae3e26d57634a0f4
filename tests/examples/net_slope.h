/* net_slope: the gradient of a whole network against differences of its loss, group by group.
 *
 * Float noise is large beside the slope along one parameter, so the loss is followed along the
 * gradient itself plus a random direction: that finds a wrong length as well as a wrong direction. */
#ifndef TEST_NET_SLOPE_H
#define TEST_NET_SLOPE_H

#include "close.h"
#include "network.h"
#include "rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/* Loss at params + by·direction of group g; the parameters come back unchanged. */
static inline double loss_beside(kit_network *network, const float *images, const uint8_t *labels,
                                 int g, const double *direction, double by) {
    const size_t n = kit_group_count(&network->params.layout[g]);
    float *values = network->params.group[g], *kept = malloc(n * sizeof *kept);
    memcpy(kept, values, n * sizeof *kept);
    for (size_t i = 0; i < n; i++) values[i] = (float)(values[i] + by * direction[i]);
    const double loss = kit_network_gradient(network, images, labels).loss;
    memcpy(values, kept, n * sizeof *kept);
    free(kept);
    return loss;
}

/* Fills `direction` with n values of Euclidean norm 1. */
static inline void random_direction(kit_rng *rng, size_t n, double *direction) {
    double norm = 0;
    for (size_t i = 0; i < n; i++) {
        direction[i] = kit_rng_normal(rng);
        norm += direction[i] * direction[i];
    }
    for (size_t i = 0; i < n; i++) direction[i] /= sqrt(norm);
}

static inline void assert_slope(kit_network *network, const float *images, const uint8_t *labels,
                                int g, double step, double tolerance) {
    const size_t n = kit_group_count(&network->params.layout[g]);
    double *direction = malloc(n * sizeof *direction), norm = 0, along = 0;
    kit_rng rng = kit_rng_seed(40 + (uint64_t)g);
    random_direction(&rng, n, direction);
    kit_network_gradient(network, images, labels);
    const float *gradient = network->grads.group[g];
    for (size_t i = 0; i < n; i++) norm += (double)gradient[i] * (double)gradient[i];
    norm = sqrt(norm);
    assert_true(norm > 0);
    for (size_t i = 0; i < n; i++) {
        direction[i] += gradient[i] / norm;
        along += direction[i] * gradient[i];
    }
    const double above = loss_beside(network, images, labels, g, direction, step);
    const double below = loss_beside(network, images, labels, g, direction, -step);
    const double slope = (above - below) / (2 * step);
    if (!(fabs(slope - along) <= tolerance * norm))
        fail_msg("%s: slope %g, gradient %g", network->params.layout[g].name, slope, along);
    free(direction);
}

#endif
