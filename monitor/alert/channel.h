/* channel: sends one alert by one rule: a program (exec.h) or a webhook (webhook.h).
 *
 * One attempt; whether and when to try again is the caller's to say. Blocks for at most the rule's
 * time limit and KOOP_CHANNEL_GRACE_MS, and ends within KOOP_CHANNEL_STOP_MS of *stop becoming
 * true. Any number of threads may send at once; none of the pipeline's should. */
#ifndef KOOP_CHANNEL_H
#define KOOP_CHANNEL_H

#include "rule.h"

#include <stdatomic.h>

enum {
    KOOP_CHANNEL_GRACE_MS = 2000,
    KOOP_CHANNEL_STOP_MS = 2000,
    KOOP_OUTCOME_BYTES = 256,
    KOOP_RETRY_AFTER_MAX_S = 3600
};

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
                                      line, no secret of the rule's */
} koop_outcome;

/* `stop` may be NULL. */
void koop_channel_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                          koop_outcome *outcome);

const char *koop_delivery_name(koop_delivery delivery); /* "delivered", "failed", "refused", … */

#endif
