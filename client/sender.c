#include "sender.h"

#include "arrivals.h"
#include "endpoint.h"
#include "handshake.h"
#include "patience.h"
#include "preflight.h"
#include "printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum {
    HELLO_MS = 1000,
    LOOK_MS = 250,
    MAX_PAUSE_MS = 64000, /* between connections to who sends without end */
    PING_MS = 500,
    BYE_MS = 100,              /* between goodbyes, until one is answered */
    BYE_LINGER_MS = 25,        /* what the last of them may take to leave the process */
    MAX_INCOMING = 1 << 16,    /* bytes; the daemon's messages are small */
    QUEUE_BYTES = 4 << 20,     /* of chunks that wait inside libzmq */
    MAX_RECEIVED_AT_ONCE = 256 /* then it is time to send again */
};

static const char untrusted[] =
    "the endpoint's directory belongs to another user, or others may write to it";

typedef struct sender {
    koop_worker *worker;
    char endpoint[KOOP_ENDPOINT_BYTES];
    koop_curve curve;
    koop_handshake handshake;
    void *context, *socket;
    koop_wire_message out, in;
    koop_wire_buffer buffer;
    int64_t
        look_at; /* when to look again for the endpoint's directory; 0: connected, or not begun */
    bool connected; /* zmq_connect was called; the transport may still be trying */
    bool greeted;   /* HELLO said since the daemon last forgot us */
    bool welcomed;  /* and answered */
    bool welcomed_ever;
    bool blocked;  /* the socket took no more in this turn */
    bool failed;   /* disabled: leave */
    bool in_parts; /* the last frame said that more follow */
    bool parted;   /* the goodbye was answered */
    size_t credit;
    int64_t hello_at, ping_at, bye_at; /* when the next one is due, koop_worker_now_ms */
    int64_t doze_until;
    koop_slot *current; /* snapshot being sent, one of the ring's sent ones */
    uint64_t at;        /* bytes of it that are out */
    unsigned logged;    /* bit (1u << code): errors of the daemon that were logged */
    koop_patience patience;
    koop_arrivals arrivals;
    int64_t pause_ms; /* after the last connection that was dropped; 0: none was */
} sender;

static void give_up(sender *s, const char *reason) {
    s->failed = true;
    s->worker->disable(s->worker->owner, reason);
}

static bool can_send(sender *s) {
    int events = 0;
    size_t size = sizeof events;
    bool can = zmq_getsockopt(s->socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLOUT);
    if (!can) s->blocked = true;
    return can;
}

/* Packs and sends s->out. Call after can_send: zmq_send would copy before it says EAGAIN. */
static bool transmit(sender *s) {
    koop_status status = koop_wire_pack(&s->out, &s->buffer);
    if (status != KOOP_OK) {
        char reason[96];
        snprintf(reason, sizeof reason, "a message could not be packed: %s",
                 koop_strstatus(status));
        give_up(s, reason);
        return false;
    }
    bool sent = zmq_send(s->socket, s->buffer.bytes, s->buffer.size, ZMQ_DONTWAIT) >= 0;
    if (!sent) s->blocked = true;
    return sent;
}

static void start_connecting(sender *s, int64_t now) {
    if (now < s->look_at) return;
    if (koop_endpoint_trusted(s->endpoint) == KOOP_NOT_FOUND) {
        s->look_at = now + LOOK_MS; /* connecting now could meet a stranger who makes it first */
        return;
    }
    s->look_at = 0;
    size_t chunk =
        s->worker->bytes < KOOP_WIRE_CHUNK_BYTES ? s->worker->bytes : KOOP_WIRE_CHUNK_BYTES;
    size_t queue = QUEUE_BYTES / (chunk + 1024);
    int hwm = queue < 2 ? 2 : queue > 1000 ? 1000 : (int)queue;
    zmq_setsockopt(s->socket, ZMQ_SNDHWM, &hwm, sizeof hwm);
    s->connected = zmq_connect(s->socket, s->endpoint) == 0;
    if (!s->connected) give_up(s, "the transport refuses the endpoint");
}

