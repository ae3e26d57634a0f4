#include "trajectory.h"
#include "complain.h"
#include "journal.h"
#include "linalg.h"
#include "npy.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20 };

/* What a file's snapshots go into, one after another: a pipeline, or a growing matrix. */
typedef struct sink {
    const char *path;
    koop_trajectory *trajectory;
    const koop_pipeline_options *options;
    koop_update_handler *handler;
    void *context;
    koop_pipeline *pipeline; /* streaming; made when the shape is known */
    bool batch;
    double *matrix; /* batch: snapshots × n */
    size_t capacity, used;
    uint32_t dtype;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    int code; /* exit code after a complaint */
} sink;

static int refuse_pipeline(const sink *s, koop_status status, uint64_t n) {
    if (status == KOOP_TOO_LARGE)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: a window of %d snapshots of %" PRIu64
                             " values is above the limit of %zu MiB; lower --window",
                             s->path, s->options->dmd.span, n, koop_pipeline_max_bytes >> 20);
    return koop_complain(KOOP_EXIT_USAGE, "%s: %s", s->path, koop_strstatus(status));
}

/* The shape is known: makes the pipeline. */
static int begin(sink *s, const koop_wire_hello *hello) {
    s->trajectory->n = 0;
    for (uint32_t g = 0; g < hello->n_groups; g++) s->trajectory->n += hello->groups[g].length;
    s->dtype = hello->dtype;
    if (s->batch) return KOOP_EXIT_OK;
    koop_status status = koop_pipeline_new(&s->pipeline, s->options, hello, s->handler, s->context);
    return status == KOOP_OK ? KOOP_EXIT_OK : refuse_pipeline(s, status, s->trajectory->n);
}

static int keep(sink *s, const koop_wire_snapshot *snapshot) {
    size_t n = snapshot->bytes / s->dtype;
    if (n != s->trajectory->n) return KOOP_EXIT_OK; /* misshapen, as in the pipeline: left out */
    if (s->used + n > s->capacity) {
        size_t capacity = 2 * s->capacity + n;
        double *grown = realloc(s->matrix, capacity * sizeof *grown);
        if (!grown) return koop_complain(KOOP_EXIT_USAGE, "%s: too large for memory", s->path);
        s->matrix = grown;
        s->capacity = capacity;
    }
    for (size_t i = 0; i < n; i++) {
        float single;
        if (s->dtype == sizeof single) {
            memcpy(&single, snapshot->data + i * sizeof single, sizeof single);
            s->matrix[s->used + i] = (double)single;
        } else {
            memcpy(&s->matrix[s->used + i], snapshot->data + i * sizeof(double), sizeof(double));
        }
    }
    s->used += n;
    return KOOP_EXIT_OK;
}

static int take(sink *s, const koop_wire_snapshot *snapshot) {
    s->trajectory->last_step = snapshot->step;
    s->trajectory->snapshots++;
    if (s->batch) return keep(s, snapshot);
    koop_status status = koop_pipeline_push(s->pipeline, snapshot);
    if (status != KOOP_OK && status != KOOP_BAD_SHAPE)
        return koop_complain(KOOP_EXIT_USAGE, "%s: snapshot %" PRIu64 ": %s", s->path,
                             snapshot->seq, koop_strstatus(status));
    /* Nobody reads any more (a full disk): no use going on. */
    return ferror(stdout) ? KOOP_EXIT_USAGE : KOOP_EXIT_OK;
}

/* The array as a run of one group. */
static int begin_npy(sink *s, const koop_npy_header *header) {
    koop_wire_hello *hello = calloc(1, sizeof *hello);
    if (!hello) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    const char *slash = strrchr(s->path, '/');
    hello->version = KOOP_WIRE_VERSION;
    koop_wire_safe_name(slash ? slash + 1 : s->path, hello->name);
    hello->dtype = (uint32_t)header->item_bytes;
    hello->n_groups = 1;
    strcpy(hello->groups[0].name, "all");
    hello->groups[0].dimensions = 1;
    hello->groups[0].shape[0] = hello->groups[0].length = header->shape[1];
    int code = begin(s, hello);
    free(hello);
    return code;
}

