/* rivals: the detectors that koopmon's is compared with, on the same runs.
 *
 * One threshold for all runs, chosen on quiet runs of the tuning seeds so that there are no more false
 * alarms than promised (calibrate.h), or as published. Every alarm counts; there is no refractory
 * period but the detector's own. Those of loss or gradient alarm where it is not finite, too. */
#ifndef BENCH_RIVALS_H
#define BENCH_RIVALS_H

#include "verdict.h"

enum { BENCH_RIVALS = 12, BENCH_ALARMS = 256 };

typedef struct bench_rival {
    const char *name; /* static text */
    bench_detector
        detector; /* {0}: PELT, which looks at the loss from BENCH_QUIET_FROM on, afterwards */
    bool afterwards;
    bool of_loss, of_gradient; /* what it listens to; neither: to spectra or reconstruction */
    bool calibrated;
    bool holds;       /* calibrated: some threshold kept the promise */
    double threshold; /* of PELT: its penalty over 3 log n */
} bench_rival;

typedef struct bench_rivals {
    int n;
    bench_rival rival[BENCH_RIVALS];
} bench_rivals;

/* KOOP_NO_MEMORY. Free with bench_rivals_free (a zeroed one is allowed). */
koop_status bench_rivals_new(bench_rivals *out);
void bench_rivals_free(bench_rivals *rivals);

/* Sets the thresholds of those that are calibrated: on quiet series, to that many false alarms per
 * 10,000 snapshots at most. KOOP_NOT_ENOUGH_DATA: no series has a snapshot to count; KOOP_NO_MEMORY. */
koop_status bench_rivals_calibrate(bench_rivals *rivals, const bench_series *quiet, size_t n,
                                   double per_10000);

/* Its alarms in a series, in rising order, BENCH_ALARMS at most; gives their number. */
size_t bench_rival_alarms(const bench_rival *rival, const bench_series *series,
                          bench_alarm alarms[BENCH_ALARMS]);

#endif
