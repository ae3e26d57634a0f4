#include "plane.h"
#include "factors.h"
#include "linalg.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct plane {
    size_t dimension, rows; /* D, and how many snapshots the axes are of */
    double *mean;           /* D */
    double *axes;           /* 2×D */
    double *matrix;         /* D×rows: a snapshot a column */
} plane;

/* Copies every `every`-th of all snapshots; how many there are. */
static size_t take_snapshots(const koop_plane_part *parts, int n, size_t every, plane *w) {
    const size_t d = w->dimension;
    size_t seen = 0, taken = 0;
    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < parts[i].count; k++)
            for (size_t t = 0; t < parts[i].length; t++) {
                if (seen++ % every) continue;
                for (size_t j = 0; w->matrix && j < d; j++)
                    w->matrix[taken * d + j] = parts[i].x[(t * d + j) * parts[i].count + k];
                taken++;
            }
    return taken;
}

static void subtract_mean(plane *w) {
    for (size_t j = 0; j < w->dimension; j++) {
        w->mean[j] = 0;
        for (size_t row = 0; row < w->rows; row++)
            w->mean[j] += w->matrix[row * w->dimension + j] / (double)w->rows;
        for (size_t row = 0; row < w->rows; row++) w->matrix[row * w->dimension + j] -= w->mean[j];
    }
}

/* Whether what is left without the mean is more than its rounding. */
static bool moves(const plane *w, double total) {
    double still = 0;
    for (size_t j = 0; j < w->dimension; j++) still += w->mean[j] * w->mean[j];
    return total > 1e-28 * still * (double)w->rows;
}

/* The axes are the left singular vectors, up to sign. */
static koop_status find_axes(plane *w, double shares[2]) {
    koop_factors svd = {.k = 0};
    koop_status status = koop_factors_of(&svd, (int)w->dimension, (int)w->rows, w->matrix, 2);
    if (status == KOOP_OK && (svd.k < 2 || !moves(w, svd.total))) status = KOOP_RANK_ZERO;
    for (int axis = 0; axis < 2 && status == KOOP_OK; axis++) {
        const double *u = svd.u + (size_t)axis * w->dimension;
        size_t largest = 0;
        for (size_t j = 0; j < w->dimension; j++)
            if (fabs(u[j]) > fabs(u[largest])) largest = j;
        for (size_t j = 0; j < w->dimension; j++)
            w->axes[(size_t)axis * w->dimension + j] = u[largest] < 0 ? -u[j] : u[j];
        shares[axis] = svd.energies[axis] / svd.total;
    }
    koop_factors_free(&svd);
    return status;
}

static void project(const plane *w, const koop_plane_part *part, double *points) {
    const size_t count = part->count;
    for (size_t t = 0; t < part->length; t++)
        for (size_t axis = 0; axis < 2; axis++) {
            double *to = points + (t * 2 + axis) * count;
            for (size_t k = 0; k < count; k++) to[k] = 0;
            for (size_t j = 0; j < w->dimension; j++) {
                const double *x = part->x + (t * w->dimension + j) * count;
                const double along = w->axes[axis * w->dimension + j];
                for (size_t k = 0; k < count; k++) to[k] += along * (x[k] - w->mean[j]);
            }
        }
}

koop_status koop_plane(const koop_plane_part *parts, int n, size_t dimension, double *const *points,
                       double shares[2]) {
    plane w = {.dimension = dimension};
    const size_t all = take_snapshots(parts, n, 1, &w);
    const size_t every = (all + KOOP_PLANE_SNAPSHOTS - 1) / KOOP_PLANE_SNAPSHOTS;
    if (dimension < 2 || all < 3) return KOOP_NOT_ENOUGH_DATA;
    if (dimension > INT32_MAX) return KOOP_TOO_LARGE;
    koop_linalg_single_thread(); /* the same picture on every machine */
    w.rows = take_snapshots(parts, n, every, &w);
    w.mean = malloc(dimension * sizeof *w.mean);
    w.axes = malloc(2 * dimension * sizeof *w.axes);
    w.matrix = malloc(w.rows * dimension * sizeof *w.matrix);
    koop_status status = w.mean && w.axes && w.matrix ? KOOP_OK : KOOP_NO_MEMORY;
    if (status == KOOP_OK) {
        take_snapshots(parts, n, every, &w);
        subtract_mean(&w);
        status = find_axes(&w, shares);
    }
    for (int i = 0; i < n && status == KOOP_OK; i++) project(&w, &parts[i], points[i]);
    free(w.mean);
    free(w.axes);
    free(w.matrix);
    return status;
}
