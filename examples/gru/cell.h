/* cell: one step of a gated recurrent unit and its backward pass, on n states at once.
 *
 * Notation.  H units, h n×H state, a n×3H what the input adds, W 3H×H and b 3H recurrent weights
 *     g = h Wᵀ + b
 *     r = σ(a_r + g_r),   z = σ(a_z + g_z),   c = tanh(a_c + r ⊙ g_c)
 *     h' = (1 − z) ⊙ c + z ⊙ h
 * Columns of a and g are H of the reset gate r, H of the update gate z, H of the candidate c. The
 * unit of Cho et al. (EMNLP 2014) in the form of torch.nn.GRU and cuDNN: r is applied after the
 * matrix product, and there is a bias for it to act on; in the paper it is r ⊙ h that is multiplied.
 *
 * All borrowed, row-major; nothing is allocated. */
#ifndef GRU_CELL_H
#define GRU_CELL_H

#include "real.h"

typedef struct gru_cell {
    int n, units;
    const kit_real *weights, *bias; /* W, b */
} gru_cell;

/* `gates` holds a and gets [r z c]; `product` gets g; `next` gets h'. The backward pass wants both
 * as they are left here. */
void gru_cell_forward(const gru_cell *cell, const kit_real *state, kit_real *gates,
                      kit_real *product, kit_real *next);

/* dh' in `dstate` becomes dh; `gates` becomes da and `product` dg. dW = dgᵀ h and db = Σ rows of dg
 * are the caller's, who can take all steps in one product. */
void gru_cell_backward(const gru_cell *cell, const kit_real *state, kit_real *gates,
                       kit_real *product, kit_real *dstate);

#endif
