/* channel: sends one alert by one rule: a program (exec.h) or a webhook (webhook.h).
 *
 * One attempt; whether and when to try again is the caller's to say. Blocks for at most the rule's
 * time limit and KOOP_CHANNEL_GRACE_MS, and ends within that grace of *stop becoming true. Any
 * number of threads may send at once; none of the pipeline's should. */
#ifndef KOOP_CHANNEL_H
#define KOOP_CHANNEL_H

#include "outcome.h"
#include "rule.h"

#include <stdatomic.h>

enum { KOOP_CHANNEL_GRACE_MS = 2500 };

/* `stop` may be NULL. */
void koop_channel_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                          koop_outcome *outcome);

#endif
