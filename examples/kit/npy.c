#include "npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIMENSIONS = 4, HEADER_BYTES = 256, PREFIX_BYTES = 10 };

struct kit_npy {
    FILE *file;
    koop_dtype dtype;
    int dimensions;
    size_t shape[MAX_DIMENSIONS];
    size_t row_values;
    size_t rows;
};

static koop_status write_header(kit_npy *npy) {
    char header[HEADER_BYTES + 1];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(HEADER_BYTES - PREFIX_BYTES);
    header[9] = 0;

    char text[HEADER_BYTES];
    char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
    int used =
        snprintf(text, sizeof text, "{'descr': '%cf%d', 'fortran_order': False, 'shape': (%zu",
                 order, (int)npy->dtype, npy->rows);
    for (int i = 0; i < npy->dimensions; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, ", %zu", npy->shape[i]);
    used += snprintf(text + used, sizeof text - (size_t)used, "), }");
    memcpy(header + PREFIX_BYTES, text, (size_t)used);
    header[HEADER_BYTES - 1] = '\n';

    if (fseek(npy->file, 0, SEEK_SET) != 0) return KOOP_IO_FAILED;
    if (fwrite(header, 1, HEADER_BYTES, npy->file) != HEADER_BYTES) return KOOP_IO_FAILED;
    return KOOP_OK;
}

koop_status kit_npy_create(kit_npy **out, const char *path, koop_dtype dtype, int dimensions,
                           const size_t *shape) {
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) return KOOP_BAD_ARGUMENT;
    kit_npy *npy = calloc(1, sizeof *npy);
    if (!npy) return KOOP_NO_MEMORY;
    npy->dtype = dtype;
    npy->dimensions = dimensions;
    npy->row_values = 1;
    for (int i = 0; i < dimensions; i++) {
        npy->shape[i] = shape[i];
        npy->row_values *= shape[i];
    }
    npy->file = fopen(path, "wb");
    if (!npy->file || write_header(npy) != KOOP_OK) {
        if (npy->file) fclose(npy->file);
        free(npy);
        return KOOP_IO_FAILED;
    }
    *out = npy;
    return KOOP_OK;
}

koop_status kit_npy_append(kit_npy *npy, const void *row) {
    size_t written = fwrite(row, (size_t)npy->dtype, npy->row_values, npy->file);
    if (written != npy->row_values) return KOOP_IO_FAILED;
    npy->rows++;
    return KOOP_OK;
}

koop_status kit_npy_close(kit_npy **npy) {
    if (!*npy) return KOOP_OK;
    koop_status status = write_header(*npy);
    if (fclose((*npy)->file) != 0) status = KOOP_IO_FAILED;
    free(*npy);
    *npy = NULL;
    return status;
}
