/* settings: the command line of bench_detect. */
#ifndef BENCH_SETTINGS_H
#define BENCH_SETTINGS_H

#include "options.h"
#include "planted.h"

/* Tuning seeds were used while the detector was made; reporting seeds are for nothing but the report. */
enum {
    BENCH_TUNING_FIRST = 900,
    BENCH_TUNING_LAST = 1002,
    BENCH_REPORTING_FIRST = 2000,
    BENCH_REPORTING_LAST = 2009
};

typedef struct bench_range {
    long first, last;
} bench_range;

typedef struct bench_settings {
    bench_range seeds, tuning;
    unsigned models, optimizers, schedules, changes; /* bits */
    bool planted, quiet, synthetic;                  /* which sets */
    bool rivals, details;
    long synthetic_runs; /* of each noise */
    long quiet_steps;    /* of a quiet run */
    long jobs;
    const char *out; /* NULL: nothing is kept */
} bench_settings;

kit_parsed bench_settings_parse(bench_settings *out, int argc, char **argv);

#endif
