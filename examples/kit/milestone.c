#include "milestone.h"

#include <stdio.h>

void kit_milestone_mark(long *milestone, bool reached, long step) {
    if (*milestone < 0 && reached) *milestone = step;
}

void kit_milestone_print(const char *what, long milestone) {
    if (milestone < 0)
        printf("%s: never", what);
    else
        printf("%s at step %ld", what, milestone);
}
