#define _GNU_SOURCE /* struct ucred */
#include "guard.h"

#include "bucket.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <zmq.h>

enum {
    HALVE_MS = 1000,
    BLIND_MS = 1000, /* longer than any round of reading */
    MAX_LEVEL = 3,
    ORIGINS = 1024,   /* told apart */
    REMEMBERED = 8192 /* serials of connections that were cut */
};

typedef struct connection {
    bool there, heard, known, cut;
    uint32_t serial; /* KOOP_GUARD_FORGED: not known yet */
    int64_t origin;
    int64_t accepted_ms, heard_ms;
    int64_t bad_since_ms;
    int bad;
    koop_bucket asks;
    uint64_t bytes; /* lately: halved every second */
} connection;

struct koop_guard {
    pthread_mutex_t mutex;
    koop_guard_limits limits;
    koop_guard_cut *cut;
    void *context;
    void *monitor;
    connection *connections; /* by descriptor */
    int capacity;
    int n, n_cut; /* there; of them, cut */
    int64_t current_ms, halved_ms;
    uint64_t seed; /* so that nobody can choose an address that counts as another's */
    koop_bucket newcomers[ORIGINS];
    uint32_t before, given; /* the serial before the first; how many can have been given since */
    uint32_t cut_serials[REMEMBERED]; /* by serial mod REMEMBERED */
    uint64_t total_cut;
};

koop_guard_limits koop_guard_defaults(void) {
    return (koop_guard_limits){.connections = 1024,
                               .new_burst = 512,
                               .new_per_s = 32,
                               .penalty = 16,
                               .quiet_ms = 5000,
                               .silent_ms = 5000,
                               .bad_messages = 64,
                               .bad_ms = 10000,
                               .press_quiet_ms = 200,
                               .press_silent_ms = 1000,
                               .press_hard_ms = 250,
                               .press_blind_ms = 500,
                               .heavy = 8 << 20};
}

static void shut(void *context, int fd) {
    (void)context;
    shutdown(fd, SHUT_RDWR); /* fails where the connection is over: that is as well */
}

koop_status koop_guard_new(koop_guard **out, const koop_guard_limits *limits, koop_guard_cut *cut,
                           void *context) {
    koop_guard *guard = calloc(1, sizeof *guard);
    if (!guard) return KOOP_NO_MEMORY;
    pthread_mutex_init(&guard->mutex, NULL);
    guard->limits = *limits;
    guard->cut = cut ? cut : shut;
    guard->context = context;
    if (getrandom(&guard->seed, sizeof guard->seed, 0) < 0) guard->seed = (uintptr_t)guard;
    *out = guard;
    return KOOP_OK;
}

void koop_guard_free(koop_guard *guard) {
    if (!guard) return;
    if (guard->monitor) zmq_close(guard->monitor);
    pthread_mutex_destroy(&guard->mutex);
    free(guard->connections);
    free(guard);
}

static uint32_t number_of(const uint8_t *id, size_t size) {
    if (size != 5 || id[0] != 0) return KOOP_GUARD_FORGED;
    return (uint32_t)id[1] << 24 | (uint32_t)id[2] << 16 | (uint32_t)id[3] << 8 | id[4];
}

/* The ROUTER's present serial, from a connection of our own. */
static bool learn_serial(koop_guard *guard, void *zmq, void *socket) {
    char endpoint[64], nothing[1];
    uint8_t id[255];
    snprintf(endpoint, sizeof endpoint, "inproc://serial-%p", (void *)guard);
    void *own = zmq_socket(zmq, ZMQ_DEALER);
    bool came = own && zmq_bind(socket, endpoint) == 0 && zmq_connect(own, endpoint) == 0 &&
                zmq_send(own, "", 0, 0) == 0;
    int size = came ? zmq_recv(socket, id, sizeof id, 0) : -1;
    came = came && zmq_recv(socket, nothing, sizeof nothing, 0) == 0;
    if (own) zmq_close(own);
    zmq_unbind(socket, endpoint);
    guard->before = came && size > 0 ? number_of(id, (size_t)size) : 0;
    return came;
}

/* Refused accepts are not asked for: out of descriptors, libzmq tells of them without end. The
 * receiving side takes any number, or libzmq's own thread would wait for us within its lock. */
