/* npy: writes a recording, row after row, as a NumPy .npy file (format 1.0, C order).
 *
 * Rows go to the file as they come, so a recording costs disk and not memory. The header states the
 * number of rows and is completed by kit_npy_close: until then the file says that it has none. */
#ifndef KIT_NPY_H
#define KIT_NPY_H

#include "koopmon.h"

typedef struct kit_npy kit_npy;

/* Creates (or overwrites) the file for rows of `shape` (1 ≤ dimensions ≤ 4): the array will be
 * rows×shape[0]×… KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY, KOOP_IO_FAILED. */
koop_status kit_npy_create(kit_npy **out, const char *path, koop_dtype dtype, int dimensions,
                           const size_t *shape);

/* Appends one row, contiguous. KOOP_IO_FAILED. */
koop_status kit_npy_append(kit_npy *npy, const void *row);

/* Completes the header, closes and frees (*npy becomes NULL; NULL is allowed). KOOP_IO_FAILED when
 * not all of it reached the file. */
koop_status kit_npy_close(kit_npy **npy);

#endif
