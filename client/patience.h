/* patience: how much a client bears from what listens at its endpoint, which may be broken, or a
 * stranger.
 *
 * An honest daemon says a handful of things a second and one thing a snapshot. Beyond that its
 * messages are left where they are, in a queue of fixed length that slows the other side down, and
 * wait for their turn; so the thread's CPU time is bounded whatever comes. Messages that mean
 * nothing are counted; after KOOP_PATIENCE_BAD in a row the client gives up.
 *
 * Pure arithmetic: knows no socket and no clock. One thread. */
#ifndef KOOP_PATIENCE_H
#define KOOP_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    KOOP_PATIENCE_BURST = 4096,     /* messages that may come at once */
    KOOP_PATIENCE_PER_MS = 1,       /* and so many more a millisecond, */
    KOOP_PATIENCE_PER_SNAPSHOT = 2, /* and a snapshot that is sent for the first time */
    KOOP_PATIENCE_PAUSE_MS = 20,    /* when to look again after too many */
    KOOP_PATIENCE_BAD = 1000
};

typedef struct koop_patience {
    int64_t left, at_ms; /* messages that may still come, as of then */
    uint64_t last_seq;   /* the newest snapshot counted */
    unsigned bad;
} koop_patience;

koop_patience koop_patience_begin(int64_t now_ms);

/* A snapshot goes out. */
void koop_patience_sent(koop_patience *patience, uint64_t seq);

/* Whether one more message may be taken now; if so it counts. */
bool koop_patience_take(koop_patience *patience, int64_t now_ms);

/* Whether koop_patience_take would say no. */
bool koop_patience_is_out(const koop_patience *patience, int64_t now_ms);

/* A message that meant something, or that meant nothing: too many of those in a row, and it says
 * false. */
bool koop_patience_bear(koop_patience *patience, bool good);

#endif
