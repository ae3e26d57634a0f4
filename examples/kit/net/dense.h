/* dense: fully connected layers and the rectifier, on batches of rows.
 *
 * Notation.  X n×in, W out×in (as torch.nn.Linear has it), b out, Y n×out
 *     Y = X Wᵀ + b,   dW = dYᵀ X,   db = Σ rows of dY,   dX = dY W
 * All borrowed, row-major; nothing is allocated. */
#ifndef KIT_DENSE_H
#define KIT_DENSE_H

#include "real.h"

typedef struct kit_dense {
    int in, out;
} kit_dense;

/* `bias` may be NULL: none. */
void kit_dense_forward(kit_dense size, int n, const kit_real *x, const kit_real *weights,
                       const kit_real *bias, kit_real *y);

/* Writes dW, db and dX; `dbias` and `dx` may be NULL: not wanted. */
void kit_dense_backward(kit_dense size, int n, const kit_real *x, const kit_real *weights,
                        const kit_real *dy, kit_real *dweights, kit_real *dbias, kit_real *dx);

/* x ← max(x, 0), NaN stays; and dy ← 0 where the rectified y is. */
void kit_relu(kit_real *x, size_t n);
void kit_relu_backward(const kit_real *y, kit_real *dy, size_t n);

#endif
