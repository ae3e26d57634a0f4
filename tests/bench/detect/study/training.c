#include "training.h"

#include "pipeline.h"
#include "reconstruction.h"
#include "tap.h"
#include "verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct training {
    bench_record *record;
    planted *trainer;
    koop_pipeline *pipeline;
    koop_wire_hello hello;
    koop_wire_snapshot snapshot;
    bench_reconstruction *reconstruction;
} training;

static void keep_update(training *t, const koop_update *update) {
    bench_record *record = t->record;
    bench_sample *sample = &record->samples[record->count - 1];
    bench_update *kept = &record->updates[record->n_updates++];
    kept->spectrum = *update->spectrum;
    kept->signals = *update->signals;
    kept->scalars = bench_tap_scalars();
    memset(kept->scalars.name, 0, sizeof kept->scalars.name);
    sample->spectrum = &kept->spectrum;
    sample->signals = &kept->signals;
    double error;
    if (bench_reconstruction_error(t->reconstruction, bench_tap_window(), &error) == KOOP_OK)
        sample->reconstruction = error;
}

static void hear(void *context, const koop_update *update) {
    training *t = context;
    bench_record *record = t->record;
    if (update->event && record->n_told < BENCH_EVENTS)
        record->told[record->n_told++] =
            (bench_told){update->event->kind, update->event->step, update->event->onset};
    if (update->spectrum) keep_update(t, update);
}

static void fill_hello(koop_wire_hello *hello, const kit_params *params) {
    hello->version = KOOP_WIRE_VERSION;
    snprintf(hello->name, sizeof hello->name, "planted");
    hello->dtype = sizeof(float);
    hello->n_groups = (uint32_t)params->n;
    uint64_t offset = 0;
    for (int g = 0; g < params->n; g++) {
        const kit_group *from = &params->layout[g];
        koop_wire_group *group = &hello->groups[g];
        snprintf(group->name, sizeof group->name, "%s", from->name);
        group->dimensions = (uint32_t)from->dimensions;
        for (int i = 0; i < from->dimensions; i++) group->shape[i] = from->shape[i];
        group->length = kit_group_count(from);
        group->offset = offset;
        offset += group->length;
    }
}

static koop_status begin(training *t, const planted_options *options, const kit_images *images) {
    koop_status status = planted_new(&t->trainer, options, images);
    if (status != KOOP_OK) return status;
    const kit_params *params = planted_params(t->trainer);
    const koop_pipeline_options defaults = koop_pipeline_defaults();
    fill_hello(&t->hello, params);
    status = koop_pipeline_new(&t->pipeline, &defaults, &t->hello, hear, t);
    const bench_reconstruction_options reconstruction = bench_reconstruction_defaults();
    if (status == KOOP_OK) status = bench_reconstruction_new(&t->reconstruction, &reconstruction);
    return status;
}

static void add_scalar(koop_wire_snapshot *snapshot, const char *name, double value) {
    koop_wire_scalar *scalar = &snapshot->scalars[snapshot->n_scalars++];
    snprintf(scalar->name, sizeof scalar->name, "%s", name);
    scalar->value = value;
}

static bool tells_rate(planted_change change) {
    return change != PLANTED_LR_DROP && change != PLANTED_LR_RAMP && change != PLANTED_TO_ADAM;
}

static koop_status feed(training *t, const planted_progress *now) {
    const kit_params *params = planted_params(t->trainer);
    koop_wire_snapshot *s = &t->snapshot;
    s->seq = (uint64_t)now->step;
    s->step = now->step;
    s->data = (const uint8_t *)params->group[0];
    s->total = s->bytes = params->count * sizeof(float);
    s->n_scalars = 0;
    if (tells_rate(t->record->options.change)) add_scalar(s, "lr", now->lr);
    add_scalar(s, "loss", now->loss);
    add_scalar(s, "grad_norm", now->grad_norm);
    bench_tap_measure(&t->record->cost);
    const koop_status status = koop_pipeline_push(t->pipeline, s);
    bench_tap_measure(NULL);
    return status;
}

static koop_status take(training *t, const planted_progress *now) {
    bench_record *record = t->record;
    record->samples[record->count++] = (bench_sample){
        .step = now->step, .loss = now->loss, .grad_norm = now->grad_norm, .reconstruction = NAN};
    return feed(t, now);
}

static bool complete(const bench_record *record) {
    const planted_options *o = &record->options;
    const long step = (long)record->count;
    if (step == (long)record->room) return true;
    if (o->change == PLANTED_NONE || step < o->at + BENCH_AFTER) return false;
    const bench_series series = bench_record_series(record);
    return o->change != PLANTED_LR_RAMP || bench_blow_up(&series, o->at) >= 0;
}

static long longest(const planted_options *o) {
    if (o->change == PLANTED_NONE) return o->steps;
    return o->change == PLANTED_LR_RAMP ? BENCH_RAMP_STEPS : o->at + BENCH_AFTER;
}

koop_status bench_train(bench_record *out, const planted_options *options,
                        const kit_images *images) {
    koop_status status = bench_record_new(out, options, (size_t)longest(options));
    if (status != KOOP_OK) return status;
    training *t = calloc(1, sizeof *t);
    if (!t) status = KOOP_NO_MEMORY;
    if (t) {
        t->record = out;
        status = begin(t, options, images);
    }
    const planted_progress *now = NULL;
    while (status == KOOP_OK && (!now || now->finite) && !complete(out)) {
        status = planted_step(t->trainer, &now);
        if (status == KOOP_OK) status = take(t, now);
    }
    if (t) {
        koop_pipeline_free(t->pipeline);
        bench_reconstruction_free(t->reconstruction);
        planted_free(t->trainer);
    }
    free(t);
    if (status != KOOP_OK) bench_record_free(out);
    return status;
}
