#include "transport.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Notation: rows i of a, columns j of b, cost c_ij; dual potentials u_i, v_j with reduced costs
 * c_ij − u_i − v_j ≥ 0 and = 0 wherever mass flows. */

enum { LIMIT = 4096 }; /* points a side */

struct koop_transport {
    int max;
    double *cost;  /* max × max, row i contiguous */
    double *flow;  /* likewise, weighted transport only */
    double *u, *v; /* max + 1 each */
    double *slack; /* distance of each column from the search's root */
    double *reach; /* distance of each row */
    double *supply, *demand;
    int *partner;  /* row assigned to each column, 0-based; −1: none */
    int *from_row; /* row through which a column was reached */
    int *from_column;
    bool *row_done, *column_done;
};

koop_status koop_transport_new(koop_transport **out, int max_points) {
    if (max_points < 1 || max_points > LIMIT) return KOOP_BAD_ARGUMENT;
    koop_transport *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    size_t order = (size_t)max_points;
    t->max = max_points;
    t->cost = malloc(order * order * sizeof(double));
    t->flow = malloc(order * order * sizeof(double));
    t->u = malloc(order * sizeof(double));
    t->v = malloc(order * sizeof(double));
    t->slack = malloc(order * sizeof(double));
    t->reach = malloc(order * sizeof(double));
    t->supply = malloc(order * sizeof(double));
    t->demand = malloc(order * sizeof(double));
    t->partner = malloc(order * sizeof(int));
    t->from_row = malloc(order * sizeof(int));
    t->from_column = malloc(order * sizeof(int));
    t->row_done = malloc(order * sizeof(bool));
    t->column_done = malloc(order * sizeof(bool));
    if (!t->cost || !t->flow || !t->u || !t->v || !t->slack || !t->reach || !t->supply ||
        !t->demand || !t->partner || !t->from_row || !t->from_column || !t->row_done ||
        !t->column_done) {
        koop_transport_free(t);
        return KOOP_NO_MEMORY;
    }
    *out = t;
    return KOOP_OK;
}

void koop_transport_free(koop_transport *t) {
    if (!t) return;
    free(t->cost);
    free(t->flow);
    free(t->u);
    free(t->v);
    free(t->slack);
    free(t->reach);
    free(t->supply);
    free(t->demand);
    free(t->partner);
    free(t->from_row);
    free(t->from_column);
    free(t->row_done);
    free(t->column_done);
    free(t);
}

static koop_status fill_cost(koop_transport *t, const double *a, int n, const double *b, int m) {
    if (n < 1 || m < 1 || n > t->max || m > t->max) return KOOP_BAD_ARGUMENT;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) {
            double c = hypot(a[2 * i] - b[2 * j], a[2 * i + 1] - b[2 * j + 1]);
            /* sums of up to 2·max costs must not overflow */
            if (!(c < DBL_MAX / (4.0 * LIMIT))) return KOOP_NOT_FINITE;
            t->cost[(size_t)i * (size_t)m + (size_t)j] = c;
        }
    return KOOP_OK;
}

/* Grows the matching by row `root`: Dijkstra over reduced costs until an unmatched column, then
 * the path's columns change partner. */
static void assign_row(koop_transport *t, int n, int root) {
    for (int j = 0; j < n; j++) {
        t->slack[j] = INFINITY;
        t->column_done[j] = false;
    }
    int row = root, column = -1;
    double base = 0; /* distance from the root to `row` */
    do {
        int next = -1;
        for (int j = 0; j < n; j++) {
            if (t->column_done[j]) continue;
            double through =
                base + t->cost[(size_t)row * (size_t)n + (size_t)j] - t->u[row] - t->v[j];
            if (through < t->slack[j]) {
                t->slack[j] = through;
                t->from_row[j] = row;
                t->from_column[j] = column;
            }
            if (next < 0 || t->slack[j] < t->slack[next]) next = j;
        }
        column = next;
        t->column_done[column] = true;
        base = t->slack[column];
        row = t->partner[column];
    } while (row >= 0);
    for (int j = 0; j < n; j++)
        if (t->column_done[j] && j != column) {
            t->u[t->partner[j]] += base - t->slack[j];
            t->v[j] -= base - t->slack[j];
        }
    t->u[root] += base;
    while (column >= 0) {
        t->partner[column] = t->from_row[column];
        column = t->from_column[column];
    }
}

