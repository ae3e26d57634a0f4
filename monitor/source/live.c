#include "endpoint.h"
#include "handshake.h"
#include "printable.h"
#include "source_kind.h"
#include "view_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
    FREE_DESCRIPTORS = 16,   /* libzmq takes 12 at most */
    ANSWER_BYTES = 16 << 20, /* largest that is taken */
    ASK_AGAIN_MS = 2000,     /* a follower says that often that it is there */
    TRY_AGAIN_MS = 100,      /* while there is no connection to say it through */
    LOOK_MS = 50,            /* for the endpoint's directory, at the handshake */
    HIGH_WATER = 4096        /* lines that may wait to be read */
};

typedef struct live {
    koop_source source;
    void *zmq, *socket;
    char daemon[KOOP_ENDPOINT_BYTES], endpoint[KOOP_ENDPOINT_BYTES]; /* and its views' */
    koop_curve curve;
    koop_handshake handshake;
    char refusal[128]; /* the daemon's words; empty: none */
    bool connected;    /* zmq_connect was called */
    json_int_t id;     /* of the last request; answers repeat theirs */
    json_t *follow;    /* the request to repeat; NULL: not following */
    int64_t ask_again_ms;
} live;

static live *live_of(koop_source *source) {
    return (live *)source;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* libzmq aborts the process when it cannot get a descriptor. */
static bool descriptors_free(void) {
    int fds[FREE_DESCRIPTORS], n = 0;
    while (n < FREE_DESCRIPTORS && (fds[n] = eventfd(0, EFD_CLOEXEC)) >= 0) n++;
    for (int i = 0; i < n; i++) close(fds[i]);
    return n == FREE_DESCRIPTORS;
}

static koop_status open_socket(live *source) {
    static const struct {
        int name, value;
    } options[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_IMMEDIATE, 1}, /* requests do not pile up for a daemon that is not there */
        {ZMQ_RECONNECT_IVL, 50},
        {ZMQ_RECONNECT_IVL_MAX, 1000},
        {ZMQ_HANDSHAKE_IVL, 2000},
        {ZMQ_TCP_KEEPALIVE, 1}, /* no ZMTP heartbeats: with a full receive pipe they abort libzmq */
        {ZMQ_RCVHWM, HIGH_WATER},
    };
    const int64_t largest = ANSWER_BYTES;
    source->zmq = zmq_ctx_new();
    source->socket = source->zmq ? zmq_socket(source->zmq, ZMQ_DEALER) : NULL;
    if (!source->socket) return KOOP_IO_FAILED;
    int failed = zmq_setsockopt(source->socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        failed |= zmq_setsockopt(source->socket, options[i].name, &options[i].value, sizeof(int));
    if (koop_endpoint_path(source->endpoint)) return failed ? KOOP_IO_FAILED : KOOP_OK;
    int ipv6 = koop_endpoint_is_ipv6(source->endpoint);
    failed |= zmq_setsockopt(source->socket, ZMQ_IPV6, &ipv6, sizeof ipv6);
    failed |= koop_curve_apply(&source->curve, source->socket) != KOOP_OK;
    koop_curve_forget(&source->curve);
    if (failed) return KOOP_IO_FAILED;
    return koop_handshake_watch(&source->handshake, source->zmq, source->socket);
}

static void free_live(koop_source *base) {
    live *source = live_of(base);
    json_decref(source->follow);
    koop_handshake_end(&source->handshake, source->socket);
    if (source->socket) zmq_close(source->socket);
    if (source->zmq) zmq_ctx_term(source->zmq);
    free(source);
}

/* Waits until the socket can do `events`. */
static koop_status wait_for(live *source, short events, int64_t deadline_ms) {
    for (;;) {
        int64_t now = now_ms(), left_ms = deadline_ms - now;
        koop_handshake_look(&source->handshake, source->socket, source->endpoint, now);
        bool trouble = koop_handshake_in_trouble(&source->handshake);
        bool watching = source->handshake.monitor && left_ms > LOOK_MS;
        zmq_pollitem_t item = {.socket = source->socket, .events = events};
        int ready = zmq_poll(&item, 1, watching ? LOOK_MS : left_ms > 0 ? (long)left_ms : 0);
        if (ready > 0) return KOOP_OK;
        if (trouble) return KOOP_REFUSED;
        if (ready < 0 && zmq_errno() != EINTR) return KOOP_IO_FAILED;
        if (left_ms <= 0) return KOOP_TIMED_OUT;
    }
}

/* Connects once the endpoint's directory is there and nobody else's: who connects before could meet a
 * stranger who makes it first. */
static koop_status be_connected(live *source, int64_t deadline_ms) {
    for (;;) {
        koop_status trusted = koop_endpoint_trusted(source->endpoint);
        if (trusted == KOOP_DISABLED) return trusted;
        if (source->connected) return KOOP_OK;
        if (trusted == KOOP_OK) {
            source->connected = zmq_connect(source->socket, source->endpoint) == 0;
            return source->connected ? KOOP_OK : KOOP_IO_FAILED;
        }
        int64_t left_ms = deadline_ms - now_ms();
        if (left_ms <= 0) return KOOP_TIMED_OUT;
        if (left_ms > LOOK_MS) left_ms = LOOK_MS;
        nanosleep(&(struct timespec){.tv_nsec = (long)left_ms * 1000000}, NULL);
    }
}

static koop_status send_request(live *source, json_t *request, int64_t deadline_ms) {
    koop_status status = be_connected(source, deadline_ms);
    if (status != KOOP_OK) return status;
    json_object_set_new(request, "id", json_integer(++source->id));
    char *text = json_dumps(request, JSON_COMPACT);
    if (!text) return KOOP_NO_MEMORY;
    status = wait_for(source, ZMQ_POLLOUT, deadline_ms);
    if (status == KOOP_OK && zmq_send(source->socket, text, strlen(text), ZMQ_DONTWAIT) < 0)
        status = zmq_errno() == EAGAIN ? KOOP_TIMED_OUT : KOOP_IO_FAILED;
    free(text);
    return status;
}

/* The next message, if it is a JSON object; KOOP_BAD_MESSAGE if it is not. */
static koop_status receive(live *source, int64_t deadline_ms, json_t **out) {
    koop_status status = wait_for(source, ZMQ_POLLIN, deadline_ms);
    if (status != KOOP_OK) return status;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, source->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&frame);
        return zmq_errno() == EAGAIN || zmq_errno() == EINTR ? KOOP_TIMED_OUT : KOOP_IO_FAILED;
    }
    json_t *json = json_loadb(zmq_msg_data(&frame), zmq_msg_size(&frame), 0, NULL);
    zmq_msg_close(&frame);
    if (!json_is_object(json)) {
        json_decref(json);
        return KOOP_BAD_MESSAGE;
    }
    *out = json;
    return KOOP_OK;
}

