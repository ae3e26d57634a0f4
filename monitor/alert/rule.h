/* rule: who is told of what: the sections [alert "NAME"] of the configuration file.
 *
 *     [alert "slack"]
 *     on = transition, diverging     ; kinds, or "all"
 *     run = fc*                      ; a pattern of the run's name, as the shell has them
 *     min-level = warning            ; info, warning, critical
 *     cooldown = 10m                 ; 90s, 10m, 2h, 1d; 0: none
 *     webhook = https://hooks.slack.com/services/…
 *     format = slack                 ; json, slack, discord, ntfy, alertmanager
 *     timeout = 10s
 *
 *     [alert "script"]
 *     exec = /usr/local/bin/page "on call"   ; a program and its arguments; no shell
 *
 * A rule has exactly one of exec and webhook. Plain data, copied by assignment; the entries come
 * from config.h one by one. Pure. */
#ifndef KOOP_RULE_H
#define KOOP_RULE_H

#include "alert.h"
#include "config.h"

enum {
    KOOP_RULES_MAX = 32,
    KOOP_RULE_VALUE_BYTES = KOOP_CONFIG_LINE_BYTES + 2, /* with NUL */
    KOOP_RULE_WORDS_MAX = 32,                           /* of exec */
    KOOP_RULE_TIMEOUT_MAX_S = 300,                      /* 5 minutes */
    KOOP_RULE_COOLDOWN_MAX_S = 7 * 86400,
    KOOP_RULE_TARGET_BYTES = 288 /* koop_url_place too */
};

typedef enum koop_alert_format {
    KOOP_FORMAT_JSON,
    KOOP_FORMAT_SLACK,
    KOOP_FORMAT_DISCORD,
    KOOP_FORMAT_NTFY,
    KOOP_FORMAT_ALERTMANAGER,
    KOOP_FORMATS
} koop_alert_format;

/* The keys of a section, in the order in which check-config lists them. */
typedef enum koop_rule_key {
    KOOP_RULE_ON,
    KOOP_RULE_RUN,
    KOOP_RULE_MIN_LEVEL,
    KOOP_RULE_COOLDOWN,
    KOOP_RULE_EXEC,
    KOOP_RULE_WEBHOOK,
    KOOP_RULE_FORMAT,
    KOOP_RULE_TIMEOUT,
    KOOP_RULE_KEYS
} koop_rule_key;

typedef struct koop_rule {
    char name[KOOP_CONFIG_SUBNAME_BYTES];
    int line;                  /* of its header */
    int lines[KOOP_RULE_KEYS]; /* of its keys; 0: the default */
    unsigned on;               /* bit (1u << koop_alert_kind) */
    char run[KOOP_RULE_VALUE_BYTES];
    koop_alert_level min_level;
    int cooldown_s;
    int timeout_s;
    char webhook[KOOP_RULE_VALUE_BYTES]; /* http or https; empty: exec. A secret: never print it */
    koop_alert_format format;
    int n_words;                       /* of exec; 0: webhook */
    char words[KOOP_RULE_VALUE_BYTES]; /* one behind the other, each with its NUL */
} koop_rule;

typedef struct koop_rules {
    int n;
    koop_rule rule[KOOP_RULES_MAX]; /* in the file's order */
} koop_rules;

/* Takes an entry of a section [alert …] into `rules` (zero-initialised at first). false: refused, with
 * error->why, as a koop_config_handler does. */
bool koop_rules_take(koop_rules *rules, const koop_config_entry *entry, koop_config_error *error);

/* After the last entry: whether every rule is whole. false: `error` with the line of its header. */
bool koop_rules_finish(const koop_rules *rules, koop_config_error *error);

const koop_rule *koop_rules_find(const koop_rules *rules, const char *name); /* NULL: none */

/* Whether the rule is of the alert's kind, level and run. Time is not looked at. A test is of none:
 * it is sent by name. */
bool koop_rule_wants(const koop_rule *rule, const koop_alert *alert);

/* Where it goes, without what may be secret: "https://hooks.slack.com/…", "/usr/local/bin/page".
 * Returns `out`. */
const char *koop_rule_target(const koop_rule *rule, char out[KOOP_RULE_TARGET_BYTES]);

/* The value of a key as the file would have it, secrets as koop_rule_target has them; NULL: the rule
 * has none. Returns `out`. */
const char *koop_rule_value(const koop_rule *rule, koop_rule_key key,
                            char out[KOOP_RULE_TARGET_BYTES]);
const char *koop_rule_key_name(koop_rule_key key);
const char *koop_alert_format_name(koop_alert_format format);

#endif
