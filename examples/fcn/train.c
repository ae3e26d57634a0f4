#include "train.h"

#include "batches.h"
#include "recording.h"
#include "sgd.h"

#include <stdlib.h>

struct fcn_train {
    int inits;
    kit_params *params; /* inits of them */
    kit_params grads;
    kit_sgd sgd; /* without momentum it has no state: one serves all networks */
    fcn_model *model;
    kit_batches *batches;
    size_t step;
};

fcn_train_options fcn_train_defaults(void) {
    return (fcn_train_options){.h = 40, .inits = 1, .perturb = 1e-3, .lr = 0.1, .batch = 60};
}

/* Every network has random numbers of its own, whatever the others draw. */
static koop_status start(fcn_train *t, const fcn_train_options *o, const fcn_shape *shape) {
    for (int i = 0; i < o->inits; i++) {
        koop_status status = fcn_params_new(&t->params[i], shape);
        if (status != KOOP_OK) return status;
        t->inits++;
        fcn_params_init(&t->params[i], kit_rng_seed(o->seed * KIT_MAX_COPIES));
        if (i == 0) continue;
        kit_params_perturb(&t->params[i], o->perturb,
                           kit_rng_seed(o->seed * KIT_MAX_COPIES + (uint64_t)i));
    }
    return KOOP_OK;
}

static koop_status prepare(fcn_train *t, const fcn_train_options *o, const kit_images *images) {
    const fcn_shape shape = {(int)kit_images_values(images), o->h, images->classes};
    const kit_batches_options batches = {
        .size = (size_t)o->batch, .shuffle = o->shuffle, .seed = o->seed};
    t->params = calloc((size_t)o->inits, sizeof *t->params);
    if (!t->params) return KOOP_NO_MEMORY;
    koop_status status = start(t, o, &shape);
    if (status == KOOP_OK) status = fcn_params_new(&t->grads, &shape);
    if (status == KOOP_OK) status = fcn_model_new(&t->model, &shape);
    if (status == KOOP_OK) status = kit_sgd_new(&t->sgd, t->grads.count, o->lr, 0, 0);
    if (status == KOOP_OK) status = kit_batches_new(&t->batches, images, &batches);
    return status;
}

koop_status fcn_train_new(fcn_train **out, const fcn_train_options *o, const kit_images *images) {
    if (o->inits < 1 || o->inits > KIT_MAX_COPIES || o->batch < 1 || o->batch > FCN_MAX_BATCH)
        return KOOP_BAD_ARGUMENT;
    fcn_train *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    koop_status status = prepare(t, o, images);
    if (status != KOOP_OK) {
        fcn_train_free(t);
        return status;
    }
    *out = t;
    return KOOP_OK;
}

void fcn_train_free(fcn_train *t) {
    if (!t) return;
    for (int i = 0; i < t->inits; i++) kit_params_free(&t->params[i]);
    free(t->params);
    kit_params_free(&t->grads);
    kit_sgd_free(&t->sgd);
    fcn_model_free(t->model);
    kit_batches_free(t->batches);
    free(t);
}

kit_score fcn_train_step(fcn_train *t) {
    kit_batch batch = kit_batches_get(t->batches, t->step++);
    kit_score first = {0};
    for (int i = 0; i < t->inits; i++) {
        kit_score score = fcn_model_gradient(t->model, &t->params[i], batch.pixels, batch.labels,
                                             (int)batch.n, &t->grads);
        if (i == 0) first = score;
        kit_sgd_step(&t->sgd, t->params[i].group[0], t->grads.group[0]);
    }
    return first;
}

const kit_params *fcn_train_params(const fcn_train *train, int i) {
    return &train->params[i];
}

kit_score fcn_train_evaluate(fcn_train *t, int i, const kit_images *images) {
    return fcn_model_evaluate(t->model, &t->params[i], images->pixels, images->labels,
                              (int)images->n);
}
