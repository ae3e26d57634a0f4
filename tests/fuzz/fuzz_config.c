/* Any bytes as a configuration file: refused with a line and a reason, or settings whose values are
 * what their text says. */
#include "config.h"
#include "settings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds) {
    if (!holds) abort();
}

typedef struct seen {
    int line, entries;
} seen;

static bool take(void *context, const koop_config_entry *entry, koop_config_error *error) {
    seen *s = context;
    (void)error;
    require(entry->line >= s->line && entry->section[0] != '\0');
    require(strlen(entry->section) < KOOP_CONFIG_NAME_BYTES);
    require(!entry->subname || strlen(entry->subname) < KOOP_CONFIG_SUBNAME_BYTES);
    require(!entry->key == !entry->value);
    if (entry->key) {
        require(entry->key[0] != '\0' && entry->value[0] != '\0' && entry->line > s->line);
        require(strlen(entry->key) + strlen(entry->value) < KOOP_CONFIG_LINE_BYTES);
        for (const char *c = entry->value; *c; c++) require((unsigned char)*c >= ' ' || *c == '\t');
    }
    s->line = entry->line;
    s->entries++;
    return true;
}

/* Whole, with values that can be shown, and words that are where they are said to be. */
static void check_rule(const koop_rule *rule, int lines) {
    char out[KOOP_RULE_TARGET_BYTES];
    const size_t longest = sizeof rule->words;
    size_t used = 0;
    require(rule->line >= 1 && rule->line <= lines && rule->name[0] != '\0' && rule->on != 0);
    require((rule->n_words > 0) != (rule->webhook[0] != '\0'));
    require(rule->n_words <= KOOP_RULE_WORDS_MAX);
    for (int i = 0; i < rule->n_words; i++) used += strlen(rule->words + used) + 1;
    require(used <= longest && (rule->n_words == 0 || rule->words[0] == '/'));
    require(rule->cooldown_s >= 0 && rule->cooldown_s <= KOOP_RULE_COOLDOWN_MAX_S);
    require(rule->timeout_s >= 1 && rule->timeout_s <= KOOP_RULE_TIMEOUT_MAX_S);
    for (int k = 0; k < KOOP_RULE_KEYS; k++) {
        require(rule->lines[k] >= 0 && rule->lines[k] <= lines);
        const char *value = koop_rule_value(rule, (koop_rule_key)k, out);
        require(value ? value[0] != '\0' : k >= KOOP_RULE_EXEC && k <= KOOP_RULE_FORMAT);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    koop_config_error error;
    seen s = {0, 0};
    int lines = 1;
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
    const koop_status form = koop_config_parse(text, size, take, &s, &error);
    require(s.line <= lines);
    if (form != KOOP_OK)
        require(form == KOOP_BAD_MESSAGE && error.why[0] != '\0' && error.line <= lines);

    koop_settings *settings;
    const koop_status status = koop_settings_parse(&settings, text, size, &error);
    if (form != KOOP_OK) require(status == KOOP_BAD_MESSAGE);
    if (status != KOOP_OK) {
        require(status == KOOP_BAD_MESSAGE && error.why[0] != '\0' && error.line <= lines);
        require(memchr(error.why, '\0', sizeof error.why) != NULL);
        return 0;
    }
    int n, set = 0;
    const koop_setting *list = koop_settings_list(settings, &n);
    for (int i = 0; i < n; i++) {
        set += list[i].text != NULL;
        if (!list[i].text) continue;
        require(list[i].line >= 1 && list[i].line <= lines);
        require(koop_option_take(list[i].option, list[i].text));
    }
    require(set <= s.entries);
    const koop_rules *rules = koop_settings_rules(settings);
    require(rules->n >= 0 && rules->n <= KOOP_RULES_MAX);
    for (int i = 0; i < rules->n; i++) check_rule(&rules->rule[i], lines);
    koop_settings_free(settings);
    return 0;
}
