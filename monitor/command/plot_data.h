/* plot_data: .npy arrays for pictures, wholly in memory. */
#ifndef KOOP_PLOT_DATA_H
#define KOOP_PLOT_DATA_H

#include "option.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Above that a picture is not what a file is looked at with. */
enum { KOOP_PLOT_MOST_EIGENVALUES = 20000, KOOP_PLOT_MOST_VALUES = 1 << 24 };

typedef struct koop_plot_array {
    double *values; /* owned: count of them, 2·count (re, im) when complex */
    bool complex;
    int dimensions;
    uint64_t shape[3];
    size_t count;
} koop_plot_array;

/* Reads a file; 0, or an exit code after a complaint that names it, and then nothing to free. */
int koop_plot_read(const char *path, koop_plot_array *array);

/* Refuses a complex array that holds none, too many, or not finite ones. 0 or an exit code. */
int koop_plot_check_eigenvalues(const char *path, const koop_plot_array *array);

/* --data DIR: where runs are. */
koop_option koop_plot_data_option(const char **data);

#endif
