#include "weights.h"

#include <math.h>

kit_group grok_group_layout(const grok_shape *shape, grok_group group) {
    size_t tokens = (size_t)shape->p + 1, d = (size_t)shape->d, mlp = (size_t)shape->mlp;
    const kit_group layouts[GROK_GROUPS] = {
        [GROK_EMBED] = {"embed", 2, {tokens, d}},
        [GROK_POS] = {"pos", 2, {GROK_CONTEXT, d}},
        [GROK_ATTN_Q] = {"attn.q", 2, {d, d}},
        [GROK_ATTN_K] = {"attn.k", 2, {d, d}},
        [GROK_ATTN_V] = {"attn.v", 2, {d, d}},
        [GROK_ATTN_O] = {"attn.o", 2, {d, d}},
        [GROK_MLP_IN] = {"mlp.in", 2, {mlp, d}},
        [GROK_MLP_IN_BIAS] = {"mlp.in.bias", 1, {mlp}},
        [GROK_MLP_OUT] = {"mlp.out", 2, {d, mlp}},
        [GROK_MLP_OUT_BIAS] = {"mlp.out.bias", 1, {d}},
        [GROK_UNEMBED] = {"unembed", 2, {d, tokens}},
    };
    return layouts[group];
}

koop_status grok_params_new(kit_params *out, const grok_shape *shape) {
    if (shape->p < 2 || shape->d < GROK_HEADS || shape->d % GROK_HEADS || shape->mlp < 1)
        return KOOP_BAD_ARGUMENT;
    kit_group layout[GROK_GROUPS];
    for (int g = 0; g < GROK_GROUPS; g++) layout[g] = grok_group_layout(shape, (grok_group)g);
    return kit_params_new(out, layout, GROK_GROUPS);
}

void grok_params_init(kit_params *params, kit_rng rng) {
    size_t d = params->layout[GROK_UNEMBED].shape[0],
           tokens = params->layout[GROK_UNEMBED].shape[1];
    for (int g = 0; g < GROK_GROUPS; g++) {
        double fan = (double)(g == GROK_UNEMBED ? tokens : d);
        double deviation = params->layout[g].dimensions == 1 ? 0 : 1 / sqrt(fan);
        size_t n = kit_group_count(&params->layout[g]);
        for (size_t i = 0; i < n; i++)
            params->group[g][i] = (kit_real)(deviation * kit_rng_normal(&rng));
    }
}
