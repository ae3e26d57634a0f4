#include "reload.h"

#include "status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An empty file where there is none and need not be. */
static koop_status read_settings(const koop_reload *reload, koop_settings **settings,
                                 koop_config_error *error) {
    char *bytes = NULL;
    size_t size = 0;
    koop_status status = koop_config_read(reload->path, &bytes, &size, error);
    if (status == KOOP_NOT_FOUND && !reload->named) status = KOOP_OK;
    if (status == KOOP_OK) status = koop_settings_parse(settings, bytes ? bytes : "", size, error);
    free(bytes);
    return status;
}

static bool is_same(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The names of the settings that are not as they were. */
static void list_changes(const koop_settings *before, const koop_settings *now, char *text,
                         size_t size) {
    int n, m;
    size_t used = 0;
    const koop_setting *old = koop_settings_list(before, &n), *new = koop_settings_list(now, &m);
    text[0] = '\0';
    for (int i = 0; i < n && i < m && used < size; i++)
        if (!is_same(old[i].text, new[i].text))
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     new[i].option->name);
}

bool koop_reload_rules(void *context, koop_rules *rules, char *text, size_t size) {
    const koop_reload *reload = context;
    koop_settings *now = NULL;
    koop_config_error error = {.line = 0};
    const koop_status status = read_settings(reload, &now, &error);
    if (status != KOOP_OK) {
        const char *why = error.why[0] ? error.why : koop_strstatus(status);
        if (error.line > 0)
            snprintf(text, size, "%s:%d: %s", reload->path, error.line, why);
        else
            snprintf(text, size, "%s: %s", reload->path, why);
        return false;
    }
    *rules = *koop_settings_rules(now);
    list_changes(reload->before, now, text, size);
    koop_settings_free(now);
    return true;
}
