/* trajectory: recorded snapshots from a file, through the pipeline or the batch decomposition.
 *
 * A file is a .npy array (T×n; T×D×N for the batch only) of float32 or float64, a recording, or a
 * run's journal directory. Streaming holds one window in memory, whatever the file's size; the
 * batch needs the whole trajectory as doubles. Functions return 0, or an exit code after a
 * complaint that names the file. */
#ifndef KOOP_TRAJECTORY_H
#define KOOP_TRAJECTORY_H

#include "pipeline.h"

#include <limits.h>
#include <stdbool.h>

typedef enum koop_file_kind {
    KOOP_FILE_MISSING,
    KOOP_FILE_NPY,
    KOOP_FILE_RECORDS, /* a recording, or a run's directory of segments */
    KOOP_FILE_OTHER    /* something else, or unreadable */
} koop_file_kind;

koop_file_kind koop_trajectory_kind(const char *path);

/* Complains that `path` is of no kind that is read; the exit code. */
int koop_trajectory_refuse(const char *path);

/* Complains that a recording or a directory holds no intact record; the exit code. */
int koop_trajectory_refuse_records(const char *path);

/* The same of one with snapshots and no HELLO. */
int koop_trajectory_refuse_shapeless(const char *path);

/* What `path` names on the command line, every link followed: below it none is. false, errno. */
bool koop_trajectory_resolve(const char *path, char out[PATH_MAX]);

typedef struct koop_trajectory {
    uint64_t snapshots;  /* read, T */
    uint64_t not_finite; /* of them, left out of the stream */
    uint64_t n;          /* values a snapshot, D·N for the batch */
    int64_t last_step;   /* trainer's step, or 0-based index for .npy */
} koop_trajectory;

/* Feeds every snapshot to a new pipeline, which calls `handler` for its updates. `last` may be
 * NULL; otherwise it gets the newest spectrum, and having none is an error (not enough data). */
int koop_trajectory_stream(const char *path, const koop_pipeline_options *options,
                           koop_update_handler *handler, void *context, koop_trajectory *trajectory,
                           koop_spectrum *last);

/* The whole trajectory as doubles in C order, *x[(t·D + i)·N + k] of shape {T, D, N}: N is 1 but for
 * T×D×N arrays; what a recording holds that is misshapen is left out. The caller frees *x, also after
 * a failure. */
int koop_trajectory_load(const char *path, double **x, size_t shape[3],
                         koop_trajectory *trajectory);

/* One spectrum of the whole trajectory, pooled over N. */
int koop_trajectory_batch(const char *path, const koop_dmd_options *options,
                          koop_trajectory *trajectory, koop_spectrum *spectrum);

/* The same for each of `pools` pools of the N: the k-th is in pool k mod `pools`. */
int koop_trajectory_pools(const char *path, const koop_dmd_options *options, int pools,
                          koop_trajectory *trajectory, koop_spectrum *spectra);

#endif
