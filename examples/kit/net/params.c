#include "params.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t kit_group_count(const kit_group *group) {
    size_t count = 1;
    for (int i = 0; i < group->dimensions; i++) {
        if (group->shape[i] == 0 || count > SIZE_MAX / group->shape[i]) return 0;
        count *= group->shape[i];
    }
    return count;
}

koop_status kit_params_new(kit_params *out, const kit_group *layout, int n) {
    if (n < 1 || n > KIT_MAX_GROUPS) return KOOP_BAD_ARGUMENT;
    kit_params params = {.n = n};
    for (int g = 0; g < n; g++) {
        if (layout[g].dimensions < 1 || layout[g].dimensions > KIT_MAX_DIMENSIONS)
            return KOOP_BAD_ARGUMENT;
        size_t count = kit_group_count(&layout[g]);
        if (count == 0 || count > SIZE_MAX - params.count) return KOOP_BAD_ARGUMENT;
        params.layout[g] = layout[g];
        params.count += count;
    }
    kit_real *values = calloc(params.count, sizeof *values);
    if (!values) return KOOP_NO_MEMORY;
    for (int g = 0; g < n; g++) {
        params.group[g] = values;
        values += kit_group_count(&layout[g]);
    }
    *out = params;
    return KOOP_OK;
}

void kit_params_free(kit_params *params) {
    free(params->group[0]);
    *params = (kit_params){.n = 0};
}

int kit_params_find(const kit_params *params, const char *name) {
    for (int g = 0; g < params->n; g++)
        if (!strcmp(params->layout[g].name, name)) return g;
    return -1;
}

double kit_params_norm(const kit_params *params) {
    const kit_real *x = params->group[0];
    double sum = 0;
    for (size_t i = 0; i < params->count; i++) sum += (double)x[i] * x[i];
    return sqrt(sum);
}

void kit_params_scale(kit_params *params, double factor) {
    kit_real *x = params->group[0];
    for (size_t i = 0; i < params->count; i++) x[i] = (kit_real)(factor * x[i]);
}

void kit_params_perturb(kit_params *params, double share, kit_rng rng) {
    kit_real *x = params->group[0];
    for (size_t i = 0; i < params->count; i++)
        x[i] = (kit_real)((1 + share * kit_rng_symmetric(&rng)) * x[i]);
}
