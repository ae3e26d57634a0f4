/* params: the parameters of a one-layer transformer, in one block, cut into named groups.
 *
 * Notation.  p modulus, C = p+1 tokens (the numbers and "="), d width of the residual stream,
 *            4 heads of d/4, M width of the MLP, 3 tokens of context (a, b, =)
 *
 *     embed C×d   pos 3×d   attn.q, attn.k, attn.v d×d (4 heads of d/4 rows)   attn.o d×d
 *     mlp.in M×d  mlp.in.bias M  mlp.out d×M  mlp.out.bias d   unembed d×C
 *
 * row-major, in this order. Gradients have the same form. */
#ifndef GROK_PARAMS_H
#define GROK_PARAMS_H

#include "rng.h"
#include "status.h"

#include <stddef.h>

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

typedef struct grok_params {
    grok_shape shape;
    size_t count;              /* of all values */
    float *group[GROK_GROUPS]; /* the groups lie behind one another; group[0] owns the block */
} grok_params;

const char *grok_group_name(grok_group group); /* "embed", "attn.q", … */

/* The group's shape: returns 1 or 2 dimensions, filled in `size`. */
int grok_group_shape(const grok_shape *shape, grok_group group, size_t size[2]);
size_t grok_group_count(const grok_shape *shape, grok_group group);

/* All zero. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with grok_params_free. */
koop_status grok_params_new(grok_params *out, const grok_shape *shape);
void grok_params_free(grok_params *params);

/* Weights normal with variance 1/d (unembed: 1/C), biases zero. */
void grok_params_init(grok_params *params, kit_rng rng);

double grok_params_norm(const grok_params *params); /* Euclidean, of all parameters */
void grok_params_scale(grok_params *params, double factor);

#endif
