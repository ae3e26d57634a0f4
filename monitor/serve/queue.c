#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct koop_queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled, drained;
    koop_queue_node *first, *last;
    size_t bytes, max_bytes;
    bool closed;
};

koop_status koop_queue_new(koop_queue **out, size_t max_bytes) {
    koop_queue *queue = calloc(1, sizeof *queue);
    if (!queue) return KOOP_NO_MEMORY;
    queue->max_bytes = max_bytes;
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&queue->filled, &attributes);
    pthread_cond_init(&queue->drained, &attributes);
    pthread_condattr_destroy(&attributes);
    *out = queue;
    return KOOP_OK;
}

void koop_queue_free(koop_queue *queue, void (*release)(koop_queue_node *node)) {
    if (!queue) return;
    for (koop_queue_node *node = queue->first, *next; node; node = next) {
        next = node->next;
        release(node);
    }
    pthread_cond_destroy(&queue->drained);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

static struct timespec deadline_after(int timeout_ms) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* With the mutex held. */
static bool wait_for_room(koop_queue *queue, int timeout_ms) {
    struct timespec deadline = deadline_after(timeout_ms);
    while (queue->bytes >= queue->max_bytes && !queue->closed) {
        if (timeout_ms <= 0) return false;
        if (pthread_cond_timedwait(&queue->drained, &queue->mutex, &deadline) == ETIMEDOUT) break;
    }
    return queue->bytes < queue->max_bytes && !queue->closed;
}

bool koop_queue_wait_room(koop_queue *queue, int timeout_ms) {
    pthread_mutex_lock(&queue->mutex);
    bool room = wait_for_room(queue, timeout_ms);
    pthread_mutex_unlock(&queue->mutex);
    return room;
}

/* With the mutex held. */
static void append(koop_queue *queue, koop_queue_node *node) {
    node->next = NULL;
    if (queue->last) {
        queue->last->next = node;
    } else {
        queue->first = node;
    }
    queue->last = node;
    queue->bytes += node->bytes;
    pthread_cond_signal(&queue->filled);
}

koop_status koop_queue_push(koop_queue *queue, koop_queue_node *node, int timeout_ms) {
    pthread_mutex_lock(&queue->mutex);
    koop_status status = KOOP_OK;
    if (wait_for_room(queue, timeout_ms)) {
        append(queue, node);
    } else {
        status = queue->closed ? KOOP_DISABLED : KOOP_TIMED_OUT;
    }
    pthread_mutex_unlock(&queue->mutex);
    return status;
}

koop_status koop_queue_pop(koop_queue *queue, int timeout_ms, koop_queue_node **node) {
    struct timespec deadline = deadline_after(timeout_ms);
    pthread_mutex_lock(&queue->mutex);
    while (!queue->first && !queue->closed && timeout_ms > 0) {
        if (pthread_cond_timedwait(&queue->filled, &queue->mutex, &deadline) == ETIMEDOUT) break;
    }
    koop_status status = KOOP_OK;
    koop_queue_node *first = queue->first;
    if (first) {
        queue->first = first->next;
        if (!queue->first) queue->last = NULL;
        queue->bytes -= first->bytes;
        pthread_cond_signal(&queue->drained);
        first->next = NULL;
        *node = first;
    } else {
        status = queue->closed ? KOOP_DISABLED : KOOP_TIMED_OUT;
    }
    pthread_mutex_unlock(&queue->mutex);
    return status;
}

void koop_queue_close(koop_queue *queue) {
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_cond_broadcast(&queue->drained);
    pthread_mutex_unlock(&queue->mutex);
}

size_t koop_queue_bytes(koop_queue *queue) {
    pthread_mutex_lock(&queue->mutex);
    size_t bytes = queue->bytes;
    pthread_mutex_unlock(&queue->mutex);
    return bytes;
}
