#include "command.h"
#include "distance_matrix.h"
#include "dmd_options.h"
#include "plot_command.h"
#include "plot_data.h"
#include "print.h"
#include "trajectory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWN = 3, FLAGS = KOOP_PLOT_OPTIONS + OWN + KOOP_DMD_OPTIONS };
enum { MOST_SPECTRA = 2000, MOST_POINTS = 512, LABEL_BYTES = 24 };

static const koop_usage usage = {
    "plot heatmap",
    "FILE",
    "Draws a matrix as colours: a .npy array of two dimensions. Of a recording, a journal "
    "directory,\n"
    "a run of the data directory or (with --trajectory) a .npy trajectory, the matrix is that of "
    "the\n"
    "distances between the spectra of its windows, one after another (mean assignment distance); "
    "of\n"
    "a .npy array of complex values, that between its rows, each a spectrum.",
    "The windows follow one another without overlap.\n"
    "JSON: {\"schema\":1,\"kind\",\"file\",\"bytes\",\"shows\"}",
    1,
    1,
    false};

/* Spectra as sets of points, and what to call them. */
typedef struct spectra {
    size_t n;
    double *z[MOST_SPECTRA]; /* owned: re, im, … */
    int points[MOST_SPECTRA];
    char names[MOST_SPECTRA][LABEL_BYTES];
    const char *labels[MOST_SPECTRA];
    bool failed, full; /* no memory; more than there is room for */
} spectra;

typedef struct plotting {
    koop_dmd_arguments dmd;
    koop_plot_arguments plot;
    bool log, trajectory;
    const char *data;
    spectra spectra;
} plotting;

static double *add(spectra *s, int points) {
    if (s->n == MOST_SPECTRA) s->full = true;
    if (s->full) return NULL;
    double *z = malloc((size_t)(2 * points + 1) * sizeof *z);
    if (!z) {
        s->failed = true;
        return NULL;
    }
    s->z[s->n] = z;
    s->points[s->n] = points;
    s->labels[s->n] = s->names[s->n];
    s->n++;
    return z;
}

static void take_update(void *context, const koop_update *update) {
    spectra *s = context;
    if (!update->spectrum || update->spectrum->rank == 0) return;
    const koop_spectrum *spectrum = update->spectrum;
    double *z = add(s, spectrum->rank);
    if (!z) return;
    for (int i = 0; i < spectrum->rank; i++) {
        z[2 * i] = spectrum->modes[i].re;
        z[2 * i + 1] = spectrum->modes[i].im;
    }
    snprintf(s->names[s->n - 1], LABEL_BYTES, "%" PRId64, update->step);
}

static int refuse_spectra(const plotting *p, const char *path) {
    const spectra *s = &p->spectra;
    if (s->failed) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    if (s->full)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d windows; give a larger --window",
                             path, MOST_SPECTRA);
    return KOOP_EXIT_OK;
}

/* The spectra of the windows of a trajectory, one behind the other. */
static int read_windows(plotting *p, const char *path) {
    koop_trajectory trajectory;
    koop_pipeline_options options = p->dmd.pipeline;
    options.stride = options.dmd.span;
    int code = koop_trajectory_stream(path, &options, take_update, &p->spectra, &trajectory, NULL);
    if (code == KOOP_EXIT_OK) code = refuse_spectra(p, path);
    if (code != KOOP_EXIT_OK || p->spectra.n >= 2) return code;
    return koop_complain(KOOP_EXIT_NO_DATA,
                         "%s: %" PRIu64 " snapshots have %zu window%s of %d that move%s; distances "
                         "need two (--window)",
                         path, trajectory.snapshots, p->spectra.n, p->spectra.n == 1 ? "" : "s",
                         options.dmd.span, p->spectra.n == 1 ? "s" : "");
}

/* The rows of a complex array. */
static int read_rows(plotting *p, const char *path, const koop_plot_array *array) {
    if (array->dimensions != 2 || array->shape[0] < 2)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: distances are between the rows of a complex array, at least two",
                             path);
    if (array->shape[0] > MOST_SPECTRA || array->shape[1] > MOST_POINTS)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d spectra of %d eigenvalues", path,
                             MOST_SPECTRA, MOST_POINTS);
    int code = koop_plot_check_eigenvalues(path, array);
    const size_t points = (size_t)array->shape[1];
    for (size_t i = 0; i < array->shape[0] && code == KOOP_EXIT_OK; i++) {
        double *z = add(&p->spectra, (int)points);
        if (z) memcpy(z, array->values + 2 * points * i, 2 * points * sizeof *z);
        if (z) snprintf(p->spectra.names[i], LABEL_BYTES, "%zu", i);
        code = refuse_spectra(p, path);
    }
    return code;
}

static koop_status measure(const spectra *s, double *distances) {
    koop_side_item *items = calloc(s->n, sizeof *items);
    const koop_side_item **list = calloc(s->n, sizeof *list);
    koop_status status = items && list ? KOOP_OK : KOOP_NO_MEMORY;
    for (size_t i = 0; status == KOOP_OK && i < s->n; i++) {
        items[i] = (koop_side_item){.modes = s->points[i], .points = s->z[i]};
        list[i] = &items[i];
    }
    if (status == KOOP_OK)
        status = koop_distance_matrix(list, (int)s->n, KOOP_DISTANCE_ASSIGNMENT, 1, distances);
    free(list);
    free(items);
    return status;
}

