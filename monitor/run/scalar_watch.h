/* scalar_watch: what a trainer sends beside its weights, as the detector takes it: the learning rate
 * ("lr" or "learning_rate"), and the mean over one update of the first few others.
 *
 * A scalar whose first value is above 0 is watched by its logarithm: losses and norms change by
 * factors. Left out: those measured on held-out data (koop_view_is_held_out), which are measured now and
 * then and repeated in between, and values that are not finite or have no logarithm. Plain data; one
 * owner. */
#ifndef KOOP_SCALAR_WATCH_H
#define KOOP_SCALAR_WATCH_H

#include "view.h"

typedef struct koop_scalar_watch {
    double learning_rate; /* 0: not told */
    int n;
    struct {
        char name[sizeof((koop_view_scalar *)0)->name];
        bool logarithm;
        double sum; /* since the last update */
        int count;
    } scalar[KOOP_DETECT_SCALARS];
} koop_scalar_watch;

/* Takes the scalars of the newest snapshot in `view`. */
void koop_scalar_watch_take(koop_scalar_watch *watch, const koop_view *view);

/* What came since the last call; the names stay with the watch. */
void koop_scalar_watch_read(koop_scalar_watch *watch, koop_detect_scalars *out);

void koop_scalar_watch_exchange(koop_scalar_watch *watch, koop_state *state);

#endif
