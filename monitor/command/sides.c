#include "sides.h"
#include "attach.h"
#include "npy.h"
#include "spectrum_file.h"
#include "trajectory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the updates of one trajectory are read into. */
typedef struct reader {
    koop_side *side;
    bool windows;
    uint64_t apart, next;     /* snapshots from one window's end to the next's; the next end */
    koop_variances variances; /* of the last update */
    int code;                 /* exit code after a complaint */
} reader;

static int no_memory(void) {
    return koop_complain(KOOP_EXIT_USAGE, "out of memory");
}

static void free_item(koop_side_item *item) {
    free(item->points);
    free(item->residuals);
}

void koop_side_free(koop_side *side) {
    for (int i = 0; i < side->n; i++) free_item(&side->items[i]);
    free(side->items);
    *side = (koop_side){.n = 0};
}

static int make_room(koop_side *side) {
    if (side->n == side->most)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d spectra%s", side->command,
                             side->most, side->most < KOOP_SIDE_MAX_LIST ? " on one side" : "");
    if (side->n < side->capacity) return KOOP_EXIT_OK;
    int capacity = 2 * side->capacity + 16;
    koop_side_item *grown = realloc(side->items, (size_t)capacity * sizeof *grown);
    if (!grown) return no_memory();
    side->items = grown;
    side->capacity = capacity;
    return KOOP_EXIT_OK;
}

/* Adds an item of `modes` eigenvalues, with room for residuals where they are known. */
static int add(koop_side *side, int modes, bool residuals, koop_side_item **out) {
    int code = make_room(side);
    if (code != KOOP_EXIT_OK) return code;
    koop_side_item item = {.modes = modes};
    item.points = malloc(2 * (size_t)modes * sizeof *item.points);
    if (residuals) item.residuals = malloc((size_t)modes * sizeof *item.residuals);
    if (!item.points || (residuals && !item.residuals)) {
        free_item(&item);
        return no_memory();
    }
    side->items[side->n] = item;
    *out = &side->items[side->n++];
    return KOOP_EXIT_OK;
}

static int add_spectrum(koop_side *side, const koop_spectrum *spectrum,
                        const koop_variances *variances, uint64_t end) {
    koop_side_item *item;
    int code = add(side, spectrum->rank, true, &item);
    if (code != KOOP_EXIT_OK) return code;
    for (int j = 0; j < spectrum->rank; j++) {
        item->points[2 * j] = spectrum->modes[j].re;
        item->points[2 * j + 1] = spectrum->modes[j].im;
        item->residuals[j] = spectrum->modes[j].residual;
    }
    if (variances) item->variances = *variances;
    item->end = end;
    return KOOP_EXIT_OK;
}

/* Keeps every second window, from the first on. */
static void thin(reader *r) {
    koop_side *side = r->side;
    int kept = 0;
    for (int i = 0; i < side->n; i++)
        if (i % 2 == 0)
            side->items[kept++] = side->items[i];
        else
            free_item(&side->items[i]);
    r->next = side->items[kept - 1].end;
    side->n = kept;
    r->apart *= 2;
    r->next += r->apart;
}

static void take_update(void *context, const koop_update *update) {
    reader *r = context;
    if (!update->spectrum || r->code != KOOP_EXIT_OK) return;
    r->variances = update->variances ? *update->variances : (koop_variances){.count = 0};
    if (!r->windows || update->snapshots < r->next) return;
    r->code = add_spectrum(r->side, update->spectrum, update->variances, update->snapshots);
    r->next = update->snapshots + r->apart;
    if (r->side->n == KOOP_SIDE_MAX_WINDOWS) thin(r);
}

static int load_stream(koop_side *side, const koop_dmd_arguments *dmd, const char *path,
                       bool windows) {
    const koop_dmd_options *o = &dmd->pipeline.dmd;
    reader r = {.side = side, .windows = windows, .apart = (uint64_t)o->span};
    koop_trajectory trajectory;
    koop_spectrum *last = malloc(sizeof *last);
    if (!last) return no_memory();
    int code = koop_trajectory_stream(path, &dmd->pipeline, take_update, &r, &trajectory, last);
    if (code == KOOP_EXIT_OK) code = r.code;
    side->values = trajectory.n;
    if (trajectory.not_finite > 0)
        (void)koop_complain(KOOP_EXIT_OK,
                            "%s: %" PRIu64 " of %" PRIu64 " snapshots are not finite: left out",
                            path, trajectory.not_finite, trajectory.snapshots);
    if (code == KOOP_EXIT_OK && (!windows || side->n < 2)) {
        while (windows && side->n > 0) free_item(&side->items[--side->n]);
        code = add_spectrum(side, last, &r.variances, 0);
    }
    free(last);
    return code;
}

static int load_batch(koop_side *side, const koop_dmd_arguments *dmd, const char *path) {
    koop_trajectory trajectory;
    koop_spectrum *spectra = malloc((size_t)side->pools * sizeof *spectra);
    if (!spectra) return no_memory();
    int code = koop_trajectory_pools(path, &dmd->pipeline.dmd, side->pools, &trajectory, spectra);
    side->values = trajectory.n;
    for (int i = 0; i < side->pools && code == KOOP_EXIT_OK; i++)
        code = add_spectrum(side, &spectra[i], NULL, 0);
    free(spectra);
    return code;
}

