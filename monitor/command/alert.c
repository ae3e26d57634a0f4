#include "alert_print.h"
#include "channel.h"
#include "clock.h"
#include "command.h"
#include "identity.h"
#include "options.h"
#include "print.h"
#include "printable.h"
#include "settings.h"
#include "view_json.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static const koop_usage usage = {
    "alert",
    "test NAME|list",
    "test: sends a test by the [alert \"NAME\"] of the configuration file, now and from here: "
    "needs "
    "no\n"
    "daemon, and looks at neither on, run, min-level nor cooldown.\n"
    "list: says which alerts the file has, where they go and what they are sent for.",
    "Exit codes of test: 0 delivered; 1 not delivered; 2 no such alert, or a bad file.\n"
    "JSON: {\"schema\":1,\"alert\",\"target\",\"result\":\"delivered\"|\"failed\"|\"refused\","
    "\"what\",\n\"http_status\",\"retry_after_s\",\"took_s\"}; of list "
    "{\"schema\":1,\"file\",\"alerts\":[…]},\nas check-config has them.",
    1,
    2,
    false};

static atomic_bool interrupted;

static void interrupt(int number) {
    (void)number;
    atomic_store(&interrupted, true);
}

static int list_rules(const koop_settings *settings, bool as_json) {
    const koop_rules *rules = koop_settings_rules(settings);
    if (as_json)
        return koop_print_json(stdout,
                               json_pack("{s:i, s:o, s:o}", "schema", KOOP_JSON_SCHEMA, "file",
                                         koop_settings_has_file(settings)
                                             ? koop_print_string(koop_settings_path(settings))
                                             : json_null(),
                                         "alerts", koop_alert_print_json(rules)));
    char path[KOOP_PRINT_PATH_BYTES];
    koop_alert_print_list(stdout, rules);
    if (rules->n == 0)
        printf("no [alert \"NAME\"] in %s\n", koop_print_path(koop_settings_path(settings), path));
    return KOOP_EXIT_OK;
}

/* A test never has the id of another: a receiver that knows the id may take it for the same one. */
static koop_alert make_test(const koop_rule *rule) {
    koop_alert alert;
    uint8_t id[KOOP_WIRE_UUID_BYTES] = {0};
    char host[256] = "";
    memset(&alert, 0, sizeof alert);
    alert.kind = KOOP_ALERT_TEST;
    alert.time_ms = koop_clock_unix_ms();
    if (getrandom(id, sizeof id, 0) < 0) memcpy(id, &alert.time_ms, sizeof alert.time_ms);
    koop_identity_uuid(id, alert.id);
    memset(alert.run, '0', sizeof alert.run - 1);
    strcpy(alert.name, "koopmon");
    gethostname(host, sizeof host - 1);
    koop_printable(host, alert.host, sizeof alert.host);
    snprintf(alert.sentence, sizeof alert.sentence,
             "this is a test of the alert %s; nothing happened", rule->name);
    return alert;
}

static int print_outcome(const koop_rule *rule, const koop_outcome *outcome, bool as_json) {
    char target[KOOP_RULE_TARGET_BYTES];
    const bool delivered = outcome->delivery == KOOP_DELIVERED;
    const double took_s = (double)outcome->took_ms / 1000;
    koop_rule_target(rule, target);
    if (outcome->delivery == KOOP_DELIVERY_STOPPED) return KOOP_EXIT_INTERRUPTED;
    if (as_json) {
        const int code = koop_print_json(
            stdout,
            json_pack("{s:i, s:s, s:s, s:s, s:s, s:o, s:i, s:f}", "schema", KOOP_JSON_SCHEMA,
                      "alert", rule->name, "target", target, "result",
                      koop_delivery_name(outcome->delivery), "what", outcome->what, "http_status",
                      outcome->http_status ? json_integer(outcome->http_status) : json_null(),
                      "retry_after_s", outcome->retry_after_s, "took_s", took_s));
        return code != KOOP_EXIT_OK || delivered ? code : KOOP_EXIT_DIFFERENT;
    }
    if (!delivered)
        return koop_complain_of("alert", KOOP_EXIT_DIFFERENT, "%s (%s) %s after %.2f s: %s",
                                rule->name, target, koop_delivery_name(outcome->delivery), took_s,
                                outcome->what);
    printf("delivered to %s (%s): %s in %.2f s\n", rule->name, target, outcome->what, took_s);
    return KOOP_EXIT_OK;
}

static int refuse_name(const koop_settings *settings, const char *name) {
    const koop_rules *rules = koop_settings_rules(settings);
    const char *names[KOOP_RULES_MAX], *near;
    for (int i = 0; i < rules->n; i++) names[i] = rules->rule[i].name;
    near = koop_options_nearest(name, names, rules->n);
    return koop_complain_of("alert", KOOP_EXIT_USAGE, "no [alert \"%s\"] in %s%s%s%s", name,
                            koop_settings_path(settings), near ? "; did you mean \"" : "",
                            near ? near : "", near ? "\"?" : "");
}

static int test(const koop_settings *settings, const char *name, bool as_json) {
    const koop_rule *rule = koop_rules_find(koop_settings_rules(settings), name);
    if (!rule) return refuse_name(settings, name);
    const koop_alert alert = make_test(rule);
    const struct sigaction action = {.sa_handler = interrupt}, ignore = {.sa_handler = SIG_IGN};
    struct sigaction before, pipe_before;
    koop_outcome outcome;
    atomic_store(&interrupted, false);
    sigaction(SIGINT, &action, &before);
    sigaction(SIGPIPE, &ignore, &pipe_before); /* of a server that hangs up in the midst of TLS */
    koop_channel_deliver(rule, &alert, &interrupted, &outcome);
    sigaction(SIGPIPE, &pipe_before, NULL);
    sigaction(SIGINT, &before, NULL);
    return print_outcome(rule, &outcome, as_json);
}

int koop_command_alert(int argc, char **argv) {
    koop_common common = {.json = false};
    koop_settings *settings = NULL;
    const char *config = NULL;
    int first;
    int code = koop_options_parse_alone(&usage, NULL, 0, argc, argv, &common, &first, &config);
    if (code != KOOP_PROCEED) return code;
    const bool tests = strcmp(argv[first], "test") == 0, lists = strcmp(argv[first], "list") == 0;
    if (!(tests && first + 2 == argc) && !(lists && first + 1 == argc))
        return koop_complain(KOOP_EXIT_USAGE, "alert: wants test NAME, or list");
    code = koop_settings_read(&settings, config);
    if (code != KOOP_PROCEED) return code;
    code = tests ? test(settings, argv[first + 1], common.json) : list_rules(settings, common.json);
    koop_settings_free(settings);
    return code;
}
