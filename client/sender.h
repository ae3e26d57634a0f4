/* sender: the task that publishes the ring to the daemon. PROTOCOL.md says how both sides behave.
 *
 * Owns the only ZeroMQ socket, a DEALER. Says HELLO when connected and every second until WELCOME
 * came, sends at most `credit` unacknowledged snapshots, frees what is acknowledged, sends a PING
 * every 500 ms, and starts over with HELLO and a replay when the daemon no longer knows it. Told to
 * stop, says BYE until it is answered or its time is up.
 *
 * libzmq aborts the process when it cannot get a file descriptor, a thread or memory, so
 * koop_sender_new first makes sure that there are enough (preflight.h). */
#ifndef KOOP_SENDER_H
#define KOOP_SENDER_H

#include "curve.h"
#include "worker.h"

/* A task for `worker` that publishes to `endpoint` (resolved) with the keys that koop_curve_find
 * found for it (copied). A daemon that does not let it in is tried again for ever; why is logged
 * once for each cause. On failure *reason says why (a
 * constant). KOOP_IO_FAILED, KOOP_NO_MEMORY. */
koop_status koop_sender_new(koop_task *out, koop_worker *worker, const char *endpoint,
                            const koop_curve *curve, const char **reason);

#endif
