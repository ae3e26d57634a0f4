/* fake_daemon: a daemon that journals in memory, as PROTOCOL.md describes one, and misbehaves on
 * request. Runs in a thread of its own; tests look at it through fake_get and wait with WAIT_FOR.
 */
#ifndef KOOP_TEST_FAKE_DAEMON_H
#define KOOP_TEST_FAKE_DAEMON_H

#include "golden.h"
#include "wire.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { FAKE_MAX_DATA = 32 << 20, FAKE_MAX_PEERS = 16, FAKE_QUEUE = 4 /* messages */ };

/* What it has seen; outlives a restart, like a journal. */
typedef struct fake_state {
    uint64_t last;       /* highest seq journaled */
    uint64_t taken;      /* snapshots journaled */
    uint64_t duplicates; /* came again and were ignored */
    uint64_t gaps;       /* seqs that never came */
    uint64_t misplaced;  /* chunks that did not continue the one before */
    uint64_t chunks;     /* that came */
    uint64_t hellos, pings, strangers, byes;
    uint64_t most_unacknowledged;
    koop_wire_bye bye;
    koop_wire_hello hello;
    koop_wire_snapshot snapshot; /* of the newest; its data is in `data` */
    size_t largest_chunk;
} fake_state;

typedef struct fake_daemon fake_daemon;

/* What it says to a peer beyond the protocol; runs in its thread. */
typedef void fake_hook(fake_daemon *fake, const uint8_t *id, size_t size);

struct fake_daemon {
    const char *endpoint;
    pthread_t thread;
    atomic_bool stop, acknowledge;
    uint32_t credit;
    uint64_t unheard_byes;    /* so many are lost on their way */
    uint64_t refuse;          /* this seq gets an ERROR; 0: none */
    koop_wire_error greeting; /* HELLO gets this ERROR; 0: WELCOME */
    /* NULL: nothing. Set them before fake_start, `now` through fake_do. */
    fake_hook *before_welcome, *after_welcome;
    fake_hook *at_chunk; /* once, at the next chunk; then nothing is read while `paused` */
    fake_hook *now;      /* once, to the newest peer; behind the mutex */
    atomic_bool paused;
    pthread_mutex_t mutex;
    fake_state state; /* behind the mutex; all below is the thread's own */
    void *socket;
    struct {
        uint8_t id[32];
        size_t size;
    } peers[FAKE_MAX_PEERS];
    int n_peers;
    koop_wire_message in, out;
    koop_wire_buffer buffer;
    uint8_t data[FAKE_MAX_DATA];
    uint64_t partial; /* bytes of the snapshot that is arriving */
};

static inline void fake_sleep_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static inline fake_state fake_get(fake_daemon *fake) {
    pthread_mutex_lock(&fake->mutex);
    fake_state state = fake->state;
    pthread_mutex_unlock(&fake->mutex);
    return state;
}

/* Waits for a condition; fails the test after half a minute. */
#define WAIT_FOR(condition)                                                                        \
    do {                                                                                           \
        int patience = 15000;                                                                      \
        while (!(condition) && patience-- > 0) fake_sleep_ms(2);                                   \
        assert_true(patience > 0);                                                                 \
    } while (0)

static inline void fake_send(fake_daemon *fake, const uint8_t *id, size_t size) {
    if (koop_wire_pack(&fake->out, &fake->buffer) != KOOP_OK) return;
    zmq_send(fake->socket, id, size, ZMQ_SNDMORE);
    zmq_send(fake->socket, fake->buffer.bytes, fake->buffer.size, 0);
}

static inline bool fake_knows(const fake_daemon *fake, const uint8_t *id, size_t size) {
    for (int i = 0; i < fake->n_peers; i++)
        if (fake->peers[i].size == size && memcmp(fake->peers[i].id, id, size) == 0) return true;
    return false;
}

