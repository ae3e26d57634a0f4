/* outcome: what became of one attempt to send an alert. */
#ifndef KOOP_OUTCOME_H
#define KOOP_OUTCOME_H

#include <stdint.h>

enum { KOOP_OUTCOME_BYTES = 256, KOOP_RETRY_AFTER_MAX_S = 3600 };

typedef enum koop_delivery {
    KOOP_DELIVERED,
    KOOP_DELIVERY_FAILED,  /* may succeed later: network, time limit, 408, 429, 5xx, exit code */
    KOOP_DELIVERY_REFUSED, /* would fail again: another answer of the server */
    KOOP_DELIVERY_STOPPED  /* *stop became true; whether it arrived is not known */
} koop_delivery;

typedef struct koop_outcome {
    koop_delivery delivery;
    int http_status;   /* 0: none */
    int retry_after_s; /* as the server asks, bounded; 0: it did not */
    int64_t took_ms;
    char what[KOOP_OUTCOME_BYTES]; /* "HTTP 200", "exit code 1: no such host"; safe to print, one
                                      line, no address of a webhook */
} koop_outcome;

const char *koop_delivery_name(koop_delivery delivery); /* "delivered", "failed", "refused", … */

/* Writes both, the text made safe to print. */
__attribute__((format(printf, 3, 4))) void
koop_outcome_set(koop_outcome *outcome, koop_delivery delivery, const char *format, ...);

#endif
