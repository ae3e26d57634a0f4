#include "planted.h"

#include "adamw.h"
#include "batches.h"
#include "digits.h"
#include "lenet.h"
#include "mlp.h"
#include "sgd.h"
#include "strength.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PART = 32, LARGE = 128, DYING_STEPS = 20 };

static const double usual_noise = 0.1, momentum = 0.9, lowering = 0.4;
static const double usual_lr[PLANTED_OPTIMIZERS] = {0.1, 0.02, 0.001};

struct planted {
    planted_options options; /* its strength resolved */
    kit_network *network;
    kit_batches *batches; /* of PART images each */
    kit_batches *after;   /* those of a subset of the classes; NULL: none */
    size_t parts;         /* taken so far */
    uint8_t labels[PART]; /* as they were replaced */
    kit_rng noise;        /* what replaces them */
    kit_real *sum;        /* of gradients, where a batch has several parts; NULL: never */
    kit_sgd sgd;
    kit_adamw adam;
    planted_progress progress;
};

planted_options planted_defaults(void) {
    return (planted_options){.at = 1500, .steps = 2500, .warm_up = 500};
}

koop_status planted_digits(kit_images *images, size_t n, uint64_t seed) {
    kit_images large;
    koop_status status = kit_digits_draw(&large, n, seed);
    if (status != KOOP_OK) return status;
    status = kit_images_halve(images, &large);
    kit_images_free(&large);
    if (status != KOOP_OK) return status;
    double mean[KIT_IMAGES_MAX_CHANNELS], deviation[KIT_IMAGES_MAX_CHANNELS];
    kit_images_statistics(images, mean, deviation);
    kit_images_normalise(images, mean, deviation);
    return KOOP_OK;
}

static bool in_range(const planted_options *o) {
    if ((unsigned)o->model >= PLANTED_MODELS || (unsigned)o->optimizer >= PLANTED_OPTIMIZERS ||
        (unsigned)o->schedule >= PLANTED_SCHEDULES || (unsigned)o->change >= PLANTED_CHANGES)
        return false;
    if (o->steps < 1 || o->warm_up < 1) return false;
    if (o->change != PLANTED_NONE && (o->at < 1 || o->at > o->steps)) return false;
    return planted_strength_fits(o->change, o->strength);
}

/* Making */

static koop_status make_batches(planted *p, const kit_images *images, uint64_t seed) {
    kit_batches_options options = {.size = PART, .shuffle = true, .whole_only = true, .seed = seed};
    koop_status status = kit_batches_new(&p->batches, images, &options);
    if (status != KOOP_OK || p->options.change != PLANTED_CLASS_SUBSET) return status;
    options.classes = (int)p->options.strength;
    return kit_batches_new(&p->after, images, &options);
}

static koop_status make_optimizers(planted *p) {
    const planted_options *o = &p->options;
    const size_t n = p->network->params.count;
    const bool both = o->change == PLANTED_TO_ADAM;
    koop_status status = KOOP_OK;
    if (both || o->optimizer != PLANTED_ADAM)
        status = kit_sgd_new(&p->sgd, n, 0, o->optimizer == PLANTED_MOMENTUM ? momentum : 0, 0);
    if (status == KOOP_OK && (both || o->optimizer == PLANTED_ADAM))
        status = kit_adamw_new(&p->adam, n, 0, 0);
    return status;
}

static koop_status prepare(planted *p, const kit_images *images) {
    const planted_options *o = &p->options;
    kit_rng seeds = kit_rng_seed(o->seed);
    const uint64_t weights = kit_rng_next(&seeds), order = kit_rng_next(&seeds);
    p->noise = kit_rng_seed(kit_rng_next(&seeds));
    koop_status status =
        (o->model == PLANTED_MLP ? mlp_new : lenet_half_new)(&p->network, PART, weights);
    if (status == KOOP_OK) status = make_batches(p, images, order);
    if (status == KOOP_OK) status = make_optimizers(p);
    if (status == KOOP_OK && (o->change == PLANTED_BATCH_UP || o->change == PLANTED_BATCH_DOWN)) {
        p->sum = malloc(p->network->params.count * sizeof *p->sum);
        if (!p->sum) status = KOOP_NO_MEMORY;
    }
    return status;
}

koop_status planted_new(planted **out, const planted_options *options, const kit_images *images) {
    if (!in_range(options)) return KOOP_BAD_ARGUMENT;
    if (kit_images_values(images) != MLP_SIDE * MLP_SIDE || images->width != MLP_SIDE ||
        images->classes != MLP_CLASSES)
        return KOOP_BAD_SHAPE;
    planted *p = calloc(1, sizeof *p);
    if (!p) return KOOP_NO_MEMORY;
    p->options = *options;
    if (options->strength == 0) p->options.strength = planted_default_strength(options->change);
    koop_status status = prepare(p, images);
    if (status == KOOP_OK)
        *out = p;
    else
        planted_free(p);
    return status;
}

void planted_free(planted *run) {
    if (!run) return;
    kit_adamw_free(&run->adam);
    kit_sgd_free(&run->sgd);
    free(run->sum);
    kit_batches_free(run->after);
    kit_batches_free(run->batches);
    kit_network_free(run->network);
    free(run);
}

const kit_params *planted_params(const planted *run) {
    return &run->network->params;
}

/* What holds at a step */

static bool acts(const planted *p, planted_change change) {
    return p->options.change == change && p->progress.changed;
}

