#include "signals.h"

#include "transport.h"

#include <math.h>
#include <stdlib.h>

enum { HORIZON = 8 }; /* h: snapshots that the short signals average over */

struct koop_signals_reader {
    koop_dmd_options options;
    int stride;
    int age; /* pushes between a model's fit and its test; 0: no prediction */
    int n_models, next_model, models_held;
    koop_dmd_model **models; /* ring of the latest fits, n_models = age/stride + 1 */
    int n_spectra, next_spectrum, spectra_held;
    koop_spectrum *spectra; /* ring reaching one window back */
    koop_transport *transport;
    double *gram; /* span×span, scratch */
};

const char *koop_signal_name(koop_signal signal) {
    switch (signal) {
    case KOOP_SIGNAL_PREDICTION:
        return "prediction";
    case KOOP_SIGNAL_SPEED:
        return "speed";
    case KOOP_SIGNAL_RADIAL:
        return "radial";
    case KOOP_SIGNAL_ALIGNMENT:
        return "alignment";
    case KOOP_SIGNAL_PERSISTENCE:
        return "persistence";
    case KOOP_SIGNAL_STRAIGHTNESS:
        return "straightness";
    case KOOP_SIGNAL_EFFECTIVE_RANK:
        return "effective_rank";
    case KOOP_SIGNAL_MEAN_MODULUS:
        return "mean_modulus";
    case KOOP_SIGNAL_MAX_MODULUS:
        return "max_modulus";
    case KOOP_SIGNAL_DISTANCE:
        return "distance";
    case KOOP_SIGNAL_SHARES:
        return "shares";
    case KOOP_SIGNAL_SCALARS:
        return "scalars";
    case KOOP_SIGNAL_COUNT:
        break;
    }
    return "unknown";
}

/* Whole updates that cover the horizon, in snapshots; 0 where the DMD cannot be tested so. */
static int model_age(const koop_dmd_options *o, int stride) {
    int age = (HORIZON + stride - 1) / stride * stride;
    bool testable = o->pca > 0 && o->center == KOOP_CENTER_MEAN && !o->difference &&
                    age <= o->span && o->span + age <= KOOP_MAX_WINDOW &&
                    o->span + age - HORIZON > o->delays;
    return testable ? age : 0;
}

int koop_signals_window_capacity(const koop_dmd_options *o, int stride) {
    int capacity = o->span + model_age(o, stride);
    int least = (o->span > stride ? o->span : stride) + 1; /* an update's steps */
    return capacity > least ? capacity : least;
}

static int models_kept(int age, int stride) {
    return age ? age / stride + 1 : 0;
}

static int spectra_kept(const koop_dmd_options *o, int stride) {
    return (o->span + stride - 1) / stride + 1;
}

koop_status koop_signals_new(koop_signals_reader **out, const koop_dmd_options *o, int stride) {
    if (stride < 1 || stride >= KOOP_MAX_WINDOW) return KOOP_BAD_ARGUMENT;
    koop_signals_reader *r = calloc(1, sizeof *r);
    if (!r) return KOOP_NO_MEMORY;
    r->options = *o;
    r->stride = stride;
    r->age = model_age(o, stride);
    r->n_models = models_kept(r->age, stride);
    r->n_spectra = spectra_kept(o, stride);
    r->models = calloc((size_t)r->n_models + 1, sizeof *r->models);
    r->spectra = malloc((size_t)r->n_spectra * sizeof *r->spectra);
    r->gram = malloc((size_t)o->span * (size_t)o->span * sizeof(double));
    koop_status status = koop_transport_new(&r->transport, KOOP_MAX_RANK);
    if (!r->models || !r->spectra || !r->gram) status = KOOP_NO_MEMORY;
    for (int i = 0; i < r->n_models && status == KOOP_OK; i++)
        status = koop_dmd_model_new(&r->models[i], o);
    if (status != KOOP_OK) {
        koop_signals_free(r);
        return status;
    }
    *out = r;
    return KOOP_OK;
}

void koop_signals_free(koop_signals_reader *r) {
    if (!r) return;
    for (int i = 0; r->models && i < r->n_models; i++) koop_dmd_model_free(r->models[i]);
    free(r->models);
    free(r->spectra);
    free(r->gram);
    koop_transport_free(r->transport);
    free(r);
}

