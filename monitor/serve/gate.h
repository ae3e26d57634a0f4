/* gate: who may connect over tcp: the handler of ZAP (ZeroMQ RFC 27), with CURVE keys.
 *
 * libzmq asks the gate in every handshake of a guarded endpoint, and so that no answer means no:
 * the gate is there before anything is bound, and ZMQ_ZAP_ENFORCE_DOMAIN denies where it is not. It
 * says yes to CURVE keys on the list of key_store.h alone, which it reads anew when the directory
 * changes, and at most a second after a file in it did. A handshake is asked about once, so ingest
 * and publish ask again for every message: a key that leaves the list is not heard any more from
 * then on, though its connection stays open. ipc is never guarded: its directory is private.
 *
 * Threads: the gate answers on one of its own; the functions below may be called from any. */
#ifndef KOOP_GATE_H
#define KOOP_GATE_H

#include "status.h"

#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

typedef struct koop_gate koop_gate;

/* Reads the server's key and the list in `keys`, binds the handler's endpoint in the context `zmq`
 * and starts answering. One line in `error`: KOOP_NOT_FOUND (no server key, or nobody is allowed),
 * KOOP_IO_FAILED (keys that cannot be trusted, no thread), KOOP_NO_MEMORY. */
koop_status koop_gate_new(koop_gate **out, void *zmq, const char *keys, char *error,
                          size_t error_size);

/* Once every socket that it guards is closed. NULL is allowed. */
void koop_gate_free(koop_gate *gate);

/* Binds `socket`: ipc as it is, tcp guarded, unless there is no gate (NULL). ipc endpoints first: a
 * socket stays guarded. 0, or -1 and zmq_errno. */
int koop_gate_bind(const koop_gate *gate, void *socket, const char *endpoint);

/* Whether the sender of this message is (still) let in. NULL: there is no gate, everybody is. */
bool koop_gate_admits(koop_gate *gate, zmq_msg_t *message);

int koop_gate_allowed(koop_gate *gate);      /* keys on the list; 0 without a gate, as below */
uint64_t koop_gate_refused(koop_gate *gate); /* handshakes refused */

#endif
