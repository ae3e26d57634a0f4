#include "channel.h"

#include "clock.h"
#include "exec.h"
#include "webhook.h"

void koop_channel_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                          koop_outcome *outcome) {
    const int64_t began_ms = koop_clock_ms();
    *outcome = (koop_outcome){.http_status = 0};
    if (!koop_alert_is_printable(alert))
        koop_outcome_set(outcome, KOOP_DELIVERY_REFUSED,
                         "the alert holds text that is not printable");
    else if (stop && atomic_load(stop))
        koop_outcome_set(outcome, KOOP_DELIVERY_STOPPED, "stopped");
    else if (rule->n_words > 0)
        koop_exec_deliver(rule, alert, stop, outcome);
    else
        koop_webhook_deliver(rule, alert, stop, outcome);
    outcome->took_ms = koop_clock_ms() - began_ms;
}
