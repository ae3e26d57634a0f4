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
    koop_settings_free(settings);
    return 0;
}
