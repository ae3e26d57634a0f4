/* weights: the parameters of a one-layer transformer, their groups and initial values.
 *
 * Notation.  p modulus, C = p+1 tokens (the numbers and "="), d width of the residual stream,
 *            4 heads of d/4, M width of the MLP, 3 tokens of context (a, b, =)
 *
 *     embed C×d   pos 3×d   attn.q, attn.k, attn.v d×d (4 heads of d/4 rows)   attn.o d×d
 *     mlp.in M×d  mlp.in.bias M  mlp.out d×M  mlp.out.bias d   unembed d×C
 *
 * in this order. */
#ifndef GROK_WEIGHTS_H
#define GROK_WEIGHTS_H

#include "params.h"
#include "rng.h"

enum { GROK_HEADS = 4, GROK_CONTEXT = 3 };

typedef struct grok_shape {
    int p;   /* ≥ 2 */
    int d;   /* ≥ 4, a multiple of GROK_HEADS */
    int mlp; /* ≥ 1 */
} grok_shape;

typedef enum grok_group {
    GROK_EMBED,
    GROK_POS,
    GROK_ATTN_Q,
    GROK_ATTN_K,
    GROK_ATTN_V,
    GROK_ATTN_O,
    GROK_MLP_IN,
    GROK_MLP_IN_BIAS,
    GROK_MLP_OUT,
    GROK_MLP_OUT_BIAS,
    GROK_UNEMBED,
    GROK_GROUPS
} grok_group;

/* The group's name ("embed", "attn.q", …) and shape. */
kit_group grok_group_layout(const grok_shape *shape, grok_group group);

/* All zero, with the groups of grok_group. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status grok_params_new(kit_params *out, const grok_shape *shape);

/* Weights normal with variance 1/d (unembed: 1/C), biases zero. */
void grok_params_init(kit_params *params, kit_rng rng);

#endif
