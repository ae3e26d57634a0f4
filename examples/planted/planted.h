/* planted: trainings in which something is changed at a known step, so that it can be seen whether
 * the change is marked, and when. No I/O, no clock.
 *
 * Notation.  step k = 1, 2, … makes θ_k of θ_{k−1};  a change at step s acts in the steps k ≥ s:
 *            θ_0 … θ_{s−1} are those of the same run without it, bit by bit (of batch-down: with a
 *            later one), and θ_s is the first to differ.  lr₀ the optimiser's learning rate, μ its
 *            momentum, B images a step
 *
 * Data: drawn digits at half size (planted_digits). Each label of a batch is replaced, with
 * probability 0.1, by one drawn from the classes that come in the batches, anew every time: so the
 * loss ends in noise about a floor of 0.5, not at nothing, and no label can be memorised. The models
 * are those of mlp.h and of lenet.h at half size.
 *
 * The optimisers: SGD with lr₀ 0.1; with momentum 0.9, lr₀ 0.02; Adam (0.9, 0.98) with lr₀ 0.001.
 * B is 32, but for batch-down 128. A batch of more than 32 is the mean of gradients of 32, so that
 * one network serves all.
 *
 * A run is decided by its options and images, on one machine, one thread (before LeNet's:
 * kit_onednn_use_threads(1)), and kit_tune called or not. One owner; runs share images that nobody
 * changes.
 */
#ifndef PLANTED_H
#define PLANTED_H

#include "images.h"
#include "params.h"

typedef enum planted_model { PLANTED_MLP, PLANTED_LENET, PLANTED_MODELS } planted_model;

typedef enum planted_optimizer {
    PLANTED_SGD,
    PLANTED_MOMENTUM,
    PLANTED_ADAM,
    PLANTED_OPTIMIZERS
} planted_optimizer;

typedef enum planted_schedule {
    PLANTED_CONSTANT,
    PLANTED_COSINE,  /* lr₀ (1 + cos(π (k−1)/steps)) / 2; 0 behind the last */
    PLANTED_WARM_UP, /* lr₀ k/warm_up up to step warm_up, then constant */
    PLANTED_SCHEDULES
} planted_schedule;

/* In brackets what `strength` is, and where it begins and what it is by default. */
typedef enum planted_change {
    PLANTED_NONE,
    PLANTED_LR_DROP,      /* [factor of lr, 0..1: 0.3] */
    PLANTED_LR_RAMP,      /* [factor of lr, once more every step, 1..2: 1.01] until it blows up */
    PLANTED_TO_ADAM,      /* to Adam with its lr₀ and no memory; from Adam to SGD [none] */
    PLANTED_BATCH_UP,     /* [factor of B, whole, 2..32: 4] */
    PLANTED_BATCH_DOWN,   /* [divisor of B, 2 or 4: 4] */
    PLANTED_LABEL_NOISE,  /* [share of labels drawn anew, 0..1: 0.5] */
    PLANTED_WEIGHT_DECAY, /* [share of itself that a weight loses a step at lr₀, 0..1: 0.002] */
    PLANTED_DYING_RELUS,  /* [share of the units of fc1, 0..1: 1/3] whose biases are lowered by 0.4
                           * in each of 20 steps: then next to nothing excites them */
    PLANTED_CLASS_SUBSET, /* [classes that stay in the batches, whole, 1..9: 5] */
    PLANTED_CHANGES
} planted_change;

typedef struct planted_options {
    planted_model model;
    planted_optimizer optimizer;
    planted_schedule schedule;
    planted_change change;
    long at;         /* step of the change, 1..steps; without one not looked at */
    double strength; /* above; 0: the default */
    long steps;      /* of the schedule; more can be made */
    long warm_up;    /* steps, of that schedule */
    uint64_t seed;   /* of weights, order and labels */
} planted_options;

/* MLP, SGD, constant; no change, at 1500 of 2500; warm-up 500; seed 0. */
planted_options planted_defaults(void);

/* The strength that 0 stands for; 0 where a change has none. */
double planted_default_strength(planted_change change);

/* n normalised 14×14 digits. As kit_digits_draw. */
koop_status planted_digits(kit_images *images, size_t n, uint64_t seed);

typedef struct planted_progress {
    long step;       /* k, the last that was made; what follows is of this step */
    double loss;     /* of its batch, with the labels as they were replaced, at θ_{k−1} */
    double accuracy; /* likewise */
    double grad_norm;
    double lr;
    int images;   /* B */
    bool finite;  /* loss and gradient were */
    bool changed; /* k ≥ at, and there is a change */
} planted_progress;

typedef struct planted planted;

/* Borrows the images. KOOP_BAD_ARGUMENT (options out of their ranges; fewer images, in the classes
 * that stay, than 32), KOOP_BAD_SHAPE (images that are not of 14×14 and 10 classes), KOOP_NO_MEMORY,
 * KOOP_DISABLED (oneDNN does not work here). Free with planted_free (NULL is allowed). */
koop_status planted_new(planted **out, const planted_options *options, const kit_images *images);
void planted_free(planted *run);

/* One step; `out` is borrowed and changes with the next. A step that is not finite is made as well.
 * KOOP_DISABLED, KOOP_NO_MEMORY: oneDNN failed. */
koop_status planted_step(planted *run, const planted_progress **out);

/* θ, in named groups. Borrowed; it changes with every step. */
const kit_params *planted_params(const planted *run);

#endif
