/* train: networks that differ a little in their initial weights, trained in lockstep.
 *
 * Network 0 starts from the seed's weights; network i ≥ 1 from the same, each weight times 1 + a
 * uniform number within ±perturb. All see the same batches, so that their trajectories sample one
 * dynamical system and can be pooled into one spectrum (Redman et al., NeurIPS 2024, section 4.2).
 * Batches come in the order of the set, as in the paper, or shuffled anew every epoch.
 *
 * The trajectory depends on options and images alone. One owner, one thread. */
#ifndef FCN_TRAIN_H
#define FCN_TRAIN_H

#include "images.h"
#include "model.h"

typedef struct fcn_train_options {
    int h;
    int inits; /* networks, 1..KIT_MAX_COPIES */
    double perturb;
    double lr;
    int batch;
    bool shuffle;
    uint64_t seed;
} fcn_train_options;

/* h 40, one network, 0.001, lr 0.1, 60 images a batch, not shuffled, seed 0. */
fcn_train_options fcn_train_defaults(void);

typedef struct fcn_train fcn_train;

/* Borrows the images, which must not change. KOOP_BAD_ARGUMENT (also a batch above the number of
 * images or FCN_MAX_BATCH), KOOP_NO_MEMORY. Free with fcn_train_free (NULL is allowed). */
koop_status fcn_train_new(fcn_train **out, const fcn_train_options *options,
                          const kit_images *images);
void fcn_train_free(fcn_train *train);

/* One step of stochastic gradient descent of every network. The score of network 0 on its batch,
 * before the step. */
kit_score fcn_train_step(fcn_train *train);

/* Of network i < inits. Borrowed; they change with every step. */
const kit_params *fcn_train_params(const fcn_train *train, int i);

/* Network i on a whole set, of the same shape and classes. */
kit_score fcn_train_evaluate(fcn_train *train, int i, const kit_images *images);

#endif
