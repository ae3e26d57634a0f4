#include "train.h"

#include "adamw.h"
#include "milestone.h"

#include <math.h>
#include <stdlib.h>

struct gru_train {
    gru_task task;
    double clip;
    kit_rng rng; /* of the batches */
    gru_strings batch, test;
    kit_params params, grads;
    kit_adamw adamw;
    gru_model *model;
    gru_progress progress;
    long solved_since; /* first of the latest run of solved tests; −1: the latest is not solved */
};

gru_train_options gru_train_defaults(void) {
    return (gru_train_options){.task = {.symbols = 8, .length = 16},
                               .units = 32,
                               .batch = 64,
                               .lr = 3e-3,
                               .weight_decay = 0,
                               .clip = 1};
}

/* Initial weights, held-out strings and batches come from generators of their own, so that none
 * depends on how many numbers another draws. */
static koop_status prepare(gru_train *t, const gru_train_options *o) {
    const gru_shape shape = {.symbols = o->task.symbols, .units = o->units};
    if (!(o->lr > 0) || !(o->weight_decay >= 0) || !(o->clip > 0)) return KOOP_BAD_ARGUMENT;
    koop_status status = gru_strings_new(&t->batch, &o->task, o->batch);
    if (status == KOOP_OK) status = gru_strings_new(&t->test, &o->task, GRU_TEST_STRINGS);
    if (status == KOOP_OK) status = gru_params_new(&t->params, &shape);
    if (status == KOOP_OK) status = gru_params_new(&t->grads, &shape);
    if (status == KOOP_OK) status = gru_model_new(&t->model, &shape, o->task.length);
    if (status == KOOP_OK)
        status = kit_adamw_new(&t->adamw, t->params.count, o->lr, o->weight_decay);
    if (status != KOOP_OK) return status;

    gru_params_init(&t->params, kit_rng_seed(3 * o->seed));
    kit_rng held_out = kit_rng_seed(3 * o->seed + 1);
    gru_strings_draw(&t->test, &o->task, &held_out);
    t->rng = kit_rng_seed(3 * o->seed + 2);
    t->task = o->task;
    t->clip = o->clip;
    t->progress = (gru_progress){.left = -1, .half = -1, .solved = -1};
    t->solved_since = -1;
    return KOOP_OK;
}

koop_status gru_train_new(gru_train **out, const gru_train_options *options) {
    gru_train *t = calloc(1, sizeof *t);
    if (!t) return KOOP_NO_MEMORY;
    koop_status status = prepare(t, options);
    if (status != KOOP_OK) {
        gru_train_free(t);
        return status;
    }
    *out = t;
    return KOOP_OK;
}

void gru_train_free(gru_train *train) {
    if (!train) return;
    gru_model_free(train->model);
    kit_adamw_free(&train->adamw);
    kit_params_free(&train->grads);
    kit_params_free(&train->params);
    gru_strings_free(&train->test);
    gru_strings_free(&train->batch);
    free(train);
}

const kit_params *gru_train_params(const gru_train *train) {
    return &train->params;
}

static void test(gru_train *t) {
    gru_progress *p = &t->progress;
    const double symbols = t->task.symbols;
    p->test = gru_model_evaluate(t->model, &t->params, &t->test);
    kit_milestone_mark(&p->left, p->test.loss <= GRU_OFF_CHANCE * log(symbols), p->step);
    kit_milestone_mark(&p->half, p->test.accuracy >= (1 + 1 / symbols) / 2, p->step);
    kit_milestone_mark(&p->solved, p->test.accuracy >= GRU_SOLVED, p->step);
    if (p->test.accuracy < GRU_SOLVED)
        t->solved_since = -1;
    else
        kit_milestone_mark(&t->solved_since, true, p->step);
    p->settled = t->solved_since >= 0 && p->step - t->solved_since >= GRU_SETTLED_AFTER;
}

const gru_progress *gru_train_measure(gru_train *t) {
    gru_progress *p = &t->progress;
    gru_strings_draw(&t->batch, &t->task, &t->rng);
    p->batch = gru_model_gradient(t->model, &t->params, &t->batch, &t->grads);
    p->grad_norm = kit_params_norm(&t->grads);
    if (p->step % GRU_TEST_EVERY == 0) test(t);
    return p;
}

void gru_train_advance(gru_train *t) {
    if (t->progress.grad_norm > t->clip)
        kit_params_scale(&t->grads, t->clip / t->progress.grad_norm);
    kit_adamw_step(&t->adamw, t->params.group[0], t->grads.group[0]);
    t->progress.step++;
}
