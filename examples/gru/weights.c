#include "weights.h"

#include <math.h>

kit_group gru_group_layout(const gru_shape *shape, gru_group group) {
    size_t symbols = (size_t)shape->symbols, units = (size_t)shape->units;
    const kit_group layouts[GRU_GROUPS] = {
        [GRU_IN] = {"gru.in", 2, {3 * units, symbols}},
        [GRU_IN_BIAS] = {"gru.in.bias", 1, {3 * units}},
        [GRU_REC] = {"gru.rec", 2, {3 * units, units}},
        [GRU_REC_BIAS] = {"gru.rec.bias", 1, {3 * units}},
        [GRU_OUT] = {"out", 2, {symbols, units}},
        [GRU_OUT_BIAS] = {"out.bias", 1, {symbols}},
    };
    return layouts[group];
}

koop_status gru_params_new(kit_params *out, const gru_shape *shape) {
    if (shape->symbols < 2 || shape->units < 1 || shape->units > GRU_MAX_UNITS)
        return KOOP_BAD_ARGUMENT;
    kit_group layout[GRU_GROUPS];
    for (int g = 0; g < GRU_GROUPS; g++) layout[g] = gru_group_layout(shape, (gru_group)g);
    return kit_params_new(out, layout, GRU_GROUPS);
}

static double uniform(kit_rng *rng) {
    return (double)(kit_rng_next(rng) >> 11) * 0x1p-53;
}

void gru_params_init(kit_params *params, kit_rng rng) {
    const double bound = 1 / sqrt((double)params->layout[GRU_OUT].shape[1]);
    for (size_t i = 0; i < params->count; i++)
        params->group[0][i] = (kit_real)(bound * (2 * uniform(&rng) - 1));
}
