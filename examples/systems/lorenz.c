#include "lorenz.h"

#include <math.h>

static const double sigma = 10, beta = 8.0 / 3;

void lorenz_slope(double rho, const double *x, double *slope) {
    slope[0] = sigma * (x[1] - x[0]);
    slope[1] = x[0] * (rho - x[2]) - x[1];
    slope[2] = x[0] * x[1] - beta * x[2];
}

/* The slope at x + length·along. */
static void slope_beyond(double rho, const double *x, double length, const double *along,
                         double *slope) {
    double there[LORENZ_DIM];
    for (int i = 0; i < LORENZ_DIM; i++) there[i] = x[i] + length * along[i];
    lorenz_slope(rho, there, slope);
}

void lorenz_step(double rho, double h, double *x) {
    double k1[LORENZ_DIM], k2[LORENZ_DIM], k3[LORENZ_DIM], k4[LORENZ_DIM];
    lorenz_slope(rho, x, k1);
    slope_beyond(rho, x, h / 2, k1, k2);
    slope_beyond(rho, x, h / 2, k2, k3);
    slope_beyond(rho, x, h, k3, k4);
    for (int i = 0; i < LORENZ_DIM; i++) x[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}

void lorenz_advance(double rho, double time, double *x) {
    double steps = ceil(time / LORENZ_STEP);
    for (double k = 0; k < steps; k++) lorenz_step(rho, time / steps, x);
}
