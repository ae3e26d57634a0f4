/* lag: how long a run's newest snapshot was under way, though clocks are set meanwhile.
 *
 * From the trainer's Unix time of publication to the daemon's now; the two are taken to agree until
 * one of them jumps. A jump is a second or more by which the daemon's Unix time moves against its
 * monotonic time, by which the trainer's goes back from one snapshot to the next, or by which a
 * snapshot comes before it was published; from there on the difference is allowed for. Where only the
 * trainer's clock went back, the snapshot is taken to be under way as long as the one before it. Pure;
 * times in milliseconds; zero-initialise. */
#ifndef KOOP_LAG_H
#define KOOP_LAG_H

#include <stdbool.h>
#include <stdint.h>

typedef struct koop_lag {
    bool begun;
    int64_t published_ms; /* of the newest snapshot, the trainer's clock */
    int64_t noted_ms;     /* when it came, monotonic time */
    int64_t offset_ms;    /* Unix time less monotonic time when last looked at */
    int64_t skew_ms;      /* to be added to the daemon's Unix time */
} koop_lag;

/* A snapshot came, in order. */
void koop_lag_note(koop_lag *lag, int64_t published_ms, int64_t unix_ms, int64_t monotonic_ms);

/* Of the newest snapshot, now; 0 or more. Before the first, 0. */
int64_t koop_lag_ms(koop_lag *lag, int64_t unix_ms, int64_t monotonic_ms);

#endif
