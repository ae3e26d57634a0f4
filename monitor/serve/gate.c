#include "gate.h"

#include "clock.h"
#include "endpoint.h"
#include "key_store.h"
#include "log.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Of libzmq's, but declared for its draft interface only; without it no handler would mean yes. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

enum {
    PATH_BYTES = 4096,
    FRAMES = 9, /* id, delimiter, version, request, domain, address, peer, mechanism, key */
    FRAME_BYTES = 256,
    ROUND_MS = 250,     /* also how late an end is noticed */
    READ_MS = 1000,     /* a file changes without its directory */
    LOG_MS = 1000,      /* between lines, */
    LOG_KEY_MS = 60000, /* and between those about one key */
    LOGGED_KEYS = 16
};

static const char domain[] = "koopmon";

typedef struct frame {
    size_t size;
    uint8_t bytes[FRAME_BYTES];
} frame;

typedef struct logged {
    char key[KOOP_KEY_BYTES];
    int64_t at_ms;
} logged;

struct koop_gate {
    char directory[PATH_BYTES];
    koop_keys server;
    void *socket; /* the thread's own, as all before the mutex */
    frame frames[FRAMES];
    struct timespec changed; /* of the list's directory when it was read */
    int64_t read_ms;
    char trouble[512]; /* with the list, as it was logged */
    logged logged[LOGGED_KEYS];
    int64_t logged_ms;
    uint64_t unlogged;
    pthread_t thread;
    _Atomic bool stop;
    _Atomic uint64_t refused;
    pthread_mutex_t mutex; /* guards the list: */
    koop_keys *allowed;    /* by key */
    int n_allowed;
};

static int by_key(const void *a, const void *b) {
    return strcmp(((const koop_keys *)a)->public_key, ((const koop_keys *)b)->public_key);
}

static bool is_allowed(koop_gate *gate, const char *key) {
    koop_keys wanted;
    if (strlen(key) != KOOP_KEY_BYTES - 1) return false;
    memcpy(wanted.public_key, key, KOOP_KEY_BYTES);
    pthread_mutex_lock(&gate->mutex);
    bool found = gate->n_allowed > 0 &&
                 bsearch(&wanted, gate->allowed, (size_t)gate->n_allowed, sizeof wanted, by_key);
    pthread_mutex_unlock(&gate->mutex);
    return found;
}

/* When the list's directory was changed last. */
static struct timespec changed(const koop_gate *gate) {
    char path[PATH_BYTES + 16];
    struct stat about = {.st_size = 0};
    snprintf(path, sizeof path, "%s/allowed", gate->directory);
    if (stat(path, &about) != 0) about.st_mtim.tv_sec = 0;
    return about.st_mtim;
}

/* A list that cannot be read, or not be trusted, is empty. */
static void read_list(koop_gate *gate, int64_t now_ms) {
    char error[sizeof gate->trouble];
    koop_keys *keys = NULL;
    int n = 0;
    gate->changed = changed(gate);
    gate->read_ms = now_ms;
    koop_status status = koop_key_store_list(gate->directory, &keys, &n, error, sizeof error);
    if (gate->socket && *error && strcmp(error, gate->trouble) != 0)
        koop_log(KOOP_LOG_WARNING, "%s: %s",
                 status == KOOP_OK ? "not allowed" : "nobody is allowed", error);
    memcpy(gate->trouble, error, sizeof error);
    if (n > 0) qsort(keys, (size_t)n, sizeof *keys, by_key);
    pthread_mutex_lock(&gate->mutex);
    koop_keys *before = gate->allowed;
    int n_before = gate->n_allowed;
    gate->allowed = keys;
    gate->n_allowed = n;
    pthread_mutex_unlock(&gate->mutex);
    free(before);
    if (n != n_before) koop_log(KOOP_LOG_INFO, "%d key%s allowed", n, n == 1 ? " is" : "s are");
}

static void read_if_changed(koop_gate *gate) {
    int64_t now_ms = koop_clock_ms();
    struct timespec last = changed(gate);
    bool same = last.tv_sec == gate->changed.tv_sec && last.tv_nsec == gate->changed.tv_nsec;
    if (!same || now_ms - gate->read_ms >= READ_MS) read_list(gate, now_ms);
}

