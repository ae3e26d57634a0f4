#include "redetect.h"

koop_status bench_redetect(const bench_record *record, bench_feeding feeding, int *n,
                           bench_told told[BENCH_EVENTS]) {
    const koop_detect_options options = koop_detect_defaults();
    const int n_groups = record->n_updates ? record->updates[0].signals.n_groups : 0;
    koop_detect *detect;
    koop_status status = koop_detect_new(&detect, &options, NULL, n_groups);
    if (status != KOOP_OK) return status;
    const bench_update *update = record->updates;
    *n = 0;
    for (size_t i = 0; i < record->count && status == KOOP_OK; i++) {
        const bench_sample *sample = &record->samples[i];
        koop_detect_snapshot(detect, sample->step);
        if (!sample->signals) continue;
        koop_detect_scalars scalars = (update++)->scalars;
        for (int k = 0; k < scalars.n; k++) scalars.name[k] = "scalar";
        if (feeding == BENCH_FED_WEIGHTS) scalars.n = 0;
        bool fired;
        koop_event event;
        status =
            koop_detect_update(detect, sample->step, sample->signals, &scalars, &fired, &event);
        if (status == KOOP_OK && fired && *n < BENCH_EVENTS)
            told[(*n)++] = (bench_told){event.kind, event.step, event.onset};
    }
    koop_detect_free(detect);
    return status;
}

/* Of the detector: not those of other parts of a pipeline. */
static bool of_detector(const bench_told *told) {
    return told->kind != KOOP_EVENT_GROKKING && told->kind != KOOP_EVENT_NOT_FINITE;
}

bool bench_redetect_agrees(const bench_record *record) {
    bench_told again[BENCH_EVENTS];
    int n, k = 0;
    if (record->n_told == BENCH_EVENTS) return true; /* the others are not known */
    if (bench_redetect(record, BENCH_FED_SCALARS, &n, again) != KOOP_OK) return false;
    for (int i = 0; i < record->n_told; i++) {
        const bench_told *told = &record->told[i];
        if (!of_detector(told)) continue;
        if (k == n || again[k].kind != told->kind || again[k].step != told->step ||
            again[k].onset != told->onset)
            return false;
        k++;
    }
    return k == n;
}
