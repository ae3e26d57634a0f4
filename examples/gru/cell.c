#include "cell.h"

#include "dense.h"
#include "matmul.h"

#include <tgmath.h>

static kit_real sigmoid(kit_real x) {
    return 1 / (1 + exp(-x));
}

void gru_cell_forward(const gru_cell *cell, const kit_real *state, kit_real *gates,
                      kit_real *product, kit_real *next) {
    const int units = cell->units;
    kit_dense_forward((kit_dense){units, 3 * units}, cell->n, state, cell->weights, cell->bias,
                      product);
    for (int i = 0; i < cell->n; i++) {
        const kit_real *h = state + i * units, *g = product + i * 3 * units;
        kit_real *r = gates + i * 3 * units, *z = r + units, *c = z + units;
        for (int u = 0; u < units; u++) {
            r[u] = sigmoid(r[u] + g[u]);
            z[u] = sigmoid(z[u] + g[units + u]);
            c[u] = tanh(c[u] + r[u] * g[2 * units + u]);
            next[i * units + u] = c[u] + z[u] * (h[u] - c[u]);
        }
    }
}

void gru_cell_backward(const gru_cell *cell, const kit_real *state, kit_real *gates,
                       kit_real *product, kit_real *dstate) {
    const int units = cell->units;
    for (int i = 0; i < cell->n; i++) {
        const kit_real *h = state + i * units;
        kit_real *dh = dstate + i * units;
        kit_real *r = gates + i * 3 * units, *z = r + units, *c = z + units;
        kit_real *gr = product + i * 3 * units, *gz = gr + units, *gc = gz + units;
        for (int u = 0; u < units; u++) {
            const kit_real dc = dh[u] * (1 - z[u]) * (1 - c[u] * c[u]);
            const kit_real dz = dh[u] * (h[u] - c[u]) * z[u] * (1 - z[u]);
            const kit_real dr = dc * gc[u] * r[u] * (1 - r[u]);
            dh[u] *= z[u];
            gc[u] = dc * r[u];
            r[u] = gr[u] = dr;
            z[u] = gz[u] = dz;
            c[u] = dc;
        }
    }
    kit_mul_nn(cell->n, units, 3 * units, product, cell->weights, 1, dstate);
}
