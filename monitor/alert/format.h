/* format: an alert as the request that a webhook wants.
 *
 *   json          the alert itself (alert.h)
 *   slack         {"text", "mrkdwn": false} of an incoming webhook, with & < > as entities
 *                 (api.slack.com/reference/surfaces/formatting)
 *   discord       {"content", "allowed_mentions": {"parse": []}}: nobody is pinged; what Markdown
 *                 would take as its own has a backslash (discord.com/developers/docs/resources/webhook)
 *   ntfy          the text, with the headers Title, Priority (5 critical, 4 warning, 3 else) and Tags
 *                 (docs.ntfy.sh/publish); the address is the topic's
 *   alertmanager  the list that POST /api/v2/alerts takes (prometheus.io/docs/alerting/latest/
 *                 alerts_api). Labels alertname (KoopmonDiverging, …), severity, run, name, host are
 *                 the same for an alert and its "resolved", which has endsAt. What lasts
 *                 (koop_alert_kind_lasts) ends a day later if nobody resolves it, all else when
 *                 Alertmanager's resolve_timeout has passed.
 * Pure. */
#ifndef KOOP_FORMAT_H
#define KOOP_FORMAT_H

#include "rule.h"

enum { KOOP_REQUEST_HEADERS = 4, KOOP_REQUEST_HEADER_BYTES = 256 };

typedef struct koop_request {
    int n_headers;
    char header[KOOP_REQUEST_HEADERS][KOOP_REQUEST_HEADER_BYTES]; /* "Name: value" */
    char *body;                                                   /* UTF-8 */
} koop_request;

/* KOOP_NO_MEMORY; KOOP_BAD_ARGUMENT: a text of the alert is not printable. Free with
 * koop_request_free. */
koop_status koop_format_request(koop_request *request, koop_alert_format format,
                                const koop_alert *alert);
void koop_request_free(koop_request *request);

#endif
