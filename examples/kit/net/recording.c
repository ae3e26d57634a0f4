#include "recording.h"

#include "npy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct kit_recording {
    kit_npy *npy;
    size_t n, copies;
    const kit_real **values; /* copies */
    kit_real *row;           /* n×copies */
};

static void free_recording(kit_recording *r) {
    free(r->values);
    free(r->row);
    free(r);
}

koop_status kit_recording_open(kit_recording **out, const char *path, size_t n, int copies,
                               const kit_real *const *values) {
    if (copies < 1 || copies > KIT_MAX_COPIES || n < 1) return KOOP_BAD_ARGUMENT;
    kit_recording *r = calloc(1, sizeof *r);
    if (!r) return KOOP_NO_MEMORY;
    r->n = n;
    r->copies = (size_t)copies;
    r->values = calloc(r->copies, sizeof *r->values);
    if (n <= SIZE_MAX / r->copies) r->row = calloc(n * r->copies, sizeof *r->row);
    if (!r->values || !r->row) {
        free_recording(r);
        return KOOP_NO_MEMORY;
    }
    memcpy(r->values, values, r->copies * sizeof *r->values);
    const size_t shape[] = {n, r->copies};
    koop_status status = kit_npy_create(&r->npy, path, KIT_REAL_DTYPE, copies > 1 ? 2 : 1, shape);
    if (status != KOOP_OK) {
        free_recording(r);
        return status;
    }
    *out = r;
    return KOOP_OK;
}

koop_status kit_recording_append(kit_recording *r) {
    for (size_t k = 0; k < r->copies; k++)
        for (size_t i = 0; i < r->n; i++) r->row[i * r->copies + k] = r->values[k][i];
    return kit_npy_append(r->npy, r->row);
}

koop_status kit_recording_close(kit_recording **recording) {
    if (!*recording) return KOOP_OK;
    koop_status status = kit_npy_close(&(*recording)->npy);
    free_recording(*recording);
    *recording = NULL;
    return status;
}
