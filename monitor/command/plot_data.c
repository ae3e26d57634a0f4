#include "plot_data.h"
#include "axes.h"
#include "complain.h"
#include "npy.h"

#include <math.h>
#include <stdlib.h>

static int read_values(const char *path, koop_npy *npy, koop_plot_array *array) {
    const koop_npy_header *header = koop_npy_get_header(npy);
    if (header->count > KOOP_PLOT_MOST_VALUES)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d values", path,
                             KOOP_PLOT_MOST_VALUES);
    *array = (koop_plot_array){.complex = header->type == KOOP_NPY_COMPLEX64 ||
                                          header->type == KOOP_NPY_COMPLEX128,
                               .dimensions = header->dimensions,
                               .count = (size_t)header->count};
    for (int i = 0; i < 3; i++) array->shape[i] = i < header->dimensions ? header->shape[i] : 1;
    array->values = malloc((array->complex ? 2 : 1) * array->count * sizeof(double) + 1);
    if (!array->values) return koop_complain(KOOP_EXIT_USAGE, "%s: too large for memory", path);
    if (koop_npy_read_f64(npy, 0, array->count, array->values) == KOOP_OK) return KOOP_EXIT_OK;
    free(array->values);
    return koop_complain(KOOP_EXIT_USAGE, "%s: cannot be read", path);
}

int koop_plot_read(const char *path, koop_plot_array *array) {
    koop_npy *npy;
    char why[KOOP_NPY_WHY_BYTES];
    if (koop_npy_open(&npy, path, why) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, why);
    const int code = read_values(path, npy, array);
    koop_npy_close(npy);
    return code;
}

int koop_plot_check_eigenvalues(const char *path, const koop_plot_array *array) {
    if (array->count == 0) return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no eigenvalue", path);
    if (array->count > KOOP_PLOT_MOST_EIGENVALUES)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d eigenvalues", path,
                             KOOP_PLOT_MOST_EIGENVALUES);
    for (size_t i = 0; i < 2 * array->count; i++)
        if (!(fabs(array->values[i]) <= KOOP_AXIS_LARGEST))
            return koop_complain(KOOP_EXIT_USAGE, "%s: holds NaN, infinity or a value beyond 1e300",
                                 path);
    return KOOP_EXIT_OK;
}

koop_option koop_plot_data_option(const char **data) {
    return (koop_option){.name = "data",
                         .kind = KOOP_OPTION_TEXT,
                         .value = data,
                         .argument = "DIR",
                         .help = "where runs are ($XDG_STATE_HOME/koopmon)"};
}
