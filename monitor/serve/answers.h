/* answers: what was answered in the last moments, as text.
 *
 * An answer of all runs takes milliseconds to make. Whoever asks without end, or many who ask at once,
 * get a copy of one that is at most KOOP_ANSWERS_MS old. Knows no requests: a key is a short text. */
#ifndef KOOP_ANSWERS_H
#define KOOP_ANSWERS_H

#include "view.h"

#include <stddef.h>
#include <stdint.h>

enum { KOOP_ANSWERS_MS = 20, KOOP_ANSWERS_KEPT = 8 };

typedef struct koop_answer {
    char key[KOOP_VIEW_UUID_BYTES];
    char *text;
    size_t size;
    int64_t made_ms;
} koop_answer;

typedef struct koop_answers {
    koop_answer kept[KOOP_ANSWERS_KEPT]; /* all zero: none */
    int next;                            /* to be replaced */
} koop_answers;

/* NULL when there is none that is young enough. */
const koop_answer *koop_answers_find(const koop_answers *answers, const char *key, int64_t now_ms);

/* Takes over `text`. What it returns is good until KOOP_ANSWERS_KEPT others were kept. */
const koop_answer *koop_answers_keep(koop_answers *answers, const char *key, char *text,
                                     int64_t now_ms);

void koop_answers_clear(koop_answers *answers);

#endif
