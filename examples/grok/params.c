#include "params.h"

#include <math.h>
#include <stdlib.h>

const char *grok_group_name(grok_group group) {
    static const char *const names[GROK_GROUPS] = {
        "embed",  "pos",         "attn.q",  "attn.k",       "attn.v", "attn.o",
        "mlp.in", "mlp.in.bias", "mlp.out", "mlp.out.bias", "unembed"};
    return names[group];
}

int grok_group_shape(const grok_shape *shape, grok_group group, size_t size[2]) {
    size_t tokens = (size_t)shape->p + 1, d = (size_t)shape->d, mlp = (size_t)shape->mlp;
    const size_t sizes[GROK_GROUPS][2] = {
        [GROK_EMBED] = {tokens, d},   [GROK_POS] = {GROK_CONTEXT, d}, [GROK_ATTN_Q] = {d, d},
        [GROK_ATTN_K] = {d, d},       [GROK_ATTN_V] = {d, d},         [GROK_ATTN_O] = {d, d},
        [GROK_MLP_IN] = {mlp, d},     [GROK_MLP_IN_BIAS] = {mlp, 0},  [GROK_MLP_OUT] = {d, mlp},
        [GROK_MLP_OUT_BIAS] = {d, 0}, [GROK_UNEMBED] = {d, tokens}};
    size[0] = sizes[group][0];
    size[1] = sizes[group][1];
    return size[1] ? 2 : 1;
}

size_t grok_group_count(const grok_shape *shape, grok_group group) {
    size_t size[2];
    return grok_group_shape(shape, group, size) == 2 ? size[0] * size[1] : size[0];
}

koop_status grok_params_new(grok_params *out, const grok_shape *shape) {
    if (shape->p < 2 || shape->d < GROK_HEADS || shape->d % GROK_HEADS || shape->mlp < 1)
        return KOOP_BAD_ARGUMENT;
    grok_params params = {.shape = *shape};
    for (int g = 0; g < GROK_GROUPS; g++) params.count += grok_group_count(shape, (grok_group)g);
    float *values = calloc(params.count, sizeof *values);
    if (!values) return KOOP_NO_MEMORY;
    for (int g = 0; g < GROK_GROUPS; g++) {
        params.group[g] = values;
        values += grok_group_count(shape, (grok_group)g);
    }
    *out = params;
    return KOOP_OK;
}

void grok_params_free(grok_params *params) {
    free(params->group[0]);
    *params = (grok_params){.count = 0};
}

void grok_params_init(grok_params *params, kit_rng rng) {
    for (int g = 0; g < GROK_GROUPS; g++) {
        double fan = g == GROK_UNEMBED ? params->shape.p + 1 : params->shape.d;
        double deviation = g == GROK_MLP_IN_BIAS || g == GROK_MLP_OUT_BIAS ? 0 : 1 / sqrt(fan);
        size_t n = grok_group_count(&params->shape, (grok_group)g);
        for (size_t i = 0; i < n; i++)
            params->group[g][i] = (float)(deviation * kit_rng_normal(&rng));
    }
}

double grok_params_norm(const grok_params *params) {
    const float *x = params->group[0];
    double sum = 0;
    for (size_t i = 0; i < params->count; i++) sum += (double)x[i] * x[i];
    return sqrt(sum);
}

void grok_params_scale(grok_params *params, double factor) {
    float *x = params->group[0];
    for (size_t i = 0; i < params->count; i++) x[i] = (float)(factor * x[i]);
}
