/* ring: the fixed memory between koop_publish and the background thread.
 *
 * Slots of one size, allocated once, when the size of a snapshot is known. A slot is free, being
 * filled, unsent, or sent (and not acknowledged). A publisher that finds no free slot takes the
 * oldest unsent one and counts the drop; it never waits. Sent ones stay for replay until they are
 * acknowledged or rejected; because at most slots − 1 are sent at a time, a publisher always finds
 * a slot that is not. published = acknowledged + dropped + rejected + held, at any time.
 *
 * Threads: one publisher at a time (the caller's matter) and one consumer, the only one to call the
 * functions under "consumer". One mutex, held for a few pointer moves and never while data is
 * copied: a slot being filled belongs to the publisher, a sent one to the consumer.
 * A consumer that just had work dozes for KOOP_RING_DOZE_MS before it sleeps: a trainer that
 * publishes more often than that pays for no wake-up, the dearest part of a publication.
 * Does not: know the network or files. */
#ifndef KOOP_RING_H
#define KOOP_RING_H

#include "koopmon.h"
#include "wire.h"

#include <stdbool.h>

enum { KOOP_RING_DOZE_MS = 5 };

typedef struct koop_slot {
    uint64_t seq;
    int64_t step, time_ms;
    uint64_t dropped; /* by the ring up to this snapshot */
    uint32_t n_scalars;
    koop_wire_scalar scalars[KOOP_WIRE_MAX_SCALARS];
    bool begun; /* a part of it at least was handed to the transport: the consumer sets this */
    bool sent;  /* all of it */
    uint8_t *data;
} koop_slot;

typedef struct koop_ring koop_ring;

/* A ring without slots. `wake_fd`, an eventfd, is written when a sleeping consumer has work.
 * Borrowed. KOOP_NO_MEMORY. */
koop_status koop_ring_new(koop_ring **out, int wake_fd);
void koop_ring_free(koop_ring *ring); /* NULL is allowed */

/* Gives the ring `slots` ≥ 2 slots of `bytes` data each. Once. KOOP_NO_MEMORY. */
koop_status koop_ring_allocate(koop_ring *ring, size_t slots, size_t bytes);

/* Publisher. A slot to fill, dropping the oldest unsent one where none is free; then its return,
 * which gives it the next seq. */
koop_slot *koop_ring_acquire(koop_ring *ring);
void koop_ring_commit(koop_ring *ring, koop_slot *slot);

/* Consumer. The next slot to send, or NULL: nothing there, or `credit` are out already. */
koop_slot *koop_ring_next(koop_ring *ring, size_t credit);
void koop_ring_mark_sent(koop_ring *ring, koop_slot *slot); /* counts it once */
void koop_ring_rewind(koop_ring *ring);                     /* all sent ones come again */
void koop_ring_acknowledge(koop_ring *ring, uint64_t seq);  /* frees those begun up to seq */
void koop_ring_reject(koop_ring *ring, uint64_t seq);       /* frees one, if it was begun */
/* True: there is nothing to send, and a publication that changes this writes wake_fd; with `doze`
 * only one that fills half of the ring, because the consumer looks again soon by itself. */
bool koop_ring_sleep(koop_ring *ring, size_t credit, bool doze);

/* Anyone. */
bool koop_ring_ready(koop_ring *ring); /* something has been published */
void koop_ring_wake(koop_ring *ring);  /* writes wake_fd */
/* Waits until nothing published before the call is held. KOOP_TIMED_OUT; KOOP_DISABLED after
 * koop_ring_shut, which ends all waiting for good. */
koop_status koop_ring_drain(koop_ring *ring, int deadline_ms);
void koop_ring_shut(koop_ring *ring);
koop_client_counters koop_ring_counters(koop_ring *ring); /* all but reconnects */
size_t koop_ring_unsent(koop_ring *ring);                 /* held and never sent */

/* Around fork, so that the child's copy is consistent. */
void koop_ring_lock(koop_ring *ring);
void koop_ring_unlock(koop_ring *ring);

#endif