static int stream_rows(sink *s, koop_npy *npy) {
    const koop_npy_header *header = koop_npy_get_header(npy);
    if (header->shape[0] == 0) return KOOP_EXIT_OK;
    size_t n = (size_t)header->shape[1], row = n * header->item_bytes, left;
    size_t rows = row < CHUNK_BYTES ? CHUNK_BYTES / row : 1;
    uint8_t *chunk = malloc(rows * row);
    int code = chunk ? KOOP_EXIT_OK : koop_complain(KOOP_EXIT_USAGE, "out of memory");
    koop_wire_snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (!snapshot) code = koop_complain(KOOP_EXIT_USAGE, "out of memory");
    for (uint64_t t = 0; t < header->shape[0] && code == KOOP_EXIT_OK; t += left) {
        left = header->shape[0] - t < rows ? (size_t)(header->shape[0] - t) : rows;
        if (koop_npy_read(npy, t * n, left * n, chunk) != KOOP_OK)
            code = koop_complain(KOOP_EXIT_USAGE, "%s: cannot be read any further", s->path);
        for (size_t i = 0; i < left && code == KOOP_EXIT_OK; i++) {
            snapshot->seq = t + i + 1;
            snapshot->step = (int64_t)(t + i);
            snapshot->total = snapshot->bytes = row;
            snapshot->data = chunk + i * row;
            code = take(s, snapshot);
        }
    }
    free(snapshot);
    free(chunk);
    return code;
}

static int open_npy(const char *path, koop_npy **npy) {
    char why[KOOP_NPY_WHY_BYTES];
    if (koop_npy_open(npy, path, why) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, why);
    const koop_npy_header *header = koop_npy_get_header(*npy);
    if (header->type == KOOP_NPY_FLOAT32 || header->type == KOOP_NPY_FLOAT64) return KOOP_EXIT_OK;
    koop_npy_close(*npy);
    return koop_complain(KOOP_EXIT_USAGE,
                         "%s: complex values are a spectrum; a trajectory is float32 or float64",
                         path);
}

static int stream_npy(sink *s) {
    koop_npy *npy;
    int code = open_npy(s->path, &npy);
    if (code != KOOP_EXIT_OK) return code;
    const koop_npy_header *header = koop_npy_get_header(npy);
    if (header->dimensions == 3)
        code =
            koop_complain(KOOP_EXIT_USAGE, "%s: T×D×N holds %" PRIu64 " trajectories; use --batch",
                          s->path, header->shape[2]);
    else if (header->dimensions == 1 || header->shape[1] == 0)
        code =
            koop_complain(KOOP_EXIT_USAGE, "%s: a trajectory is T×n, one row a snapshot", s->path);
    if (code == KOOP_EXIT_OK) code = begin_npy(s, header);
    if (code == KOOP_EXIT_OK) code = stream_rows(s, npy);
    koop_npy_close(npy);
    return code;
}

static koop_status take_record(void *context, const koop_wire_message *message) {
    sink *s = context;
    bool begun = s->dtype != 0;
    if (message->type == KOOP_WIRE_HELLO && !begun) {
        memcpy(s->run, message->as.hello.run, sizeof s->run);
        s->code = begin(s, &message->as.hello);
    } else if (message->type == KOOP_WIRE_HELLO) {
        if (memcmp(s->run, message->as.hello.run, sizeof s->run) != 0)
            s->code = koop_complain(KOOP_EXIT_USAGE, "%s: holds more than one run", s->path);
    } else if (message->type == KOOP_WIRE_SNAPSHOT) {
        s->code =
            begun ? take(s, &message->as.snapshot) : koop_trajectory_refuse_shapeless(s->path);
    }
    return s->code == KOOP_EXIT_OK ? KOOP_OK : KOOP_DISABLED;
}

