/* bell: the terminal's bell. */
#ifndef KOOP_BELL_H
#define KOOP_BELL_H

/* Rings the terminal that standard output is, else the one that standard error is; where neither is
 * one nothing happens, so that no pipe or file gets a byte that is not text. */
void koop_bell_ring(void);

#endif
