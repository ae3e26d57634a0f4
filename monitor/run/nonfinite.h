/* nonfinite: which parameter groups of a snapshot hold NaN or infinity, and how much of each.
 *
 * Reads the snapshot once; nothing is allocated. */
#ifndef KOOP_NONFINITE_H
#define KOOP_NONFINITE_H

#include "window.h"

typedef struct koop_nonfinite {
    int n; /* groups with such a value, in rising order */
    int group[KOOP_MAX_GROUPS];
    double share[KOOP_MAX_GROUPS]; /* of the group's values, above 0 */
} koop_nonfinite;

/* Of `data`, aligned, the values of all groups one after the other. */
void koop_nonfinite_find(const void *data, koop_precision precision, const size_t *sizes,
                         int n_groups, koop_nonfinite *out);

#endif
