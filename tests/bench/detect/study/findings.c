#include "findings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void bench_findings_free(bench_findings *f) {
    free(f->findings);
    free(f->quiets);
    *f = (bench_findings){0};
}

/* Room for one more of `size` bytes. */
static bool grow(void **array, size_t *room, size_t count, size_t size) {
    if (count < *room) return true;
    const size_t wanted = 2 * *room + 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown) return false;
    *array = grown;
    *room = wanted;
    return true;
}

static size_t alarms_of(const bench_told *told, int n, bench_alarm *alarms) {
    size_t count = 0;
    for (int k = 0; k < n; k++)
        if (told[k].kind == KOOP_EVENT_TRANSITION || told[k].kind == KOOP_EVENT_DIVERGING)
            alarms[count++] = (bench_alarm){told[k].step, told[k].onset};
    return count;
}

static koop_status take_changed(bench_findings *f, const bench_record *record, int source,
                                bool afterwards, const bench_alarm *alarms, size_t n) {
    void *array = f->findings;
    if (!grow(&array, &f->room_findings, f->n_findings, sizeof *f->findings)) return KOOP_NO_MEMORY;
    f->findings = array;
    const planted_options *o = &record->options;
    const bench_series series = bench_record_series(record);
    const int64_t blow_up = o->change == PLANTED_LR_RAMP ? bench_blow_up(&series, o->at) : -1;
    const int64_t first = afterwards ? -1 : bench_first_alarm(alarms, n, o->at);
    f->findings[f->n_findings++] =
        (bench_finding){.options = *o,
                        .source = source,
                        .verdict = bench_judge(alarms, n, o->at, afterwards),
                        .blew_up = blow_up >= 0,
                        .lead = first >= 0 && first < blow_up ? (double)(blow_up - first) : 0};
    return KOOP_OK;
}

static koop_status take_quiet(bench_findings *f, const bench_record *record, int source,
                              const bench_alarm *alarms, size_t n) {
    void *array = f->quiets;
    if (!grow(&array, &f->room_quiets, f->n_quiets, sizeof *f->quiets)) return KOOP_NO_MEMORY;
    f->quiets = array;
    bench_quiet *q = &f->quiets[f->n_quiets++];
    *q = (bench_quiet){
        .options = record->options, .source = source, .alarms = bench_count_quiet(alarms, n)};
    if (record->count >= BENCH_QUIET_FROM)
        q->exposure = (int64_t)record->count - BENCH_QUIET_FROM + 1;
    const size_t kept = sizeof q->at / sizeof *q->at;
    for (size_t i = 0, k = 0; i < n && k < kept; i++)
        if (alarms[i].step >= BENCH_QUIET_FROM) q->at[k++] = alarms[i].step;
    return KOOP_OK;
}

static koop_status take_alarms(bench_findings *f, const bench_record *record, int source,
                               bool afterwards, const bench_alarm *alarms, size_t n) {
    return record->options.change == PLANTED_NONE
               ? take_quiet(f, record, source, alarms, n)
               : take_changed(f, record, source, afterwards, alarms, n);
}

static void count_kinds(bench_quiet *q, const bench_told *told, int n) {
    for (int k = 0; k < n; k++)
        if (told[k].step >= BENCH_QUIET_FROM && (unsigned)told[k].kind < BENCH_KINDS)
            q->events[told[k].kind]++;
}

/* The warning of grokking does not hang on what the detector is told. */
static void count_grokking(bench_quiet *q, const bench_record *record) {
    for (int k = 0; k < record->n_told; k++)
        if (record->told[k].kind == KOOP_EVENT_GROKKING && record->told[k].step >= BENCH_QUIET_FROM)
            q->events[KOOP_EVENT_GROKKING]++;
}