static int load_row(koop_side *side, const char *path, koop_npy *npy, uint64_t row, int modes) {
    koop_side_item *item;
    int code = add(side, modes, false, &item);
    if (code != KOOP_EXIT_OK) return code;
    if (koop_npy_read_f64(npy, row * (uint64_t)modes, (size_t)modes, item->points) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: cannot be read", path);
    for (int i = 0; i < 2 * modes; i++)
        if (!isfinite(item->points[i]))
            return koop_complain(KOOP_EXIT_USAGE, "%s: holds NaN or infinity", path);
    return KOOP_EXIT_OK;
}

static int load_rows(koop_side *side, const char *path, koop_npy *npy) {
    const koop_npy_header *header = koop_npy_get_header(npy);
    uint64_t rows = header->dimensions == 1 ? 1 : header->shape[0];
    if (header->dimensions > 2)
        return koop_complain(KOOP_EXIT_USAGE, "%s: spectra are 1-D, or 2-D with one a row", path);
    if (header->count == 0)
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no eigenvalue", path);
    if (header->count / rows > KOOP_SIDE_MAX_MODES)
        return koop_complain(KOOP_EXIT_USAGE, "%s: more than %d eigenvalues", path,
                             KOOP_SIDE_MAX_MODES);
    int code = KOOP_EXIT_OK;
    for (uint64_t row = 0; row < rows && code == KOOP_EXIT_OK; row++)
        code = load_row(side, path, npy, row, (int)(header->count / rows));
    return code;
}

static bool is_complex(const koop_npy *npy) {
    koop_npy_type type = koop_npy_get_header(npy)->type;
    return type == KOOP_NPY_COMPLEX64 || type == KOOP_NPY_COMPLEX128;
}

bool koop_side_has_windows(const char *operand) {
    koop_file_kind kind = koop_trajectory_kind(operand);
    koop_npy *npy;
    char why[KOOP_NPY_WHY_BYTES];
    if (kind != KOOP_FILE_NPY || koop_npy_open(&npy, operand, why) != KOOP_OK)
        return kind == KOOP_FILE_RECORDS;
    bool windows = !is_complex(npy);
    koop_npy_close(npy);
    return windows;
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

static int load_run(koop_side *side, const koop_dmd_arguments *dmd, const koop_common *common,
                    const char *run) {
    koop_attach attach = {.source = NULL};
    if (asks_for_its_own(dmd))
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: %s is no file, and the spectrum of a run is the daemon's: "
                             "options of the decomposition do not apply",
                             side->command, run);
    koop_view *view = NULL;
    int code = koop_attach_open(common, &attach);
    if (code == KOOP_EXIT_OK) code = view_of(&attach, run, &view);
    if (code == KOOP_EXIT_OK && !view->has_spectrum)
        code = koop_complain(KOOP_EXIT_NO_DATA, "run %s has no spectrum yet: %d of %d snapshots",
                             view->run.name, view->filled, view->window);
    else if (code == KOOP_EXIT_OK)
        code = add_spectrum(side, &view->spectrum, NULL, 0);
    free(view);
    koop_attach_close(&attach);
    return code;
}

static int load_trajectory(koop_side *side, const koop_dmd_arguments *dmd, const char *path,
                           bool windows) {
    return dmd->batch ? load_batch(side, dmd, path) : load_stream(side, dmd, path, windows);
}

static int load_npy(koop_side *side, const koop_dmd_arguments *dmd, const char *path,
                    bool windows) {
    koop_npy *npy;
    char why[KOOP_NPY_WHY_BYTES];
    if (koop_npy_open(&npy, path, why) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, why);
    bool spectra = is_complex(npy);
    int code = spectra ? load_rows(side, path, npy) : KOOP_EXIT_OK;
    koop_npy_close(npy);
    return spectra ? code : load_trajectory(side, dmd, path, windows);
}

static int load_json(koop_side *side, const char *path) {
    koop_spectrum spectrum;
    int code = koop_spectrum_file_read(path, &spectrum);
    return code == KOOP_EXIT_OK ? add_spectrum(side, &spectrum, NULL, 0) : code;
}

static bool looks_like_a_path(const char *operand) {
    size_t length = strlen(operand);
    return strchr(operand, '/') || (length > 4 && strcmp(operand + length - 4, ".npy") == 0);
}

static int load(koop_side *side, const koop_dmd_arguments *dmd, const koop_common *common,
                const char *operand, bool windows) {
    switch (koop_trajectory_kind(operand)) {
    case KOOP_FILE_NPY:
        return load_npy(side, dmd, operand, windows);
    case KOOP_FILE_RECORDS:
        return load_trajectory(side, dmd, operand, windows);
    case KOOP_FILE_OTHER:
        return koop_spectrum_file_is(operand) ? load_json(side, operand)
                                              : koop_trajectory_refuse(operand);
    case KOOP_FILE_MISSING:
        break;
    }
    return looks_like_a_path(operand) ? koop_trajectory_refuse(operand)
                                      : load_run(side, dmd, common, operand);
}

int koop_side_load(koop_side *side, const koop_dmd_arguments *dmd, const koop_common *common,
                   bool windows) {
    int code = KOOP_EXIT_OK;
    for (int i = 0; i < side->n_operands && code == KOOP_EXIT_OK; i++) {
        const int before = side->n;
        code = load(side, dmd, common, side->operands[i], windows);
        for (int k = before; k < side->n; k++) side->items[k].operand = i;
    }
    return code;
}
