/* npy: reads NumPy's .npy files (format 1.0 to 3.0: NEP 1, numpy/lib/format.py).
 *
 * The header parser knows no files: bytes in, header out. It takes little-endian float32, float64,
 * complex64 and complex128 in C order with 1 to 3 dimensions, and says in one line why it does not
 * take anything else. Values are passed on as they are, NaN included.
 *
 * Does not: write, byte-swap, read Fortran order, structured types or pickled objects, or map the
 * file: values are read by position, so that files larger than memory can be streamed. */
#ifndef KOOP_NPY_H
#define KOOP_NPY_H

#include "status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    KOOP_NPY_MAX_DIMS = 3,
    KOOP_NPY_MAX_HEADER = 1 << 16, /* bytes before the data; NumPy writes 128 */
    KOOP_NPY_WHY_BYTES = 200
};

typedef enum koop_npy_type {
    KOOP_NPY_FLOAT32,
    KOOP_NPY_FLOAT64,
    KOOP_NPY_COMPLEX64, /* pairs of float32 */
    KOOP_NPY_COMPLEX128
} koop_npy_type;

typedef struct koop_npy_header {
    koop_npy_type type;
    int dimensions; /* 1..KOOP_NPY_MAX_DIMS */
    uint64_t shape[KOOP_NPY_MAX_DIMS];
    uint64_t count;     /* product of the shape; count × item_bytes does not overflow */
    size_t item_bytes;  /* of one value, complex ones counting as one */
    size_t data_offset; /* of the first value, in bytes */
} koop_npy_header;

/* Parses a header at the start of `bytes`; `why` gets one line on failure. KOOP_NOT_ENOUGH_DATA:
 * the header goes on behind `size`. KOOP_BAD_MESSAGE: no .npy header. KOOP_BAD_SHAPE: an array that
 * is not taken. KOOP_TOO_LARGE: header or shape above the limits. */
koop_status koop_npy_parse(const uint8_t *bytes, size_t size, koop_npy_header *header,
                           char why[KOOP_NPY_WHY_BYTES]);

typedef struct koop_npy koop_npy;

/* Opens a regular file and checks that it holds all the data that its header claims. Errors as
 * above, and KOOP_NOT_FOUND, KOOP_IO_FAILED, KOOP_NO_MEMORY; truncated: KOOP_NOT_ENOUGH_DATA. */
koop_status koop_npy_open(koop_npy **out, const char *path, char why[KOOP_NPY_WHY_BYTES]);
void koop_npy_close(koop_npy *npy); /* NULL is allowed */

const koop_npy_header *koop_npy_get_header(const koop_npy *npy); /* borrowed */

/* Values first … first+count−1 as they stand in the file (count × item_bytes into `out`).
 * KOOP_BAD_ARGUMENT when they are not all in the array, KOOP_IO_FAILED. */
koop_status koop_npy_read(koop_npy *npy, uint64_t first, size_t count, void *out);

/* The same as doubles: count of them, or 2·count (re, im) for complex types. */
koop_status koop_npy_read_f64(koop_npy *npy, uint64_t first, size_t count, double *out);

#endif
