/* guard: the connections of one socket, and which of them are to be cut.
 *
 * libzmq drops no peer on request and buffers without bound what a peer sends in frames that never
 * end a message. So the guard follows the socket's monitor (which connections there are), is told by
 * the socket's owner what each of them brought, and cuts one by shutdown(2) of its descriptor:
 * libzmq then sees the end of the stream and frees the connection, its pipe and the half of a
 * message that came. It cuts
 *   - who brought no whole message within quiet_ms of being accepted, and who has been silent for
 *     silent_ms (a trainer says PING every 500 ms, a UI asks at least every 2 s);
 *   - who brought too many bad messages, at once who did what no client does;
 *   - where there are too many connections, who brought nothing yet, then strangers, the oldest
 *     first; for a process of this machine then who came over tcp; then the newest; too many new ones of one origin (process, or address), the newest;
 *   - while memory presses (pressure.h), as hard as it presses: who is in the midst of something,
 *     then strangers and the heaviest; everyone where nothing is being read (a disk that stands).
 * A trainer that is cut comes back by itself and sends again what was not acknowledged.
 *
 * Races. A descriptor's number is used again. The monitor tells of an end before the number is
 * free, and events are read before anything is cut; what is left of the race costs a good trainer
 * one reconnection, or reaches something that is no socket, where shutdown does nothing. What was
 * sent on a connection that is over comes with a serial older than that of who has the number now.
 *
 * Serials. A ROUTER names connections by numbers that it counts up from a random one. A peer that
 * gives itself such a name may meet it: libzmq then aborts the process. So a name that is not of the
 * numbers given so far is forged; that the next ones are not met by chance is what the few new
 * connections a second are for.
 *
 * Any thread may tell what was heard; one thread reads the monitor and looks. One mutex; no other
 * lock is taken under it. Times are koop_clock_ms, given by the caller. */
#ifndef KOOP_GUARD_H
#define KOOP_GUARD_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct koop_guard_limits {
    int connections;    /* at a time */
    int new_burst;      /* of one address accepted at once, */
    int new_per_s;      /* and later; of one process an eighth */
    int penalty;        /* one that is cut as bad counts as so many */
    int quiet_ms;       /* to the first whole message */
    int silent_ms;      /* between messages */
    int asks_burst;     /* messages of one connection at once, */
    int asks_per_s;     /* and later: more are bad; 0: any number is taken */
    int bad_messages;   /* so many within */
    int bad_ms;         /* are too many */
    int press_quiet_ms; /* as quiet_ms and silent_ms while memory presses */
    int press_silent_ms;
    int press_hard_ms;  /* instead of both when it presses hard */
    int press_blind_ms; /* without anything read, when it presses hardest: then all are cut */
    uint64_t heavy;     /* bytes lately from which a connection may be cut as the heaviest */
} koop_guard_limits;

koop_guard_limits koop_guard_defaults(void);

enum { KOOP_GUARD_FORGED = 0 };

typedef enum koop_heard {
    KOOP_HEARD_KNOWN,    /* a good message of one who is known: a trainer with a run, an asker */
    KOOP_HEARD_STRANGER, /* a good message, of whom nothing is known */
    KOOP_HEARD_BAD,      /* malformed, refused, too large */
    KOOP_HEARD_HOSTILE   /* no client does this: cut at once */
} koop_heard;

typedef struct koop_guard koop_guard;

/* `cut` does what shutdown(fd, SHUT_RDWR) does, which it is when NULL. KOOP_NO_MEMORY. */
typedef void koop_guard_cut(void *context, int fd);
koop_status koop_guard_new(koop_guard **out, const koop_guard_limits *limits, koop_guard_cut *cut,
                           void *context);
void koop_guard_free(koop_guard *guard); /* after its socket; NULL is allowed */

/* Follows the ZeroMQ socket from now on: before it binds. KOOP_IO_FAILED. */
koop_status koop_guard_follow(koop_guard *guard, void *zmq, void *socket);
void *koop_guard_monitor(const koop_guard *guard); /* to poll for input; NULL: follows none */
void koop_guard_read(koop_guard *guard, int64_t now_ms);

/* Of a sockaddr: a negative number for an IPv4 address (one that is mapped to IPv6 as well) and for
 * the network, of 64 bits, of an IPv6 address; 0 for what has none. */
int64_t koop_guard_origin(const void *address);

/* What the monitor tells. `origin`: > 0 a process, 0 unknown, < 0 an address. */
void koop_guard_accepted(koop_guard *guard, int fd, int64_t origin, int64_t now_ms);
void koop_guard_gone(koop_guard *guard, int fd);

/* The serial of the connection that the ROUTER gave this routing id, KOOP_GUARD_FORGED if it did not. */
uint32_t koop_guard_serial(koop_guard *guard, const void *id, size_t size);

/* Whether the connection was cut: then its message is to be thrown away. What came from one that
 * ended by itself is not. */
bool koop_guard_is_cut(koop_guard *guard, uint32_t serial);

/* Whether the connection asks no more than it may: if not, its message is bad. */
bool koop_guard_may_ask(koop_guard *guard, int fd, uint32_t serial, int64_t now_ms);

/* A whole message of `bytes` came from the connection, judged so. */
void koop_guard_heard(koop_guard *guard, int fd, uint32_t serial, size_t bytes, koop_heard heard,
                      int64_t now_ms);

/* Something was read of all that had come before now: silence counts up to here. */
void koop_guard_current(koop_guard *guard, int64_t now_ms);

/* Cuts who is to be cut. `level` 0: memory does not press … 3: hardest. Returns how many. */
int koop_guard_look(koop_guard *guard, int level, int64_t now_ms);

int koop_guard_connections(koop_guard *guard);
uint64_t koop_guard_total_cut(koop_guard *guard);

#endif