/* Whether this key has its turn to be logged; a crowd of strangers must not fill the disk. */
static bool may_log(koop_gate *gate, const char *key, int64_t now_ms) {
    logged *place = &gate->logged[0];
    for (int i = 0; i < LOGGED_KEYS; i++) {
        logged *one = &gate->logged[i];
        if (strcmp(one->key, key) == 0 && now_ms - one->at_ms < LOG_KEY_MS) return false;
        if (one->at_ms < place->at_ms) place = one;
    }
    if (gate->logged_ms && now_ms - gate->logged_ms < LOG_MS) return false;
    gate->logged_ms = place->at_ms = now_ms;
    snprintf(place->key, sizeof place->key, "%s", key);
    return true;
}

static void refuse(koop_gate *gate, const char *key, const char *address) {
    char others[48] = "";
    int64_t now_ms = koop_clock_ms();
    atomic_fetch_add(&gate->refused, 1);
    if (!may_log(gate, key, now_ms)) {
        gate->unlogged++;
        return;
    }
    if (gate->unlogged > 0)
        snprintf(others, sizeof others, " (and %llu more since)",
                 (unsigned long long)gate->unlogged);
    gate->unlogged = 0;
    koop_log(KOOP_LOG_WARNING, "refused: unknown key from %s; to let it in: koopmon allow %s'%s'%s",
             address, *key == '-' ? "-- " : "", key, others);
}

/* One message into the frames: how many, or 0 when it is longer than any request. */
static int receive(koop_gate *gate) {
    int n = 0, more = 1;
    bool fits = true;
    while (more) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, gate->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&message);
            return -1;
        }
        size_t size = zmq_msg_size(&message);
        fits = fits && n < FRAMES && size < FRAME_BYTES;
        if (fits) {
            memcpy(gate->frames[n].bytes, zmq_msg_data(&message), size);
            gate->frames[n].bytes[size] = '\0';
            gate->frames[n++].size = size;
        }
        more = zmq_msg_more(&message);
        zmq_msg_close(&message);
    }
    return fits ? n : 0;
}

static bool is_text(const frame *f, const char *text) {
    return f->size == strlen(text) && memcmp(f->bytes, text, f->size) == 0;
}

static void answer(koop_gate *gate, bool yes, const char *user) {
    const struct {
        const void *bytes;
        size_t size;
    } parts[] = {{gate->frames[0].bytes, gate->frames[0].size},
                 {"", 0},
                 {"1.0", 3},
                 {gate->frames[3].bytes, gate->frames[3].size},
                 {yes ? "200" : "400", 3},
                 {yes ? "OK" : "unknown key", yes ? 2 : 11},
                 {user, yes ? strlen(user) : 0},
                 {"", 0}};
    const int n = sizeof parts / sizeof *parts;
    for (int i = 0; i < n; i++)
        zmq_send(gate->socket, parts[i].bytes, parts[i].size,
                 ZMQ_DONTWAIT | (i + 1 < n ? ZMQ_SNDMORE : 0));
}

/* Anything that is no request of version 1.0 gets no answer, and that means no. */
static void handle(koop_gate *gate, int n) {
    const frame *f = gate->frames;
    char key[KOOP_KEY_BYTES];
    if (n < 8 || f[1].size != 0 || !is_text(&f[2], "1.0")) return;
    bool curve = n == FRAMES && is_text(&f[7], "CURVE") && f[8].size == 32;
    if (!curve || !is_text(&f[4], domain) || !zmq_z85_encode(key, f[8].bytes, 32)) {
        atomic_fetch_add(&gate->refused, 1);
        answer(gate, false, "");
        return;
    }
    read_if_changed(gate);
    bool yes = is_allowed(gate, key);
    if (!yes) refuse(gate, key, (const char *)f[5].bytes);
    answer(gate, yes, key);
}

static void *gate_main(void *context) {
    koop_gate *gate = context;
    while (!atomic_load(&gate->stop)) {
        zmq_pollitem_t item = {.socket = gate->socket, .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, ROUND_MS) > 0) {
            for (int n; (n = receive(gate)) >= 0;) handle(gate, n);
        }
        read_if_changed(gate);
    }
    return NULL;
}

