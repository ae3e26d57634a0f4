/* stop: SIGINT and SIGTERM end a training between two steps, in good order. */
#ifndef KIT_STOP_H
#define KIT_STOP_H

/* Catches both signals, for the whole process. */
void kit_stop_catch(void);

/* The signal that came, or 0. */
int kit_stop_signal(void);

#endif
