#include "alert_print.h"

#include "glyph.h"
#include "print.h"
#include "printable.h"

#include <string.h>

/* What to pad the text to, in bytes, so that it takes so many columns. */
static int padded(const char *text, int columns) {
    return columns + (int)strlen(text) - koop_glyph_columns(text, KOOP_GLYPHS_BRAILLE);
}

/* A comment that is short enough to be one line of a configuration file. */
static void print_key(FILE *out, const koop_rule *rule, koop_rule_key key) {
    char buffer[KOOP_RULE_TARGET_BYTES], line[KOOP_RULE_TARGET_BYTES + 32];
    char safe[KOOP_CONFIG_LINE_BYTES - 40];
    const char *value = koop_rule_value(rule, key, buffer);
    if (!value) return;
    snprintf(line, sizeof line, "%s = %s", koop_rule_key_name(key), value);
    koop_printable(line, safe, sizeof safe);
    fprintf(out, "; %-*s ; ", padded(safe, 38), safe);
    if (rule->lines[key] > 0)
        fprintf(out, "line %d\n", rule->lines[key]);
    else
        fprintf(out, "default\n");
}

void koop_alert_print_settings(FILE *out, const koop_rules *rules) {
    for (int i = 0; i < rules->n; i++) {
        const koop_rule *rule = &rules->rule[i];
        fprintf(out, "\n; [alert \"%s\"]\n", rule->name);
        for (int k = 0; k < KOOP_RULE_KEYS; k++) print_key(out, rule, (koop_rule_key)k);
    }
}

void koop_alert_print_list(FILE *out, const koop_rules *rules) {
    char target[KOOP_RULE_TARGET_BYTES], on[KOOP_RULE_TARGET_BYTES];
    for (int i = 0; i < rules->n; i++)
        fprintf(out, "%-16s %-*s %s\n", rules->rule[i].name,
                padded(koop_rule_target(&rules->rule[i], target), 32), target,
                koop_rule_value(&rules->rule[i], KOOP_RULE_ON, on));
}

static json_t *settings_to_json(const koop_rule *rule) {
    json_t *list = json_array();
    for (int k = 0; k < KOOP_RULE_KEYS; k++) {
        char buffer[KOOP_RULE_TARGET_BYTES];
        const char *value = koop_rule_value(rule, (koop_rule_key)k, buffer);
        if (!value) continue;
        json_t *row =
            json_pack("{s:s, s:o, s:s}", "key", koop_rule_key_name((koop_rule_key)k), "value",
                      koop_print_string(value), "origin", rule->lines[k] > 0 ? "file" : "default");
        if (rule->lines[k] > 0) json_object_set_new(row, "line", json_integer(rule->lines[k]));
        json_array_append_new(list, row);
    }
    return list;
}

json_t *koop_alert_print_json(const koop_rules *rules) {
    json_t *list = json_array();
    for (int i = 0; i < rules->n; i++)
        json_array_append_new(list, json_pack("{s:s, s:i, s:o}", "name", rules->rule[i].name,
                                              "line", rules->rule[i].line, "settings",
                                              settings_to_json(&rules->rule[i])));
    return list;
}