static void send_hello(sender *s, int64_t now) {
    if (now < s->hello_at || !can_send(s)) return;
    s->out = *s->worker->hello;
    if (!transmit(s)) return;
    s->greeted = true;
    s->hello_at = now + HELLO_MS;
}

static void send_ping(sender *s, int64_t now) {
    if (now < s->ping_at || !can_send(s)) return;
    s->out.type = KOOP_WIRE_PING;
    if (transmit(s)) s->ping_at = now + PING_MS;
}

static bool send_chunk(sender *s) {
    const koop_slot *slot = s->current;
    uint64_t left = s->worker->bytes - s->at;
    koop_wire_snapshot *chunk = &s->out.as.snapshot;
    s->out.type = KOOP_WIRE_SNAPSHOT;
    chunk->seq = slot->seq;
    chunk->step = slot->step;
    chunk->time_ms = slot->time_ms;
    chunk->dropped = slot->dropped;
    chunk->total = s->worker->bytes;
    chunk->at = s->at;
    chunk->data = slot->data + s->at;
    chunk->bytes = left < KOOP_WIRE_CHUNK_BYTES ? (size_t)left : KOOP_WIRE_CHUNK_BYTES;
    chunk->n_scalars = s->at == 0 ? slot->n_scalars : 0;
    memcpy(chunk->scalars, slot->scalars, chunk->n_scalars * sizeof *chunk->scalars);
    if (!transmit(s)) return false;
    s->current->begun = true;
    s->at += chunk->bytes;
    return true;
}

static void send_snapshots(sender *s) {
    for (;;) {
        if (!s->current) {
            s->current = koop_ring_next(s->worker->ring, s->credit);
            s->at = 0;
        }
        if (!s->current || !can_send(s) || !send_chunk(s)) return;
        if (s->at < s->worker->bytes) continue;
        koop_ring_mark_sent(s->worker->ring, s->current);
        koop_patience_sent(&s->patience, s->current->seq);
        s->doze_until = koop_worker_now_ms() + KOOP_RING_DOZE_MS;
        s->current = NULL;
    }
}

/* Slots that go back to the publisher must not be the one in hand. */
static void acknowledge(sender *s, uint64_t seq) {
    if (s->current && s->current->begun && s->current->seq <= seq) s->current = NULL;
    koop_ring_acknowledge(s->worker->ring, seq);
}

static void reject(sender *s, uint64_t seq) {
    if (s->current && s->current->begun && s->current->seq == seq) s->current = NULL;
    koop_ring_reject(s->worker->ring, seq);
}

static void take_welcome(sender *s, const koop_wire_welcome *welcome) {
    if (!s->greeted) return; /* of a connection that is gone */
    acknowledge(s, welcome->acknowledged);
    s->credit = welcome->credit;
    if (s->welcomed) return;
    s->welcomed = true;
    s->current = NULL;
    koop_ring_rewind(s->worker->ring);
    s->ping_at = koop_worker_now_ms() + PING_MS;
    if (s->welcomed_ever) atomic_fetch_add(&s->worker->reconnects, 1);
    s->welcomed_ever = true;
}

static void log_error(sender *s, koop_wire_error code, const char *text) {
    char safe[KOOP_WIRE_TEXT_BYTES], line[KOOP_WIRE_TEXT_BYTES + 64];
    unsigned bit = 1u << (code < 31 ? code : 31);
    if (s->logged & bit) return;
    s->logged |= bit;
    snprintf(line, sizeof line, "daemon refused (code %u): %s", (unsigned)code,
             koop_printable(text, safe, sizeof safe));
    s->worker->log(s->worker->owner, line);
}

static void take_error(sender *s) {
    koop_wire_error code = s->in.as.error.code;
    if (code == KOOP_WIRE_ERROR_NO_HELLO) {
        if (!s->welcomed) return; /* HELLO is on its way, or due within a second */
        s->welcomed = s->greeted = false;
        s->hello_at = s->bye_at = 0;
        return;
    }
    log_error(s, code, s->in.as.error.text);
    if (code == KOOP_WIRE_ERROR_VERSION)
        give_up(s, "the daemon speaks another protocol version");
    else if (s->in.as.error.seq > 0)
        reject(s, s->in.as.error.seq);
}

