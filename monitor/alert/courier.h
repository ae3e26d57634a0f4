/* courier: a thread that delivers the alerts of one rule, one after another, so that an endpoint that
 * is slow or dead holds up nobody else's.
 *
 * What is to be delivered, and what an outcome means, the desk says: it is asked from the courier's
 * thread, without a lock of the courier's. */
#ifndef KOOP_COURIER_H
#define KOOP_COURIER_H

#include "channel.h"
#include "outbox.h"

enum { KOOP_COURIER_LONGEST_MS = 300000 };

typedef void koop_courier_deliver(const koop_rule *rule, const koop_alert *alert,
                                  const atomic_bool *stop, koop_outcome *outcome);

typedef struct koop_courier_desk {
    koop_courier_deliver *deliver; /* koop_channel_deliver */
    /* Gives out a copy of an alert that is to be tried now; or says in how many milliseconds to ask
     * again at the latest. */
    bool (*next)(void *context, const koop_rule *rule, koop_parcel *parcel, int64_t *wait_ms);
    void (*report)(void *context, const koop_rule *rule, const koop_parcel *parcel,
                   const koop_outcome *outcome);
    void *context;
} koop_courier_desk;

typedef struct koop_courier koop_courier;

/* Starts it; both are copied. KOOP_NO_MEMORY. */
koop_status koop_courier_start(koop_courier **out, const koop_rule *rule,
                               const koop_courier_desk *desk);

void koop_courier_wake(koop_courier *courier); /* there may be something; any thread */
void koop_courier_stop(koop_courier *courier); /* asks it to end, does not wait */
void koop_courier_free(koop_courier *courier); /* stops it and waits for it; NULL is allowed */

const koop_rule *koop_courier_rule(const koop_courier *courier);

/* How long after the `tries`-th failure (from 1) the next try is due: 1 s, 2, 4, … 5 min, each a
 * quarter more or less by the alert's number, so that not all are tried at once; at least what the
 * server asked for (0: nothing). */
int64_t koop_courier_delay_ms(uint64_t number, int tries, int retry_after_s);

#endif