koop_status koop_guard_follow(koop_guard *guard, void *zmq, void *socket) {
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "inproc://guard-%p", (void *)guard);
    if (zmq_socket_monitor(socket, endpoint, ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) != 0)
        return KOOP_IO_FAILED;
    if (!learn_serial(guard, zmq, socket)) return KOOP_IO_FAILED;
    guard->monitor = zmq_socket(zmq, ZMQ_PAIR);
    bool ready = guard->monitor &&
                 zmq_setsockopt(guard->monitor, ZMQ_RCVHWM, &(int){0}, sizeof(int)) == 0 &&
                 zmq_setsockopt(guard->monitor, ZMQ_LINGER, &(int){0}, sizeof(int)) == 0 &&
                 zmq_connect(guard->monitor, endpoint) == 0;
    return ready ? KOOP_OK : KOOP_IO_FAILED;
}

void *koop_guard_monitor(const koop_guard *guard) {
    return guard->monitor;
}

/* The helpers below expect the mutex to be held. */

static connection *find(koop_guard *guard, int fd) {
    if (fd < 0 || fd >= guard->capacity || !guard->connections[fd].there) return NULL;
    return &guard->connections[fd];
}

static bool make_room(koop_guard *guard, int fd) {
    if (fd < guard->capacity) return true;
    int capacity = guard->capacity ? guard->capacity : 64;
    while (capacity <= fd) capacity *= 2;
    connection *grown = realloc(guard->connections, (size_t)capacity * sizeof *grown);
    if (!grown) return false;
    memset(grown + guard->capacity, 0, (size_t)(capacity - guard->capacity) * sizeof *grown);
    guard->connections = grown;
    guard->capacity = capacity;
    return true;
}

static void remember(koop_guard *guard, uint32_t serial) {
    if (serial != KOOP_GUARD_FORGED) guard->cut_serials[serial % REMEMBERED] = serial;
}

static void cut_off(koop_guard *guard, connection *c) {
    if (c->cut) return;
    c->cut = true;
    remember(guard, c->serial);
    guard->n_cut++;
    guard->total_cut++;
    guard->cut(guard->context, (int)(c - guard->connections));
}

static void forget(koop_guard *guard, connection *c) {
    guard->n--;
    guard->n_cut -= c->cut;
    *c = (connection){0};
}

/* Whether `a` gives way before `b` to a newcomer. */
static bool gives_way(const connection *a, const connection *b) {
    if (!b) return true;
    if (a->known != b->known) return !a->known;
    if (a->heard != b->heard) return !a->heard;
    return a->accepted_ms < b->accepted_ms;
}

/* Who is to give way to the newcomer where there is one connection too many: not the known, but that
 * one over tcp does to a process of this user. */
static connection *find_victim(koop_guard *guard, const connection *newcomer) {
    connection *victim = NULL;
    for (int fd = 0; fd < guard->capacity; fd++) {
        connection *c = &guard->connections[fd];
        if (!c->there || c->cut || c == newcomer) continue;
        if (c->known && !(newcomer->origin > 0 && c->origin < 0)) continue;
        if (gives_way(c, victim)) victim = c;
    }
    return victim;
}

static koop_bucket *bucket_of(koop_guard *guard, int64_t origin) {
    uint64_t mixed = ((uint64_t)origin ^ guard->seed) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 29) * (guard->seed | 1);
    return &guard->newcomers[(mixed >> 32) % ORIGINS];
}

static int per_s(const koop_guard *guard, int64_t origin) {
    return origin > 0 ? (guard->limits.new_per_s + 7) / 8 : guard->limits.new_per_s;
}

static bool may_come(koop_guard *guard, int64_t origin, int64_t now_ms) {
    int burst = origin > 0 ? (guard->limits.new_burst + 7) / 8 : guard->limits.new_burst;
    return koop_bucket_take(bucket_of(guard, origin), burst, per_s(guard, origin), now_ms);
}

/* Cuts one that is bad, not only one too many. */
static void punish(koop_guard *guard, connection *c) {
    if (c->cut) return;
    koop_bucket_charge(bucket_of(guard, c->origin), guard->limits.penalty, per_s(guard, c->origin));
    cut_off(guard, c);
}

static void take_in(koop_guard *guard, int fd, int64_t origin, int64_t now_ms) {
    connection *c = find(guard, fd);
    if (c) forget(guard, c); /* its end was not told */
    c = &guard->connections[fd];
    *c = (connection){.there = true, .origin = origin, .accepted_ms = now_ms, .heard_ms = now_ms};
    guard->n++;
    guard->given += 2; /* one, and one for whose name it takes */
    if (!may_come(guard, origin, now_ms)) {
        cut_off(guard, c);
    } else if (guard->n - guard->n_cut > guard->limits.connections) {
        connection *victim = find_victim(guard, c);
        cut_off(guard, victim ? victim : c);
    }
}