static koop_status take_own(bench_findings *f, const bench_record *record, bench_feeding feeding) {
    bench_told told[BENCH_EVENTS];
    bench_alarm alarms[BENCH_EVENTS];
    int n;
    koop_status status = bench_redetect(record, feeding, &n, told);
    if (status != KOOP_OK) return status;
    status = take_alarms(f, record, (int)feeding, false, alarms, alarms_of(told, n, alarms));
    if (status != KOOP_OK || record->options.change != PLANTED_NONE) return status;
    count_kinds(&f->quiets[f->n_quiets - 1], told, n);
    count_grokking(&f->quiets[f->n_quiets - 1], record);
    return KOOP_OK;
}

static void take_cost(bench_findings *f, const bench_record *record) {
    bench_cost *sum = &f->cost[record->options.model];
    sum->push += record->cost.push;
    sum->fit += record->cost.fit;
    sum->read += record->cost.read;
    sum->detect += record->cost.detect;
    f->snapshots[record->options.model] += (double)record->count;
}

koop_status bench_findings_take(bench_findings *f, const bench_record *record,
                                const bench_rivals *rivals) {
    const bench_series series = bench_record_series(record);
    koop_status status = KOOP_OK;
    take_cost(f, record);
    for (int k = 0; k < BENCH_FEEDINGS && status == KOOP_OK; k++)
        status = take_own(f, record, (bench_feeding)k);
    for (int k = 0; k < rivals->n && status == KOOP_OK; k++) {
        bench_alarm alarms[BENCH_ALARMS];
        const bench_rival *rival = &rivals->rival[k];
        const size_t n = bench_rival_alarms(rival, &series, alarms);
        status = take_alarms(f, record, BENCH_FEEDINGS + k, rival->afterwards, alarms, n);
    }
    return status;
}

/* Sums */

static bool fits(const bench_filter *filter, int source, const planted_options *o) {
    return source == filter->source && (filter->model < 0 || (int)o->model == filter->model) &&
           (filter->change < 0 || (int)o->change == filter->change) &&
           (filter->schedule < 0 || (int)o->schedule == filter->schedule);
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. */
static double median(double *values, size_t n) {
    if (n == 0) return NAN;
    qsort(values, n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static double mean(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    return n ? sum / (double)n : NAN;
}

bench_summary bench_summarise(const bench_findings *f, const bench_filter *filter) {
    bench_summary s = {
        .mean_delay = NAN, .median_delay = NAN, .median_onset_error = NAN, .median_lead = NAN};
    double *values = malloc(3 * f->n_findings * sizeof *values + 1);
    if (!values) return s;
    double *delays = values, *errors = delays + f->n_findings, *leads = errors + f->n_findings;
    size_t n_delays = 0, n_errors = 0, n_leads = 0;
    for (size_t i = 0; i < f->n_findings; i++) {
        const bench_finding *one = &f->findings[i];
        if (!fits(filter, one->source, &one->options)) continue;
        s.runs++;
        s.detected += one->verdict.detected;
        s.extra += one->verdict.extra;
        s.early += one->verdict.early;
        if (!isnan(one->verdict.delay)) delays[n_delays++] = one->verdict.delay;
        if (!isnan(one->verdict.onset_error)) errors[n_errors++] = one->verdict.onset_error;
        if (!one->blew_up) continue;
        s.blown_up++;
        s.warned += one->lead >= 1;
        leads[n_leads++] = one->lead;
    }
    s.mean_delay = mean(delays, n_delays);
    s.median_delay = median(delays, n_delays);
    s.median_onset_error = median(errors, n_errors);
    s.median_lead = median(leads, n_leads);
    free(values);
    return s;
}

bench_quiet_summary bench_summarise_quiet(const bench_findings *f, const bench_filter *filter) {
    bench_quiet_summary s = {0};
    for (size_t i = 0; i < f->n_quiets; i++) {
        const bench_quiet *one = &f->quiets[i];
        if (!fits(filter, one->source, &one->options)) continue;
        s.runs++;
        s.alarms += one->alarms;
        s.exposure += one->exposure;
        for (int k = 0; k < BENCH_KINDS; k++) s.events[k] += one->events[k];
    }
    return s;
}
