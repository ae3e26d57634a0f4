/* training: minibatch SGD of a network on a set of images, step by step.
 *
 * Notation.  E epochs of P = ⌊images / batch⌋ steps;  step s is in epoch ⌊s/P⌋
 *
 * A step is measured, then made: kit_training_measure gives loss and accuracy of its batch under the
 * current parameters, kit_training_advance moves them. At the beginning of every epoch, and at the
 * end, the test images are evaluated as well. With `drops` the learning rate is divided by ten at
 * half and again at three quarters of the epochs, as He et al. 2016 divide it at 32,000 and 48,000
 * of 64,000 steps. The trajectory depends on options, data and initial weights alone: equal ones
 * give an equal run on one machine with an equal number of threads. */
#ifndef KIT_TRAINING_H
#define KIT_TRAINING_H

#include "dataset.h"
#include "network.h"

typedef struct kit_training_options {
    long epochs; /* E ≥ 1 */
    double lr, momentum, weight_decay;
    bool drops;
    bool augment;  /* shift and mirror the images: batches.h */
    uint64_t seed; /* of the images' order and augmentation */
} kit_training_options;

typedef struct kit_training_progress {
    long step, epoch;
    bool tested;      /* `test` and `passed` were made at this step: an epoch begins */
    double lr;        /* of the step that comes */
    kit_score train;  /* of this step's batch */
    kit_score test;   /* latest; all zero where there is nothing to test on */
    kit_score passed; /* mean of `train` over the epoch before; all zero in the first */
} kit_training_progress;

typedef struct kit_training kit_training;

/* Network and dataset are borrowed; the images have the network's size and classes, and are at least
 * a batch. KOOP_BAD_ARGUMENT, KOOP_BAD_SHAPE, KOOP_NO_MEMORY. Free with kit_training_free (NULL is
 * allowed). */
koop_status kit_training_new(kit_training **out, kit_network *network, const kit_dataset *dataset,
                             const kit_training_options *options);
void kit_training_free(kit_training *training);

long kit_training_steps(const kit_training *training); /* E·P */

/* Measures the current step; `out` is borrowed until the next call. KOOP_DISABLED or
 * KOOP_NO_MEMORY: oneDNN failed. */
koop_status kit_training_measure(kit_training *training, const kit_training_progress **out);

/* One SGD step along the gradient that was measured. */
void kit_training_advance(kit_training *training);

/* Score of n ≥ 1 images in the mode of evaluation; of a part of them where a signal came (stop.h). */
kit_score kit_training_score(kit_network *network, const kit_images *images);

#endif
