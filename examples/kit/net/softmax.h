/* softmax: cross-entropy of a classifier's logits, and its gradient. Softmax and loss in double. */
#ifndef KIT_SOFTMAX_H
#define KIT_SOFTMAX_H

#include "real.h"

#include <stdbool.h>

typedef struct kit_score {
    double loss;     /* mean cross-entropy, nats */
    double accuracy; /* share whose largest logit is the answer's */
} kit_score;

/* Adds the loss and the hit (0 or 1) of one row of logits to `sum`. With weight ≠ 0 the row becomes
 * the gradient of weight times its loss; with 0 it stays. */
void kit_softmax_row(kit_real *logits, int classes, int answer, double weight, kit_score *sum);

/* The score of n ≥ 1 rows (n×classes). With `gradient` the logits become the gradient of the mean
 * loss. */
kit_score kit_softmax(kit_real *logits, int n, int classes, const uint8_t *answers, bool gradient);

#endif