static koop_status refusal_status(live *source, const json_t *answer) {
    const json_t *error = json_object_get(answer, "error");
    const char *text;
    source->refusal[0] = '\0';
    if (!error) return KOOP_OK;
    switch (json_integer_value(json_object_get(error, "code"))) {
    case 3: /* this key was allowed when the connection was made */
        source->handshake.state = KOOP_HANDSHAKE_REFUSED;
        return KOOP_REFUSED;
    case 4:
        return KOOP_NOT_FOUND;
    default:
        text = json_string_value(json_object_get(error, "text"));
        if (!text) return KOOP_BAD_MESSAGE;
        koop_printable(text, source->refusal, sizeof source->refusal);
        return KOOP_REFUSED;
    }
}

static void tell_trouble(const koop_source *base, char *out, size_t size) {
    const live *source = (const live *)base;
    if (source->refusal[0] && !koop_handshake_in_trouble(&source->handshake))
        snprintf(out, size, "the daemon at %s refuses: %s", source->daemon, source->refusal);
    else
        koop_handshake_explain(&source->handshake, &source->curve, source->daemon, out, size);
}

/* Sends the request and waits for its own answer; late answers to earlier ones are thrown away. */
static koop_status ask(live *source, json_t *request, int timeout_ms, json_t **answer) {
    const int64_t deadline_ms = now_ms() + timeout_ms;
    koop_status status = send_request(source, request, deadline_ms);
    while (status == KOOP_OK) {
        json_t *got = NULL;
        status = receive(source, deadline_ms, &got);
        if (status != KOOP_OK) break;
        if (json_integer_value(json_object_get(got, "id")) == source->id) {
            status = refusal_status(source, got);
            if (status == KOOP_OK) *answer = json_incref(got);
            json_decref(got);
            return status;
        }
        json_decref(got);
    }
    return status;
}

/* The same for a request made for this one call; `member` of the answer as a new reference. */
static koop_status ask_for(live *source, json_t *request, const char *member, int timeout_ms,
                           json_t **out) {
    json_t *answer = NULL;
    koop_status status = KOOP_NO_MEMORY;
    if (request)
        status = source->follow ? KOOP_BAD_ARGUMENT : ask(source, request, timeout_ms, &answer);
    if (status == KOOP_OK) {
        *out = json_incref(json_object_get(answer, member));
        if (!*out) status = KOOP_BAD_MESSAGE;
    }
    json_decref(answer);
    json_decref(request);
    return status;
}