static koop_status read_keys(koop_gate *gate, char *error, size_t error_size) {
    koop_status status = koop_key_store_server(gate->directory, &gate->server, error, error_size);
    if (status == KOOP_NOT_FOUND)
        snprintf(error, error_size,
                 "no server key in %s, which tcp under keys needs: koopmon keygen makes one",
                 gate->directory);
    if (status != KOOP_OK) return status;
    read_list(gate, koop_clock_ms());
    if (gate->n_allowed > 0) return KOOP_OK;
    if (*gate->trouble)
        snprintf(error, error_size, "nobody is allowed to connect: %s", gate->trouble);
    else
        snprintf(
            error, error_size,
            "no key is allowed over tcp, so nothing is served: koopmon allow PUBLIC_KEY lets one "
            "in");
    return KOOP_NOT_FOUND;
}

static koop_status start(koop_gate *gate, void *zmq, char *error, size_t error_size) {
    const int none = 0;
    gate->socket = zmq_socket(zmq, ZMQ_ROUTER);
    if (!gate->socket || zmq_setsockopt(gate->socket, ZMQ_LINGER, &none, sizeof none) != 0 ||
        zmq_bind(gate->socket, "inproc://zeromq.zap.01") != 0) {
        snprintf(error, error_size, "cannot guard tcp: %s", zmq_strerror(zmq_errno()));
        return KOOP_IO_FAILED;
    }
    if (pthread_create(&gate->thread, NULL, gate_main, gate) == 0) return KOOP_OK;
    snprintf(error, error_size, "cannot start a thread");
    return KOOP_IO_FAILED;
}

static void release(koop_gate *gate) {
    if (gate->socket) zmq_close(gate->socket);
    pthread_mutex_destroy(&gate->mutex);
    free(gate->allowed);
    explicit_bzero(&gate->server, sizeof gate->server);
    free(gate);
}

koop_status koop_gate_new(koop_gate **out, void *zmq, const char *keys, char *error,
                          size_t error_size) {
    if (!zmq_has("curve")) {
        snprintf(error, error_size, "this libzmq was built without CURVE: tcp cannot be guarded");
        return KOOP_NOT_FOUND;
    }
    koop_gate *gate = calloc(1, sizeof *gate);
    if (!gate) return KOOP_NO_MEMORY;
    pthread_mutex_init(&gate->mutex, NULL);
    koop_status status = KOOP_TOO_LARGE;
    if ((size_t)snprintf(gate->directory, PATH_BYTES, "%s", keys) < PATH_BYTES)
        status = read_keys(gate, error, error_size);
    if (status == KOOP_OK) status = start(gate, zmq, error, error_size);
    if (status == KOOP_OK)
        *out = gate;
    else
        release(gate);
    return status;
}

void koop_gate_free(koop_gate *gate) {
    if (!gate) return;
    atomic_store(&gate->stop, true);
    pthread_join(gate->thread, NULL);
    release(gate);
}

int koop_gate_bind(const koop_gate *gate, void *socket, const char *endpoint) {
    const int yes = 1, ipv6 = koop_endpoint_is_ipv6(endpoint);
    int failed = zmq_setsockopt(socket, ZMQ_IPV6, &ipv6, sizeof ipv6);
    if (gate && !koop_endpoint_path(endpoint)) {
        failed |= zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes);
        failed |=
            zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, gate->server.secret_key, KOOP_KEY_BYTES);
        failed |= zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, sizeof domain - 1);
        failed |= zmq_setsockopt(socket, ZMQ_ZAP_ENFORCE_DOMAIN, &yes, sizeof yes);
    }
    return failed ? -1 : zmq_bind(socket, endpoint);
}

/* libzmq keeps what the gate answered, the key, with the connection. One without a key is a process
 * of this machine, by ipc, whose "address" is its user and process. */
bool koop_gate_admits(koop_gate *gate, zmq_msg_t *message) {
    static const char by_ipc[] = "localhost:";
    if (!gate) return true;
    const char *key = zmq_msg_gets(message, "User-Id");
    if (key && *key) return is_allowed(gate, key);
    const char *address = zmq_msg_gets(message, "Peer-Address");
    return address && strncmp(address, by_ipc, sizeof by_ipc - 1) == 0;
}

int koop_gate_allowed(koop_gate *gate) {
    if (!gate) return 0;
    pthread_mutex_lock(&gate->mutex);
    int n = gate->n_allowed;
    pthread_mutex_unlock(&gate->mutex);
    return n;
}

uint64_t koop_gate_refused(koop_gate *gate) {
    return gate ? atomic_load(&gate->refused) : 0;
}
