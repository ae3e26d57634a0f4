#include "settings.h"
#include "complain.h"
#include "config.h"
#include "serve_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DECOMPOSITION = KOOP_DMD_OPTIONS - 1,
    SETTINGS = KOOP_SERVE_OPTIONS - KOOP_SERVE_COMMAND_LINE_OPTIONS + 1, /* and the endpoint */
    ENDPOINT = SETTINGS - 1,
    SECTIONS = 2
};

static const char *const sections[SECTIONS] = {"daemon", "decomposition"};
static const char alert_section[] = "alert";

struct koop_settings {
    char path[PATH_MAX];
    bool has_file, is_named;
    koop_serve_arguments serve; /* where the rows put their values */
    const char *endpoint;
    char resolved[KOOP_ENDPOINT_BYTES];
    char *texts[SETTINGS];
    koop_option options[KOOP_SERVE_OPTIONS + 1];
    koop_setting list[SETTINGS];
    koop_rules rules;
};

static const char *section_of(int i) {
    return sections[i < DECOMPOSITION];
}

static koop_settings *new_settings(void) {
    koop_settings *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    koop_serve_options_list(&s->serve, s->options);
    s->options[ENDPOINT] = (koop_option){.name = "endpoint",
                                         .kind = KOOP_OPTION_TEXT,
                                         .value = &s->endpoint,
                                         .argument = "ENDPOINT",
                                         .help = "where the daemon listens"};
    for (int i = 0; i < SETTINGS; i++)
        s->list[i] = (koop_setting){.section = section_of(i), .option = &s->options[i]};
    const char *environment = getenv("KOOPMON_ENDPOINT");
    if (environment && *environment) s->list[ENDPOINT].origin = KOOP_SETTING_ENVIRONMENT;
    return s;
}

void koop_settings_free(koop_settings *s) {
    if (!s) return;
    for (int i = 0; i < SETTINGS; i++) free(s->texts[i]);
    free(s);
}

static bool refuse_section(const koop_config_entry *entry, koop_config_error *error) {
    const char *near = koop_options_nearest(entry->section, sections, SECTIONS);
    const char *const named = alert_section;
    if (entry->subname && koop_options_nearest(entry->section, &named, 1))
        snprintf(error->why, sizeof error->why, "no section [%s \"%s\"]; did you mean [%s \"%s\"]?",
                 entry->section, entry->subname, named, entry->subname);
    else if (entry->subname)
        snprintf(error->why, sizeof error->why, "no section [%s \"%s\"]", entry->section,
                 entry->subname);
    else if (near)
        snprintf(error->why, sizeof error->why, "no section [%s]; did you mean [%s]?",
                 entry->section, near);
    else
        snprintf(error->why, sizeof error->why,
                 "no section [%s]; there are [daemon], [decomposition] and [alert \"NAME\"]",
                 entry->section);
    return false;
}

static bool refuse_key(const koop_settings *s, const koop_config_entry *entry,
                       koop_config_error *error) {
    const char *names[SETTINGS], *elsewhere = NULL;
    int n = 0;
    for (int i = 0; i < SETTINGS; i++) {
        if (strcmp(s->list[i].section, entry->section) == 0) names[n++] = s->options[i].name;
        if (strcmp(s->options[i].name, entry->key) == 0) elsewhere = s->list[i].section;
    }
    const char *near = koop_options_nearest(entry->key, names, n);
    if (elsewhere)
        snprintf(error->why, sizeof error->why, "\"%s\" belongs into [%s]", entry->key, elsewhere);
    else if (near)
        snprintf(error->why, sizeof error->why, "[%s] has no key \"%.99s\"; did you mean \"%s\"?",
                 entry->section, entry->key, near);
    else
        snprintf(error->why, sizeof error->why,
                 "[%s] has no key \"%.99s\"; koopmon check-config lists them", entry->section,
                 entry->key);
    return false;
}

/* A file is read from wherever its reader was started, and by no shell. */
static bool is_relative_path(const koop_option *option, const char *text) {
    const char *what = option->argument ? option->argument : "";
    return (strcmp(what, "DIR") == 0 || strcmp(what, "FILE") == 0) && text[0] != '/';
}

static bool refuse_value(const koop_option *option, const char *value, koop_config_error *error) {
    char wants[KOOP_OPTION_WORDS_BYTES];
    snprintf(error->why, sizeof error->why, "%s wants %s, not \"%.99s\"", option->name,
             is_relative_path(option, value) ? "an absolute path"
                                             : koop_option_wants(option, wants),
             value);
    return false;
}

/* What listens: the option takes any text. */
static bool check_place(koop_settings *s, int at, koop_config_error *error) {
    char tcp[KOOP_ENDPOINT_BYTES];
    if (at == ENDPOINT && koop_endpoint_resolve(s->endpoint, s->resolved) != KOOP_OK) {
        snprintf(error->why, sizeof error->why,
                 "endpoint wants ipc:///absolute/path or tcp://host:port, not \"%.99s\"",
                 s->endpoint);
        return false;
    }
    if (s->options[at].value == (void *)&s->serve.tcp &&
        !koop_serve_options_tcp(s->serve.tcp, tcp)) {
        snprintf(error->why, sizeof error->why, "tcp wants %s, not \"%.99s\"",
                 koop_serve_options_tcp_wants, s->serve.tcp);
        return false;
    }
    return true;
}

