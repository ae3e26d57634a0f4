/* findings: what every detector made of every run, and sums of it.
 *
 * A source is a detector: the first BENCH_FEEDINGS are koopmon's in its two feedings, the others the
 * rivals in their order. Koopmon's alarms are its events `transition` and `diverging`; of its other
 * events only the number in quiet runs is kept. */
#ifndef BENCH_FINDINGS_H
#define BENCH_FINDINGS_H

#include "redetect.h"
#include "rivals.h"

enum { BENCH_SOURCES = BENCH_FEEDINGS + BENCH_RIVALS, BENCH_KINDS = KOOP_EVENT_NOT_FINITE + 1 };

typedef struct bench_finding { /* one source, one run with a change */
    planted_options options;
    int source;
    bench_verdict verdict;
    bool blew_up; /* lr-ramp only */
    double lead;  /* steps from its first alarm to the blow-up; 0: none, or not before it */
} bench_finding;

typedef struct bench_quiet { /* one source, one run without */
    planted_options options;
    int source;
    int alarms;              /* from step BENCH_QUIET_FROM on */
    int events[BENCH_KINDS]; /* koopmon's, likewise */
    int64_t exposure;        /* snapshots from there on */
    int64_t at[4];           /* steps of its first alarms */
} bench_quiet;

typedef struct bench_findings {
    size_t n_findings, n_quiets, room_findings, room_quiets;
    bench_finding *findings;
    bench_quiet *quiets;
    bench_cost cost[PLANTED_MODELS];
    double snapshots[PLANTED_MODELS]; /* that the costs are of */
} bench_findings;

/* Takes a run's record. KOOP_NO_MEMORY. Free with bench_findings_free. */
koop_status bench_findings_take(bench_findings *findings, const bench_record *record,
                                const bench_rivals *rivals);
void bench_findings_free(bench_findings *findings);

/* Which findings; −1: any. */
typedef struct bench_filter {
    int source, model, change, schedule;
} bench_filter;

typedef struct bench_summary { /* NaN where there is nothing to take it of */
    int runs, detected, extra, early;
    double mean_delay, median_delay, median_onset_error;
    int blown_up, warned; /* warned: a lead of 1 or more */
    double median_lead;   /* over the runs that blew up */
} bench_summary;

typedef struct bench_quiet_summary {
    int runs, alarms;
    int events[BENCH_KINDS];
    int64_t exposure;
} bench_quiet_summary;

bench_summary bench_summarise(const bench_findings *findings, const bench_filter *filter);
bench_quiet_summary bench_summarise_quiet(const bench_findings *findings,
                                          const bench_filter *filter);

#endif
