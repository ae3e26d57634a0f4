/* clock: elapsed time and pauses of the example trainers. */
#ifndef KIT_CLOCK_H
#define KIT_CLOCK_H

/* Monotonic seconds since an arbitrary moment. */
double kit_clock_seconds(void);

/* Sleeps; a signal ends the pause early, so that Ctrl-C is not made to wait. */
void kit_clock_pause(long ms);

#endif
