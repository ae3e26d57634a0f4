/* record: all that detectors are judged by of one training: its scalars, its spectra, what two pipelines
 * said of it, and what they cost. Written to a file and read back, so that trainings can be made by
 * other processes, and kept.
 *
 * Of a spectrum only the BENCH_EIGENVALUES first are kept. The file is for the machine that wrote it. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include "assignment_tracking.h"
#include "calibrate.h"
#include "detect.h"
#include "planted.h"

#include <stdio.h>

/* What a pipeline is told beside the weights. */
typedef enum bench_feeding {
    BENCH_FED_WEIGHTS, /* the learning rate (training.h) */
    BENCH_FED_SCALARS, /* loss and gradient norm as well */
    BENCH_FEEDINGS
} bench_feeding;

enum { BENCH_EVENTS = 64, BENCH_EIGENVALUES = 8 };

typedef struct bench_told {
    koop_event_kind kind;
    int64_t step, onset;
} bench_told;

typedef struct bench_cost { /* seconds, in all updates */
    double push, fit, read, detect;
} bench_cost;

typedef struct bench_record {
    planted_options options;
    size_t count, room;    /* samples, of the steps 1, 2, … */
    bench_sample *samples; /* their spectra point into `spectra` */
    koop_spectrum *spectra;
    size_t n_spectra;
    int n_told[BENCH_FEEDINGS]; /* events, the first BENCH_EVENTS of them */
    bench_told told[BENCH_FEEDINGS][BENCH_EVENTS];
    bench_cost cost[BENCH_FEEDINGS];
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
