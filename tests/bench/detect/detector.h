/* detector: what every detector of the benchmark is to its caller: samples in, alarms out.
 *
 * A detector sees one sample a snapshot, in order, and says at once whether it alarms; it looks at
 * nothing later. Each has one threshold: the larger, the fewer alarms (calibrate.h chooses it).
 * After an alarm it begins again as its source says, and it remembers no series after a restart.
 *
 * A scalar that is not finite, or of which the logarithm does not exist, is passed over: whoever
 * compares detectors has to say what a loss of NaN counts as. */
#ifndef BENCH_DETECTOR_H
#define BENCH_DETECTOR_H

#include "signals.h"

typedef struct bench_sample {
    int64_t step;
    double loss, grad_norm;        /* of this step's batch */
    double reconstruction;         /* error of the window (reconstruction.h); NaN without update */
    const koop_signals *signals;   /* NULL at a snapshot without update */
    const koop_spectrum *spectrum; /* likewise, and when the fit failed */
} bench_sample;

/* The scalar of a sample that a detector of one scalar listens to. */
typedef enum bench_scalar {
    BENCH_LOSS,
    BENCH_LOG_LOSS,
    BENCH_GRAD_NORM,
    BENCH_LOG_GRAD_NORM,
    BENCH_RECONSTRUCTION,
    BENCH_LOG_RECONSTRUCTION
} bench_scalar;

/* Whether the sample has it, finite. */
bool bench_sample_scalar(const bench_sample *sample, bench_scalar scalar, double *value);

typedef struct bench_detector_methods {
    bool (*step)(void *state, const bench_sample *sample); /* true: alarm at this sample */
    void (*restart)(void *state);                          /* as new; keeps the threshold */
    void (*set_threshold)(void *state, double threshold);
    void (*free)(void *state);
} bench_detector_methods;

/* Made by bench_NAME_new, which fills *out or leaves it as it is (KOOP_BAD_ARGUMENT,
 * KOOP_NO_MEMORY). Owned by whoever made it. */
typedef struct bench_detector {
    const char *name; /* static text; the owner may put another in its place */
    const bench_detector_methods *methods;
    void *state;
} bench_detector;

static inline bool bench_detector_step(const bench_detector *d, const bench_sample *sample) {
    return d->methods->step(d->state, sample);
}

static inline void bench_detector_restart(const bench_detector *d) {
    d->methods->restart(d->state);
}

static inline void bench_detector_set_threshold(const bench_detector *d, double threshold) {
    d->methods->set_threshold(d->state, threshold);
}

/* Frees a detector and clears it; one that was never made ({0}) is allowed. */
static inline void bench_detector_free(bench_detector *d) {
    if (d->methods) d->methods->free(d->state);
    *d = (bench_detector){0};
}

#endif
