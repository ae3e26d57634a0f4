#include "command.h"
#include "dmd_options.h"
#include "palette.h"
#include "plot_command.h"
#include "plot_data.h"
#include "trajectory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS = KOOP_DMD_OPTIONS + KOOP_PLOT_OPTIONS + 1 };

static const koop_usage usage = {
    "plot spectrum",
    "FILE…",
    "Draws eigenvalues on the complex plane with the unit circle, and beside it the plane near 1\n"
    "when they crowd there. A FILE is a .npy array of complex values (all of them are drawn), or "
    "a\n"
    ".npy trajectory, a recording, a journal directory or a run of the data directory: of these "
    "the\n"
    "last spectrum, with --batch the one of the whole.",
    "An eigenvalue whose residual is large is drawn hollow, where residuals are known: not in "
    ".npy\n"
    "spectra.\nJSON: {\"schema\":1,\"kind\",\"file\",\"bytes\",\"shows\"}",
    1,
    KOOP_PALETTE_SERIES,
    false};

typedef struct plotting {
    koop_dmd_arguments dmd;
    koop_plot_arguments plot;
    const char *data;
    int n;
    koop_scene_spectrum_series series[KOOP_PALETTE_SERIES];
    double *z[KOOP_PALETTE_SERIES]; /* owned, as the series borrow them */
    bool *hollow[KOOP_PALETTE_SERIES];
} plotting;

/* The last spectrum of a trajectory, or that of the whole. */
static int decompose(plotting *p, const char *path, int k) {
    koop_trajectory trajectory;
    koop_spectrum *spectrum = malloc(sizeof *spectrum);
    if (!spectrum) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    int code =
        p->dmd.batch
            ? koop_trajectory_batch(path, &p->dmd.pipeline.dmd, &trajectory, spectrum)
            : koop_trajectory_stream(path, &p->dmd.pipeline, NULL, NULL, &trajectory, spectrum);
    if (code == KOOP_EXIT_OK) {
        p->z[k] = malloc((size_t)(2 * spectrum->rank + 1) * sizeof(double));
        p->hollow[k] = malloc((size_t)(spectrum->rank + 1) * sizeof(bool));
        if (!p->z[k] || !p->hollow[k]) code = koop_complain(KOOP_EXIT_USAGE, "out of memory");
    }
    for (int i = 0; code == KOOP_EXIT_OK && i < spectrum->rank; i++) {
        p->z[k][2 * i] = spectrum->modes[i].re;
        p->z[k][2 * i + 1] = spectrum->modes[i].im;
        p->hollow[k][i] = spectrum->modes[i].residual >= KOOP_TRUSTED_RESIDUAL;
    }
    p->series[k].n = spectrum->rank;
    free(spectrum);
    return code;
}

static int load(plotting *p, const char *operand, int k) {
    char path[PATH_MAX];
    int code = koop_plot_locate(operand, p->data, path);
    if (code != KOOP_PROCEED) return code;
    if (koop_trajectory_kind(path) == KOOP_FILE_NPY) {
        koop_plot_array array;
        code = koop_plot_read(path, &array);
        if (code != KOOP_EXIT_OK) return code;
        if (array.complex) {
            p->z[k] = array.values;
            p->series[k].n = (int)array.count;
            return koop_plot_check_eigenvalues(path, &array);
        }
        free(array.values);
    }
    return decompose(p, path, k);
}

static int run(plotting *p, char **operands, const koop_common *common) {
    koop_svg svg = {.text = NULL};
    char what[160];
    const char *names[KOOP_PALETTE_SERIES];
    koop_plot_names(operands, p->n, names);
    int code = KOOP_EXIT_OK, values = 0;
    for (int k = 0; k < p->n && code == KOOP_EXIT_OK; k++) {
        code = load(p, operands[k], k);
        p->series[k].name = names[k];
        p->series[k].z = p->z[k];
        p->series[k].hollow = p->hollow[k];
        values += p->series[k].n;
    }
    if (code != KOOP_EXIT_OK) return code;
    const koop_scene_frame frame = koop_plot_frame(&p->plot, "Koopman spectrum");
    const koop_status status = koop_scene_spectrum(&svg, &frame, p->series, p->n);
    const double zoom = koop_scene_zoom(p->series, p->n);
    int n = snprintf(what, sizeof what, "%d eigenvalue%s of %d file%s", values,
                     values == 1 ? "" : "s", p->n, p->n == 1 ? "" : "s");
    if (zoom > 1) snprintf(what + n, sizeof what - (size_t)n, ", zoom %g× near 1", zoom);
    return koop_plot_finish(&p->plot, &usage, common, &svg, status, what);
}

int koop_plot_spectrum(int argc, char **argv) {
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    plotting *p = calloc(1, sizeof *p);
    if (!p) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    koop_plot_options_list(&p->plot, options);
    koop_dmd_options_list(&p->dmd, options + KOOP_PLOT_OPTIONS);
    options[FLAGS - 1] = koop_plot_data_option(&p->data);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&p->dmd, usage.command);
    if (code == KOOP_PROCEED) code = koop_plot_settle(&p->plot, &usage, &common);
    if (code == KOOP_PROCEED) {
        p->n = argc - first;
        code = run(p, argv + first, &common);
    }
    for (int k = 0; k < KOOP_PALETTE_SERIES; k++) {
        free(p->z[k]);
        free(p->hollow[k]);
    }
    free(p);
    return code;
}