static int read_records(sink *s) {
    koop_journal_counters counters = {.damaged = 0};
    char path[PATH_MAX];
    koop_status status = koop_trajectory_resolve(s->path, path)
                             ? koop_journal_read(path, take_record, s, &counters)
                             : KOOP_IO_FAILED;
    if (s->code != KOOP_EXIT_OK) return s->code;
    if (status == KOOP_BAD_MESSAGE) return koop_trajectory_refuse_records(s->path);
    if (status != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", s->path, koop_strstatus(status));
    if (counters.damaged)
        koop_complain(KOOP_EXIT_OK, "%s: %" PRIu64 " damaged range%s passed over", s->path,
                      counters.damaged, counters.damaged == 1 ? " was" : "s were");
    return KOOP_EXIT_OK;
}

static int feed(sink *s) {
    koop_linalg_single_thread(); /* as in the daemon, so that the results are its own, bit for bit
                                  */
    koop_file_kind kind = koop_trajectory_kind(s->path);
    if (kind == KOOP_FILE_NPY) return stream_npy(s);
    return kind == KOOP_FILE_RECORDS ? read_records(s) : koop_trajectory_refuse(s->path);
}

int koop_trajectory_stream(const char *path, const koop_pipeline_options *options,
                           koop_update_handler *handler, void *context, koop_trajectory *trajectory,
                           koop_spectrum *last) {
    *trajectory = (koop_trajectory){.last_step = -1};
    sink s = {.path = path,
              .trajectory = trajectory,
              .options = options,
              .handler = handler,
              .context = context};
    int code = feed(&s);
    const koop_view *view = s.pipeline ? koop_pipeline_view(s.pipeline) : NULL;
    if (view) trajectory->not_finite = view->run.not_finite;
    if (code == KOOP_EXIT_OK && last) {
        if (view && view->has_spectrum)
            *last = view->spectrum;
        else if (!view || view->filled < view->window)
            code = koop_complain(
                KOOP_EXIT_NO_DATA, "%s: %d usable snapshot%s, and a spectrum needs %d (--window)",
                path, view ? view->filled : 0, view && view->filled == 1 ? "" : "s",
                view ? view->window : options->dmd.span);
        else
            code = koop_complain(KOOP_EXIT_NO_DATA,
                                 "%s: not enough dynamics: the snapshots do not move", path);
    }
    koop_pipeline_free(s.pipeline);
    return code;
}

static int refuse_batch(const char *path, koop_status status, const koop_trajectory *trajectory,
                        const koop_dmd_options *options) {
    switch (status) {
    case KOOP_NOT_ENOUGH_DATA:
        return koop_complain(KOOP_EXIT_NO_DATA,
                             "%s: %" PRIu64 " snapshot%s, and %d delays need at least %d", path,
                             trajectory->snapshots, trajectory->snapshots == 1 ? "" : "s",
                             options->delays, options->delays + 2 + options->difference);
    case KOOP_RANK_ZERO:
        return koop_complain(KOOP_EXIT_NO_DATA,
                             "%s: not enough dynamics: the snapshots do not move", path);
    case KOOP_TOO_LARGE:
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: more than %d modes, or too large for LAPACK; give --rank, --pca "
                             "or --energy",
                             path, KOOP_MAX_RANK);
    case KOOP_BAD_ARGUMENT:
        return koop_complain(KOOP_EXIT_USAGE, "%s: fewer values or snapshots than --pca %d", path,
                             options->pca);
    case KOOP_NOT_FINITE:
        return koop_complain(KOOP_EXIT_USAGE, "%s: holds NaN or infinity", path);
    case KOOP_OK:
    case KOOP_LAPACK_FAILED:
    case KOOP_NO_MEMORY:
    case KOOP_BAD_SHAPE:
    case KOOP_BAD_MESSAGE:
    case KOOP_DISABLED:
    case KOOP_TIMED_OUT:
    case KOOP_NOT_FOUND:
    case KOOP_IO_FAILED:
    case KOOP_REFUSED:
        break;
    }
    return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, koop_strstatus(status));
}