/* False: it means nothing. */
static bool take(sender *s, const uint8_t *bytes, size_t size) {
    if (koop_wire_unpack(bytes, size, &s->in) != KOOP_OK) return false;
    switch (s->in.type) {
    case KOOP_WIRE_WELCOME:
        take_welcome(s, &s->in.as.welcome);
        return true;
    case KOOP_WIRE_ACK:
        if (s->welcomed) acknowledge(s, s->in.as.acknowledged);
        return true;
    case KOOP_WIRE_ERROR:
        take_error(s);
        return true;
    case KOOP_WIRE_BYE:
        if (s->bye_at > 0) s->parted = true;
        return s->parted;
    case KOOP_WIRE_HELLO:
    case KOOP_WIRE_SNAPSHOT:
    case KOOP_WIRE_PING:
        break; /* a daemon does not say these */
    }
    return false;
}

/* A message is one frame: of others nothing is believed, and only the last frame is weighed. */
static void receive(sender *s) {
    zmq_msg_t message;
    int64_t now = koop_worker_now_ms();
    zmq_msg_init(&message);
    for (int i = 0; i < MAX_RECEIVED_AT_ONCE && !s->failed && !s->parted; i++) {
        if (koop_patience_is_out(&s->patience, now)) break;
        if (zmq_msg_recv(&message, s->socket, ZMQ_DONTWAIT) < 0) break;
        koop_patience_take(&s->patience, now);
        koop_arrivals_message(&s->arrivals, now);
        bool more = zmq_msg_more(&message), single = !more && !s->in_parts;
        s->in_parts = more;
        if (more) continue;
        bool good = single && take(s, zmq_msg_data(&message), zmq_msg_size(&message));
        if (!koop_patience_bear(&s->patience, good))
            give_up(s, "what listens at the endpoint does not speak koopmon's protocol");
    }
    zmq_msg_close(&message);
}

/* A connection whose bytes never become a message fills the memory: leaves it, for a while. */
static void watch_arrivals(sender *s, int64_t now) {
    if (!koop_arrivals_look(&s->arrivals, now)) return;
    if (s->pause_ms == 0)
        s->worker->log(s->worker->owner, "the daemon sends a message without end: connecting anew");
    s->pause_ms = s->pause_ms == 0 ? HELLO_MS : 2 * s->pause_ms;
    if (s->pause_ms > MAX_PAUSE_MS) s->pause_ms = MAX_PAUSE_MS;
    zmq_disconnect(s->socket, s->endpoint);
    s->connected = s->greeted = s->welcomed = s->in_parts = false;
    s->current = NULL; /* the next WELCOME begins again */
    s->hello_at = s->bye_at = 0;
    s->look_at = now + s->pause_ms;
}

/* Before anything is sent: the transport connects anew by itself, perhaps to a stranger. */
static bool still_trusted(sender *s) {
    if (koop_endpoint_trusted(s->endpoint) != KOOP_DISABLED) return true;
    give_up(s, untrusted);
    return false;
}

/* Behind everything else that is to be said. A daemon that was started anew answers that it does
 * not know who leaves: then HELLO comes first, and the goodbye again. */
static void send_goodbye(sender *s, int64_t now) {
    if (now < s->bye_at || !can_send(s)) return;
    koop_client_counters counters = koop_ring_counters(s->worker->ring);
    s->out.type = KOOP_WIRE_BYE;
    s->out.as.bye.last_seq = counters.published;
    /* what was never sent will not be any more */
    s->out.as.bye.dropped = counters.dropped + koop_ring_unsent(s->worker->ring);
    if (transmit(s)) s->bye_at = now + BYE_MS;
}

static bool is_leaving(const sender *s) {
    return atomic_load(&s->worker->stop);
}

/* Whether there is nothing to stay for, or no time. */
static bool may_leave(const sender *s) {
    return is_leaving(s) &&
           (s->parted || !s->connected || koop_worker_now_ms() >= s->worker->leave_by_ms);
}

