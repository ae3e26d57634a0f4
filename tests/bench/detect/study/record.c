#include "record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SAMPLES = 1 << 20 };

/* Changes with what is written below it. */
static const uint64_t mark = 0x6b6f6f7062640002u;

typedef struct head {
    uint64_t mark;
    planted_options options;
    uint64_t count;
    int64_t n_told;
    bench_told told[BENCH_EVENTS];
    bench_cost cost;
} head;

typedef struct row {
    double loss, grad_norm, reconstruction;
    int64_t rank; /* −1: no spectrum */
} row;

typedef struct update_row {
    double values[BENCH_EIGENVALUES][2];
    double signals[KOOP_SIGNAL_COUNT];
    double learning_rate, scalars[KOOP_DETECT_SCALARS];
    int64_t available, n_groups, n_scalars;
} update_row;

koop_status bench_record_new(bench_record *out, const planted_options *options, size_t room) {
    *out = (bench_record){.options = *options, .room = room};
    out->samples = calloc(room, sizeof *out->samples);
    out->updates = calloc(room, sizeof *out->updates); /* untouched pages cost nothing */
    if (out->samples && out->updates) return KOOP_OK;
    bench_record_free(out);
    return KOOP_NO_MEMORY;
}

void bench_record_free(bench_record *record) {
    free(record->samples);
    free(record->updates);
    *record = (bench_record){0};
}

static bool save_update(const bench_update *update, FILE *file) {
    const koop_spectrum *spectrum = &update->spectrum;
    const koop_signals *signals = &update->signals;
    const koop_detect_scalars *scalars = &update->scalars;
    update_row r;
    memset(&r, 0, sizeof r);
    for (int j = 0; j < BENCH_EIGENVALUES && j < spectrum->rank; j++) {
        r.values[j][0] = spectrum->modes[j].re;
        r.values[j][1] = spectrum->modes[j].im;
    }
    memcpy(r.signals, signals->value, sizeof r.signals);
    memcpy(r.scalars, scalars->value, sizeof r.scalars);
    r.learning_rate = scalars->learning_rate;
    r.available = signals->available;
    r.n_groups = signals->n_groups;
    r.n_scalars = scalars->n;
    const size_t groups = (size_t)signals->n_groups;
    return fwrite(&r, sizeof r, 1, file) == 1 &&
           fwrite(signals->group_share, sizeof(double), groups, file) == groups &&
           fwrite(signals->group_speed, sizeof(double), groups, file) == groups;
}

static bool save_sample(const bench_sample *sample, FILE *file) {
    const koop_spectrum *s = sample->spectrum;
    const row r = {sample->loss, sample->grad_norm, sample->reconstruction, s ? s->rank : -1};
    return fwrite(&r, sizeof r, 1, file) == 1;
}

bool bench_record_save(const bench_record *record, FILE *file) {
    head h;
    memset(&h, 0, sizeof h);
    h.mark = mark;
    h.options = record->options;
    h.count = record->count;
    h.n_told = record->n_told;
    memcpy(h.told, record->told, sizeof h.told);
    h.cost = record->cost;
    if (fwrite(&h, sizeof h, 1, file) != 1) return false;
    const bench_update *update = record->updates;
    for (size_t i = 0; i < record->count; i++) {
        const bench_sample *sample = &record->samples[i];
        if (!save_sample(sample, file)) return false;
        if (sample->spectrum && !save_update(update++, file)) return false;
    }
    return true;
}

static bool same(const planted_options *a, const planted_options *b) {
    return a->model == b->model && a->optimizer == b->optimizer && a->schedule == b->schedule &&
           a->change == b->change && a->at == b->at && a->strength == b->strength &&
           a->steps == b->steps && a->warm_up == b->warm_up && a->seed == b->seed;
}

static bool load_update(bench_record *record, int64_t rank, FILE *file) {
    update_row r;
    bench_update *u = &record->updates[record->n_updates];
    if (fread(&r, sizeof r, 1, file) != 1 || r.n_groups < 0 || r.n_groups > KOOP_MAX_GROUPS ||
        r.n_scalars < 0 || r.n_scalars > KOOP_DETECT_SCALARS)
        return false;
    u->spectrum.rank = rank < BENCH_EIGENVALUES ? (int)rank : BENCH_EIGENVALUES;
    for (int j = 0; j < u->spectrum.rank; j++) {
        u->spectrum.modes[j].re = r.values[j][0];
        u->spectrum.modes[j].im = r.values[j][1];
    }
    u->signals.available = (unsigned)r.available;
    u->signals.n_groups = (int)r.n_groups;
    memcpy(u->signals.value, r.signals, sizeof r.signals);
    u->scalars.learning_rate = r.learning_rate;
    u->scalars.n = (int)r.n_scalars;
    memcpy(u->scalars.value, r.scalars, sizeof r.scalars);
    const size_t groups = (size_t)r.n_groups;
    if (fread(u->signals.group_share, sizeof(double), groups, file) != groups ||
        fread(u->signals.group_speed, sizeof(double), groups, file) != groups)
        return false;
    record->n_updates++;
    return true;
}

static bool load_sample(bench_record *record, FILE *file) {
    row r;
    if (fread(&r, sizeof r, 1, file) != 1 || r.rank > KOOP_MAX_RANK) return false;
    bench_sample *sample = &record->samples[record->count++];
    *sample = (bench_sample){.step = (int64_t)record->count,
                             .loss = r.loss,
                             .grad_norm = r.grad_norm,
                             .reconstruction = r.reconstruction};
    if (r.rank < 0) return true;
    const bench_update *update = &record->updates[record->n_updates];
    sample->spectrum = &update->spectrum;
    sample->signals = &update->signals;
    return load_update(record, r.rank, file);
}

koop_status bench_record_load(bench_record *out, const planted_options *options, FILE *file) {
    head h;
    if (fread(&h, sizeof h, 1, file) != 1 || h.mark != mark || !same(&h.options, options) ||
        h.count < 1 || h.count > MOST_SAMPLES || h.n_told < 0 || h.n_told > BENCH_EVENTS)
        return KOOP_BAD_MESSAGE;
    koop_status status = bench_record_new(out, options, (size_t)h.count);
    if (status != KOOP_OK) return status;
    out->n_told = (int)h.n_told;
    memcpy(out->told, h.told, sizeof h.told);
    out->cost = h.cost;
    while (status == KOOP_OK && out->count < h.count)
        if (!load_sample(out, file)) status = KOOP_BAD_MESSAGE;
    if (status != KOOP_OK) bench_record_free(out);
    return status;
}
