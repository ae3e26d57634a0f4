#include "ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* First in, first out, of slot numbers; storage for all slots. */
typedef struct queue {
    size_t *slot;
    size_t head, count, capacity;
} queue;

struct koop_ring {
    pthread_mutex_t mutex;
    pthread_cond_t freed; /* a slot was freed, or `shut` */
    int wake_fd;
    size_t wake_at; /* unsent snapshots at which the consumer wants to be woken */
    bool shut;
    size_t n_slots;
    koop_slot *slots;
    uint8_t *data;
    size_t *numbers; /* storage of the three queues */
    queue free, unsent, sent;
    size_t again; /* of `sent`, how many went out since the last rewind */
    uint64_t last_seq;
    koop_client_counters counters;
};

static size_t *queue_at(const queue *q, size_t i) {
    return &q->slot[(q->head + i) % q->capacity];
}

static void queue_push(queue *q, size_t number) {
    *queue_at(q, q->count++) = number;
}

static size_t queue_pop(queue *q) {
    size_t number = *queue_at(q, 0);
    q->head = (q->head + 1) % q->capacity;
    q->count--;
    return number;
}

static void queue_remove(queue *q, size_t i) {
    for (; i + 1 < q->count; i++) *queue_at(q, i) = *queue_at(q, i + 1);
    q->count--;
}

