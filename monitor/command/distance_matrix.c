#include "distance_matrix.h"
#include "complain.h"
#include "transport.h"

#include <pthread.h>
#include <stdlib.h>

const char *koop_distance_name(koop_distance distance) {
    switch (distance) {
    case KOOP_DISTANCE_ASSIGNMENT:
        return "assignment";
    case KOOP_DISTANCE_RESIDUAL:
        return "residual";
    case KOOP_DISTANCE_VARIANCE:
        return "variance";
    case KOOP_DISTANCES:
        break;
    }
    return "unknown";
}

bool koop_distance_known(const koop_side_item *item, koop_distance distance) {
    if (distance == KOOP_DISTANCE_RESIDUAL) return item->residuals != NULL;
    if (distance == KOOP_DISTANCE_VARIANCE) return item->variances.count > 0;
    return true;
}

int koop_distance_refuse(const char *command, koop_distance distance) {
    if (distance == KOOP_DISTANCE_RESIDUAL)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: eigenvalues that were saved alone have no residuals; "
                             "--distance assignment does without",
                             command);
    return koop_complain(KOOP_EXIT_USAGE,
                         "%s: variances are known of trajectories alone, with --pca and "
                         "without --batch",
                         command);
}

/* What the threads share. Rows are taken in order, so that of several that fail the first is always
 * among those that were begun. */
typedef struct work {
    const koop_side_item *const *items;
    int n;
    koop_distance distance;
    double **weights; /* of each item's eigenvalues, of residual distances alone */
    double *matrix;
    pthread_mutex_t mutex; /* of what follows */
    int next, failed;      /* rows; failed: n, or the first of those that did */
    koop_status status;    /* of that row */
} work;

typedef struct worker {
    work *work;
    koop_transport *transport;
    pthread_t thread;
} worker;

static koop_status between(const work *w, koop_transport *transport, int i, int j, double *out) {
    const koop_side_item *one = w->items[i], *other = w->items[j];
    if (w->distance == KOOP_DISTANCE_VARIANCE)
        return koop_variance_distance(&one->variances, &other->variances, out);
    if (w->distance == KOOP_DISTANCE_ASSIGNMENT && one->modes == other->modes)
        return koop_transport_assign(transport, one->points, other->points, one->modes, NULL, out);
    return koop_transport_weighted(transport, one->points, w->weights[i], one->modes, other->points,
                                   w->weights[j], other->modes, out);
}

static koop_status measure_row(const work *w, koop_transport *transport, int i) {
    const size_t n = (size_t)w->n, row = (size_t)i;
    w->matrix[row * n + row] = 0;
    for (int j = i + 1; j < w->n; j++) {
        double distance;
        const koop_status status = between(w, transport, i, j, &distance);
        if (status != KOOP_OK) return status;
        w->matrix[row * n + (size_t)j] = w->matrix[(size_t)j * n + row] = distance;
    }
    return KOOP_OK;
}

static int take_row(work *w) {
    pthread_mutex_lock(&w->mutex);
    const int row = w->next < w->failed ? w->next++ : -1;
    pthread_mutex_unlock(&w->mutex);
    return row;
}

static void report(work *w, int row, koop_status status) {
    pthread_mutex_lock(&w->mutex);
    if (row < w->failed) {
        w->failed = row;
        w->status = status;
    }
    pthread_mutex_unlock(&w->mutex);
}

static void *measure(void *context) {
    worker *self = context;
    int row;
    while ((row = take_row(self->work)) >= 0) {
        const koop_status status = measure_row(self->work, self->transport, row);
        if (status != KOOP_OK) report(self->work, row, status);
    }
    return NULL;
}

static int most_modes(const work *w) {
    int most = 1;
    for (int i = 0; i < w->n; i++)
        if (w->items[i]->modes > most) most = w->items[i]->modes;
    return most;
}

/* NULL weights are uniform ones. */
static koop_status weigh(work *w) {
    w->weights = calloc((size_t)w->n, sizeof *w->weights);
    if (!w->weights) return KOOP_NO_MEMORY;
    for (int i = 0; i < w->n && w->distance == KOOP_DISTANCE_RESIDUAL; i++) {
        const koop_side_item *item = w->items[i];
        w->weights[i] = malloc((size_t)item->modes * sizeof **w->weights);
        if (!w->weights[i]) return KOOP_NO_MEMORY;
        for (int j = 0; j < item->modes; j++)
            w->weights[i][j] = koop_transport_weight(item->residuals[j]);
    }
    return KOOP_OK;
}

/* This thread is the first of them. */
static void run(worker *workers, int n) {
    int started = 1;
    while (started < n &&
           pthread_create(&workers[started].thread, NULL, measure, &workers[started]) == 0)
        started++;
    measure(&workers[0]);
    for (int k = 1; k < started; k++) pthread_join(workers[k].thread, NULL);
}

koop_status koop_distance_matrix(const koop_side_item *const *items, int n, koop_distance distance,
                                 int threads, double *matrix) {
    work w = {.items = items, .n = n, .distance = distance, .matrix = matrix, .failed = n};
    worker workers[KOOP_DISTANCE_MAX_THREADS] = {{.work = &w}};
    if (threads > n) threads = n;
    const int modes = most_modes(&w);
    koop_status status = weigh(&w);
    for (int k = 0; k < threads && status == KOOP_OK; k++) {
        workers[k].work = &w;
        status = koop_transport_new(&workers[k].transport, modes);
    }
    if (status == KOOP_OK && pthread_mutex_init(&w.mutex, NULL) != 0) status = KOOP_NO_MEMORY;
    if (status == KOOP_OK) {
        run(workers, threads);
        pthread_mutex_destroy(&w.mutex);
        status = w.status;
    }
    for (int k = 0; k < threads; k++) koop_transport_free(workers[k].transport);
    for (int i = 0; w.weights && i < n; i++) free(w.weights[i]);
    free(w.weights);
    return status;
}
