#include "cluster.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A cluster has a slot, that of its lowest item; merging I and J leaves the higher slot empty. */
typedef struct clustering {
    int n;
    double *d;      /* n×n, between the slots in use */
    int *size;      /* items of the cluster in a slot, 0: empty */
    int *made;      /* the merge that made it, n + k, or the item itself */
    int *chain;     /* slots, each but the first the nearest of the one before */
    int length;     /* of the chain */
    int lowest;     /* no slot below is in use */
    int merged;     /* how many merges there were */
    int *first;     /* of an item or a merge, the items at both ends of its row; 2n−1 */
    int *last;      /* each */
    bool *turned;   /* whether its row is turned round in the one that it became part of */
    int *unvisited; /* n */
    koop_cluster_merge *merges;
} clustering;

static koop_status check(const double *d, int n) {
    if (n < 1 || n > KOOP_CLUSTER_MAX_ITEMS) return KOOP_BAD_ARGUMENT;
    const size_t order = (size_t)n;
    for (size_t i = 0; i < order; i++)
        for (size_t j = i + 1; j < order; j++) {
            const double one = d[i * order + j], other = d[j * order + i];
            if (!isfinite(one) || !isfinite(other)) return KOOP_NOT_FINITE;
            if (one < 0 || one != other) return KOOP_BAD_ARGUMENT;
        }
    return KOOP_OK;
}

static void clear(clustering *c) {
    free(c->d);
    free(c->size);
    free(c->made);
    free(c->chain);
    free(c->first);
    free(c->last);
    free(c->turned);
    free(c->unvisited);
    free(c->merges);
}

static koop_status prepare(clustering *c, const double *distances, int n) {
    const size_t items = (size_t)n, nodes = 2 * items - 1;
    *c = (clustering){.n = n};
    c->d = malloc(items * items * sizeof *c->d);
    c->size = malloc(items * sizeof *c->size);
    c->made = malloc(items * sizeof *c->made);
    c->chain = malloc(items * sizeof *c->chain);
    c->first = malloc(nodes * sizeof *c->first);
    c->last = malloc(nodes * sizeof *c->last);
    c->turned = calloc(nodes, sizeof *c->turned);
    c->unvisited = malloc(items * sizeof *c->unvisited);
    c->merges = malloc(items * sizeof *c->merges);
    if (!c->d || !c->size || !c->made || !c->chain || !c->first || !c->last || !c->turned ||
        !c->unvisited || !c->merges)
        return KOOP_NO_MEMORY;
    memcpy(c->d, distances, items * items * sizeof *c->d);
    for (int i = 0; i < n; i++) {
        c->size[i] = 1;
        c->made[i] = c->first[i] = c->last[i] = i;
    }
    return KOOP_OK;
}

static double *between(const clustering *c, int i, int j) {
    return &c->d[(size_t)i * (size_t)c->n + (size_t)j];
}

/* The nearest to `slot`: on a tie `before` (−1: none), so that the chain ends, else the lowest. */
static int nearest(const clustering *c, int slot, int before) {
    int best = before;
    for (int j = c->lowest; j < c->n; j++)
        if (j != slot && c->size[j] > 0 &&
            (best < 0 || *between(c, slot, j) < *between(c, slot, best)))
            best = j;
    return best;
}

/* Follows nearest neighbours until two are each other's; they leave the chain. */
static void find_pair(clustering *c, int *one, int *other) {
    while (c->size[c->lowest] == 0) c->lowest++;
    if (c->length == 0) c->chain[c->length++] = c->lowest;
    for (;;) {
        const int end = c->chain[c->length - 1];
        const int before = c->length > 1 ? c->chain[c->length - 2] : -1;
        const int next = nearest(c, end, before);
        if (next == before) {
            *one = end < before ? end : before;
            *other = end < before ? before : end;
            c->length -= 2;
            return;
        }
        c->chain[c->length++] = next;
    }
}

/* The distances of the cluster that i and j become. Rounding must not take one out of the two that
 * it is the mean of: the chain would not fall any more, and might not end. */
static void update(clustering *c, int i, int j) {
    const double share = c->size[j] / (double)(c->size[i] + c->size[j]);
    for (int k = c->lowest; k < c->n; k++) {
        if (k == i || k == j || c->size[k] == 0) continue;
        const double x = *between(c, i, k), y = *between(c, j, k);
        const double mean = fmin(fmax(x + share * (y - x), fmin(x, y)), fmax(x, y));
        *between(c, i, k) = *between(c, k, i) = mean;
    }
    c->size[i] += c->size[j];
    c->size[j] = 0;
}

/* Lays the rows of `left` and `right` side by side as the new node's. */
static void join(clustering *c, const double *d, int left, int right, int node) {
    const int ends[2] = {c->last[left], c->first[left]};
    const int starts[2] = {c->first[right], c->last[right]};
    int best = 0;
    double least = INFINITY;
    for (int way = 0; way < 4; way++) {
        const double gap = d[(size_t)ends[way / 2] * (size_t)c->n + (size_t)starts[way % 2]];
        if (gap < least) {
            least = gap;
            best = way;
        }
    }
    c->turned[left] = best / 2 == 1;
    c->turned[right] = best % 2 == 1;
    c->first[node] = c->turned[left] ? c->last[left] : c->first[left];
    c->last[node] = c->turned[right] ? c->first[right] : c->last[right];
}

static void merge(clustering *c, const double *distances) {
    int i, j;
    find_pair(c, &i, &j);
    const int node = c->n + c->merged;
    koop_cluster_merge *m = &c->merges[c->merged++];
    *m = (koop_cluster_merge){c->made[i], c->made[j], *between(c, i, j)};
    join(c, distances, m->left, m->right, node);
    update(c, i, j);
    c->made[i] = node;
}

/* The row of the last node: from the root down, what is turned round turns all below it. A node on
 * the stack is stored as its complement when it is to be read backwards. */
static void list(const clustering *c, int *order) {
    const int root = 2 * c->n - 2;
    int depth = 0, used = 0;
    c->unvisited[depth++] = c->first[root] <= c->last[root] ? root : ~root;
    while (depth > 0) {
        const int entry = c->unvisited[--depth];
        const bool backwards = entry < 0;
        const int node = backwards ? ~entry : entry;
        if (node < c->n) {
            order[used++] = node;
            continue;
        }
        const koop_cluster_merge *m = &c->merges[node - c->n];
        const int left = c->turned[m->left] != backwards ? ~m->left : m->left;
        const int right = c->turned[m->right] != backwards ? ~m->right : m->right;
        c->unvisited[depth++] = backwards ? left : right;
        c->unvisited[depth++] = backwards ? right : left;
    }
}

koop_status koop_cluster_average(const double *distances, int n, koop_cluster_merge *merges,
                                 int *order) {
    clustering c;
    koop_status status = check(distances, n);
    if (status != KOOP_OK) return status;
    status = prepare(&c, distances, n);
    if (status == KOOP_OK) {
        while (c.merged < n - 1) merge(&c, distances);
        list(&c, order);
        if (merges) memcpy(merges, c.merges, (size_t)c.merged * sizeof *merges);
    }
    clear(&c);
    return status;
}
