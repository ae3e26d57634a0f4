#include "descent.h"

#include <math.h>
#include <string.h>

static const double eta = 0.01;
static const double lowest = 1.0 / DESCENT_T, highest = 1.0;

const char *descent_name(descent_method method) {
    static const char *const names[DESCENT_METHODS] = {"omd", "ogd", "bm"};
    return names[method];
}

static double clip(double x, double low, double high) {
    return fmin(fmax(x, low), high);
}

/* f'(x) of one coordinate. */
static double slope(double x) {
    double t = tan(x);
    return 1 + t * t;
}

static double omd_step(double x) {
    double dual = -1 / x - eta * slope(x);
    return clip(-1 / dual, lowest, highest);
}

static double ogd_step(double u) {
    double x = exp(u);
    return clip(u - eta * slope(x) * x, log(lowest), log(highest));
}

/* Point k of `DESCENT_GRID` evenly spaced ones; the last is `last` itself, whatever rounding says.
 */
static double grid_point(double first, double last, int k) {
    if (k == DESCENT_GRID - 1) return last;
    return first + k * ((last - first) / (DESCENT_GRID - 1));
}

/* Coordinate i of start n: the first coordinate runs fastest. */
static double start(double first, double last, int i, int n) {
    return grid_point(first, last, i == 0 ? n % DESCENT_GRID : n / DESCENT_GRID);
}

static double *at(double *x, int t, int i, int n) {
    return &x[(t * DESCENT_D + i) * DESCENT_N + n];
}

static void iterate(double (*step)(double), double first, double last, double *x) {
    for (int i = 0; i < DESCENT_D; i++)
        for (int n = 0; n < DESCENT_N; n++) {
            *at(x, 0, i, n) = start(first, last, i, n);
            for (int t = 1; t < DESCENT_T; t++) *at(x, t, i, n) = step(*at(x, t - 1, i, n));
        }
}

static void bisect(int n, double *x) {
    double a[DESCENT_D], b[DESCENT_D];
    for (int i = 0; i < DESCENT_D; i++) {
        a[i] = start(-4.0 / 3, -1.0 / 3, i, n);
        b[i] = start(1.0 / 7, 8.0 / 7, i, n);
    }
    for (int t = 0; t < DESCENT_T; t++) {
        double f = 0, z[DESCENT_D];
        for (int i = 0; i < DESCENT_D; i++) {
            z[i] = (a[i] + b[i]) / 2;
            *at(x, t, i, n) = z[i];
            f += tan(z[i]);
        }
        if (f == 0) return;
        memcpy(f < 0 ? a : b, z, sizeof z);
    }
}

void descent_run(descent_method method, double *x) {
    switch (method) {
    case DESCENT_OMD:
        iterate(omd_step, 0.1, 0.9, x);
        return;
    case DESCENT_OGD:
        iterate(ogd_step, -2.3, -0.1, x);
        return;
    case DESCENT_BM:
        memset(x, 0, DESCENT_VALUES * sizeof *x);
        for (int n = 0; n < DESCENT_N; n++) bisect(n, x);
        return;
    case DESCENT_METHODS:
        return;
    }
}

double descent_loss(descent_method method, const double *row) {
    double sum = 0;
    for (int k = 0; k < DESCENT_ROW; k++) sum += tan(method == DESCENT_OGD ? exp(row[k]) : row[k]);
    return sum / DESCENT_N;
}
