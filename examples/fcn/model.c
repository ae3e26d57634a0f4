#include "model.h"

#include "dense.h"

#include <math.h>
#include <stdlib.h>

struct fcn_model {
    kit_dense fc1, fc2;
    kit_real *hidden, *dhidden; /* FCN_MAX_BATCH×h; `hidden` owns the block */
    kit_real *logits;           /* FCN_MAX_BATCH×classes */
};

koop_status fcn_params_new(kit_params *out, const fcn_shape *shape) {
    if (shape->inputs < 1 || shape->h < 1 || shape->classes < 2) return KOOP_BAD_ARGUMENT;
    const size_t h = (size_t)shape->h;
    const kit_group layout[FCN_GROUPS] = {
        [FCN_FC1] = {"fc1", 2, {h, (size_t)shape->inputs}},
        [FCN_FC2] = {"fc2", 2, {(size_t)shape->classes, h}},
    };
    return kit_params_new(out, layout, FCN_GROUPS);
}

void fcn_params_init(kit_params *params, kit_rng rng) {
    for (int g = 0; g < params->n; g++) {
        double bound = 1 / sqrt((double)params->layout[g].shape[1]);
        size_t n = kit_group_count(&params->layout[g]);
        for (size_t i = 0; i < n; i++)
            params->group[g][i] = (kit_real)(bound * kit_rng_symmetric(&rng));
    }
}

koop_status fcn_model_new(fcn_model **out, const fcn_shape *shape) {
    fcn_model *m = calloc(1, sizeof *m);
    if (!m) return KOOP_NO_MEMORY;
    m->fc1 = (kit_dense){shape->inputs, shape->h};
    m->fc2 = (kit_dense){shape->h, shape->classes};
    const size_t h = (size_t)shape->h, row = 2 * h + (size_t)shape->classes;
    m->hidden = malloc(FCN_MAX_BATCH * row * sizeof *m->hidden);
    if (!m->hidden) {
        free(m);
        return KOOP_NO_MEMORY;
    }
    m->dhidden = m->hidden + FCN_MAX_BATCH * h;
    m->logits = m->dhidden + FCN_MAX_BATCH * h;
    *out = m;
    return KOOP_OK;
}

void fcn_model_free(fcn_model *model) {
    if (!model) return;
    free(model->hidden);
    free(model);
}

static kit_score forward(fcn_model *m, const kit_params *params, const kit_real *x,
                         const uint8_t *answers, int n, bool gradient) {
    kit_dense_forward(m->fc1, n, x, params->group[FCN_FC1], NULL, m->hidden);
    kit_relu(m->hidden, (size_t)n * (size_t)m->fc1.out);
    kit_dense_forward(m->fc2, n, m->hidden, params->group[FCN_FC2], NULL, m->logits);
    return kit_softmax(m->logits, n, m->fc2.out, answers, gradient);
}

kit_score fcn_model_evaluate(fcn_model *m, const kit_params *params, const kit_real *x,
                             const uint8_t *answers, int n) {
    kit_score sum = {0};
    for (int first = 0; first < n; first += FCN_MAX_BATCH) {
        int count = n - first < FCN_MAX_BATCH ? n - first : FCN_MAX_BATCH;
        kit_score part = forward(m, params, x + (size_t)first * (size_t)m->fc1.in, answers + first,
                                 count, false);
        sum.loss += part.loss * count / n;
        sum.accuracy += part.accuracy * count / n;
    }
    return sum;
}

kit_score fcn_model_gradient(fcn_model *m, const kit_params *params, const kit_real *x,
                             const uint8_t *answers, int n, kit_params *grads) {
    kit_score score = forward(m, params, x, answers, n, true);
    kit_dense_backward(m->fc2, n, m->hidden, params->group[FCN_FC2], m->logits,
                       grads->group[FCN_FC2], NULL, m->dhidden);
    kit_relu_backward(m->hidden, m->dhidden, (size_t)n * (size_t)m->fc1.out);
    kit_dense_backward(m->fc1, n, x, params->group[FCN_FC1], m->dhidden, grads->group[FCN_FC1],
                       NULL, NULL);
    return score;
}
