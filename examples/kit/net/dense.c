#include "dense.h"

#include "matmul.h"

#include <string.h>

void kit_dense_forward(kit_dense size, int n, const kit_real *x, const kit_real *weights,
                       const kit_real *bias, kit_real *y) {
    for (int i = 0; i < n && bias; i++)
        memcpy(y + (size_t)i * (size_t)size.out, bias, (size_t)size.out * sizeof *y);
    kit_mul_nt(n, size.out, size.in, x, weights, bias ? 1 : 0, y);
}

void kit_dense_backward(kit_dense size, int n, const kit_real *x, const kit_real *weights,
                        const kit_real *dy, kit_real *dweights, kit_real *dbias, kit_real *dx) {
    kit_mul_tn(size.out, size.in, n, dy, x, 0, dweights);
    if (dbias) {
        memset(dbias, 0, (size_t)size.out * sizeof *dbias);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < size.out; j++)
                dbias[j] += dy[(size_t)i * (size_t)size.out + (size_t)j];
    }
    if (dx) kit_mul_nn(n, size.in, size.out, dy, weights, 0, dx);
}

void kit_relu(kit_real *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] = x[i] < 0 ? 0 : x[i];
}

void kit_relu_backward(const kit_real *y, kit_real *dy, size_t n) {
    for (size_t i = 0; i < n; i++) dy[i] = y[i] > 0 ? dy[i] : 0;
}
