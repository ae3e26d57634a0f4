#include "task.h"

#include <stdlib.h>

koop_status gru_strings_new(gru_strings *out, const gru_task *task, int n) {
    if (task->symbols < 2 || task->symbols > GRU_MAX_SYMBOLS || task->length < 1 ||
        task->length > GRU_MAX_LENGTH || n < 1 || n > GRU_MAX_STRINGS)
        return KOOP_BAD_ARGUMENT;
    gru_strings strings = {.n = n,
                           .length = task->length,
                           .symbols = calloc((size_t)n * (size_t)task->length, 1),
                           .answers = calloc((size_t)n, 1)};
    if (!strings.symbols || !strings.answers) {
        gru_strings_free(&strings);
        return KOOP_NO_MEMORY;
    }
    *out = strings;
    return KOOP_OK;
}

void gru_strings_free(gru_strings *strings) {
    free(strings->symbols);
    free(strings->answers);
    *strings = (gru_strings){.n = 0};
}

void gru_strings_draw(gru_strings *strings, const gru_task *task, kit_rng *rng) {
    const uint64_t symbols = (uint64_t)task->symbols;
    for (int i = 0; i < strings->n; i++) {
        for (int t = 0; t < strings->length; t++)
            strings->symbols[t * strings->n + i] = (uint8_t)kit_rng_below(rng, symbols);
        /* Drawn always, so that the strings are the same with both kinds of answers. */
        uint8_t any = (uint8_t)kit_rng_below(rng, symbols);
        strings->answers[i] = task->random_answers ? any : strings->symbols[i];
    }
}