static void set(koop_signals *out, koop_signal signal, double value) {
    if (!isfinite(value)) return;
    out->value[signal] = value;
    out->available |= 1u << signal;
}

/* Each group's share of the squares of the latest HORIZON steps. */
static void read_shares(const koop_window *window, koop_signals *out) {
    double total = 0, step2 = 0;
    out->n_groups = koop_window_groups(window);
    for (int back = 0; back < HORIZON; back++) {
        if (koop_window_step2(window, back, &step2) != KOOP_OK) return;
        total += step2;
    }
    for (int g = 0; g < out->n_groups && total > 0; g++)
        for (int back = 0; back < HORIZON; back++)
            if (koop_window_group_step2(window, g, back, &step2) == KOOP_OK)
                out->group_share[g] += step2 / total;
}

static void read_group_speeds(const koop_window *window, int count, koop_signals *out) {
    double step2 = 0;
    for (int g = 0; g < out->n_groups; g++)
        for (int back = 0; back < count; back++)
            if (koop_window_group_step2(window, g, back, &step2) == KOOP_OK)
                out->group_speed[g] += log(step2) / 2 / count;
}

/* Cosine of the step `back` old with the way between the snapshot before it and one `reach`
 * snapshots older. */
static bool cosine_with_way(const koop_window *window, int back, int reach, double *cosine) {
    double step2 = 0, way2 = 0, both2 = 0;
    if (koop_window_step2(window, back, &step2) != KOOP_OK) return false;
    if (koop_window_distance2(window, back + 1, back + 1 + reach, &way2) != KOOP_OK) return false;
    if (koop_window_distance2(window, back, back + 1 + reach, &both2) != KOOP_OK) return false;
    *cosine = (both2 - step2 - way2) / (2 * sqrt(step2 * way2));
    return step2 > 0 && way2 > 0;
}

static bool cosine_with_weights(const koop_window *window, int back, double *cosine) {
    double step2 = 0, before2 = 0, now2 = 0;
    if (koop_window_step2(window, back, &step2) != KOOP_OK) return false;
    if (koop_window_norm2(window, back + 1, &before2) != KOOP_OK) return false;
    if (koop_window_norm2(window, back, &now2) != KOOP_OK) return false;
    *cosine = (now2 - before2 - step2) / (2 * sqrt(step2 * before2));
    return step2 > 0 && before2 > 0;
}

typedef struct mean {
    double sum;
    int count;
} mean;

static void add(mean *m, bool known, double value) {
    if (!known) return;
    m->sum += value;
    m->count++;
}

static void set_mean(koop_signals *out, koop_signal signal, mean m) {
    if (m.count > 0) set(out, signal, m.sum / m.count);
}

/* Over the steps since the last update; a step that was none has no direction and no logarithm. */
static void read_steps(const koop_window *window, int stride, koop_signals *out) {
    mean speed = {0}, radial = {0}, alignment = {0}, persistence = {0};
    for (int back = 0; back < stride; back++) {
        double step2 = 0, cosine = 0;
        bool moved = koop_window_step2(window, back, &step2) == KOOP_OK && step2 > 0;
        add(&speed, moved, log(step2) / 2);
        /* Whether there is a cosine, before its value: arguments are evaluated in any order. */
        bool known = cosine_with_weights(window, back, &cosine);
        add(&radial, known, cosine);
        known = cosine_with_way(window, back, HORIZON, &cosine);
        add(&alignment, known, cosine);
        known = cosine_with_way(window, back, 1, &cosine);
        add(&persistence, known, cosine);
    }
    set_mean(out, KOOP_SIGNAL_SPEED, speed);
    set_mean(out, KOOP_SIGNAL_RADIAL, radial);
    set_mean(out, KOOP_SIGNAL_ALIGNMENT, alignment);
    set_mean(out, KOOP_SIGNAL_PERSISTENCE, persistence);
    read_group_speeds(window, stride, out);
}

