/* record: all that detectors are judged by of one training: its scalars, and of each update of a pipeline
 * its spectrum and what its detector was given; beside them what the pipeline told and cost. Written to
 * a file and read back, so that trainings can be made by other processes, and kept: the detector judges
 * them afresh (redetect.h).
 *
 * Of a spectrum only the BENCH_EIGENVALUES first are kept. The file is for the machine that wrote it. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include "assignment_tracking.h"
#include "calibrate.h"
#include "detect.h"
#include "planted.h"

#include <stdio.h>

enum { BENCH_EVENTS = 64, BENCH_EIGENVALUES = 8 };

typedef struct bench_told {
    koop_event_kind kind;
    int64_t step, onset;
} bench_told;

typedef struct bench_cost { /* seconds, in all updates */
    double push, fit, read, detect;
} bench_cost;

typedef struct bench_update {
    koop_spectrum spectrum;
    koop_signals signals;
    koop_detect_scalars scalars; /* without names */
} bench_update;

typedef struct bench_record {
    planted_options options;
    size_t count, room;    /* samples, of the steps 1, 2, … */
    bench_sample *samples; /* their spectra and signals point into `updates` */
    bench_update *updates; /* of the samples that have a spectrum, in order */
    size_t n_updates;
    int n_told; /* events of the pipeline, the first BENCH_EVENTS of them */
    bench_told told[BENCH_EVENTS];
    bench_cost cost;
} bench_record;

/* Room for so many samples. KOOP_NO_MEMORY. Free with bench_record_free (a zeroed one is allowed). */
koop_status bench_record_new(bench_record *out, const planted_options *options, size_t room);
void bench_record_free(bench_record *record);

/* Whether it was written whole. */
bool bench_record_save(const bench_record *record, FILE *file);

/* KOOP_BAD_MESSAGE: no such file, or not of these options; KOOP_NO_MEMORY. */
koop_status bench_record_load(bench_record *out, const planted_options *options, FILE *file);

static inline bench_series bench_record_series(const bench_record *record) {
    return (bench_series){record->samples, record->count};
}

#endif
