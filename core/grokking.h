/* grokking: warns, from the weights alone, that generalisation may be setting in. Experimental.
 *
 * Notation.  a    age, the trainer's step          h = 8 snapshots, of s steps
 *            θ_g  turn of group g over the last h (koop_window_group_turn), g the input's and the
 *                 output's embedding: the first and the last matrix of the model
 *            y = ½ Σ_g log(θ_g / s), the log of their angular speed
 *            γ    acceleration: slope of y against log a over the ages a/1.25..a, least squares
 *            T    age at which the first burst of learning is over
 *
 * Method. A network that has memorised and has nothing more to find comes to rest: its embeddings
 * turn ever more slowly, about as 1/a, so γ is near −1, or below. Where a general solution grows they
 * keep turning: γ near 0 or above, long before the test accuracy says so. Both γ and its threshold
 * −0.17 are free of units: neither the learning rate nor the size of the model sets them. An event is
 * raised once γ > −0.17 while the norm of all weights fell by 0.1% over the same ages (something,
 * usually weight decay, takes away what is not needed). For a while after memorising all networks turn
 * alike: from the age 5 T to 7.5 T it takes γ > 0 (they turn ever faster), before that there is no
 * event. T is the age at which y has fallen by log 4 from its highest, if that is seen within some 200
 * snapshots, else the steps of 64. The next event needs γ to fall below −0.5 first.
 *
 * Evidence (tests/bench/detect/grokking.sh; "half": half of the test pairs are right). Seeds 100 to 119
 * chose the numbers above. Seeds 200 to 219, 20 runs that grok and 20 controls (no weight decay, random
 * labels, too little data), before there was the rule for the ages 5 T to 7.5 T: 18 of 20 warned of
 * before half, 587 steps before (median, a miss counted as none), no false alarm, AUROC 0.96 (95%
 * interval 0.83 to 0.99). One of the two that were missed had half by step 570, and led to that rule,
 * whose numbers are again from other seeds; with it, on the same runs: 19 of 20, 587 steps, no false
 * alarm, AUROC 1.00 (0.90 to 1.00). Seeds 240 to 259, never looked at before, all as it is: 17 of 20, 437
 * steps, 1 false alarm in 20 controls, AUROC 0.98 (0.86 to 1.00); the three misses came 13 to 77 steps
 * after half. Runs that take long are told best; those with half at some 1,600 to 2,000 steps 350 steps
 * before at most, or too late.
 *
 * All of this is of weights that the gradient moves. Where the noise of batches does, nothing ever comes to
 * rest, so no event is raised unless successive steps have a mean cosine of 0.95 over the last h.
 *
 * Limits. It rests on one kind of network (transformers on modular addition, AdamW, full batches),
 * and on constant learning rates: a rate that is raised makes embeddings turn faster, too, and one
 * that is lowered hides what is to be seen. It is blind without weight decay, for runs of fewer than
 * two matrices, where steps do not count from the start of training, and for generalisation that comes
 * with memorisation, or before the age 5 T; and late where snapshots are so rare that the burst is over
 * after some 20 of them; and for trainings by small batches. Before it asked for smooth steps, a recurrent
 * network (examples/gru, weight decay 0.1, cosine 0.9) got three warnings in 1,500 steps, and
 * examples/planted some. A warning says "may".
 *
 * Sources: that embeddings reorganise while the test accuracy is still low, Liu et al. (NeurIPS 2022,
 * "Towards understanding grokking"), Nanda et al. (ICLR 2023, "Progress measures for grokking").
 *
 * Cost: an update reads h times the two groups. Deterministic. No allocation after _new; one owner.
 * Does not: know loss or accuracy, or which groups are embeddings (the caller says). */
#ifndef KOOP_GROKKING_H
#define KOOP_GROKKING_H

#include "detect.h"

enum { KOOP_GROKKING_HORIZON = 8 }; /* h */

typedef struct koop_grokking_options {
    int input, output;      /* the groups to watch, two different ones */
    double threshold;       /* of γ, −0.17 */
    double early_threshold; /* before warm_up, 0 */
    double release;         /* γ below which an event may follow another, −0.5 */
    double warm_up;         /* times T, 7.5 */
    double early_warm_up;   /* no event before, times T, 5 */
    double smoothness;      /* least mean cosine of successive steps, 0.95 */
} koop_grokking_options;

koop_grokking_options koop_grokking_defaults(int input, int output);

typedef struct koop_grokking koop_grokking;

/* `group_names` as koop_detect_new takes them. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. */
koop_status koop_grokking_new(koop_grokking **out, const koop_grokking_options *options,
                              const char *const *group_names, int n_groups);
void koop_grokking_free(koop_grokking *grokking);

/* One update at the trainer's `step`, the snapshot h before having been at the step `before`. *fired
 * says whether `event` was written. A step that is not above the last one's starts all over. */
void koop_grokking_update(koop_grokking *grokking, int64_t step, int64_t before,
                          const koop_window *window, bool *fired, koop_event *event);

typedef struct koop_grokking_reading {
    double acceleration; /* γ */
    double score; /* e^(γ − threshold), 1 = alarm; 0 before 5 T and while the norm does not fall */
} koop_grokking_reading;

/* Of the last update. KOOP_NOT_ENOUGH_DATA. */
koop_status koop_grokking_read(const koop_grokking *grokking, koop_grokking_reading *out);

/* Saves or loads the state. */
void koop_grokking_exchange(koop_grokking *grokking, koop_state *state);

size_t koop_grokking_bytes(void); /* that one holds */

#endif
