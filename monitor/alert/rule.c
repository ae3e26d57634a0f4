#include "rule.h"

#include "option.h"
#include "printable.h"
#include "rule_value.h"
#include "url.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

static const char *const key_names[KOOP_RULE_KEYS] = {"on",   "run",     "min-level", "cooldown",
                                                      "exec", "webhook", "format",    "timeout"};

const char *koop_rule_key_name(koop_rule_key key) {
    return key_names[key];
}

static void begin(koop_rule *rule, const koop_config_entry *entry) {
    *rule = (koop_rule){.line = entry->line,
                        .on = 1u << KOOP_ALERT_TRANSITION | 1u << KOOP_ALERT_DIVERGING |
                              1u << KOOP_ALERT_STALLED | 1u << KOOP_ALERT_NOT_FINITE,
                        .run = "*",
                        .min_level = KOOP_ALERT_INFO,
                        .cooldown_s = 600,
                        .timeout_s = 10};
    snprintf(rule->name, sizeof rule->name, "%s", entry->subname);
}

static bool is_name(const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return text[0] != '.' && text[0] != '-' && text[strspn(text, plain)] == '\0';
}

/* The rule of the entry's section, made by its header; NULL: refused. */
static koop_rule *rule_of(koop_rules *rules, const koop_config_entry *entry,
                          koop_config_error *error) {
    if (!entry->subname || !is_name(entry->subname)) {
        snprintf(error->why, sizeof error->why,
                 "an alert is named as in [alert \"phone\"]: letters, digits and . _ -, the first "
                 "a letter, a digit or _");
        return NULL;
    }
    for (int i = 0; i < rules->n; i++)
        if (strcmp(rules->rule[i].name, entry->subname) == 0) return &rules->rule[i];
    if (rules->n == KOOP_RULES_MAX) {
        snprintf(error->why, sizeof error->why, "more than %d alerts", KOOP_RULES_MAX);
        return NULL;
    }
    koop_rule *rule = &rules->rule[rules->n++];
    begin(rule, entry);
    return rule;
}

static bool refuse_key(const koop_rule *rule, const char *key, koop_config_error *error) {
    const char *near = koop_options_nearest(key, key_names, KOOP_RULE_KEYS);
    if (near)
        snprintf(error->why, sizeof error->why,
                 "[alert \"%s\"] has no key \"%.60s\"; did you mean \"%s\"?", rule->name, key,
                 near);
    else
        snprintf(error->why, sizeof error->why,
                 "[alert \"%s\"] has no key \"%.60s\"; there are on, run, min-level, cooldown, "
                 "exec, webhook, format, timeout",
                 rule->name, key);
    return false;
}

bool koop_rules_take(koop_rules *rules, const koop_config_entry *entry, koop_config_error *error) {
    koop_rule *rule = rule_of(rules, entry, error);
    if (!rule) return false;
    if (!entry->key) return true;
    int key = 0;
    while (key < KOOP_RULE_KEYS && strcmp(key_names[key], entry->key) != 0) key++;
    if (key == KOOP_RULE_KEYS) return refuse_key(rule, entry->key, error);
    if (rule->lines[key] > 0) {
        snprintf(error->why, sizeof error->why, "%s again; line %d has it already", entry->key,
                 rule->lines[key]);
        return false;
    }
    rule->lines[key] = entry->line;
    return koop_rule_value_take(rule, (koop_rule_key)key, entry->value, error);
}

static bool incomplete(const koop_rule *rule, int line, const char *why, koop_config_error *error) {
    error->line = line;
    snprintf(error->why, sizeof error->why, "[alert \"%s\"] %s", rule->name, why);
    return false;
}

static bool finish(const koop_rule *rule, koop_config_error *error) {
    const int exec = rule->lines[KOOP_RULE_EXEC], webhook = rule->lines[KOOP_RULE_WEBHOOK];
    bool any = false;
    for (int k = 0; k < KOOP_ALERT_TEST; k++)
        any |= (rule->on & (1u << k)) && koop_alert_level_of((koop_alert_kind)k) >= rule->min_level;
    if (exec == 0 && webhook == 0)
        return incomplete(rule, rule->line, "wants exec (a program) or webhook (an address)",
                          error);
    if (exec > 0 && webhook > 0)
        return incomplete(rule, exec > webhook ? exec : webhook,
                          "has both exec and webhook; make two alerts of it", error);
    if (exec > 0 && rule->lines[KOOP_RULE_FORMAT] > 0)
        return incomplete(rule, rule->lines[KOOP_RULE_FORMAT],
                          "has a format, which goes with webhook; a program always gets json",
                          error);
    if (!any)
        return incomplete(rule, rule->lines[KOOP_RULE_MIN_LEVEL],
                          "would never be sent: all that is in on is below min-level", error);
    return true;
}

bool koop_rules_finish(const koop_rules *rules, koop_config_error *error) {
    for (int i = 0; i < rules->n; i++)
        if (!finish(&rules->rule[i], error)) return false;
    return true;
}

const koop_rule *koop_rules_find(const koop_rules *rules, const char *name) {
    for (int i = 0; i < rules->n; i++)
        if (strcmp(rules->rule[i].name, name) == 0) return &rules->rule[i];
    return NULL;
}

bool koop_rule_wants(const koop_rule *rule, const koop_alert *alert) {
    return (rule->on & (1u << alert->kind)) &&
           koop_alert_level_of(alert->kind) >= rule->min_level &&
           fnmatch(rule->run, alert->name, 0) == 0;
}

const char *koop_rule_target(const koop_rule *rule, char out[KOOP_RULE_TARGET_BYTES]) {
    if (rule->n_words == 0) return koop_url_place(rule->webhook, out);
    return koop_printable(rule->words, out, KOOP_RULE_TARGET_BYTES);
}
