/* cadence: at which steps snapshots come, and whether the latest came as usual.
 *
 * Signals are of motion from one snapshot to the next, so a snapshot that was dropped, came late, or a
 * trainer that begins to publish more rarely look like a change of the dynamics. The usual gap is the
 * median of the latest 64 gaps between the steps of successive snapshots; a gap is regular when it is
 * within two thirds and one and a half of it. Plain data. Internal to core. */
#ifndef KOOP_CADENCE_H
#define KOOP_CADENCE_H

#include "state.h"

enum { KOOP_CADENCE_GAPS = 64 };

typedef enum koop_cadence_state {
    KOOP_CADENCE_REGULAR,
    KOOP_CADENCE_IRREGULAR, /* some of these snapshots came early or late */
    KOOP_CADENCE_BROKEN     /* what is usual changed, or a gap as long as 16 usual ones */
} koop_cadence_state;

typedef struct koop_cadence {
    int64_t last; /* step of the newest snapshot */
    bool begun;
    int held;                      /* gaps kept, the newest first */
    double gap[KOOP_CADENCE_GAPS]; /* of one step to the next; ≤ 0 where a trainer went back */
    double usual;                  /* since the last break; 0: none yet */
} koop_cadence;

void koop_cadence_take(koop_cadence *cadence, int64_t step);

/* Of the `count` newest snapshots. After a break the new gap is the usual one. */
koop_cadence_state koop_cadence_judge(koop_cadence *cadence, int count);

void koop_cadence_exchange(koop_cadence *cadence, koop_state *state);

#endif
