/* feed: lines of JSON from the compute thread to those who follow.
 *
 * Bounded, and never waits: a line that finds no room is dropped and counted, because a follower
 * must not hold up the daemon. Nobody following: nobody should make lines (koop_feed_wanted). */
#ifndef KOOP_FEED_H
#define KOOP_FEED_H

#include "queue.h"
#include "wire.h"

typedef struct koop_feed_line {
    koop_queue_node node;
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    size_t size;
    char text[];
} koop_feed_line;

typedef struct koop_feed koop_feed;

koop_status koop_feed_new(koop_feed **out, size_t max_bytes); /* KOOP_NO_MEMORY, KOOP_IO_FAILED */
void koop_feed_free(koop_feed *feed);                         /* NULL is allowed */

/* Compute thread. */
bool koop_feed_wanted(const koop_feed *feed);
void koop_feed_put(koop_feed *feed, const uint8_t run[KOOP_WIRE_UUID_BYTES], const char *text);

/* Main thread. The descriptor is readable once lines came; koop_feed_take gives the next line (free
 * it with free), or NULL and then the descriptor is quiet again. */
void koop_feed_want(koop_feed *feed, bool wanted);
int koop_feed_descriptor(const koop_feed *feed);
koop_feed_line *koop_feed_take(koop_feed *feed);

uint64_t koop_feed_dropped(const koop_feed *feed); /* any thread */

#endif
