/* params: the parameters of a network, in one block, cut into named groups.
 *
 * A group is what the monitor shows as one: a layer's weights, or its biases. Row-major, one behind
 * the other in the order of the layout. Gradients have the same form, and an optimiser sees the
 * block as one flat array. */
#ifndef KIT_PARAMS_H
#define KIT_PARAMS_H

#include "real.h"
#include "rng.h"

enum { KIT_MAX_GROUPS = 64, KIT_MAX_DIMENSIONS = 4 };

typedef struct kit_group {
    const char *name; /* "fc1", "conv1.bias", …: outlives the parameters */
    int dimensions;   /* 1..KIT_MAX_DIMENSIONS */
    size_t shape[KIT_MAX_DIMENSIONS];
} kit_group;

/* Its values; 0 where it has none, or too many to count. */
size_t kit_group_count(const kit_group *group);

typedef struct kit_params {
    int n;                            /* of groups */
    kit_group layout[KIT_MAX_GROUPS]; /* the first n */
    kit_real *group[KIT_MAX_GROUPS];  /* their values; group[0] owns the block */
    size_t count;                     /* of all values */
} kit_params;

/* All zero. KOOP_BAD_ARGUMENT for no group, too many, or an empty one; KOOP_NO_MEMORY. Free with
 * kit_params_free. */
koop_status kit_params_new(kit_params *out, const kit_group *layout, int n);
void kit_params_free(kit_params *params);

/* The group of that name; −1: there is none. */
int kit_params_find(const kit_params *params, const char *name);

double kit_params_norm(const kit_params *params); /* Euclidean, of all parameters */
void kit_params_scale(kit_params *params, double factor);

/* Multiplies every parameter by a factor of its own, uniform within 1 ± share: what is zero stays
 * zero. */
void kit_params_perturb(kit_params *params, double share, kit_rng rng);

#endif