static bool take(void *context, const koop_config_entry *entry, koop_config_error *error) {
    koop_settings *s = context;
    int at = 0;
    bool known = entry->subname == NULL && (strcmp(entry->section, sections[0]) == 0 ||
                                            strcmp(entry->section, sections[1]) == 0);
    if (strcmp(entry->section, alert_section) == 0) return koop_rules_take(&s->rules, entry, error);
    if (!known) return refuse_section(entry, error);
    if (!entry->key) return true;
    while (at < SETTINGS && (strcmp(s->options[at].name, entry->key) != 0 ||
                             strcmp(s->list[at].section, entry->section) != 0))
        at++;
    if (at == SETTINGS) return refuse_key(s, entry, error);
    const koop_option *option = &s->options[at];
    if (s->texts[at]) {
        snprintf(error->why, sizeof error->why, "%s again; line %d has it already", entry->key,
                 s->list[at].line);
        return false;
    }
    s->texts[at] = strdup(entry->value);
    if (!s->texts[at]) return false;
    if (is_relative_path(option, s->texts[at]) || !koop_option_take(option, s->texts[at]))
        return refuse_value(option, s->texts[at], error);
    if (!check_place(s, at, error)) return false;
    if (option->given) *option->given = true;
    s->list[at].text = s->texts[at];
    s->list[at].line = entry->line;
    if (s->list[at].origin == KOOP_SETTING_DEFAULT) s->list[at].origin = KOOP_SETTING_FILE;
    return true;
}

/* Whether the decomposition's values fit together; all of its lines are named, whichever it is. */
static bool fit(koop_settings *s, koop_config_error *error) {
    char why[KOOP_DMD_OPTIONS_WHY_BYTES];
    const size_t size = sizeof error->why;
    int lines = 0;
    for (int i = 0; i < DECOMPOSITION; i++) lines += s->list[i].text != NULL;
    const char *between = lines == 1 ? ", line " : ", lines ";
    s->serve.dmd.configured = true;
    if (koop_dmd_options_fit(&s->serve.dmd, why)) return true;
    error->line = 0;
    size_t n = (size_t)snprintf(error->why, size, "[%s]", sections[1]);
    for (int i = 0; i < DECOMPOSITION && n < size; i++) {
        if (!s->list[i].text) continue;
        n += (size_t)snprintf(error->why + n, size - n, "%s%d", between, s->list[i].line);
        between = ", ";
    }
    if (n < size) snprintf(error->why + n, size - n, ": %s", why);
    return false;
}

koop_status koop_settings_parse(koop_settings **out, const char *bytes, size_t size,
                                koop_config_error *error) {
    koop_settings *s = new_settings();
    if (!s) return KOOP_NO_MEMORY;
    koop_status status = koop_config_parse(bytes, size, take, s, error);
    if (status == KOOP_OK && !(koop_rules_finish(&s->rules, error) && fit(s, error)))
        status = KOOP_BAD_MESSAGE;
    if (status == KOOP_OK)
        *out = s;
    else
        koop_settings_free(s);
    return status;
}

static int complain(const char *path, koop_status status, const koop_config_error *error) {
    const char *why = error->why[0] ? error->why : koop_strstatus(status);
    if (error->line == 0) return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, why);
    return koop_complain(KOOP_EXIT_USAGE, "%s:%d: %s", path, error->line, why);
}

int koop_settings_read(koop_settings **out, const char *path) {
    char standard[PATH_MAX] = "";
    char *bytes = NULL;
    size_t size = 0;
    koop_config_error error = {.line = 0};
    if (!path && koop_config_path(standard, sizeof standard) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "the path of the configuration file is too long");
    koop_status status = koop_config_read(path ? path : standard, &bytes, &size, &error);
    const bool has_file = status == KOOP_OK;
    if (status == KOOP_NOT_FOUND && !path) status = KOOP_OK;
    koop_settings *s = NULL;
    if (status == KOOP_OK) status = koop_settings_parse(&s, bytes, size, &error);
    free(bytes);
    if (status != KOOP_OK) return complain(path ? path : standard, status, &error);
    snprintf(s->path, sizeof s->path, "%s", path ? path : standard);
    s->has_file = has_file;
    s->is_named = path != NULL;
    *out = s;
    return KOOP_PROCEED;
}

void koop_settings_apply(const koop_settings *s, const koop_option *options, int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < SETTINGS; j++)
            if (s->texts[j] && options[i].kind == s->options[j].kind &&
                strcmp(options[i].name, s->options[j].name) == 0)
                koop_option_take(&options[i], s->texts[j]);
}

const char *koop_settings_endpoint(const koop_settings *s) {
    return s->list[ENDPOINT].origin == KOOP_SETTING_FILE ? s->endpoint : NULL;
}

const koop_setting *koop_settings_list(const koop_settings *s, int *n) {
    *n = SETTINGS;
    return s->list;
}

const koop_rules *koop_settings_rules(const koop_settings *s) {
    return &s->rules;
}

const char *koop_settings_path(const koop_settings *s) {
    return s->path;
}

bool koop_settings_has_file(const koop_settings *s) {
    return s->has_file;
}

bool koop_settings_is_named(const koop_settings *s) {
    return s->is_named;
}
