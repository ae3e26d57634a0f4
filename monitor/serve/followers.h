/* followers: those who asked to be told, and what they are told. Used by publish.c only. */
#ifndef KOOP_FOLLOWERS_H
#define KOOP_FOLLOWERS_H

#include "feed.h"
#include "runs.h"

enum { KOOP_FOLLOWERS_MAX = 64, KOOP_FOLLOWER_ID_BYTES = 255 };

typedef struct koop_follower {
    size_t id_size;
    uint8_t id[KOOP_FOLLOWER_ID_BYTES];
    bool all; /* else only `run` */
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    int64_t asked_ms;
    int untold; /* states[untold - 1 … 0] are still to be told */
} koop_follower;

typedef struct koop_followers {
    void *socket; /* ROUTER with ZMQ_ROUTER_MANDATORY; borrowed, as the next two */
    koop_runs *runs;
    koop_feed *feed;
    int n;
    koop_follower follower[KOOP_FOLLOWERS_MAX];
    uint64_t dropped;
    int n_states; /* as last told */
    koop_run_summary states[KOOP_VIEW_RUNS], now[KOOP_VIEW_RUNS];
    int64_t states_ms; /* when they are to be looked at again */
} koop_followers;

/* Adds the follower, or renews it. A new one is told the present states at once (after `answer`,
 * which the caller sends first): call koop_followers_greet. KOOP_TOO_LARGE: there are too many. */
koop_status koop_followers_add(koop_followers *followers, const uint8_t *id, size_t id_size,
                               const uint8_t *run, int64_t now_ms, bool *is_new);
void koop_followers_greet(koop_followers *followers, const uint8_t *id, size_t id_size);

/* Sends on the feed's lines and changes of state, and forgets the silent. */
void koop_followers_serve(koop_followers *followers, int64_t now_ms);

#endif
