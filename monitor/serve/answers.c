#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const koop_answer *koop_answers_find(const koop_answers *answers, const char *key, int64_t now_ms) {
    for (int i = 0; i < KOOP_ANSWERS_KEPT; i++) {
        const koop_answer *answer = &answers->kept[i];
        if (answer->text && now_ms - answer->made_ms < KOOP_ANSWERS_MS &&
            strcmp(answer->key, key) == 0)
            return answer;
    }
    return NULL;
}

const koop_answer *koop_answers_keep(koop_answers *answers, const char *key, char *text,
                                     int64_t now_ms) {
    koop_answer *answer = &answers->kept[answers->next++ % KOOP_ANSWERS_KEPT];
    answers->next %= KOOP_ANSWERS_KEPT;
    free(answer->text);
    snprintf(answer->key, sizeof answer->key, "%s", key);
    answer->text = text;
    answer->size = strlen(text);
    answer->made_ms = now_ms;
    return answer;
}

void koop_answers_clear(koop_answers *answers) {
    for (int i = 0; i < KOOP_ANSWERS_KEPT; i++) free(answers->kept[i].text);
    *answers = (koop_answers){.next = 0};
}
