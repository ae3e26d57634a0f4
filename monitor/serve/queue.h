/* queue: items from one thread to another, in order, bounded by the bytes they stand for.
 *
 * Intrusive: an item begins with a koop_queue_node whose `bytes` its maker has set; pushing
 * allocates nothing. The queue takes items while it holds less than max_bytes, so at most
 * max_bytes and one item. Ownership goes in with push and out with pop. Any thread may call;
 * one mutex, no other lock is taken under it. */
#ifndef KOOP_QUEUE_H
#define KOOP_QUEUE_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct koop_queue_node {
    struct koop_queue_node *next;
    size_t bytes;
} koop_queue_node;

typedef struct koop_queue koop_queue;

koop_status koop_queue_new(koop_queue **out, size_t max_bytes); /* KOOP_NO_MEMORY */
/* Frees the queue; `release` gets what it still held. NULL is allowed. No thread may use it. */
void koop_queue_free(koop_queue *queue, void (*release)(koop_queue_node *node));

/* Waits at most timeout_ms for room. On KOOP_TIMED_OUT and KOOP_DISABLED (closed) the caller still
 * owns the node. */
koop_status koop_queue_push(koop_queue *queue, koop_queue_node *node, int timeout_ms);

/* The oldest node, waiting at most timeout_ms. KOOP_TIMED_OUT; KOOP_DISABLED: closed and empty. */
koop_status koop_queue_pop(koop_queue *queue, int timeout_ms, koop_queue_node **node);

/* Whether a push would be taken, waiting at most timeout_ms for it. A single producer that sees
 * room keeps it. */
bool koop_queue_wait_room(koop_queue *queue, int timeout_ms);

/* No more pushes; what is held can still be popped. */
void koop_queue_close(koop_queue *queue);

size_t koop_queue_bytes(koop_queue *queue);

#endif
