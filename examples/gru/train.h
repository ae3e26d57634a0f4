/* train: training of the network, step by step, on strings drawn anew for every step, and the
 * milestones on the way.
 *
 * A step is measured, then made: gru_train_measure draws a batch and gives its loss and gradient and
 * the accuracy on held-out strings, gru_train_advance moves the parameters by AdamW along the
 * gradient, scaled down where its norm is above `clip`. The trajectory depends on the options alone,
 * so an equal seed gives an equal run on one machine. */
#ifndef GRU_TRAIN_H
#define GRU_TRAIN_H

#include "model.h"
#include "task.h"
#include "weights.h"

enum {
    GRU_TEST_EVERY = 10,    /* steps from one evaluation of the held-out strings to the next */
    GRU_TEST_STRINGS = 256, /* fixed, drawn once */
    GRU_SETTLED_AFTER = 300 /* steps that the held-out accuracy must stay at GRU_SOLVED */
};

#define GRU_OFF_CHANCE 0.9
#define GRU_SOLVED 0.99

typedef struct gru_train_options {
    gru_task task;
    int units, batch; /* batch: strings a step */
    double lr, weight_decay;
    double clip; /* largest norm of the gradient, > 0 */
    uint64_t seed;
} gru_train_options;

/* 8 symbols, strings of 16, 32 units, batches of 64, lr 3e-3, no weight decay, clip 1, seed 0. */
gru_train_options gru_train_defaults(void);

typedef struct gru_progress {
    long step;
    kit_score batch, test; /* test: the latest, at most GRU_TEST_EVERY − 1 steps old */
    double grad_norm;      /* before clipping */
    /* First step measured with: a test loss ≤ GRU_OFF_CHANCE·log(symbols); a test accuracy halfway
     * from chance to 1; one ≥ GRU_SOLVED. −1: not yet. */
    long left, half, solved;
    bool settled; /* test accuracy stayed ≥ GRU_SOLVED for GRU_SETTLED_AFTER steps */
} gru_progress;

typedef struct gru_train gru_train;

/* KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with gru_train_free (NULL is allowed). */
koop_status gru_train_new(gru_train **out, const gru_train_options *options);
void gru_train_free(gru_train *train);

/* Borrowed; they change with gru_train_advance. */
const kit_params *gru_train_params(const gru_train *train);

/* Loss, gradient and accuracies at the current step. Borrowed until the next call. */
const gru_progress *gru_train_measure(gru_train *train);

/* One step along the gradient that was measured. */
void gru_train_advance(gru_train *train);

#endif
