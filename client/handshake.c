#include "handshake.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

enum {
    AGAIN_MS = 2000,   /* between attempts after a refusal */
    ENOUGH_BREAKS = 5, /* one or two happen when a daemon ends */
    ABRUPT_MS =
        1500 /* a handshake that ends later ran out of time: the daemon is slow, or stopped */
};

static const int watched = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;

koop_status koop_handshake_watch(koop_handshake *handshake, void *context, void *socket) {
    const int none = 0;
    char address[64];
    snprintf(address, sizeof address, "inproc://handshake-%p", socket);
    if (zmq_socket_monitor(socket, address, watched) != 0) return KOOP_IO_FAILED;
    void *monitor = zmq_socket(context, ZMQ_PAIR);
    /* no limit: a full pipe would hold up libzmq's own thread */
    if (!monitor || zmq_setsockopt(monitor, ZMQ_RCVHWM, &none, sizeof none) != 0 ||
        zmq_setsockopt(monitor, ZMQ_LINGER, &none, sizeof none) != 0 ||
        zmq_connect(monitor, address) != 0) {
        if (monitor) zmq_close(monitor);
        zmq_socket_monitor(socket, NULL, 0);
        return KOOP_IO_FAILED;
    }
    handshake->monitor = monitor;
    return KOOP_OK;
}

static void break_off(koop_handshake *h, int64_t now_ms) {
    if (now_ms - h->connected_ms > ABRUPT_MS) return;
    if (h->breaks < ENOUGH_BREAKS) h->breaks++;
    bool told = h->state == KOOP_HANDSHAKE_REFUSED || h->state == KOOP_HANDSHAKE_MISMATCH;
    if (h->breaks == ENOUGH_BREAKS && !told) h->state = KOOP_HANDSHAKE_BROKEN;
}

static void give_up(koop_handshake *h, koop_handshake_state state, int64_t now_ms) {
    h->state = state;
    h->gave_up = true;
    h->again_ms = now_ms + AGAIN_MS;
}

static void take(koop_handshake *h, unsigned event, unsigned value, int64_t now_ms) {
    switch (event) {
    case ZMQ_EVENT_CONNECTED:
        h->connected_ms = now_ms;
        h->connected = true;
        h->descriptor = (int)value;
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        h->state = KOOP_HANDSHAKE_DONE;
        h->breaks = 0;
        h->gave_up = false;
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        give_up(h, KOOP_HANDSHAKE_REFUSED, now_ms);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        give_up(h,
                value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? KOOP_HANDSHAKE_MISMATCH
                                                                    : KOOP_HANDSHAKE_BROKEN,
                now_ms);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        break_off(h, now_ms);
        break;
    default:
        break;
    }
}

/* An event is two frames: number and value, and the address. */
static bool receive(koop_handshake *h, int64_t now_ms) {
    uint8_t bytes[8];
    uint16_t event;
    uint32_t value;
    int size = zmq_recv(h->monitor, bytes, sizeof bytes, ZMQ_DONTWAIT);
    if (size < 0) return false;
    zmq_recv(h->monitor, NULL, 0, ZMQ_DONTWAIT);
    if (size < 6) return true;
    memcpy(&event, bytes, sizeof event);
    memcpy(&value, bytes + sizeof event, sizeof value);
    take(h, event, value, now_ms);
    return true;
}

bool koop_handshake_look(koop_handshake *handshake, void *socket, const char *endpoint,
                         int64_t now_ms) {
    koop_handshake_state before = handshake->state;
    if (!handshake->monitor) return false;
    while (receive(handshake, now_ms)) {
    }
    if (handshake->gave_up && now_ms >= handshake->again_ms) {
        handshake->gave_up = false;
        zmq_disconnect(socket, endpoint);
        /* it fails for want of memory only: then in a while */
        if (zmq_connect(socket, endpoint) != 0) give_up(handshake, handshake->state, now_ms);
    }
    return handshake->state != before;
}

int koop_handshake_connection(koop_handshake *handshake) {
    bool connected = handshake->connected;
    handshake->connected = false;
    return connected ? handshake->descriptor : -1;
}

bool koop_handshake_in_trouble(const koop_handshake *handshake) {
    return handshake->state > KOOP_HANDSHAKE_DONE;
}

void koop_handshake_explain(const koop_handshake *handshake, const koop_curve *curve,
                            const char *endpoint, char *out, size_t size) {
    bool keys = curve->on;
    switch (handshake->state) {
    case KOOP_HANDSHAKE_OPEN:
    case KOOP_HANDSHAKE_DONE:
        snprintf(out, size, "nothing is wrong");
        return;
    case KOOP_HANDSHAKE_REFUSED:
        snprintf(out, size,
                 "the daemon at %s refuses this key: on its machine run koopmon allow %s'%s'",
                 endpoint, curve->own.public_key[0] == '-' ? "-- " : "", curve->own.public_key);
        return;
    case KOOP_HANDSHAKE_MISMATCH:
        snprintf(out, size,
                 keys ? "whoever answers at %s uses no keys: that is not the daemon of "
                        "KOOPMON_SERVER_KEY"
                      : "the daemon at %s asks for keys: set KOOPMON_SERVER_KEY to its public key",
                 endpoint);
        return;
    case KOOP_HANDSHAKE_BROKEN:
        snprintf(out, size,
                 keys ? "whoever answers at %s breaks off: it has another key than "
                        "KOOPMON_SERVER_KEY, uses no keys, or is no koopmon daemon"
                      : "whoever answers at %s breaks off: it may ask for keys "
                        "(KOOPMON_SERVER_KEY), or is no koopmon daemon",
                 endpoint);
        return;
    }
}

void koop_handshake_end(koop_handshake *handshake, void *socket) {
    if (!handshake->monitor) return;
    zmq_socket_monitor(socket, NULL, 0);
    zmq_close(handshake->monitor);
    handshake->monitor = NULL;
}
