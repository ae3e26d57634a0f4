/* stop: SIGINT and SIGTERM end a training between two steps, in good order. */
#ifndef KIT_STOP_H
#define KIT_STOP_H

#include <stdbool.h>

/* Catches both signals, for the whole process. */
void kit_stop_catch(void);

/* The signal that came, or 0. */
int kit_stop_signal(void);

/* The exit code of a program that did well or not: 0 or 1, or 128 + the signal that came. */
int kit_stop_exit_code(bool well);

#endif