static int finish(const plotting *p, const koop_common *common, const char *name,
                  const koop_scene_matrix *matrix) {
    char what[160];
    koop_svg svg = {.text = NULL};
    const koop_scene_frame frame = koop_plot_frame(&p->plot, name);
    snprintf(what, sizeof what, "%zu × %zu %s", matrix->rows, matrix->columns,
             matrix->labels ? "distances" : "values");
    const koop_status status = koop_scene_heatmap(&svg, &frame, matrix);
    if (status == KOOP_NOT_ENOUGH_DATA) {
        koop_svg_free(&svg);
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no value to draw%s", name,
                             p->log ? " on a logarithmic scale" : "");
    }
    return koop_plot_finish(&p->plot, &usage, common, &svg, status, what);
}

static int draw_distances(plotting *p, const koop_common *common, const char *name,
                          const char *axis) {
    const spectra *s = &p->spectra;
    double *distances = calloc(s->n * s->n, sizeof *distances);
    if (!distances) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    const koop_status status = measure(s, distances);
    int code = status == KOOP_OK
                   ? KOOP_EXIT_OK
                   : koop_complain(KOOP_EXIT_USAGE, "%s: %s", name, koop_strstatus(status));
    if (code == KOOP_EXIT_OK)
        code = finish(p, common, name,
                      &(koop_scene_matrix){.rows = s->n,
                                           .columns = s->n,
                                           .values = distances,
                                           .log = p->log,
                                           .value = "mean assignment distance",
                                           .across = axis,
                                           .down = axis,
                                           .labels = s->labels});
    free(distances);
    return code;
}

static int draw_matrix(plotting *p, const koop_common *common, const char *path, const char *name,
                       const koop_plot_array *array) {
    if (array->dimensions != 2)
        return koop_complain(KOOP_EXIT_USAGE, "%s: has %d dimension%s; a matrix has two", path,
                             array->dimensions, array->dimensions == 1 ? "" : "s");
    return finish(p, common, name,
                  &(koop_scene_matrix){.rows = (size_t)array->shape[0],
                                       .columns = (size_t)array->shape[1],
                                       .values = array->values,
                                       .log = p->log,
                                       .value = "value",
                                       .across = "column",
                                       .down = "row"});
}

static int run(plotting *p, const char *operand, const koop_common *common) {
    char path[PATH_MAX], axis[96];
    const char *name = koop_plot_name(operand);
    int code = koop_plot_locate(operand, p->data, path);
    if (code != KOOP_PROCEED) return code;
    if (koop_trajectory_kind(path) == KOOP_FILE_NPY && !p->trajectory) {
        koop_plot_array array;
        code = koop_plot_read(path, &array);
        if (code != KOOP_EXIT_OK) return code;
        if (!array.complex)
            code = draw_matrix(p, common, path, name, &array);
        else if ((code = read_rows(p, path, &array)) == KOOP_EXIT_OK)
            code = draw_distances(p, common, name, "row");
        free(array.values);
        return code;
    }
    snprintf(axis, sizeof axis, "last step of each window of %d snapshots",
             p->dmd.pipeline.dmd.span);
    code = read_windows(p, path);
    return code == KOOP_EXIT_OK ? draw_distances(p, common, name, axis) : code;
}

/* The options, n of them: of the decomposition's those that windows without overlap leave. */
static int list(plotting *p, koop_option *options) {
    koop_option dmd[KOOP_DMD_OPTIONS];
    const koop_option own[OWN] = {
        {"log", KOOP_OPTION_FLAG, &p->log, NULL, "colours by the logarithm", 0, 0, NULL, NULL},
        {"trajectory", KOOP_OPTION_FLAG, &p->trajectory, NULL,
         "the .npy array is a trajectory, one row a snapshot", 0, 0, NULL, NULL},
        koop_plot_data_option(&p->data)};
    int n = KOOP_PLOT_OPTIONS;
    koop_plot_options_list(&p->plot, options);
    koop_dmd_options_list(&p->dmd, dmd);
    for (int i = 0; i < KOOP_DMD_OPTIONS; i++)
        if (strcmp(dmd[i].name, "stride") != 0 && strcmp(dmd[i].name, "batch") != 0)
            options[n++] = dmd[i];
    memcpy(options + n, own, sizeof own);
    return n + OWN;
}

int koop_plot_heatmap(int argc, char **argv) {
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    plotting *p = calloc(1, sizeof *p);
    if (!p) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    const int n = list(p, options);
    int first, code = koop_options_parse(&usage, options, n, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&p->dmd, usage.command);
    if (code == KOOP_PROCEED) code = koop_plot_settle(&p->plot, &usage, &common);
    if (code == KOOP_PROCEED) code = run(p, argv[first], &common);
    for (size_t i = 0; i < p->spectra.n; i++) free(p->spectra.z[i]);
    free(p);
    return code;
}
