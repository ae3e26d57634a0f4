/* synthetic: runs of signals without weights in which nothing changes, straight into the detector.
 *
 * Prediction, speed, radial, alignment, persistence and the log shares of six groups are a series each,
 * independent of the others, of deviation 0.1 (logarithms) or 0.05 (cosines) about levels as they are
 * in trainings, at every update of 4 snapshots. Nothing is told but signals. */
#ifndef BENCH_SYNTHETIC_H
#define BENCH_SYNTHETIC_H

#include "status.h"

#include <stdint.h>

typedef enum bench_noise {
    BENCH_IID,    /* Gaussian */
    BENCH_AR_03,  /* AR(1) with 0.3 */
    BENCH_AR_07,  /* AR(1) with 0.7 */
    BENCH_T5,     /* Student's t with 5 degrees of freedom, to deviation 1 */
    BENCH_LINEAR, /* Gaussian, and a line of 5 deviations a run */
    BENCH_SINE,   /* Gaussian, and a sine of 2 deviations, one period a run, of any phase */
    BENCH_NOISES
} bench_noise;

extern const char *const bench_noise_names[BENCH_NOISES];

enum { BENCH_SYNTHETIC_UPDATES = 1000 };

typedef struct bench_synthetic_tally {
    uint64_t alarms;   /* transition, diverging */
    uint64_t others;   /* events that are none */
    uint64_t exposure; /* snapshots after the detector's warm-up */
} bench_synthetic_tally;

/* Runs first … first + n − 1 of a seed, added to *tally. KOOP_NO_MEMORY. */
koop_status bench_synthetic(bench_noise noise, uint64_t seed, uint64_t first, uint64_t n,
                            bench_synthetic_tally *tally);

#endif