static void send_due(sender *s) {
    int64_t now = koop_worker_now_ms();
    s->blocked = false;
    if (!s->welcomed) {
        send_hello(s, now);
    } else if (is_leaving(s)) {
        send_goodbye(s, now);
    } else {
        send_ping(s, now);
        send_snapshots(s);
    }
}

static long until_next(const sender *s, int64_t now) {
    bool leaving = is_leaving(s);
    int64_t due = !s->welcomed ? s->hello_at : leaving ? s->bye_at : s->ping_at, left = due - now;
    /* what is due and could not go waits for the socket, not for the clock */
    if (left <= 0) left = s->blocked ? PING_MS : 0;
    if (leaving && left > s->worker->leave_by_ms - now) left = s->worker->leave_by_ms - now;
    return left > 0 ? (long)left : 0;
}

/* True: wake_fd was written. What came too fast is not waited for, but for the clock. */
static bool poll_all(sender *s, int64_t now, long timeout) {
    bool out = koop_patience_is_out(&s->patience, now);
    bool watch = s->connected && koop_arrivals_wanted(&s->arrivals, now);
    zmq_pollitem_t items[] = {
        {.socket = s->socket,
         .events = (short)((out ? 0 : ZMQ_POLLIN) | (s->blocked ? ZMQ_POLLOUT : 0))},
        {.fd = s->worker->wake_fd, .events = ZMQ_POLLIN},
        {.fd = s->arrivals.epoll_fd, .events = ZMQ_POLLIN},
    };
    if (out && (timeout < 0 || timeout > KOOP_PATIENCE_PAUSE_MS)) timeout = KOOP_PATIENCE_PAUSE_MS;
    if (s->connected && !watch && (timeout < 0 || timeout > KOOP_ARRIVALS_QUIET_MS))
        timeout = KOOP_ARRIVALS_QUIET_MS;
    return zmq_poll(items, watch ? 3 : 2, timeout) > 0 && (items[1].revents & ZMQ_POLLIN);
}

static void wait(sender *s) {
    int64_t now = koop_worker_now_ms(), dozing = s->doze_until - now;
    long timeout = s->connected ? until_next(s, now) : -1;
    bool looking = s->look_at > 0;
    if (looking) timeout = s->look_at > now ? (long)(s->look_at - now) : 0;
    bool busy = s->blocked || looking || is_leaving(s) ||
                (s->connected && !s->welcomed); /* publications change nothing */
    if (!busy) {
        /* before the first WELCOME anything published is worth a look */
        size_t credit = s->connected ? s->credit : 1;
        if (!koop_ring_sleep(s->worker->ring, credit, dozing > 0)) return;
        if (dozing > 0 && dozing < timeout) timeout = (long)dozing;
    }
    if (poll_all(s, now, timeout)) {
        uint64_t woken;
        if (read(s->worker->wake_fd, &woken, sizeof woken) < 0) return;
    }
}

/* What was said last may still be on its way. */
static void leave(sender *s) {
    const int linger = BYE_LINGER_MS;
    if (s->parted || !s->welcomed) return;
    s->bye_at = 0;
    send_goodbye(s, koop_worker_now_ms());
    zmq_setsockopt(s->socket, ZMQ_LINGER, &linger, sizeof linger);
}

/* A key that is not allowed yet may be at any time: nothing ends here. */
static void look_at_handshake(sender *s) {
    char line[KOOP_ENDPOINT_BYTES + 128];
    bool news = koop_handshake_look(&s->handshake, s->socket, s->endpoint, koop_worker_now_ms());
    int connection = koop_handshake_connection(&s->handshake);
    if (connection >= 0) koop_arrivals_watch(&s->arrivals, connection);
    if (!news || koop_endpoint_path(s->endpoint)) return; /* of keys only tcp knows */
    if (!koop_handshake_in_trouble(&s->handshake)) return;
    koop_handshake_explain(&s->handshake, &s->curve, s->endpoint, line, sizeof line);
    s->worker->log(s->worker->owner, line);
}

