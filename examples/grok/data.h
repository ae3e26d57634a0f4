/* data: modular addition as a classification task, split into training and test pairs.
 *
 * All p² pairs (a, b), 0 ≤ a, b < p, with the answer (a + b) mod p; floor(frac·p²) of them, drawn
 * at random, are for training, the rest for testing. With random labels every pair gets an answer
 * drawn uniformly instead: it can be memorised and nothing can be understood. */
#ifndef GROK_DATA_H
#define GROK_DATA_H

#include "rng.h"
#include "status.h"

enum { GROK_MAX_P = 1024 };

typedef struct grok_pair {
    int a, b, answer;
} grok_pair;

typedef struct grok_data {
    int n_train, n_test;
    grok_pair *train; /* owned; the test pairs follow in the same block */
    grok_pair *test;
} grok_data;

/* KOOP_BAD_ARGUMENT for p outside 2..GROK_MAX_P and when either side would be empty,
 * KOOP_NO_MEMORY. Free with grok_data_free. */
koop_status grok_data_new(grok_data *out, int p, double frac, bool random_labels, kit_rng rng);
void grok_data_free(grok_data *data);

#endif
