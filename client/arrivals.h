/* arrivals: notices bytes that come over the sender's connection and never become a message.
 *
 * libzmq hands a message of several frames over when its last frame came. Until then it keeps all
 * of them, and no option bounds that: neither ZMQ_RCVHWM, which counts whole messages, nor
 * ZMQ_MAXMSGSIZE, which is a frame's. A peer that says "more follows" for ever fills the memory of
 * the process. So the connection's descriptor (libzmq's monitor tells its number) is put into an
 * epoll set of ours, edge-triggered: each arrival of bytes counts, each whole message resets the
 * count. An honest daemon's messages are small and come in one arrival or two, its handshake in some
 * six.
 *
 * Does not read, write or close the descriptor. One thread, the sender's. Costs one system call a
 * turn, and nothing while nothing comes. */
#ifndef KOOP_ARRIVALS_H
#define KOOP_ARRIVALS_H

#include "status.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    KOOP_ARRIVALS_MOST = 16, /* without a whole message: then the connection is to be dropped */
    KOOP_ARRIVALS_QUIET_MS = 5
};

typedef struct koop_arrivals {
    int epoll_fd, watched; /* the connection's descriptor, or -1 */
    unsigned count;        /* since the last whole message */
    int64_t message_ms;    /* when that was */
} koop_arrivals;

/* Watches nothing yet. KOOP_IO_FAILED. */
koop_status koop_arrivals_open(koop_arrivals *arrivals);
void koop_arrivals_close(koop_arrivals *arrivals); /* {-1}: does nothing */

/* A new connection, which takes the former's place. Where its descriptor is closed already, and the
 * number another's, arrivals there count: the worst is a connection dropped for nothing. */
void koop_arrivals_watch(koop_arrivals *arrivals, int descriptor);

/* A whole message came. */
void koop_arrivals_message(koop_arrivals *arrivals, int64_t now_ms);

/* Looks for arrivals. True: too many came without a message; the count starts
 * again. */
bool koop_arrivals_look(koop_arrivals *arrivals, int64_t now_ms);

/* Whether arrivals count, and epoll_fd is to be polled. Soon after a message they do not: what comes
 * then is most likely the next one, on its way through libzmq's thread, and would wake this one
 * twice. The caller looks again after KOOP_ARRIVALS_QUIET_MS. */
bool koop_arrivals_wanted(const koop_arrivals *arrivals, int64_t now_ms);

#endif