void koop_guard_accepted(koop_guard *guard, int fd, int64_t origin, int64_t now_ms) {
    if (fd < 0) return;
    pthread_mutex_lock(&guard->mutex);
    if (make_room(guard, fd))
        take_in(guard, fd, origin, now_ms);
    else
        guard->cut(guard->context, fd); /* memory is out */
    pthread_mutex_unlock(&guard->mutex);
}

void koop_guard_gone(koop_guard *guard, int fd) {
    pthread_mutex_lock(&guard->mutex);
    connection *c = find(guard, fd);
    if (c) forget(guard, c);
    pthread_mutex_unlock(&guard->mutex);
}

int64_t koop_guard_origin(const void *address) {
    sa_family_t family;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    uint64_t network = 0;
    memcpy(&family, address, sizeof family);
    if (family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return -1 - (int64_t)v4.sin_addr.s_addr;
    }
    if (family != AF_INET6) return 0;
    memcpy(&v6, address, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        memcpy(&v4.sin_addr, v6.sin6_addr.s6_addr + 12, sizeof v4.sin_addr);
        return -1 - (int64_t)v4.sin_addr.s_addr;
    }
    memcpy(&network, v6.sin6_addr.s6_addr, sizeof network);
    return -1 - (int64_t)(network >> 1);
}

