/* npy_output: a matrix as a .npy file (format 1.0, C order), written as output_file.h does. */
#ifndef KOOP_NPY_OUTPUT_H
#define KOOP_NPY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/* rows × columns float64, row after row, or `pairs` of them (re, im): complex128. 0, or an exit code
 * after a complaint that names `command`. */
int koop_npy_output(const char *command, const char *path, bool force, int rows, int columns,
                    bool pairs, const double *values);

#endif
