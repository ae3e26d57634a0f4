/* train: full-batch training of the model, step by step, and the milestones on the way.
 *
 * A step is measured, then made: grok_train_measure gives loss and accuracies of the current
 * parameters, grok_train_advance moves them. The trajectory depends on the options alone, so an
 * equal seed gives an equal run on one machine.
 *
 * With constrain_norm the initial weights are scaled by alpha and the norm of all parameters is put
 * back to that initial value after every step (Liu, Michaud & Tegmark, "Omnigrok", ICLR 2023, as
 * Redman et al. use it, without weight decay): memorisation and generalisation then come together.
 */
#ifndef GROK_TRAIN_H
#define GROK_TRAIN_H

#include "data.h"
#include "model.h"
#include "weights.h"

enum {
    GROK_TEST_EVERY = 10,    /* steps from one evaluation of the test pairs to the next */
    GROK_SETTLED_AFTER = 400 /* steps that the test accuracy must stay at GROK_SOLVED */
};

#define GROK_SOLVED 0.99

typedef struct grok_train_options {
    grok_shape shape;
    double frac; /* share of the pairs to train on */
    double lr, weight_decay;
    bool random_labels;
    bool constrain_norm;
    double alpha; /* scale of the initial weights with constrain_norm */
    uint64_t seed;
    int copy;       /* 0: the initial weights of the seed; 1, 2, …: a perturbation of them each */
    double perturb; /* largest relative change of a weight in it */
} grok_train_options;

/* p 53, d 128, MLP 256, 40% of the pairs, lr 2e-3, weight decay 1, alpha 0.8, seed 0, copy 0, perturb 0.001. */
grok_train_options grok_train_defaults(void);

typedef struct grok_progress {
    long step;
    kit_score train, test; /* test: the latest, at most GROK_TEST_EVERY − 1 steps old */
    long memorised;        /* first step with training accuracy ≥ GROK_SOLVED; −1: not yet */
    long half;             /* first step measured with test accuracy ≥ 0.5; −1 */
    long grokked;          /* first step measured with test accuracy ≥ GROK_SOLVED; −1 */
    bool settled;          /* test accuracy stayed ≥ GROK_SOLVED for GROK_SETTLED_AFTER steps */
} grok_progress;

typedef struct grok_train grok_train;

/* KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with grok_train_free (NULL is allowed). */
koop_status grok_train_new(grok_train **out, const grok_train_options *options);
void grok_train_free(grok_train *train);

/* Borrowed; they change with grok_train_advance. */
const kit_params *grok_train_params(const grok_train *train);
const grok_data *grok_train_data(const grok_train *train);

/* Loss, gradient and accuracies at the current step. Borrowed until the next call. */
const grok_progress *grok_train_measure(grok_train *train);

/* One AdamW step along the gradient that was measured. */
void grok_train_advance(grok_train *train);

#endif