static void run(void *state) {
    sender *s = state;
    while (!s->failed && !may_leave(s)) {
        if (!still_trusted(s)) break;
        if (!s->connected && koop_ring_ready(s->worker->ring))
            start_connecting(s, koop_worker_now_ms());
        if (s->connected) look_at_handshake(s);
        receive(s);
        if (s->parted) break; /* what came behind the answer means nothing */
        if (s->connected && !s->failed) watch_arrivals(s, koop_worker_now_ms());
        if (s->connected && !s->failed) send_due(s);
        if (!s->failed && !may_leave(s)) wait(s);
    }
    if (!s->failed) leave(s);
}

static void free_sender(void *state) {
    sender *s = state;
    koop_handshake_end(&s->handshake, s->socket);
    koop_arrivals_close(&s->arrivals);
    if (s->socket) zmq_close(s->socket);
    if (s->context) zmq_ctx_term(s->context);
    koop_wire_buffer_free(&s->buffer);
    free(s);
}

static koop_status open_watches(sender *s) {
    koop_status status = koop_arrivals_open(&s->arrivals);
    return status == KOOP_OK ? koop_handshake_watch(&s->handshake, s->context, s->socket) : status;
}

static koop_status open_socket(sender *s) {
    static const struct {
        int option, value;
    } settings[] = {
        {ZMQ_LINGER, 0},
        {ZMQ_IMMEDIATE, 1}, /* nothing queues for a daemon that is not there */
        {ZMQ_RECONNECT_IVL, 50},
        {ZMQ_RECONNECT_IVL_MAX, 500},
        {ZMQ_HANDSHAKE_IVL, 2000},
        {ZMQ_TCP_KEEPALIVE, 1}, /* no ZMTP heartbeats: with a full receive pipe they abort libzmq */
        {ZMQ_RCVHWM, MAX_RECEIVED_AT_ONCE},
    };
    const int64_t max_incoming = MAX_INCOMING;
    s->context = zmq_ctx_new();
    s->socket = s->context ? zmq_socket(s->context, ZMQ_DEALER) : NULL;
    if (!s->socket) return KOOP_IO_FAILED;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (zmq_setsockopt(s->socket, settings[i].option, &settings[i].value, sizeof(int)) != 0)
            return KOOP_IO_FAILED;
    if (zmq_setsockopt(s->socket, ZMQ_MAXMSGSIZE, &max_incoming, sizeof max_incoming) != 0)
        return KOOP_IO_FAILED;
    if (koop_endpoint_path(s->endpoint)) return open_watches(s);
    int ipv6 = koop_endpoint_is_ipv6(s->endpoint);
    if (zmq_setsockopt(s->socket, ZMQ_IPV6, &ipv6, sizeof ipv6) != 0) return KOOP_IO_FAILED;
    koop_status status = koop_curve_apply(&s->curve, s->socket);
    koop_curve_forget(&s->curve);
    return status == KOOP_OK ? open_watches(s) : status;
}

koop_status koop_sender_new(koop_task *out, koop_worker *worker, const char *endpoint,
                            const koop_curve *curve, const char **reason) {
    koop_status afforded = koop_preflight(reason);
    if (afforded != KOOP_OK) return afforded;
    if (koop_endpoint_trusted(endpoint) == KOOP_DISABLED) {
        *reason = untrusted;
        return KOOP_IO_FAILED;
    }
    sender *s = calloc(1, sizeof *s);
    if (!s) {
        *reason = "no memory for the sender";
        return KOOP_NO_MEMORY;
    }
    s->worker = worker;
    s->curve = *curve;
    s->arrivals.epoll_fd = -1;
    s->patience = koop_patience_begin(koop_worker_now_ms());
    snprintf(s->endpoint, sizeof s->endpoint, "%s", endpoint);
    koop_worker_self before;
    koop_worker_be_guest(&before); /* libzmq creates threads */
    koop_status opened = open_socket(s);
    koop_worker_be_self(&before);
    if (opened != KOOP_OK) {
        *reason = "the transport could not be created";
        free_sender(s);
        return KOOP_IO_FAILED;
    }
    *out = (koop_task){run, free_sender, s};
    return KOOP_OK;
}
