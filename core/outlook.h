/* outlook: whether a run is blowing up, or has come to rest, from the speed of its weights.
 *
 * Notation.  v  log speed of an update (signals.h), with a learning rate that is told taken out for
 *               growth, and as it is for rest;  means over 8 updates
 *
 *   diverging  v grew by log 2 or more within the last 32 updates, a fifth of it or more from each
 *              quarter of them to the next, by six standard errors of its line, and stands above all it
 *              was since the first 64 updates: growth that feeds on itself, which neither noise nor a
 *              step is. Over when v falls by a third of what it grew
 *   settled    the speed is a hundredth of the highest it ever was and every |λ| of the spectrum near 1
 *              (mean within 0.1), for 16 updates. Over at a thirtieth
 *
 * Both are conditions: they begin once, last, and end. Plain data. Internal to core. */
#ifndef KOOP_OUTLOOK_H
#define KOOP_OUTLOOK_H

#include "state.h"

enum { KOOP_OUTLOOK_UPDATES = 32 };

typedef struct koop_outlook {
    int held; /* of the values below, the newest first */
    double growth[KOOP_OUTLOOK_UPDATES];
    int64_t step[KOOP_OUTLOOK_UPDATES];
    double rate[KOOP_OUTLOOK_UPDATES]; /* log of the learning rate; 0 where it is not told */
    double highest;        /* mean over 8 updates of the growth value, since the first 64 */
    double fastest;        /* likewise of the speed as it is, over the whole run */
    double recent[8];      /* of the speed as it is, a ring by update */
    int64_t updates;       /* so far */
    int resting;           /* updates in a row that looked settled */
    int64_t resting_since; /* step of the first of them */
    double diverged_from, diverged_to; /* v before and at its highest since */
    int64_t diverging_since;           /* step at which that began */
    int64_t last_of_either;            /* step of the last update that was diverging or settled */
    bool diverging, settled, was_either;
} koop_outlook;

typedef enum koop_outlook_news {
    KOOP_OUTLOOK_NOTHING,
    KOOP_OUTLOOK_DIVERGES,
    KOOP_OUTLOOK_SETTLES
} koop_outlook_news;

/* One update: log speed with and without a told learning rate, and the mean modulus of the spectrum.
 * *onset is the step at which the news began. */
koop_outlook_news koop_outlook_take(koop_outlook *outlook, int64_t step, double growth,
                                    double speed, double mean_modulus, int64_t *onset);

/* The learning rate now over that `back` updates ago, or the oldest known; 1 where one of them is not
 * told. */
double koop_outlook_rate_since(const koop_outlook *outlook, int back);

void koop_outlook_exchange(koop_outlook *outlook, koop_state *state);

#endif
