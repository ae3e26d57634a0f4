#include "axes.h"
#include "command.h"
#include "palette.h"
#include "plot_command.h"
#include "plot_data.h"
#include "trajectory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWN = 2, FLAGS = KOOP_PLOT_OPTIONS + OWN };

static const koop_usage usage = {
    "plot histogram",
    "FILE…",
    "Draws the distributions of .npy arrays of real values, of any shape, over one another, each\n"
    "as shares of its own values.",
    "Values that are not finite are left out, with --log also those that are not positive; that "
    "is\n"
    "said. JSON: {\"schema\":1,\"kind\",\"file\",\"bytes\",\"shows\"}",
    1,
    KOOP_PALETTE_SERIES,
    false};

typedef struct plotting {
    koop_plot_arguments plot;
    bool log;
    int bins, n;
    koop_scene_sample samples[KOOP_PALETTE_SERIES];
    double *values[KOOP_PALETTE_SERIES]; /* owned, as the samples borrow them */
} plotting;

/* Keeps what can be drawn of n values; how many they are. */
static size_t keep_drawable(double *values, size_t n, bool log) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (fabs(values[i]) <= KOOP_AXIS_LARGEST && (!log || values[i] > 1 / KOOP_AXIS_LARGEST))
            values[kept++] = values[i];
    return kept;
}

static int load(plotting *p, const char *path, const char *name, int k) {
    koop_plot_array array;
    if (koop_trajectory_kind(path) != KOOP_FILE_NPY) return koop_trajectory_refuse(path);
    const int code = koop_plot_read(path, &array);
    if (code != KOOP_EXIT_OK) return code;
    p->values[k] = array.values;
    if (array.complex)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: complex values have no histogram; see koopmon plot spectrum",
                             path);
    const size_t kept = keep_drawable(array.values, array.count, p->log);
    if (kept == 0)
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no value to draw%s", path,
                             p->log ? " on a logarithmic scale" : "");
    if (kept < array.count)
        koop_complain(KOOP_EXIT_OK,
                      "%s: %zu of %zu values are left out: not finite, beyond 1e300%s", path,
                      array.count - kept, array.count, p->log ? ", or not positive" : "");
    p->samples[k] = (koop_scene_sample){name, kept, array.values};
    return KOOP_EXIT_OK;
}

static int run(plotting *p, char **operands, const koop_common *common) {
    koop_svg svg = {.text = NULL};
    char what[96];
    const char *names[KOOP_PALETTE_SERIES];
    size_t values = 0;
    koop_plot_names(operands, p->n, names);
    for (int k = 0; k < p->n; k++) {
        const int code = load(p, operands[k], names[k], k);
        if (code != KOOP_EXIT_OK) return code;
        values += p->samples[k].n;
    }
    const koop_scene_frame frame = koop_plot_frame(&p->plot, NULL);
    const koop_status status =
        koop_scene_histogram(&svg, &frame, p->samples, p->n, p->bins, p->log);
    snprintf(what, sizeof what, "%zu value%s of %d file%s", values, values == 1 ? "" : "s", p->n,
             p->n == 1 ? "" : "s");
    return koop_plot_finish(&p->plot, &usage, common, &svg, status, what);
}

int koop_plot_histogram(int argc, char **argv) {
    plotting p = {.log = false};
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    koop_plot_options_list(&p.plot, options);
    options[FLAGS - 2] = (koop_option){.name = "bins",
                                       .kind = KOOP_OPTION_WHOLE,
                                       .value = &p.bins,
                                       .argument = "N",
                                       .help = "bars (5 to 60, as the values ask for)",
                                       .min = 1,
                                       .max = KOOP_SCENE_MAX_BINS};
    options[FLAGS - 1] = (koop_option){.name = "log",
                                       .kind = KOOP_OPTION_FLAG,
                                       .value = &p.log,
                                       .help = "a logarithmic axis of values"};
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_plot_settle(&p.plot, &usage, &common);
    if (code == KOOP_PROCEED) {
        p.n = argc - first;
        code = run(&p, argv + first, &common);
    }
    for (int k = 0; k < KOOP_PALETTE_SERIES; k++) free(p.values[k]);
    return code;
}