static void read_shape(koop_signals_reader *r, const koop_window *window, koop_signals *out) {
    int span = r->options.span;
    double net2 = 0, path = 0, step2 = 0;
    if (koop_window_distance2(window, 0, span - 1, &net2) != KOOP_OK) return;
    for (int back = 0; back < span - 1; back++)
        if (koop_window_step2(window, back, &step2) == KOOP_OK) path += sqrt(step2);
    if (path > 0) set(out, KOOP_SIGNAL_STRAIGHTNESS, sqrt(net2) / path);
    if (koop_window_gram(window, span, 0, KOOP_CENTER_MEAN, false, r->gram) != KOOP_OK) return;
    double trace = 0, square = 0;
    for (size_t i = 0; i < (size_t)span; i++) trace += r->gram[i * ((size_t)span + 1)];
    for (size_t i = 0; i < (size_t)span * (size_t)span; i++) square += r->gram[i] * r->gram[i];
    if (square > 0) set(out, KOOP_SIGNAL_EFFECTIVE_RANK, trace * trace / square);
}

static void read_prediction(koop_signals_reader *r, const koop_dmd *dmd, const koop_window *window,
                            koop_signals *out) {
    if (r->age == 0) return;
    koop_dmd_model *newest = r->models[r->next_model];
    r->next_model = (r->next_model + 1) % r->n_models;
    koop_dmd_model *oldest = r->models[r->next_model];
    bool kept = koop_dmd_keep(dmd, newest) == KOOP_OK;
    if (!kept)
        r->models_held = 0;
    else if (r->models_held < r->n_models)
        r->models_held++;
    double ratio = 0;
    if (r->models_held >= r->n_models &&
        koop_dmd_prediction(oldest, window, r->age, HORIZON, &ratio) == KOOP_OK)
        set(out, KOOP_SIGNAL_PREDICTION, 0.5 * log(ratio > 1e-30 ? ratio : 1e-30));
}

static void read_distance(koop_signals_reader *r, const koop_spectrum *spectrum,
                          koop_signals *out) {
    r->spectra[r->next_spectrum] = *spectrum;
    r->next_spectrum = (r->next_spectrum + 1) % r->n_spectra;
    if (r->spectra_held < r->n_spectra) r->spectra_held++;
    double distance = 0;
    if (r->spectra_held == r->n_spectra &&
        koop_transport_spectra(r->transport, &r->spectra[r->next_spectrum], spectrum, &distance) ==
            KOOP_OK)
        set(out, KOOP_SIGNAL_DISTANCE, distance);
}

void koop_signals_read(koop_signals_reader *r, const koop_dmd *dmd, const koop_window *window,
                       const koop_spectrum *spectrum, koop_signals *out) {
    *out = (koop_signals){0};
    read_shares(window, out);
    read_steps(window, r->stride, out);
    read_shape(r, window, out);
    set(out, KOOP_SIGNAL_MEAN_MODULUS, koop_spectrum_mean_modulus(spectrum));
    set(out, KOOP_SIGNAL_MAX_MODULUS, koop_spectrum_max_modulus(spectrum));
    read_prediction(r, dmd, window, out);
    read_distance(r, spectrum, out);
}

void koop_signals_interrupt(koop_signals_reader *r) {
    r->models_held = r->spectra_held = 0;
}

const koop_spectrum *koop_signals_previous(const koop_signals_reader *r) {
    return r->spectra_held == r->n_spectra ? &r->spectra[r->next_spectrum] : NULL;
}

/* The ring's entry that is i updates older than the newest. */
static int at(int next, int i, int size) {
    return (next - 1 - i + size) % size;
}

void koop_signals_exchange(koop_signals_reader *r, koop_state *s) {
    koop_state_same_int(s, r->stride);
    koop_state_same_int(s, r->n_models);
    koop_state_same_int(s, r->n_spectra);
    koop_state_int(s, &r->models_held, 0, r->n_models);
    koop_state_int(s, &r->spectra_held, 0, r->n_spectra);
    if (s->status != KOOP_OK) return;
    for (int i = 0; i < r->models_held; i++)
        koop_dmd_model_exchange(r->models[at(r->next_model, i, r->n_models)], s);
    for (int i = 0; i < r->spectra_held; i++)
        koop_spectrum_exchange(&r->spectra[at(r->next_spectrum, i, r->n_spectra)], s);
}

size_t koop_signals_bytes(const koop_dmd_options *o, int stride) {
    size_t models = (size_t)models_kept(model_age(o, stride), stride);
    size_t spectra = (size_t)spectra_kept(o, stride), span = (size_t)o->span;
    return models * koop_dmd_model_bytes(o) + spectra * sizeof(koop_spectrum) +
           span * span * sizeof(double);
}
