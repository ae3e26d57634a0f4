#include "daemon_internal.h"

#include "clock.h"
#include "log.h"

#include <stdio.h>

enum {
    LOOK_EVERY_MS = 1000,
    SILENT_MS = 10000, /* a trainer that loses a daemon is back within half of that */
    TEXT_BYTES = 512
};

koop_status koop_daemon_alerts_new(koop_daemon *daemon, char *error, size_t error_size) {
    static const koop_rules none;
    const koop_rules *rules = daemon->options.rules ? daemon->options.rules : &none;
    const koop_alerts_options options = {.data_dir = daemon->options.data_dir,
                                         .deliver = koop_channel_deliver};
    char why[KOOP_OUTBOX_WHY_BYTES];
    koop_status status = koop_alerts_new(&daemon->alerts, &options, koop_clock_unix_ms(), why);
    if (status == KOOP_OK) {
        if (why[0]) koop_log(KOOP_LOG_WARNING, "alerts: %s", why);
        status = koop_alerts_set_rules(daemon->alerts, rules);
    } else if (rules->n == 0) {
        koop_log(KOOP_LOG_WARNING, "there can be no alerts: %s", why);
        return KOOP_OK;
    }
    if (status != KOOP_OK)
        snprintf(error, error_size, "cannot send alerts: %s",
                 why[0] ? why : koop_strstatus(status));
    return status;
}

static void look_at(koop_daemon *daemon, const koop_run_summary *run, int64_t unix_ms) {
    const int stall_ms = daemon->options.stall_ms;
    bool heard;
    const int64_t silent_ms = koop_runs_silent_ms(daemon->runs, run->uuid, koop_clock_ms(), &heard);
    if (silent_ms < 0) return; /* gave way meanwhile */
    koop_alerts_state(daemon->alerts, run, heard,
                      silent_ms > (stall_ms > SILENT_MS ? stall_ms : SILENT_MS), unix_ms);
}

void koop_daemon_alerts_look(koop_daemon *daemon) {
    const int64_t now_ms = koop_clock_ms(), unix_ms = koop_clock_unix_ms();
    if (!daemon->alerts || now_ms < daemon->alerts_ms) return;
    daemon->alerts_ms = now_ms + LOOK_EVERY_MS;
    const int n = koop_runs_list(daemon->runs, daemon->seen, KOOP_VIEW_RUNS, now_ms);
    for (int i = 0; i < n; i++) look_at(daemon, &daemon->seen[i], unix_ms);
    koop_alerts_tick(daemon->alerts, unix_ms);
}

void koop_daemon_alerts_reload(koop_daemon *daemon) {
    const koop_daemon_options *options = &daemon->options;
    koop_rules rules;
    char text[TEXT_BYTES] = "";
    if (!options->reload) return;
    if (!options->reload(options->context, &rules, text, sizeof text)) {
        koop_log(KOOP_LOG_ERROR, "the configuration stays as it was: %s", text);
        return;
    }
    if (!daemon->alerts) {
        koop_log(KOOP_LOG_ERROR, "there can be no alerts before a restart");
        return;
    }
    const koop_status status = koop_alerts_set_rules(daemon->alerts, &rules);
    if (status != KOOP_OK)
        koop_log(KOOP_LOG_ERROR, "not all alerts can be sent: %s", koop_strstatus(status));
    koop_log(KOOP_LOG_INFO, "the configuration was read again: %d alert%s", rules.n,
             rules.n == 1 ? "" : "s");
    if (text[0]) koop_log(KOOP_LOG_WARNING, "a restart is needed for what else changed: %s", text);
}

json_t *koop_daemon_alerts_status(const koop_daemon *daemon) {
    koop_alerts_count counts[KOOP_RULES_MAX];
    json_t *list = json_array();
    const int n = daemon->alerts ? koop_alerts_counts(daemon->alerts, counts) : 0;
    for (int i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:i, s:I, s:I, s:b}", "name", counts[i].rule, "sent",
                            (json_int_t)counts[i].sent, "waiting", counts[i].waiting, "failed",
                            (json_int_t)counts[i].failed, "suppressed",
                            (json_int_t)counts[i].suppressed, "failing", (int)counts[i].failing));
    return json_pack("{s:b, s:b, s:i, s:o}", "possible", daemon->alerts != NULL, "kept",
                     daemon->alerts && koop_alerts_keep(daemon->alerts, false), "orphans",
                     daemon->alerts ? koop_alerts_orphans(daemon->alerts) : 0, "rules", list);
}
