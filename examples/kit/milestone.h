/* milestone: the first step at which a training had got somewhere; −1: not yet. */
#ifndef KIT_MILESTONE_H
#define KIT_MILESTONE_H

#include <stdbool.h>

enum { KIT_NOT_YET = -1 };

/* Sets it to `step` where it is reached for the first time. */
void kit_milestone_mark(long *milestone, bool reached, long step);

/* "WHAT at step N" or "WHAT: never", on standard output. */
void kit_milestone_print(const char *what, long milestone);

#endif
