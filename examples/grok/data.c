#include "data.h"

#include <stdlib.h>

static void shuffle(grok_pair *pairs, int n, kit_rng *rng) {
    for (int i = n - 1; i > 0; i--) {
        int j = (int)kit_rng_below(rng, (uint64_t)i + 1);
        grok_pair other = pairs[j];
        pairs[j] = pairs[i];
        pairs[i] = other;
    }
}

koop_status grok_data_new(grok_data *out, int p, double frac, bool random_labels, kit_rng rng) {
    if (p < 2 || p > GROK_MAX_P || !(frac > 0 && frac < 1)) return KOOP_BAD_ARGUMENT;
    int n = p * p;
    int n_train = (int)(frac * n);
    if (n_train < 1 || n_train >= n) return KOOP_BAD_ARGUMENT;
    grok_pair *pairs = calloc((size_t)n, sizeof *pairs);
    if (!pairs) return KOOP_NO_MEMORY;

    for (int i = 0; i < n; i++)
        pairs[i] = (grok_pair){.a = i / p, .b = i % p, .answer = (i / p + i % p) % p};
    shuffle(pairs, n, &rng);
    /* Drawn after the shuffle, so that the split is the same with true and with random labels. */
    for (int i = 0; i < n && random_labels; i++)
        pairs[i].answer = (int)kit_rng_below(&rng, (uint64_t)p);

    *out = (grok_data){
        .n_train = n_train, .n_test = n - n_train, .train = pairs, .test = pairs + n_train};
    return KOOP_OK;
}

void grok_data_free(grok_data *data) {
    free(data->train);
    *data = (grok_data){.train = NULL};
}
