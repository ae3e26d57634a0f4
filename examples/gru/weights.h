/* weights: the parameters of a recurrent classifier, their groups and initial values.
 *
 * Notation.  K symbols, H units
 *     gru.in 3H×K   gru.in.bias 3H   gru.rec 3H×H   gru.rec.bias 3H   out K×H   out.bias K
 * in this order; the 3H rows are H of the reset gate, H of the update gate, H of the candidate, as
 * in torch.nn.GRU, where the groups are called weight_ih, bias_ih, weight_hh, bias_hh. */
#ifndef GRU_WEIGHTS_H
#define GRU_WEIGHTS_H

#include "params.h"
#include "rng.h"

enum { GRU_MAX_UNITS = 512 };

typedef struct gru_shape {
    int symbols; /* K ≥ 2 */
    int units;   /* H, 1..GRU_MAX_UNITS */
} gru_shape;

typedef enum gru_group {
    GRU_IN,
    GRU_IN_BIAS,
    GRU_REC,
    GRU_REC_BIAS,
    GRU_OUT,
    GRU_OUT_BIAS,
    GRU_GROUPS
} gru_group;

/* The group's name and shape. */
kit_group gru_group_layout(const gru_shape *shape, gru_group group);

/* All zero, with the groups of gru_group. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status gru_params_new(kit_params *out, const gru_shape *shape);

/* All uniform in ±1/√H, as torch.nn.GRU and torch.nn.Linear have it. */
void gru_params_init(kit_params *params, kit_rng rng);

#endif