static inline void fake_error(fake_daemon *fake, const uint8_t *id, size_t size,
                              koop_wire_error code, uint64_t seq) {
    fake->out.type = KOOP_WIRE_ERROR;
    fake->out.as.error.code = code;
    fake->out.as.error.seq = seq;
    strcpy(fake->out.as.error.text, "no");
    fake_send(fake, id, size);
}

static inline void fake_ack(fake_daemon *fake, const uint8_t *id, size_t size, uint64_t seq) {
    fake->out.type = KOOP_WIRE_ACK;
    fake->out.as.acknowledged = seq;
    fake_send(fake, id, size);
}

static inline void fake_welcome(fake_daemon *fake, const uint8_t *id, size_t size,
                                uint64_t acknowledged, uint32_t credit) {
    fake->out.type = KOOP_WIRE_WELCOME;
    fake->out.as.welcome.acknowledged = acknowledged;
    fake->out.as.welcome.credit = credit;
    fake_send(fake, id, size);
}

static inline void fake_acknowledge(fake_daemon *fake, const uint8_t *id, size_t size) {
    if (atomic_load(&fake->acknowledge)) fake_ack(fake, id, size, fake->state.last);
}

static inline void fake_hello(fake_daemon *fake, const uint8_t *id, size_t size) {
    fake->state.hellos++;
    fake->state.hello = fake->in.as.hello;
    fake->partial = 0;
    if (fake->greeting) {
        fake_error(fake, id, size, fake->greeting, 0);
        return;
    }
    if (!fake_knows(fake, id, size) && fake->n_peers < FAKE_MAX_PEERS) {
        memcpy(fake->peers[fake->n_peers].id, id, size);
        fake->peers[fake->n_peers++].size = size;
    }
    if (fake->before_welcome) fake->before_welcome(fake, id, size);
    fake_welcome(fake, id, size, atomic_load(&fake->acknowledge) ? fake->state.last : 0,
                 fake->credit);
    if (fake->after_welcome) fake->after_welcome(fake, id, size);
}

static inline void fake_snapshot(fake_daemon *fake, const uint8_t *id, size_t size) {
    const koop_wire_snapshot *chunk = &fake->in.as.snapshot;
    fake_state *state = &fake->state;
    state->chunks++;
    if (fake->at_chunk) {
        fake->at_chunk(fake, id, size);
        fake->at_chunk = NULL;
        atomic_store(&fake->paused, true);
    }
    if (chunk->seq == fake->refuse) {
        fake_error(fake, id, size, KOOP_WIRE_ERROR_SHAPE, chunk->seq);
        return;
    }
    if (chunk->bytes > state->largest_chunk) state->largest_chunk = chunk->bytes;
    if (chunk->at == 0) {
        state->snapshot = *chunk;
        fake->partial = 0;
    }
    if (chunk->at != fake->partial || chunk->seq != state->snapshot.seq ||
        chunk->total > FAKE_MAX_DATA) {
        state->misplaced++;
        return;
    }
    memcpy(fake->data + chunk->at, chunk->data, chunk->bytes);
    fake->partial += chunk->bytes;
    if (fake->partial < chunk->total) return;
    if (chunk->seq <= state->last) {
        state->duplicates++;
    } else {
        state->gaps += chunk->seq - state->last - 1;
        state->last = chunk->seq;
        state->taken++;
    }
    fake_acknowledge(fake, id, size);
}

static inline void fake_bye(fake_daemon *fake, const uint8_t *id, size_t size) {
    if (fake->unheard_byes > 0) {
        fake->unheard_byes--;
        return;
    }
    fake->state.byes++;
    fake->state.bye = fake->in.as.bye;
    fake->out = fake->in;
    fake_send(fake, id, size);
    fake_error(fake, id, size, KOOP_WIRE_ERROR_NO_HELLO, 0); /* as to a second one */
}

