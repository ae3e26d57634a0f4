#include "rule_value.h"

#include "option.h"
#include "url.h"
#include "words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const format_names[KOOP_FORMATS] = {"json", "slack", "discord", "ntfy",
                                                       "alertmanager"};

const char *koop_alert_format_name(koop_alert_format format) {
    return format_names[format];
}

__attribute__((format(printf, 2, 3))) static bool refuse(koop_config_error *error,
                                                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->why, sizeof error->why, format, arguments);
    va_end(arguments);
    return false;
}

/* The kinds that a rule can be of: all but the test. */
static bool refuse_kind(const char *word, koop_config_error *error) {
    const char *names[KOOP_ALERT_TEST + 1] = {"all"};
    for (int k = 0; k < KOOP_ALERT_TEST; k++)
        names[k + 1] = koop_alert_kind_name((koop_alert_kind)k);
    const char *near = koop_options_nearest(word, names, KOOP_ALERT_TEST + 1);
    if (near) return refuse(error, "on knows no \"%.99s\"; did you mean \"%s\"?", word, near);
    return refuse(error,
                  "on wants all, or some of transition, schedule, settled, diverging, grokking?, "
                  "stalled, not-finite, finished, not \"%.60s\"",
                  word);
}

static bool take_on(koop_rule *rule, const char *value, koop_config_error *error) {
    char text[KOOP_RULE_VALUE_BYTES], *rest = text;
    rule->on = 0;
    snprintf(text, sizeof text, "%s", value);
    for (char *word; (word = strtok_r(rest, ", \t", &rest));) {
        koop_alert_kind kind = KOOP_ALERT_TEST;
        if (strcmp(word, "all") == 0)
            rule->on |= (1u << KOOP_ALERT_TEST) - 1;
        else if (koop_alert_kind_of(word, &kind) && kind != KOOP_ALERT_TEST)
            rule->on |= 1u << kind;
        else
            return refuse_kind(word, error);
    }
    return rule->on != 0 || refuse_kind(value, error);
}

static bool take_level(koop_rule *rule, const char *value, koop_config_error *error) {
    for (int l = 0; l < KOOP_ALERT_LEVELS; l++) {
        if (strcmp(value, koop_alert_level_name((koop_alert_level)l)) != 0) continue;
        rule->min_level = (koop_alert_level)l;
        return true;
    }
    return refuse(error, "min-level wants info, warning or critical, not \"%.99s\"", value);
}

static bool take_format(koop_rule *rule, const char *value, koop_config_error *error) {
    const char *near = koop_options_nearest(value, format_names, KOOP_FORMATS);
    for (int f = 0; f < KOOP_FORMATS; f++) {
        if (strcmp(value, format_names[f]) != 0) continue;
        rule->format = (koop_alert_format)f;
        return true;
    }
    return refuse(error,
                  "format wants json, slack, discord, ntfy or alertmanager, not \"%.60s\"%s%s%s",
                  value, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* The program is named by its place: no PATH is searched, and the daemon's directory is anywhere. */
static bool take_exec(koop_rule *rule, const char *value, koop_config_error *error) {
    const char *why = koop_words_split(value, rule->words, &rule->n_words);
    if (why) return refuse(error, "exec has %s (a ; behind a blank begins a comment)", why);
    if (rule->n_words > KOOP_RULE_WORDS_MAX)
        return refuse(error, "exec has more than %d words", KOOP_RULE_WORDS_MAX);
    if (rule->words[0] != '/')
        return refuse(error, "exec wants a program by its absolute path, not \"%.99s\"",
                      rule->words);
    return true;
}

static bool take_webhook(koop_rule *rule, const char *value, koop_config_error *error) {
    const char *why = koop_url_check(value);
    if (why) return refuse(error, "webhook wants %s", why); /* its value is a secret */
    snprintf(rule->webhook, sizeof rule->webhook, "%s", value);
    return true;
}

bool koop_rule_value_take(koop_rule *rule, koop_rule_key key, const char *value,
                          koop_config_error *error) {
    if (strlen(value) + 2 > KOOP_RULE_VALUE_BYTES) return refuse(error, "the value is too long");
    switch (key) {
    case KOOP_RULE_ON:
        return take_on(rule, value, error);
    case KOOP_RULE_RUN:
        strcpy(rule->run, value);
        return true;
    case KOOP_RULE_MIN_LEVEL:
        return take_level(rule, value, error);
    case KOOP_RULE_COOLDOWN:
        return koop_options_duration(value, 0, KOOP_RULE_COOLDOWN_MAX_S, &rule->cooldown_s) ||
               refuse(error,
                      "cooldown wants 0, or a time up to 7d such as 90s, 10m or 2h, not \"%.60s\"",
                      value);
    case KOOP_RULE_EXEC:
        return take_exec(rule, value, error);
    case KOOP_RULE_WEBHOOK:
        return take_webhook(rule, value, error);
    case KOOP_RULE_FORMAT:
        return take_format(rule, value, error);
    case KOOP_RULE_TIMEOUT:
        return koop_options_duration(value, 1, KOOP_RULE_TIMEOUT_MAX_S, &rule->timeout_s) ||
               refuse(error, "timeout wants a time from 1s to 5m, not \"%.99s\"", value);
    case KOOP_RULE_KEYS:
        break;
    }
    return false;
}

/* In the largest unit that needs no fraction. */
static void write_duration(int s, char *out, size_t size) {
    const bool days = s % 86400 == 0, hours = s % 3600 == 0, minutes = s % 60 == 0;
    const char unit = s == 0 ? 's' : days ? 'd' : hours ? 'h' : minutes ? 'm' : 's';
    snprintf(out, size, "%d%c",
             unit == 's'   ? s
             : unit == 'm' ? s / 60
             : unit == 'h' ? s / 3600
                           : s / 86400,
             unit);
}

static void write_on(unsigned on, char *out, size_t size) {
    size_t used = 0;
    for (int k = 0; k < KOOP_ALERT_TEST && used < size; k++)
        if (on & (1u << k))
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "",
                                     koop_alert_kind_name((koop_alert_kind)k));
}

const char *koop_rule_value(const koop_rule *rule, koop_rule_key key,
                            char out[KOOP_RULE_TARGET_BYTES]) {
    const size_t size = KOOP_RULE_TARGET_BYTES;
    out[0] = '\0';
    switch (key) {
    case KOOP_RULE_ON:
        write_on(rule->on, out, size);
        break;
    case KOOP_RULE_RUN:
        snprintf(out, size, "%s", rule->run);
        break;
    case KOOP_RULE_MIN_LEVEL:
        return koop_alert_level_name(rule->min_level);
    case KOOP_RULE_COOLDOWN:
        write_duration(rule->cooldown_s, out, size);
        break;
    case KOOP_RULE_EXEC:
        return rule->n_words > 0 ? koop_rule_target(rule, out) : NULL;
    case KOOP_RULE_WEBHOOK:
        return rule->n_words == 0 ? koop_rule_target(rule, out) : NULL;
    case KOOP_RULE_FORMAT:
        return rule->n_words == 0 ? koop_alert_format_name(rule->format) : NULL;
    case KOOP_RULE_TIMEOUT:
        write_duration(rule->timeout_s, out, size);
        break;
    case KOOP_RULE_KEYS:
        return NULL;
    }
    return out;
}
