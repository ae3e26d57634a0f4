#include "train.h"

#include "adamw.h"
#include "milestone.h"

#include <stdlib.h>

struct grok_train {
    bool constrain_norm;
    double norm; /* that constrain_norm keeps */
    grok_data data;
    kit_params params, grads;
    kit_adamw adamw;
    grok_model *model;
    grok_progress progress;
    long solved_since; /* first of the latest run of solved tests; −1: the latest is not solved */
};

grok_train_options grok_train_defaults(void) {
    return (grok_train_options){.shape = {.p = 53, .d = 128, .mlp = 256},
                                .frac = 0.4,
                                .lr = 2e-3,
                                .weight_decay = 1,
                                .alpha = 0.8,
                                .perturb = 0.001};
}

/* Split, initial weights and their perturbations come from generators of their own, so that none
 * depends on how many numbers another draws. */
static koop_status prepare(grok_train *t, const grok_train_options *o) {
    koop_status status = grok_params_new(&t->params, &o->shape);
    if (status == KOOP_OK) status = grok_params_new(&t->grads, &o->shape);
    if (status == KOOP_OK) status = grok_model_new(&t->model, &o->shape);
    if (status == KOOP_OK)
        status = kit_adamw_new(&t->adamw, t->params.count, o->lr, o->weight_decay);
    if (status == KOOP_OK)
        status = grok_data_new(&t->data, o->shape.p, o->frac, o->random_labels,
                               kit_rng_seed(2 * o->seed));
    if (status != KOOP_OK) return status;

    kit_rng rng = kit_rng_seed(2 * o->seed + 1);
    grok_params_init(&t->params, rng);
    if (o->copy > 0)
        kit_params_perturb(&t->params, o->perturb,
                           kit_rng_seed(kit_rng_next(&rng) + (uint64_t)o->copy));
    if (o->constrain_norm) kit_params_scale(&t->params, o->alpha);
    t->constrain_norm = o->constrain_norm;
    t->norm = kit_params_norm(&t->params);
    t->progress = (grok_progress){.memorised = -1, .half = -1, .grokked = -1};
    t->solved_since = -1;
    return KOOP_OK;
}

koop_status grok_train_new(grok_train **out, const grok_train_options *options) {
    grok_train *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    koop_status status = prepare(t, options);
    if (status != KOOP_OK) {
        grok_train_free(t);
        return status;
    }
    *out = t;
    return KOOP_OK;
}

void grok_train_free(grok_train *train) {
    if (!train) return;
    grok_model_free(train->model);
    kit_adamw_free(&train->adamw);
    kit_params_free(&train->grads);
    kit_params_free(&train->params);
    grok_data_free(&train->data);
    free(train);
}

const kit_params *grok_train_params(const grok_train *train) {
    return &train->params;
}

const grok_data *grok_train_data(const grok_train *train) {
    return &train->data;
}

static void test(grok_train *t) {
    grok_progress *p = &t->progress;
    p->test = grok_model_evaluate(t->model, &t->params, t->data.test, t->data.n_test);
    kit_milestone_mark(&p->half, p->test.accuracy >= 0.5, p->step);
    kit_milestone_mark(&p->grokked, p->test.accuracy >= GROK_SOLVED, p->step);
    if (p->test.accuracy < GROK_SOLVED)
        t->solved_since = -1;
    else
        kit_milestone_mark(&t->solved_since, true, p->step);
    p->settled = t->solved_since >= 0 && p->step - t->solved_since >= GROK_SETTLED_AFTER;
}

const grok_progress *grok_train_measure(grok_train *t) {
    grok_progress *p = &t->progress;
    p->train = grok_model_gradient(t->model, &t->params, t->data.train, t->data.n_train, &t->grads);
    kit_milestone_mark(&p->memorised, p->train.accuracy >= GROK_SOLVED, p->step);
    if (p->step % GROK_TEST_EVERY == 0) test(t);
    return p;
}

void grok_train_advance(grok_train *t) {
    kit_adamw_step(&t->adamw, t->params.group[0], t->grads.group[0]);
    if (t->constrain_norm) kit_params_scale(&t->params, t->norm / kit_params_norm(&t->params));
    t->progress.step++;
}
