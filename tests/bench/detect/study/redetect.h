/* redetect: koopmon's detector, with its defaults, on a recorded training: what a pipeline of this build
 * tells of it. The detector's input is recorded and the detector is deterministic, so a training that
 * was kept can be judged by a later detector. */
#ifndef BENCH_REDETECT_H
#define BENCH_REDETECT_H

#include "record.h"

/* What the detector is told beside the weights. */
typedef enum bench_feeding {
    BENCH_FED_WEIGHTS, /* the learning rate (training.h) */
    BENCH_FED_SCALARS, /* loss and gradient norm as well, as the recorded pipeline was */
    BENCH_FEEDINGS
} bench_feeding;

/* The detector's events, the first BENCH_EVENTS of them, into *n and told. KOOP_NO_MEMORY. */
koop_status bench_redetect(const bench_record *record, bench_feeding feeding, int *n,
                           bench_told told[BENCH_EVENTS]);

/* Whether the recorded pipeline told the same; for a record that this build made. */
bool bench_redetect_agrees(const bench_record *record);

#endif