koop_status koop_ring_new(koop_ring **out, int wake_fd) {
    koop_ring *ring = calloc(1, sizeof *ring);
    pthread_condattr_t monotonic;
    if (!ring) return KOOP_NO_MEMORY;
    ring->wake_fd = wake_fd;
    ring->wake_at = 1;
    if (pthread_condattr_init(&monotonic) != 0) goto fail;
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    int failed = pthread_cond_init(&ring->freed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (failed) goto fail;
    if (pthread_mutex_init(&ring->mutex, NULL) != 0) {
        pthread_cond_destroy(&ring->freed);
        goto fail;
    }
    *out = ring;
    return KOOP_OK;
fail:
    free(ring);
    return KOOP_NO_MEMORY;
}

void koop_ring_free(koop_ring *ring) {
    if (!ring) return;
    pthread_mutex_destroy(&ring->mutex);
    pthread_cond_destroy(&ring->freed);
    free(ring->slots);
    free(ring->data);
    free(ring->numbers);
    free(ring);
}

koop_status koop_ring_allocate(koop_ring *ring, size_t slots, size_t bytes) {
    if (slots > SIZE_MAX / bytes || slots > SIZE_MAX / sizeof(koop_slot)) return KOOP_NO_MEMORY;
    /* not cleared: memory becomes real only as slots are first used */
    koop_slot *all = malloc(slots * sizeof *all);
    uint8_t *data = malloc(slots * bytes);
    size_t *numbers = malloc(3 * slots * sizeof *numbers);
    if (!all || !data || !numbers) {
        free(all);
        free(data);
        free(numbers);
        return KOOP_NO_MEMORY;
    }
    pthread_mutex_lock(&ring->mutex);
    ring->slots = all;
    ring->data = data;
    ring->numbers = numbers;
    ring->n_slots = slots;
    ring->free = (queue){.slot = numbers, .capacity = slots};
    ring->unsent = (queue){.slot = numbers + slots, .capacity = slots};
    ring->sent = (queue){.slot = numbers + 2 * slots, .capacity = slots};
    for (size_t i = 0; i < slots; i++) {
        all[i].data = data + i * bytes;
        queue_push(&ring->free, i);
    }
    pthread_mutex_unlock(&ring->mutex);
    return KOOP_OK;
}

koop_slot *koop_ring_acquire(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    size_t number;
    if (ring->free.count > 0) {
        number = queue_pop(&ring->free);
    } else {
        number = queue_pop(&ring->unsent);
        ring->counters.dropped++;
        pthread_cond_broadcast(&ring->freed);
    }
    pthread_mutex_unlock(&ring->mutex);
    return &ring->slots[number];
}

void koop_ring_commit(koop_ring *ring, koop_slot *slot) {
    pthread_mutex_lock(&ring->mutex);
    slot->seq = ++ring->last_seq;
    slot->dropped = ring->counters.dropped;
    slot->begun = slot->sent = false;
    ring->counters.published++;
    queue_push(&ring->unsent, (size_t)(slot - ring->slots));
    bool wake = ring->unsent.count >= ring->wake_at;
    if (wake) ring->wake_at = SIZE_MAX;
    pthread_mutex_unlock(&ring->mutex);
    if (wake) koop_ring_wake(ring);
}

/* How many may be out: one slot always stays with the publisher. */
static size_t window(const koop_ring *ring, size_t credit) {
    return credit < ring->n_slots ? credit : ring->n_slots - 1;
}

static bool has_room(const koop_ring *ring, size_t credit) {
    return ring->n_slots == 0 || ring->again < window(ring, credit);
}

static bool has_work(const koop_ring *ring, size_t credit) {
    if (ring->n_slots == 0 || !has_room(ring, credit)) return false;
    return ring->again < ring->sent.count || ring->unsent.count > 0;
}

koop_slot *koop_ring_next(koop_ring *ring, size_t credit) {
    koop_slot *slot = NULL;
    pthread_mutex_lock(&ring->mutex);
    ring->wake_at = SIZE_MAX;
    if (has_work(ring, credit)) {
        if (ring->again == ring->sent.count) queue_push(&ring->sent, queue_pop(&ring->unsent));
        slot = &ring->slots[*queue_at(&ring->sent, ring->again++)];
    }
    pthread_mutex_unlock(&ring->mutex);
    return slot;
}

void koop_ring_mark_sent(koop_ring *ring, koop_slot *slot) {
    pthread_mutex_lock(&ring->mutex);
    if (!slot->sent) ring->counters.sent++;
    slot->begun = slot->sent = true;
    pthread_mutex_unlock(&ring->mutex);
}

void koop_ring_rewind(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    ring->again = 0;
    pthread_mutex_unlock(&ring->mutex);
}

void koop_ring_acknowledge(koop_ring *ring, uint64_t seq) {
    pthread_mutex_lock(&ring->mutex);
    while (ring->sent.count > 0) {
        /* nobody can have what never left, whatever the other side says */
        const koop_slot *oldest = &ring->slots[*queue_at(&ring->sent, 0)];
        if (oldest->seq > seq || !oldest->begun) break;
        queue_push(&ring->free, queue_pop(&ring->sent));
        if (ring->again > 0) ring->again--;
        ring->counters.acknowledged++;
    }
    pthread_cond_broadcast(&ring->freed);
    pthread_mutex_unlock(&ring->mutex);
}

void koop_ring_reject(koop_ring *ring, uint64_t seq) {
    pthread_mutex_lock(&ring->mutex);
    for (size_t i = 0; i < ring->sent.count; i++) {
        size_t number = *queue_at(&ring->sent, i);
        if (ring->slots[number].seq != seq || !ring->slots[number].begun) continue;
        queue_remove(&ring->sent, i);
        queue_push(&ring->free, number);
        if (i < ring->again) ring->again--;
        ring->counters.rejected++;
        pthread_cond_broadcast(&ring->freed);
        break;
    }
    pthread_mutex_unlock(&ring->mutex);
}

bool koop_ring_sleep(koop_ring *ring, size_t credit, bool doze) {
    pthread_mutex_lock(&ring->mutex);
    bool sleep = !has_work(ring, credit);
    ring->wake_at = doze && ring->n_slots >= 2 ? ring->n_slots / 2 : 1;
    /* without room a publication changes nothing: spare it the system call */
    if (!sleep || !has_room(ring, credit)) ring->wake_at = SIZE_MAX;
    pthread_mutex_unlock(&ring->mutex);
    return sleep;
}

bool koop_ring_ready(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    bool ready = ring->last_seq > 0;
    pthread_mutex_unlock(&ring->mutex);
    return ready;
}

void koop_ring_wake(koop_ring *ring) {
    const uint64_t one = 1;
    /* fails only where the counter is full, and then the consumer is woken anyway */
    if (write(ring->wake_fd, &one, sizeof one) < 0) return;
}

/* Whether a snapshot up to `seq` is held. Queues are in order of seq. */
static bool holds(const koop_ring *ring, uint64_t seq) {
    return (ring->sent.count > 0 && ring->slots[*queue_at(&ring->sent, 0)].seq <= seq) ||
           (ring->unsent.count > 0 && ring->slots[*queue_at(&ring->unsent, 0)].seq <= seq);
}

koop_status koop_ring_drain(koop_ring *ring, int deadline_ms) {
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += deadline_ms / 1000;
    deadline.tv_nsec += deadline_ms % 1000 * 1000000L;
    if (deadline.tv_nsec >= 1000000000L) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000L;
    }
    int waited = 0;
    pthread_mutex_lock(&ring->mutex);
    uint64_t last = ring->last_seq;
    while (!ring->shut && holds(ring, last) && waited == 0)
        waited = pthread_cond_timedwait(&ring->freed, &ring->mutex, &deadline);
    koop_status status = ring->shut ? KOOP_DISABLED : holds(ring, last) ? KOOP_TIMED_OUT : KOOP_OK;
    pthread_mutex_unlock(&ring->mutex);
    return status;
}

void koop_ring_shut(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    ring->shut = true;
    pthread_cond_broadcast(&ring->freed);
    pthread_mutex_unlock(&ring->mutex);
}

koop_client_counters koop_ring_counters(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    koop_client_counters counters = ring->counters;
    pthread_mutex_unlock(&ring->mutex);
    return counters;
}

size_t koop_ring_unsent(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
    size_t unsent = ring->unsent.count;
    for (size_t i = 0; i < ring->sent.count; i++)
        unsent += !ring->slots[*queue_at(&ring->sent, i)].sent;
    pthread_mutex_unlock(&ring->mutex);
    return unsent;
}

void koop_ring_lock(koop_ring *ring) {
    pthread_mutex_lock(&ring->mutex);
}

void koop_ring_unlock(koop_ring *ring) {
    pthread_mutex_unlock(&ring->mutex);
}