/* Reads a whole array as doubles: T snapshots of D values, N trajectories. */
static int load_npy(const char *path, double **x, size_t shape[3]) {
    koop_npy *npy;
    int code = open_npy(path, &npy);
    if (code != KOOP_EXIT_OK) return code;
    const koop_npy_header *header = koop_npy_get_header(npy);
    for (int i = 0; i < 3; i++) shape[i] = i < header->dimensions ? (size_t)header->shape[i] : 1;
    *x = header->count <= SIZE_MAX / sizeof **x ? malloc((size_t)header->count * sizeof **x + 1)
                                                : NULL;
    if (header->dimensions == 1 || shape[1] == 0 || shape[2] == 0)
        code = koop_complain(KOOP_EXIT_USAGE, "%s: a trajectory is T×n or T×D×N", path);
    else if (!*x)
        code = koop_complain(KOOP_EXIT_USAGE, "%s: too large for memory", path);
    else if (koop_npy_read_f64(npy, 0, (size_t)header->count, *x) != KOOP_OK)
        code = koop_complain(KOOP_EXIT_USAGE, "%s: cannot be read", path);
    koop_npy_close(npy);
    return code;
}

/* The trajectories pool, pool + pools, … of x (T×D×N), as an array of their own. */
static double *pool_of(const double *x, const size_t shape[3], size_t pool, size_t pools,
                       size_t *count) {
    size_t rows = shape[0] * shape[1], n = (shape[2] - pool + pools - 1) / pools;
    double *out = malloc(rows * n * sizeof *out + 1);
    for (size_t row = 0; out && row < rows; row++)
        for (size_t k = 0; k < n; k++) out[row * n + k] = x[row * shape[2] + pool + k * pools];
    *count = n;
    return out;
}

static koop_status decompose(const double *x, const size_t shape[3], size_t pool, size_t pools,
                             const koop_dmd_options *options, koop_spectrum *spectrum) {
    if (pools == 1) return koop_dmd_batch(x, shape[0], shape[1], shape[2], options, spectrum);
    size_t count;
    double *of_pool = pool_of(x, shape, pool, pools, &count);
    koop_status status = of_pool
                             ? koop_dmd_batch(of_pool, shape[0], shape[1], count, options, spectrum)
                             : KOOP_NO_MEMORY;
    free(of_pool);
    return status;
}

int koop_trajectory_load(const char *path, double **x, size_t shape[3],
                         koop_trajectory *trajectory) {
    *trajectory = (koop_trajectory){.last_step = -1};
    *x = NULL;
    if (koop_trajectory_kind(path) == KOOP_FILE_NPY) {
        const int code = load_npy(path, x, shape);
        if (code != KOOP_EXIT_OK) return code;
        trajectory->snapshots = shape[0];
        trajectory->n = (uint64_t)shape[1] * shape[2];
        trajectory->last_step = (int64_t)shape[0] - 1;
        return KOOP_EXIT_OK;
    }
    sink s = {.path = path, .trajectory = trajectory, .batch = true};
    const int code = feed(&s);
    *x = s.matrix;
    shape[1] = (size_t)trajectory->n;
    shape[0] = shape[1] ? s.used / shape[1] : 0;
    shape[2] = 1;
    return code;
}

int koop_trajectory_pools(const char *path, const koop_dmd_options *options, int pools,
                          koop_trajectory *trajectory, koop_spectrum *spectra) {
    double *x;
    size_t shape[3];
    koop_linalg_single_thread(); /* the same on every machine, whatever its number of cores */
    int code = koop_trajectory_load(path, &x, shape, trajectory);
    if (code == KOOP_EXIT_OK && (size_t)pools > shape[2])
        code = koop_complain(KOOP_EXIT_USAGE, "%s: %zu trajector%s, too few for %d pools", path,
                             shape[2], shape[2] == 1 ? "y" : "ies", pools);
    for (int pool = 0; pool < pools && code == KOOP_EXIT_OK; pool++) {
        koop_status status =
            decompose(x, shape, (size_t)pool, (size_t)pools, options, &spectra[pool]);
        if (status != KOOP_OK) code = refuse_batch(path, status, trajectory, options);
    }
    free(x);
    return code;
}

int koop_trajectory_batch(const char *path, const koop_dmd_options *options,
                          koop_trajectory *trajectory, koop_spectrum *spectrum) {
    return koop_trajectory_pools(path, options, 1, trajectory, spectrum);
}
