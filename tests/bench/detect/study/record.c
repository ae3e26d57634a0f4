#include "record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SAMPLES = 1 << 20 };

/* Changes with what is written below it. */
static const uint64_t mark = 0x6b6f6f7062640001u;

typedef struct head {
    uint64_t mark;
    planted_options options;
    uint64_t count;
    int32_t n_told[BENCH_FEEDINGS];
    bench_told told[BENCH_FEEDINGS][BENCH_EVENTS];
    bench_cost cost[BENCH_FEEDINGS];
} head;

typedef struct row {
    double loss, grad_norm, reconstruction;
    int64_t rank; /* −1: no spectrum */
} row;

koop_status bench_record_new(bench_record *out, const planted_options *options, size_t room) {
    *out = (bench_record){.options = *options, .room = room};
    out->samples = calloc(room, sizeof *out->samples);
    out->spectra = calloc(room, sizeof *out->spectra); /* untouched pages cost nothing */
    if (out->samples && out->spectra) return KOOP_OK;
    bench_record_free(out);
    return KOOP_NO_MEMORY;
}

void bench_record_free(bench_record *record) {
    free(record->samples);
    free(record->spectra);
    *record = (bench_record){0};
}

static bool save_sample(const bench_sample *sample, FILE *file) {
    const koop_spectrum *s = sample->spectrum;
    const row r = {sample->loss, sample->grad_norm, sample->reconstruction, s ? s->rank : -1};
    double values[BENCH_EIGENVALUES][2];
    if (fwrite(&r, sizeof r, 1, file) != 1) return false;
    if (!s) return true;
    for (int j = 0; j < BENCH_EIGENVALUES; j++) {
        values[j][0] = j < s->rank ? s->modes[j].re : 0;
        values[j][1] = j < s->rank ? s->modes[j].im : 0;
    }
    return fwrite(values, sizeof values, 1, file) == 1;
}

bool bench_record_save(const bench_record *record, FILE *file) {
    head h;
    memset(&h, 0, sizeof h);
    h.mark = mark;
    h.options = record->options;
    h.count = record->count;
    for (int f = 0; f < BENCH_FEEDINGS; f++) h.n_told[f] = record->n_told[f];
    memcpy(h.told, record->told, sizeof h.told);
    memcpy(h.cost, record->cost, sizeof h.cost);
    if (fwrite(&h, sizeof h, 1, file) != 1) return false;
    for (size_t i = 0; i < record->count; i++)
        if (!save_sample(&record->samples[i], file)) return false;
    return true;
}

static bool same(const planted_options *a, const planted_options *b) {
    return a->model == b->model && a->optimizer == b->optimizer && a->schedule == b->schedule &&
           a->change == b->change && a->at == b->at && a->strength == b->strength &&
           a->steps == b->steps && a->warm_up == b->warm_up && a->seed == b->seed;
}

static bool load_sample(bench_record *record, FILE *file) {
    row r;
    double values[BENCH_EIGENVALUES][2];
    if (fread(&r, sizeof r, 1, file) != 1 || r.rank > KOOP_MAX_RANK) return false;
    bench_sample *sample = &record->samples[record->count++];
    *sample = (bench_sample){.step = (int64_t)record->count,
                             .loss = r.loss,
                             .grad_norm = r.grad_norm,
                             .reconstruction = r.reconstruction};
    if (r.rank < 0) return true;
    if (fread(values, sizeof values, 1, file) != 1) return false;
    koop_spectrum *s = &record->spectra[record->n_spectra++];
    s->rank = r.rank < BENCH_EIGENVALUES ? (int)r.rank : BENCH_EIGENVALUES;
    for (int j = 0; j < s->rank; j++) {
        s->modes[j].re = values[j][0];
        s->modes[j].im = values[j][1];
    }
    sample->spectrum = s;
    return true;
}

koop_status bench_record_load(bench_record *out, const planted_options *options, FILE *file) {
    head h;
    if (fread(&h, sizeof h, 1, file) != 1 || h.mark != mark || !same(&h.options, options) ||
        h.count < 1 || h.count > MOST_SAMPLES)
        return KOOP_BAD_MESSAGE;
    koop_status status = bench_record_new(out, options, (size_t)h.count);
    if (status != KOOP_OK) return status;
    for (int f = 0; f < BENCH_FEEDINGS; f++) {
        if (h.n_told[f] < 0 || h.n_told[f] > BENCH_EVENTS) status = KOOP_BAD_MESSAGE;
        out->n_told[f] = h.n_told[f];
    }
    memcpy(out->told, h.told, sizeof h.told);
    memcpy(out->cost, h.cost, sizeof h.cost);
    while (status == KOOP_OK && out->count < h.count)
        if (!load_sample(out, file)) status = KOOP_BAD_MESSAGE;
    if (status != KOOP_OK) bench_record_free(out);
    return status;
}
