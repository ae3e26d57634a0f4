#include "linear.h"

#include <math.h>

enum { PAIRS = 2 };

static const struct { double modulus, angle; } pairs[PAIRS] = {{0.995, 0.3}, {0.97, 0.9}};

static const double decay = 0.9;

void linear_eigenvalues(double (*lambda)[2]) {
    for (int p = 0; p < PAIRS; p++)
        for (int k = 0; k < 2; k++) {
            lambda[2 * p + k][0] = pairs[p].modulus * cos(pairs[p].angle);
            lambda[2 * p + k][1] = (k == 0 ? 1 : -1) * pairs[p].modulus * sin(pairs[p].angle);
        }
    lambda[2 * PAIRS][0] = decay;
    lambda[2 * PAIRS][1] = 0;
}

void linear_start(kit_rng *rng, double *x) {
    for (int p = 0; p < PAIRS; p++) {
        double a = kit_rng_normal(rng), b = kit_rng_normal(rng), norm = hypot(a, b);
        x[2 * p] = norm > 0 ? a / norm : 1;
        x[2 * p + 1] = norm > 0 ? b / norm : 0;
    }
    x[2 * PAIRS] = kit_rng_below(rng, 2) ? 1 : -1;
}

void linear_step(double *x) {
    for (int p = 0; p < PAIRS; p++) {
        double re = pairs[p].modulus * cos(pairs[p].angle);
        double im = pairs[p].modulus * sin(pairs[p].angle);
        double a = x[2 * p], b = x[2 * p + 1];
        x[2 * p] = re * a - im * b;
        x[2 * p + 1] = im * a + re * b;
    }
    x[2 * PAIRS] *= decay;
}
