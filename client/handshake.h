/* handshake: whether the other side of a connection lets this one in, and why not.
 *
 * libzmq says it to a monitor of the socket alone: without one a wrong key looks like a daemon that
 * is not there. And after a refusal libzmq does not connect again, although the key may be allowed a
 * moment later; koop_handshake_look does. Used by the thread that owns the socket. */
#ifndef KOOP_HANDSHAKE_H
#define KOOP_HANDSHAKE_H

#include "curve.h"

#include <stdint.h>

typedef enum koop_handshake_state {
    KOOP_HANDSHAKE_OPEN,     /* nothing is known: nobody there, or still at it */
    KOOP_HANDSHAKE_DONE,     /* the last one succeeded */
    KOOP_HANDSHAKE_REFUSED,  /* this side's key is not allowed */
    KOOP_HANDSHAKE_MISMATCH, /* one side uses keys, the other does not */
    KOOP_HANDSHAKE_BROKEN    /* the other side ends it, time after time: another server key? */
} koop_handshake_state;

typedef struct koop_handshake {
    void *monitor; /* NULL: not watched */
    koop_handshake_state state;
    int breaks;           /* in a row */
    int64_t connected_ms; /* when the connection was made */
    bool connected;       /* since koop_handshake_connection was asked, */
    int descriptor;       /* with this one */
    bool gave_up;         /* libzmq does not try again by itself */
    int64_t again_ms;     /* when to */
} koop_handshake;

/* Zero-initialise first. Before zmq_connect: takes two sockets of `context`, so two descriptors.
 * KOOP_IO_FAILED. */
koop_status koop_handshake_watch(koop_handshake *handshake, void *context, void *socket);

/* Takes what the monitor has to say, and connects anew where libzmq gave up, every 2 s. Returns
 * whether the state is another than before. `now_ms` is monotonic. Not watched: does nothing. */
bool koop_handshake_look(koop_handshake *handshake, void *socket, const char *endpoint,
                         int64_t now_ms);

/* The number of the descriptor of a connection made since the last call, or -1. It is libzmq's, and
 * may be closed, and another's, by now. */
int koop_handshake_connection(koop_handshake *handshake);

/* Whether something is wrong that a person should be told. */
bool koop_handshake_in_trouble(const koop_handshake *handshake);

/* What is wrong and what to do, one line: for a handshake in trouble. */
void koop_handshake_explain(const koop_handshake *handshake, const koop_curve *curve,
                            const char *endpoint, char *out, size_t size);

/* Before the socket is closed. */
void koop_handshake_end(koop_handshake *handshake, void *socket);

#endif