koop_status koop_transport_assign(koop_transport *t, const double *a, const double *b, int n,
                                  int *matching, double *distance) {
    koop_status status = fill_cost(t, a, n, b, n);
    if (status != KOOP_OK) return status;
    for (int i = 0; i < n; i++) {
        t->u[i] = t->v[i] = 0;
        t->partner[i] = -1;
    }
    for (int i = 0; i < n; i++) assign_row(t, n, i);
    double sum = 0;
    for (int j = 0; j < n; j++) {
        sum += t->cost[(size_t)t->partner[j] * (size_t)n + (size_t)j];
        if (matching) matching[t->partner[j]] = j;
    }
    *distance = sum / n;
    return KOOP_OK;
}

static koop_status normalise(double *out, const double *weights, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double w = weights ? weights[i] : 1;
        if (!isfinite(w)) return KOOP_NOT_FINITE;
        if (w < 0) return KOOP_BAD_ARGUMENT;
        sum += out[i] = w;
    }
    if (!isfinite(sum)) return KOOP_NOT_FINITE;
    if (sum <= 0) return KOOP_BAD_ARGUMENT;
    for (int i = 0; i < n; i++) out[i] /= sum;
    return KOOP_OK;
}

/* Settles the nearest open row or column; false when none is reachable. */
static bool settle(koop_transport *t, int n, int m, int *row, int *column) {
    double best = INFINITY;
    *row = *column = -1;
    for (int i = 0; i < n; i++)
        if (!t->row_done[i] && t->reach[i] < best) {
            best = t->reach[i];
            *row = i;
        }
    for (int j = 0; j < m; j++)
        if (!t->column_done[j] && t->slack[j] < best) {
            best = t->slack[j];
            *row = -1;
            *column = j;
        }
    return *row >= 0 || *column >= 0;
}

/* Shortest path, over reduced costs and backwards along flow, from any row with supply left to
 * the nearest column with demand left; gives that column, or −1. */
static int search(koop_transport *t, int n, int m) {
    for (int i = 0; i < n; i++) {
        t->reach[i] = t->supply[i] > 0 ? 0 : INFINITY;
        t->from_column[i] = -1;
        t->row_done[i] = false;
    }
    for (int j = 0; j < m; j++) {
        t->slack[j] = INFINITY;
        t->column_done[j] = false;
    }
    int row, column;
    while (settle(t, n, m, &row, &column)) {
        if (row >= 0) {
            t->row_done[row] = true;
            for (int j = 0; j < m; j++) {
                double reduced = t->cost[(size_t)row * (size_t)m + (size_t)j] - t->u[row] - t->v[j];
                double through = t->reach[row] + (reduced > 0 ? reduced : 0);
                if (!t->column_done[j] && through < t->slack[j]) {
                    t->slack[j] = through;
                    t->from_row[j] = row;
                }
            }
            continue;
        }
        t->column_done[column] = true;
        if (t->demand[column] > 0) return column;
        for (int i = 0; i < n; i++)
            if (!t->row_done[i] && t->flow[(size_t)i * (size_t)m + (size_t)column] > 0 &&
                t->slack[column] < t->reach[i]) {
                t->reach[i] = t->slack[column];
                t->from_column[i] = column;
            }
    }
    return -1;
}

