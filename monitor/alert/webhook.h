/* webhook: posts an alert to the rule's address, in its format (format.h), by libcurl.
 *
 * One connection, for at most the rule's time limit (5 s of it to connect). Certificates are checked
 * against the system's; redirects are not followed, they are refused. Besides what the format wants,
 * the headers User-Agent: koopmon/VERSION and Idempotency-Key: the alert's id, of a resolved one, which
 * has the id of what it resolves, with "-resolved" behind it. A proxy is taken from the environment as
 * libcurl does ($https_proxy, $no_proxy). Of an answer the status counts: 2xx is delivered, even if
 * the body never ends; the first line of the body is told with any other, without what it repeats of
 * the address (koop_url_hide). */
#ifndef KOOP_WEBHOOK_H
#define KOOP_WEBHOOK_H

#include "channel.h"

/* Writes all of `outcome` but took_ms. */
void koop_webhook_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                          koop_outcome *outcome);

#endif