/* The process at the other end of a local socket, else the address. */
static int64_t origin_of(int fd) {
    struct ucred peer;
    struct sockaddr_storage from;
    socklen_t size = sizeof from;
    memset(&from, 0, sizeof from);
    if (getpeername(fd, (struct sockaddr *)&from, &size) != 0) return 0;
    const int64_t origin = koop_guard_origin(&from);
    if (origin != 0) return origin;
    size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

/* An event is two frames: a number of 16 bits and one of 32, then the endpoint. */
void koop_guard_read(koop_guard *guard, int64_t now_ms) {
    zmq_msg_t frame;
    while (guard->monitor) {
        uint16_t event = 0;
        uint32_t value = 0;
        zmq_msg_init(&frame);
        bool came = zmq_msg_recv(&frame, guard->monitor, ZMQ_DONTWAIT) >= 0;
        if (came && zmq_msg_size(&frame) == sizeof event + sizeof value) {
            memcpy(&event, zmq_msg_data(&frame), sizeof event);
            memcpy(&value, (const uint8_t *)zmq_msg_data(&frame) + sizeof event, sizeof value);
        }
        zmq_msg_close(&frame);
        if (!came) return;
        if (event == ZMQ_EVENT_ACCEPTED)
            koop_guard_accepted(guard, (int)value, origin_of((int)value), now_ms);
        if (event == ZMQ_EVENT_DISCONNECTED) koop_guard_gone(guard, (int)value);
    }
}

uint32_t koop_guard_serial(koop_guard *guard, const void *id, size_t size) {
    uint32_t serial = number_of(id, size);
    pthread_mutex_lock(&guard->mutex);
    /* The socket tells of a connection before its first message, but by another way. */
    uint32_t slack = guard->monitor ? (uint32_t)guard->limits.connections : 0;
    bool forged = serial - guard->before - 1 >= guard->given + slack;
    pthread_mutex_unlock(&guard->mutex);
    return forged ? KOOP_GUARD_FORGED : serial;
}

/* Whether the message is of the connection that has the descriptor now. */
static bool is_present(connection *c, uint32_t serial) {
    if (serial == KOOP_GUARD_FORGED) return true;
    if (c->serial == KOOP_GUARD_FORGED || (int32_t)(serial - c->serial) > 0) c->serial = serial;
    return serial == c->serial;
}

bool koop_guard_may_ask(koop_guard *guard, int fd, uint32_t serial, int64_t now_ms) {
    const koop_guard_limits *limits = &guard->limits;
    pthread_mutex_lock(&guard->mutex);
    connection *c = find(guard, fd);
    bool may = limits->asks_per_s == 0 || !c || !is_present(c, serial) ||
               koop_bucket_take(&c->asks, limits->asks_burst, limits->asks_per_s, now_ms);
    pthread_mutex_unlock(&guard->mutex);
    return may;
}

static void count_bad(koop_guard *guard, connection *c, int64_t now_ms) {
    if (c->bad == 0 || now_ms - c->bad_since_ms > guard->limits.bad_ms) {
        c->bad = 0;
        c->bad_since_ms = now_ms;
    }
    if (++c->bad >= guard->limits.bad_messages) punish(guard, c);
}

bool koop_guard_is_cut(koop_guard *guard, uint32_t serial) {
    pthread_mutex_lock(&guard->mutex);
    bool is_cut = serial != KOOP_GUARD_FORGED && guard->cut_serials[serial % REMEMBERED] == serial;
    pthread_mutex_unlock(&guard->mutex);
    return is_cut;
}

void koop_guard_heard(koop_guard *guard, int fd, uint32_t serial, size_t bytes, koop_heard heard,
                      int64_t now_ms) {
    pthread_mutex_lock(&guard->mutex);
    connection *c = find(guard, fd);
    bool present = c && is_present(c, serial);
    if (present && c->cut) remember(guard, serial); /* cut before it said anything */
    if (present && !c->cut) {
        c->heard = true;
        c->heard_ms = now_ms;
        c->bytes += bytes;
        if (heard == KOOP_HEARD_KNOWN) c->known = true;
        if (heard == KOOP_HEARD_BAD) count_bad(guard, c, now_ms);
        if (heard == KOOP_HEARD_HOSTILE) punish(guard, c);
    }
    pthread_mutex_unlock(&guard->mutex);
}

/* While this process stood still nobody was silent: what was sent then is about to be read. */
static void forgive(koop_guard *guard, int64_t blind_ms, int64_t now_ms) {
    for (int fd = 0; fd < guard->capacity; fd++) {
        connection *c = &guard->connections[fd];
        c->heard_ms = c->heard_ms + blind_ms < now_ms ? c->heard_ms + blind_ms : now_ms;
    }
}

void koop_guard_current(koop_guard *guard, int64_t now_ms) {
    pthread_mutex_lock(&guard->mutex);
    const int64_t blind_ms = guard->current_ms > 0 ? now_ms - guard->current_ms : 0;
    if (blind_ms > BLIND_MS) forgive(guard, blind_ms, now_ms);
    guard->current_ms = now_ms;
    pthread_mutex_unlock(&guard->mutex);
}

static bool is_due(const koop_guard *guard, const connection *c, int level, int64_t now_ms) {
    const koop_guard_limits *limits = &guard->limits;
    const int quiet[] = {limits->quiet_ms, limits->press_quiet_ms, 0, 0};
    const int silent[] = {limits->silent_ms, limits->press_silent_ms, limits->press_hard_ms,
                          limits->press_hard_ms};
    if (!c->heard) return now_ms - c->accepted_ms >= quiet[level];
    if (level >= 2 && !c->known) return true;
    return guard->current_ms - c->heard_ms >= silent[level];
}

/* Cuts those about as heavy as the heaviest. */
static void cut_heavy(koop_guard *guard) {
    uint64_t most = 0;
    for (int fd = 0; fd < guard->capacity; fd++) {
        const connection *c = &guard->connections[fd];
        if (c->there && !c->cut && c->bytes > most) most = c->bytes;
    }
    for (int fd = 0; most >= guard->limits.heavy && fd < guard->capacity; fd++) {
        connection *c = &guard->connections[fd];
        if (c->there && c->bytes >= most / 2) punish(guard, c);
    }
}

static void forget_weights(koop_guard *guard, int64_t now_ms) {
    if (now_ms - guard->halved_ms < HALVE_MS) return;
    guard->halved_ms = now_ms;
    for (int fd = 0; fd < guard->capacity; fd++) guard->connections[fd].bytes /= 2;
}

int koop_guard_look(koop_guard *guard, int level, int64_t now_ms) {
    pthread_mutex_lock(&guard->mutex);
    uint64_t before = guard->total_cut;
    if (level > MAX_LEVEL) level = MAX_LEVEL;
    /* Nothing is being read: who is silent or heavy cannot be told. */
    bool everyone =
        level == MAX_LEVEL && now_ms - guard->current_ms >= guard->limits.press_blind_ms;
    for (int fd = 0; fd < guard->capacity; fd++) {
        connection *c = &guard->connections[fd];
        if (!c->there || c->cut) continue;
        if (everyone || (c->heard && is_due(guard, c, level, now_ms)))
            cut_off(guard, c);
        else if (is_due(guard, c, level, now_ms))
            punish(guard, c);
    }
    if (level >= 2) cut_heavy(guard);
    forget_weights(guard, now_ms);
    int cut = (int)(guard->total_cut - before);
    pthread_mutex_unlock(&guard->mutex);
    return cut;
}

int koop_guard_connections(koop_guard *guard) {
    pthread_mutex_lock(&guard->mutex);
    int n = guard->n;
    pthread_mutex_unlock(&guard->mutex);
    return n;
}

uint64_t koop_guard_total_cut(koop_guard *guard) {
    pthread_mutex_lock(&guard->mutex);
    uint64_t total = guard->total_cut;
    pthread_mutex_unlock(&guard->mutex);
    return total;
}