/* Updates potentials by the search's distances and pushes the most mass along its path. */
static void augment(koop_transport *t, int n, int m, int end) {
    double base = t->slack[end];
    for (int i = 0; i < n; i++)
        if (t->row_done[i]) t->u[i] += base - t->reach[i];
    for (int j = 0; j < m; j++)
        if (t->column_done[j]) t->v[j] -= base - t->slack[j];
    double mass = t->demand[end];
    int column = end, row = t->from_row[end];
    while (t->from_column[row] >= 0) {
        column = t->from_column[row];
        mass = fmin(mass, t->flow[(size_t)row * (size_t)m + (size_t)column]);
        row = t->from_row[column];
    }
    mass = fmin(mass, t->supply[row]);
    t->supply[row] -= mass;
    t->demand[end] -= mass;
    column = end;
    for (row = t->from_row[end];; row = t->from_row[column]) {
        t->flow[(size_t)row * (size_t)m + (size_t)column] += mass;
        column = t->from_column[row];
        if (column < 0) break;
        t->flow[(size_t)row * (size_t)m + (size_t)column] -= mass;
    }
}

koop_status koop_transport_weighted(koop_transport *t, const double *a, const double *wa, int n,
                                    const double *b, const double *wb, int m, double *distance) {
    koop_status status = fill_cost(t, a, n, b, m);
    if (status == KOOP_OK) status = normalise(t->supply, wa, n);
    if (status == KOOP_OK) status = normalise(t->demand, wb, m);
    if (status != KOOP_OK) return status;
    size_t cells = (size_t)n * (size_t)m;
    memset(t->flow, 0, cells * sizeof(double));
    for (int i = 0; i < n; i++) t->u[i] = 0;
    for (int j = 0; j < m; j++) t->v[j] = 0;
    /* Both sides hold mass 1 up to rounding: the last crumbs have nowhere to go. */
    const double crumb = 1e-15;
    for (;;) {
        for (int i = 0; i < n; i++)
            if (t->supply[i] < crumb) t->supply[i] = 0;
        for (int j = 0; j < m; j++)
            if (t->demand[j] < crumb) t->demand[j] = 0;
        int end = search(t, n, m);
        if (end < 0) break;
        augment(t, n, m, end);
    }
    double sum = 0;
    for (size_t k = 0; k < cells; k++) sum += t->flow[k] * t->cost[k];
    *distance = sum;
    return KOOP_OK;
}

static void points_of(const koop_spectrum *spectrum, double *points, double *weights) {
    for (int j = 0; j < spectrum->rank; j++) {
        points[2 * j] = spectrum->modes[j].re;
        points[2 * j + 1] = spectrum->modes[j].im;
        weights[j] = koop_transport_weight(spectrum->modes[j].residual);
    }
}

double koop_transport_weight(double residual) {
    static const double base = 0.05;
    return 1 / ((residual < 0 ? 0 : residual) + base);
}

koop_status koop_transport_spectra(koop_transport *t, const koop_spectrum *a,
                                   const koop_spectrum *b, double *distance) {
    if (a->rank < 1 || b->rank < 1) return KOOP_NOT_ENOUGH_DATA;
    double pa[2 * KOOP_MAX_RANK], pb[2 * KOOP_MAX_RANK], w[KOOP_MAX_RANK];
    points_of(a, pa, w);
    points_of(b, pb, w);
    if (a->rank == b->rank) return koop_transport_assign(t, pa, pb, a->rank, NULL, distance);
    return koop_transport_weighted(t, pa, NULL, a->rank, pb, NULL, b->rank, distance);
}

koop_status koop_transport_residual(koop_transport *t, const koop_spectrum *a,
                                    const koop_spectrum *b, double *distance) {
    if (a->rank < 1 || b->rank < 1) return KOOP_NOT_ENOUGH_DATA;
    double pa[2 * KOOP_MAX_RANK], pb[2 * KOOP_MAX_RANK], wa[KOOP_MAX_RANK], wb[KOOP_MAX_RANK];
    points_of(a, pa, wa);
    points_of(b, pb, wb);
    return koop_transport_weighted(t, pa, wa, a->rank, pb, wb, b->rank, distance);
}
