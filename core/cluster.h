/* cluster: average-linkage clustering of items by their distances, and the order it puts them in.
 *
 * Notation.  n items, d_ij their symmetric distances; |I| the number of items of a cluster I
 *            D(I, J) = mean_{i∈I, j∈J} d_ij   between clusters (unweighted average linkage, UPGMA:
 *                      R. R. Sokal & C. D. Michener 1958, Univ. Kansas Sci. Bull. 38)
 *            D(I∪J, K) = (|I| D(I, K) + |J| D(J, K)) / (|I| + |J|): its update when I and J merge
 *                      (G. N. Lance & W. T. Williams 1967, Comput. J. 9)
 * Starting from single items, two clusters that are each other's nearest merge, until one is left;
 * D at that merge is its height. Such pairs are found by following nearest neighbours from cluster to
 * cluster: the distances fall along that chain until it turns back on itself (F. Murtagh 1983,
 * Comput. J. 26). As no D(I∪J, K) is below both D(I, K) and D(J, K), the tree is the one that merging
 * the least distance of all every time gives.
 *
 * The order of the leaves: whenever two clusters merge, the two rows of items are laid side by side
 * in that one of the four ways, each row as it is or turned round, at which the two items that meet
 * are nearest (G. Gruvaeus & H. Wainer 1972, Br. J. Math. Stat. Psychol. 25). Neighbours in the
 * order are then near each other, as far as the tree allows.
 *
 * Ties are decided by position: a chain turns back where it can, else takes the cluster with the
 * lowest item; of two rows that one comes first, unturned where that costs nothing; and the whole
 * begins with that end which was given first. So equal input gives an equal order.
 *
 * Cost: O(n²) time; n² doubles and O(n) of memory while it runs. Pure. */
#ifndef KOOP_CLUSTER_H
#define KOOP_CLUSTER_H

#include "status.h"

enum { KOOP_CLUSTER_MAX_ITEMS = 4096 };

typedef struct koop_cluster_merge {
    int left, right; /* below n an item, else n + k: what the k-th merge made */
    double height;
} koop_cluster_merge;

/* distances: n×n; the diagonal is not read. `merges` (n−1 of them, each after those that made its
 * sides, heights not sorted; may be NULL) and order[n] must not overlap the distances.
 * KOOP_BAD_ARGUMENT for n outside 1..KOOP_CLUSTER_MAX_ITEMS, negative or asymmetric distances;
 * KOOP_NOT_FINITE; KOOP_NO_MEMORY. */
koop_status koop_cluster_average(const double *distances, int n, koop_cluster_merge *merges,
                                 int *order);

#endif
