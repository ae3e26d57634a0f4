#include "attach.h"
#include "command.h"
#include "dmd_options.h"
#include "npy.h"
#include "print.h"
#include "trajectory.h"
#include "transport.h"
#include "view_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS = KOOP_DMD_OPTIONS + 1, MAX_POINTS = 4096 };

static const koop_usage usage = {
    "compare",
    "A B",
    "Measures how far two spectra are apart: the mean assignment distance of their eigenvalues\n"
    "(transport of equal weights when their numbers differ). A and B are each a file or a run: a\n"
    ".npy spectrum (complex, 1-D), a .npy trajectory, a recording, a journal directory; else a "
    "run\n"
    "of the daemon by name or uuid. Of a trajectory the last spectrum counts, with --batch the "
    "one\n"
    "of the whole.",
    "Exit code 1 when --threshold is given and the distance is above it.\n"
    "JSON: {\"schema\":1,\"a\",\"b\",\"distance\",\"p_value\":null,\"n\":1,\"modes\":[A,B],\n"
    "\"method\",\"verdict\"}; n counts the spectra on each side.",
    2,
    2,
    false};

typedef struct points {
    int n;
    double *z; /* re, im, … */
} points;

typedef struct comparison {
    const char *a, *b;
    const koop_dmd_arguments *dmd;
    double distance;
    int modes[2];
    bool json, has_threshold;
    double threshold;
} comparison;

static int from_spectrum(const koop_spectrum *spectrum, points *out) {
    out->n = spectrum->rank;
    out->z = malloc((size_t)(2 * spectrum->rank + 1) * sizeof(double));
    if (!out->z) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    for (int i = 0; i < spectrum->rank; i++) {
        out->z[2 * i] = spectrum->modes[i].re;
        out->z[2 * i + 1] = spectrum->modes[i].im;
    }
    return KOOP_EXIT_OK;
}

static int read_points(const char *path, koop_npy *npy, points *out) {
    const koop_npy_header *header = koop_npy_get_header(npy);
    uint64_t rows = header->dimensions == 1 ? 1 : header->shape[0];
    if (header->dimensions > 2 || rows != 1)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: holds %" PRIu64 " rows of eigenvalues; save one spectrum, 1-D",
                             path, rows);
    if (header->count == 0)
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no eigenvalue", path);
    if (header->count > MAX_POINTS)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d eigenvalues", path, MAX_POINTS);
    out->n = (int)header->count;
    out->z = malloc(2 * (size_t)header->count * sizeof(double));
    if (!out->z) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    if (koop_npy_read_f64(npy, 0, (size_t)header->count, out->z) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: cannot be read", path);
    for (int i = 0; i < 2 * out->n; i++)
        if (!isfinite(out->z[i]))
            return koop_complain(KOOP_EXIT_USAGE, "%s: holds NaN or infinity", path);
    return KOOP_EXIT_OK;
}

static int from_trajectory(const comparison *c, const char *path, points *out) {
    koop_trajectory trajectory;
    koop_spectrum *spectrum = malloc(sizeof *spectrum);
    if (!spectrum) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    int code =
        c->dmd->batch
            ? koop_trajectory_batch(path, &c->dmd->pipeline.dmd, &trajectory, spectrum)
            : koop_trajectory_stream(path, &c->dmd->pipeline, NULL, NULL, &trajectory, spectrum);
    if (code == KOOP_EXIT_OK) code = from_spectrum(spectrum, out);
    free(spectrum);
    return code;
}

static int from_npy(const comparison *c, const char *path, points *out) {
    koop_npy *npy;
    char why[KOOP_NPY_WHY_BYTES];
    if (koop_npy_open(&npy, path, why) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, why);
    koop_npy_type type = koop_npy_get_header(npy)->type;
    bool spectrum = type == KOOP_NPY_COMPLEX64 || type == KOOP_NPY_COMPLEX128;
    int code = spectrum ? read_points(path, npy, out) : KOOP_EXIT_OK;
    koop_npy_close(npy);
    return spectrum ? code : from_trajectory(c, path, out);
}

/* Whether an option asks for a decomposition of its own. */
static bool asks_for_its_own(const koop_dmd_arguments *a) {
    return a->batch || a->given.difference || a->given.window || a->given.delays || a->given.rank ||
           a->given.energy || a->given.pca || a->given.center || a->given.stride;
}

/* As koop_attach_view; what is said keeps in mind that a file may have been meant. */
static int view_of(const koop_attach *attach, const char *run, koop_view **out) {
    koop_view *view = malloc(sizeof *view);
    koop_status status = view ? KOOP_TIMED_OUT : KOOP_NO_MEMORY;
    if (view && koop_attach_possible(attach))
        status = koop_source_view(attach->source, run, KOOP_ATTACH_TIMEOUT_MS, view);
    if (status == KOOP_OK) {
        *out = view;
        return KOOP_EXIT_OK;
    }
    free(view);
    if (status == KOOP_TIMED_OUT)
        return koop_complain(KOOP_EXIT_NO_DAEMON,
                             "no file %s, and no daemon answers at %s that could have such a run",
                             run, attach->endpoint);
    if (status == KOOP_NOT_FOUND)
        return koop_complain(KOOP_EXIT_NO_RUN,
                             "no file and no run \"%s\"; koopmon ls lists the runs", run);
    return koop_attach_failed(attach, status, run);
}