static inline void fake_take(fake_daemon *fake, const uint8_t *id, size_t size) {
    bool known = fake_knows(fake, id, size);
    switch (fake->in.type) {
    case KOOP_WIRE_HELLO:
        fake_hello(fake, id, size);
        return;
    case KOOP_WIRE_SNAPSHOT:
        if (known) fake_snapshot(fake, id, size);
        break;
    case KOOP_WIRE_PING:
        fake->state.pings++;
        break;
    case KOOP_WIRE_BYE:
        if (known) fake_bye(fake, id, size);
        break;
    default:
        return;
    }
    if (known) return;
    fake->state.strangers++;
    fake_error(fake, id, size, KOOP_WIRE_ERROR_NO_HELLO, 0);
}

static inline void fake_do_now(fake_daemon *fake) {
    pthread_mutex_lock(&fake->mutex);
    int newest = fake->n_peers - 1;
    if (fake->now && newest >= 0) {
        fake->now(fake, fake->peers[newest].id, fake->peers[newest].size);
        fake->now = NULL;
    }
    pthread_mutex_unlock(&fake->mutex);
}

/* Lets the daemon say something of itself. */
static inline void fake_do(fake_daemon *fake, fake_hook *hook) {
    pthread_mutex_lock(&fake->mutex);
    fake->now = hook;
    pthread_mutex_unlock(&fake->mutex);
}

static inline void *fake_main(void *argument) {
    fake_daemon *fake = argument;
    zmq_msg_t id, message;
    zmq_msg_init(&id);
    zmq_msg_init(&message);
    while (!atomic_load(&fake->stop)) {
        fake_do_now(fake);
        if (atomic_load(&fake->paused)) {
            fake_sleep_ms(1);
            continue;
        }
        if (zmq_msg_recv(&id, fake->socket, 0) < 0) continue; /* RCVTIMEO: look at stop */
        if (zmq_msg_recv(&message, fake->socket, 0) < 0) continue;
        pthread_mutex_lock(&fake->mutex);
        if (koop_wire_unpack(zmq_msg_data(&message), zmq_msg_size(&message), &fake->in) == KOOP_OK)
            fake_take(fake, zmq_msg_data(&id), zmq_msg_size(&id));
        pthread_mutex_unlock(&fake->mutex);
    }
    zmq_msg_close(&id);
    zmq_msg_close(&message);
    return NULL;
}

static void *fake_context;

static inline fake_daemon *fake_new(const char *endpoint) {
    fake_daemon *fake = calloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->endpoint = endpoint;
    fake->credit = 64;
    atomic_store(&fake->acknowledge, true);
    pthread_mutex_init(&fake->mutex, NULL);
    return fake;
}

static inline void fake_start(fake_daemon *fake) {
    const int none = 0, poll_ms = 10, queue = FAKE_QUEUE;
    const int64_t limit = KOOP_WIRE_MESSAGE_BYTES;
    if (!fake_context) fake_context = zmq_ctx_new();
    fake->socket = zmq_socket(fake_context, ZMQ_ROUTER);
    assert_non_null(fake->socket);
    zmq_setsockopt(fake->socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(fake->socket, ZMQ_RCVTIMEO, &poll_ms, sizeof poll_ms);
    zmq_setsockopt(fake->socket, ZMQ_RCVHWM, &queue, sizeof queue);
    zmq_setsockopt(fake->socket, ZMQ_MAXMSGSIZE, &limit, sizeof limit);
    WAIT_FOR(zmq_bind(fake->socket, fake->endpoint) == 0);
    fake->n_peers = 0;
    fake->partial = 0;
    atomic_store(&fake->stop, false);
    assert_int_equal(pthread_create(&fake->thread, NULL, fake_main, fake), 0);
}

/* As a crash does: nothing is said, connections break; fake_start brings it back. */
static inline void fake_stop(fake_daemon *fake) {
    atomic_store(&fake->stop, true);
    pthread_join(fake->thread, NULL);
    zmq_close(fake->socket);
    fake->socket = NULL;
}

static inline void fake_free(fake_daemon *fake) {
    if (fake->socket) fake_stop(fake);
    pthread_mutex_destroy(&fake->mutex);
    koop_wire_buffer_free(&fake->buffer);
    free(fake);
}

#endif