static planted_optimizer optimizer_now(const planted *p) {
    if (!acts(p, PLANTED_TO_ADAM)) return p->options.optimizer;
    return p->options.optimizer == PLANTED_ADAM ? PLANTED_SGD : PLANTED_ADAM;
}

static double scheduled(const planted_options *o, long step) {
    const double pi = 3.14159265358979323846;
    switch (o->schedule) {
    case PLANTED_COSINE:
        return step > o->steps ? 0 : (1 + cos(pi * (double)(step - 1) / (double)o->steps)) / 2;
    case PLANTED_WARM_UP:
        return step < o->warm_up ? (double)step / (double)o->warm_up : 1;
    case PLANTED_CONSTANT:
    case PLANTED_SCHEDULES:
        break;
    }
    return 1;
}

static double lr_now(const planted *p) {
    const planted_options *o = &p->options;
    const long step = p->progress.step;
    double lr = usual_lr[optimizer_now(p)] * scheduled(o, step);
    if (acts(p, PLANTED_LR_DROP)) lr *= o->strength;
    if (acts(p, PLANTED_LR_RAMP)) lr *= pow(o->strength, (double)(step - o->at + 1));
    return lr;
}

static int parts_now(const planted *p) {
    if (p->options.change == PLANTED_BATCH_UP)
        return p->progress.changed ? (int)p->options.strength : 1;
    if (p->options.change != PLANTED_BATCH_DOWN) return 1;
    return LARGE / PART / (p->progress.changed ? (int)p->options.strength : 1);
}

/* The optimisers' own coefficient. A constant force moves the weights 1/(1 − μ) times as far. */
static double decay_now(const planted *p) {
    if (!acts(p, PLANTED_WEIGHT_DECAY)) return 0;
    const planted_optimizer optimizer = p->options.optimizer;
    const double further = optimizer == PLANTED_MOMENTUM ? 1 / (1 - momentum) : 1;
    return p->options.strength / (usual_lr[optimizer] * further);
}

/* A step */

/* As many numbers are drawn whatever the share, so that a change of it changes nothing else. */
static void replace_labels(planted *p, const uint8_t *labels) {
    const double share = acts(p, PLANTED_LABEL_NOISE) ? p->options.strength : usual_noise;
    const uint64_t classes =
        acts(p, PLANTED_CLASS_SUBSET) ? (uint64_t)p->options.strength : MLP_CLASSES;
    for (int i = 0; i < PART; i++) {
        const bool replaced = (kit_rng_symmetric(&p->noise) + 1) / 2 < share;
        const uint8_t label = (uint8_t)kit_rng_below(&p->noise, classes);
        p->labels[i] = replaced ? label : labels[i];
    }
}

/* Of the next part of a batch: the score, and the gradient in the network's. */
static kit_score measure_part(planted *p) {
    kit_batches *batches = acts(p, PLANTED_CLASS_SUBSET) ? p->after : p->batches;
    const kit_batch batch = kit_batches_get(batches, p->parts++);
    replace_labels(p, batch.labels);
    return kit_network_gradient(p->network, batch.pixels, p->labels);
}

/* Of a batch of n ≥ 2 parts. */
static kit_score measure_parts(planted *p, int n) {
    kit_params *grads = &p->network->grads;
    kit_score mean = {0};
    memset(p->sum, 0, grads->count * sizeof *p->sum);
    for (int i = 0; i < n; i++) {
        const kit_score part = measure_part(p);
        mean.loss += part.loss / n;
        mean.accuracy += part.accuracy / n;
        for (size_t j = 0; j < grads->count; j++) p->sum[j] += grads->group[0][j];
    }
    memcpy(grads->group[0], p->sum, grads->count * sizeof *p->sum);
    kit_params_scale(grads, 1.0 / n);
    return mean;
}

static void advance(planted *p) {
    kit_real *params = p->network->params.group[0];
    const kit_real *grads = p->network->grads.group[0];
    if (optimizer_now(p) == PLANTED_ADAM) {
        p->adam.lr = p->progress.lr;
        p->adam.weight_decay = decay_now(p);
        kit_adamw_step(&p->adam, params, grads);
    } else {
        p->sgd.lr = p->progress.lr;
        p->sgd.weight_decay = decay_now(p);
        kit_sgd_step(&p->sgd, params, grads);
    }
}

static void lower_biases(planted *p) {
    if (!acts(p, PLANTED_DYING_RELUS) || p->progress.step >= p->options.at + DYING_STEPS) return;
    const kit_params *params = planted_params(p);
    const int g = kit_params_find(params, "fc1.bias");
    const size_t n = (size_t)(p->options.strength * (double)params->layout[g].shape[0]);
    for (size_t i = 0; i < n; i++) params->group[g][i] -= (kit_real)lowering;
}

koop_status planted_step(planted *p, const planted_progress **out) {
    planted_progress *now = &p->progress;
    now->step++;
    now->changed = p->options.change != PLANTED_NONE && now->step >= p->options.at;
    now->lr = lr_now(p);
    const int parts = parts_now(p);
    now->images = parts * PART;
    const kit_score score = parts > 1 ? measure_parts(p, parts) : measure_part(p);
    now->loss = score.loss;
    now->accuracy = score.accuracy;
    now->grad_norm = kit_params_norm(&p->network->grads);
    now->finite = isfinite(now->loss) && isfinite(now->grad_norm);
    advance(p);
    lower_biases(p);
    *out = now;
    return kit_onednn_failed(&p->network->onednn);
}