static int from_run(const comparison *c, const koop_common *common, const char *run, points *out) {
    koop_attach attach = {.source = NULL};
    if (asks_for_its_own(c->dmd))
        return koop_complain(KOOP_EXIT_USAGE,
                             "compare: %s is no file, and the spectrum of a run is the daemon's: "
                             "options of the decomposition do not apply",
                             run);
    koop_view *view = NULL;
    int code = koop_attach_open(common, &attach);
    if (code == KOOP_EXIT_OK) code = view_of(&attach, run, &view);
    if (code == KOOP_EXIT_OK && !view->has_spectrum)
        code = koop_complain(KOOP_EXIT_NO_DATA, "run %s has no spectrum yet: %d of %d snapshots",
                             view->run.name, view->filled, view->window);
    else if (code == KOOP_EXIT_OK)
        code = from_spectrum(&view->spectrum, out);
    free(view);
    koop_attach_close(&attach);
    return code;
}

static bool looks_like_a_path(const char *operand) {
    size_t length = strlen(operand);
    return strchr(operand, '/') || (length > 4 && strcmp(operand + length - 4, ".npy") == 0);
}

static int load(const comparison *c, const koop_common *common, const char *operand, points *out) {
    switch (koop_trajectory_kind(operand)) {
    case KOOP_FILE_NPY:
        return from_npy(c, operand, out);
    case KOOP_FILE_RECORDS:
        return from_trajectory(c, operand, out);
    case KOOP_FILE_OTHER:
        return koop_trajectory_refuse(operand);
    case KOOP_FILE_MISSING:
        break;
    }
    return looks_like_a_path(operand) ? koop_trajectory_refuse(operand)
                                      : from_run(c, common, operand, out);
}

static int measure(comparison *c, const points *a, const points *b) {
    koop_transport *transport = NULL;
    int most = a->n > b->n ? a->n : b->n;
    koop_status status = koop_transport_new(&transport, most);
    if (status == KOOP_OK)
        status = a->n == b->n
                     ? koop_transport_assign(transport, a->z, b->z, a->n, NULL, &c->distance)
                     : koop_transport_weighted(transport, a->z, NULL, a->n, b->z, NULL, b->n,
                                               &c->distance);
    koop_transport_free(transport);
    c->modes[0] = a->n;
    c->modes[1] = b->n;
    if (status == KOOP_OK) return KOOP_EXIT_OK;
    return koop_complain(KOOP_EXIT_USAGE, "compare: %s", koop_strstatus(status));
}

static int print(const comparison *c) {
    char verdict[256];
    const char *method = c->modes[0] == c->modes[1] ? "mean assignment distance"
                                                    : "transport distance with uniform weights";
    snprintf(verdict, sizeof verdict,
             "distance %.6g (%d mode%s against %d); significance is not computed yet", c->distance,
             c->modes[0], c->modes[0] == 1 ? "" : "s", c->modes[1]);
    if (c->json)
        return koop_print_json(stdout,
                               json_pack("{s:i, s:o, s:o, s:f, s:n, s:i, s:[i,i], s:s, s:s}",
                                         "schema", KOOP_JSON_SCHEMA, "a", koop_print_string(c->a),
                                         "b", koop_print_string(c->b), "distance", c->distance,
                                         "p_value", "n", 1, "modes", c->modes[0], c->modes[1],
                                         "method", method, "verdict", verdict));
    printf("%s\n", verdict);
    return KOOP_EXIT_OK;
}

static int run(comparison *c, const koop_common *common) {
    points a = {0, NULL}, b = {0, NULL};
    int code = load(c, common, c->a, &a);
    if (code == KOOP_EXIT_OK) code = load(c, common, c->b, &b);
    if (code == KOOP_EXIT_OK) code = measure(c, &a, &b);
    if (code == KOOP_EXIT_OK) code = print(c);
    free(a.z);
    free(b.z);
    if (code == KOOP_EXIT_OK && c->has_threshold && c->distance > c->threshold)
        return KOOP_EXIT_DIFFERENT;
    return code;
}

int koop_command_compare(int argc, char **argv) {
    koop_dmd_arguments dmd;
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    comparison c = {.dmd = &dmd};
    koop_dmd_options_list(&dmd, options);
    options[FLAGS - 1] = (koop_option){.name = "threshold",
                                       .kind = KOOP_OPTION_REAL,
                                       .value = &c.threshold,
                                       .argument = "X",
                                       .help = "exit with 1 when the distance is above X",
                                       .max = 1e300,
                                       .given = &c.has_threshold};
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&dmd, "compare");
    if (code != KOOP_PROCEED) return code;
    c.a = argv[first];
    c.b = argv[first + 1];
    c.json = common.json;
    return run(&c, &common);
}