static koop_status ask_runs(koop_source *base, int timeout_ms, koop_run_summary *runs, int capacity,
                            int *count) {
    live *source = live_of(base);
    json_t *list = NULL;
    koop_status status =
        ask_for(source, json_pack("{s:s}", "get", "runs"), "runs", timeout_ms, &list);
    if (status == KOOP_OK && !json_is_array(list)) status = KOOP_BAD_MESSAGE;
    int n = 0;
    for (size_t i = 0; status == KOOP_OK && n < capacity && i < json_array_size(list); i++)
        status = koop_summary_from_json(json_array_get(list, i), &runs[n++]);
    if (status == KOOP_OK) *count = n;
    json_decref(list);
    return status;
}

static koop_status ask_view(koop_source *base, const char *run, int timeout_ms, koop_view *view) {
    live *source = live_of(base);
    json_t *name = json_string(run);
    json_t *json = NULL;
    if (!name) return KOOP_NOT_FOUND; /* not UTF-8: no run has such a name */
    koop_status status = ask_for(source, json_pack("{s:s, s:o}", "get", "view", "run", name),
                                 "view", timeout_ms, &json);
    if (status == KOOP_OK) status = koop_view_from_json(json, view);
    json_decref(json);
    return status;
}

static koop_status ask_status(koop_source *base, int timeout_ms, json_t **status) {
    live *source = live_of(base);
    return ask_for(source, json_pack("{s:s}", "get", "status"), "status", timeout_ms, status);
}

static koop_status follow(koop_source *base, const char *run, int timeout_ms) {
    live *source = live_of(base);
    json_t *name = run ? json_string(run) : json_null();
    json_t *answer = NULL;
    if (!name) return KOOP_NOT_FOUND;
    json_t *request = json_pack("{s:s, s:o}", "get", "follow", "run", name);
    if (!request) return KOOP_NO_MEMORY;
    koop_status status = ask(source, request, timeout_ms, &answer);
    if (status == KOOP_OK) {
        json_decref(source->follow);
        source->follow = json_incref(request);
        source->ask_again_ms = now_ms() + ASK_AGAIN_MS;
        /* The uuid, so that a newer run of the same name is not followed half-way. */
        json_t *following = json_object_get(answer, "following");
        if (run && json_is_string(following)) json_object_set(source->follow, "run", following);
    }
    json_decref(answer);
    json_decref(request);
    return status;
}

static void ask_again(live *source) {
    int64_t now = now_ms();
    if (now < source->ask_again_ms) return;
    bool sent = send_request(source, source->follow, now) == KOOP_OK;
    source->ask_again_ms = now + (sent ? ASK_AGAIN_MS : TRY_AGAIN_MS);
}

static koop_status next(koop_source *base, int timeout_ms, json_t **line) {
    live *source = live_of(base);
    const int64_t deadline_ms = now_ms() + timeout_ms;
    if (!source->follow) return KOOP_BAD_ARGUMENT;
    for (;;) {
        ask_again(source);
        int64_t until_ms = deadline_ms < source->ask_again_ms ? deadline_ms : source->ask_again_ms;
        json_t *got = NULL;
        koop_status status = receive(source, until_ms, &got);
        if (status == KOOP_TIMED_OUT && now_ms() < deadline_ms) continue;
        if (status != KOOP_OK) return status;
        if (json_object_get(got, "type")) {
            *line = got;
            return KOOP_OK;
        }
        status = refusal_status(source, got); /* an answer to ask_again */
        json_decref(got);
        if (status != KOOP_OK) return status;
    }
}

static const koop_source_kind kind = {
    .free = free_live,
    .trouble = tell_trouble,
    .runs = ask_runs,
    .view = ask_view,
    .status = ask_status,
    .follow = follow,
    .next = next,
};

koop_status koop_source_live(koop_source **out, const char *endpoint, const koop_curve *curve) {
    char view[KOOP_ENDPOINT_BYTES];
    koop_status status = koop_endpoint_view(endpoint, view);
    if (status != KOOP_OK) return status;
    if (!descriptors_free()) return KOOP_IO_FAILED;
    live *source = calloc(1, sizeof *source);
    if (!source) return KOOP_NO_MEMORY;
    source->source.kind = &kind;
    memcpy(source->endpoint, view, sizeof view);
    snprintf(source->daemon, sizeof source->daemon, "%s", endpoint);
    if (curve) source->curve = *curve;
    status = open_socket(source);
    if (status == KOOP_OK && koop_endpoint_trusted(view) == KOOP_DISABLED) status = KOOP_DISABLED;
    if (status != KOOP_OK) {
        free_live(&source->source);
        return status;
    }
    *out = &source->source;
    return KOOP_OK;
}
