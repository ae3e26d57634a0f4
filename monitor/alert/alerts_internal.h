/* alerts_internal: what alerts.c (what happens to runs) and alerts_desk.c (rules, deliveries, counts)
 * share, and nobody else. */
#ifndef KOOP_ALERTS_INTERNAL_H
#define KOOP_ALERTS_INTERNAL_H

#include "alerts.h"

#include <pthread.h>

/* Of one rule. */
typedef struct koop_alerts_line {
    koop_alerts_count count;
    koop_courier *courier; /* NULL: it could not be started */
    int64_t pause_ms;      /* nothing is tried before, koop_clock_ms */
    int failures;          /* since the last success */
    bool full;             /* it was said that too many wait, likewise */
} koop_alerts_line;

struct koop_alerts {
    pthread_mutex_t mutex;
    koop_courier_deliver *deliver;
    koop_outbox *outbox;
    koop_rules rules;
    koop_alerts_line lines[KOOP_RULES_MAX]; /* as the rules */
    koop_parcel parcels[KOOP_RULES_MAX];    /* being made */
    int64_t mend_ms;                        /* when it may be tried again, koop_clock_ms */
    bool complained;                        /* that the outbox cannot be written */
};

/* With the mutex held: */

/* Notes the watch, and n of the parcels; hands them to the couriers. */
void koop_alerts_note(koop_alerts *alerts, koop_watch *watch, int n);

/* Gives up an alert, and with it what would say that it is over. `why`: NULL: it is not said. */
void koop_alerts_give_up(koop_alerts *alerts, const koop_parcel *parcel, const char *why);

#endif
