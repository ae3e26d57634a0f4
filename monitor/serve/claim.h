/* claim: what a daemon has to itself: its endpoints and its data directory.
 *
 * A second bind to an ipc path would silently take it over, so a lock file beside the socket comes
 * first, and left-over sockets are removed only under it. The lock of a tcp endpoint, tcp-PORT.lock
 * in the directory of the standard ipc endpoint, only tells who has it. Two daemons must not share journals
 * either: another lock file is in the data directory. */
#ifndef KOOP_CLAIM_H
#define KOOP_CLAIM_H

#include "daemon.h"
#include "endpoint.h"

enum { KOOP_CLAIM_ENDPOINTS = 2 };

typedef struct koop_claim {
    int n;
    bool guarded; /* tcp is to be bound under keys (gate.h): it can be reached from elsewhere */
    char trainers[KOOP_CLAIM_ENDPOINTS][KOOP_ENDPOINT_BYTES]; /* to bind, the first the main one */
    char views[KOOP_CLAIM_ENDPOINTS][KOOP_ENDPOINT_BYTES];
    int lock[KOOP_CLAIM_ENDPOINTS]; /* descriptors, -1: none */
    int view_lock[KOOP_CLAIM_ENDPOINTS];
    int data_lock;
} koop_claim;

/* Makes the directories, takes the locks, clears the way for binding. On failure one line in
 * `error`, and nothing is claimed. KOOP_BAD_ARGUMENT, KOOP_IO_FAILED, KOOP_DISABLED (another
 * daemon has it). */
koop_status koop_claim_take(koop_claim *claim, const koop_daemon_options *options, char *error,
                            size_t error_size);

/* Removes the sockets and gives the locks back. */
void koop_claim_release(koop_claim *claim);

#endif
