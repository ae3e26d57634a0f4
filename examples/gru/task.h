/* task: delayed recall. A string of symbols is read one by one; asked at its end is the first.
 *
 * Notation.  K symbols 0..K−1, L their number in a string, N strings
 *     x_1 … x_L drawn uniformly and independently,   answer x_1
 * The other L−1 symbols say nothing about the answer and look no different: who does not carry the
 * first through all of them is left with chance, 1/K. With random answers each is drawn uniformly
 * instead, whatever the string, so that there is nothing to learn; the strings stay the same. */
#ifndef GRU_TASK_H
#define GRU_TASK_H

#include "rng.h"
#include "status.h"

enum { GRU_MAX_SYMBOLS = 64, GRU_MAX_LENGTH = 512, GRU_MAX_STRINGS = 1 << 16 };

typedef struct gru_task {
    int symbols; /* 2..GRU_MAX_SYMBOLS */
    int length;  /* 1..GRU_MAX_LENGTH */
    bool random_answers;
} gru_task;

typedef struct gru_strings {
    int n, length;
    uint8_t *symbols; /* owned, length×n: the first symbols of all strings, then the second, … */
    uint8_t *answers; /* owned, n */
} gru_strings;

/* Room for n strings, 1..GRU_MAX_STRINGS, of this task. KOOP_BAD_ARGUMENT, KOOP_NO_MEMORY. Free with
 * gru_strings_free. */
koop_status gru_strings_new(gru_strings *out, const gru_task *task, int n);
void gru_strings_free(gru_strings *strings);

/* Fills all of them anew. */
void gru_strings_draw(gru_strings *strings, const gru_task *task, kit_rng *rng);

#endif
