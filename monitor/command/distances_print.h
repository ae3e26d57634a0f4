/* distances_print: a matrix of distances as a table, as a few words, as JSON, as a .npy file. */
#ifndef KOOP_DISTANCES_PRINT_H
#define KOOP_DISTANCES_PRINT_H

#include "distance_matrix.h"

enum { KOOP_DISTANCES_TABLE = 20 /* items of the largest that is printed as a table */ };

typedef struct koop_distances {
    const koop_side *side;
    koop_distance distance;
    bool windows; /* the items are intervals of one trajectory */
    int n;
    double *matrix; /* n×n, in the order of what follows */
    int *order;     /* row k is side->items[order[k]] */
} koop_distances;

/* The table, or of larger ones what is least, median and largest. 0, or an exit code. */
int koop_distances_print_text(const koop_distances *distances);
int koop_distances_print_json(const koop_distances *distances); /* likewise */

/* Writes the matrix to a .npy file of float64, as output_file.h does. 0, or an exit code. */
int koop_distances_write_npy(const koop_distances *distances, const char *path, bool force);

#endif
