#include "alert_print.h"
#include "attach.h"
#include "command.h"
#include "options.h"
#include "print.h"
#include "printable.h"
#include "serve_options.h"
#include "settings.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const koop_usage usage = {
    "check-config",
    "[FILE]",
    "Reads the configuration file as every command does, and prints each setting and where it "
    "came from.\n"
    "Without FILE: --config, else the file at the standard place.",
    "What is printed is a configuration file itself; what no file can say stands as a comment, "
    "and\n"
    "so do alerts, whose addresses are secrets.\n"
    "JSON: "
    "{\"schema\":1,\"file\",\"settings\":[{\"section\",\"key\",\"value\",\"origin\",\"line\"}],"
    "\n\"alerts\":[{\"name\",\"line\",\"settings\":[{\"key\",\"value\",\"origin\",\"line\"}]}]};"
    "\n\"file\" is null where there is none, \"value\" where nothing is set; \"origin\" is "
    "\"default\","
    "\n\"file\" (then \"line\" tells where) or \"environment\".",
    0,
    1,
    false};

enum { VALUE_BYTES = 4096 };

/* Where the file does not say. */
static const char *standard_text(const koop_setting *setting, char out[VALUE_BYTES]) {
    out[0] = '\0';
    if (strcmp(setting->option->name, "endpoint") == 0) {
        char endpoint[KOOP_ENDPOINT_BYTES];
        if (koop_endpoint_resolve(NULL, endpoint) == KOOP_OK) strcpy(out, endpoint);
        const char *asked = getenv("KOOPMON_ENDPOINT");
        if (!out[0] && asked) snprintf(out, VALUE_BYTES, "%s", asked);
    } else if (strcmp(setting->option->name, "data") == 0) {
        if (koop_daemon_data_dir(out, VALUE_BYTES) != KOOP_OK) out[0] = '\0';
    }
    return out[0] ? out : NULL;
}

/* The value in the form that the file takes, or NULL: nothing is set. */
static const char *value_text(const koop_setting *setting, char out[VALUE_BYTES]) {
    const koop_option *option = setting->option;
    int whole;
    if (setting->origin == KOOP_SETTING_FILE) return setting->text;
    switch (option->kind) {
    case KOOP_OPTION_FLAG:
        return *(bool *)option->value ? "yes" : "no";
    case KOOP_OPTION_CHOICE:
        return option->choices[*(int *)option->value];
    case KOOP_OPTION_TEXT:
        return standard_text(setting, out);
    case KOOP_OPTION_SIZE:
        snprintf(out, VALUE_BYTES, "%" PRIu64, *(uint64_t *)option->value);
        return *(uint64_t *)option->value > 0 ? out : NULL;
    case KOOP_OPTION_WHOLE:
        whole = *(int *)option->value;
        snprintf(out, VALUE_BYTES, "%d", whole);
        return whole >= option->min ? out : NULL;
    case KOOP_OPTION_REAL:
        snprintf(out, VALUE_BYTES, "%.15g", *(double *)option->value);
        return *(double *)option->value >= option->min ? out : NULL;
    }
    return NULL;
}

/* Whether a file with this line says the same. */
static bool reads_back(const koop_setting *setting, const char *line, const char *value) {
    char text[2 * VALUE_BYTES];
    koop_settings *settings = NULL;
    koop_config_error error;
    bool same = false;
    int n = snprintf(text, sizeof text, "[%s]\n%s\n", setting->section, line);
    if (n < 0 || (size_t)n >= sizeof text ||
        koop_settings_parse(&settings, text, (size_t)n, &error) != KOOP_OK)
        return false;
    const koop_setting *list = koop_settings_list(settings, &n);
    for (int i = 0; i < n && !same; i++)
        same = list[i].text && strcmp(list[i].option->name, setting->option->name) == 0 &&
               strcmp(list[i].text, value) == 0;
    koop_settings_free(settings);
    return same;
}

/* A comment of a configuration file, cut to the length of its lines. */
static void print_comment(const char *text, const char *rest) {
    char safe[KOOP_CONFIG_LINE_BYTES - 60];
    const char *cut = strlen(koop_printable(text, safe, sizeof safe)) < strlen(text) ? "…" : "";
    printf("; %s%s%s\n", safe, cut, rest);
}

static void print_setting(const koop_setting *setting) {
    char buffer[VALUE_BYTES], line[VALUE_BYTES + 64], whole[VALUE_BYTES + 128], origin[32];
    const char *value = value_text(setting, buffer);
    if (!value) {
        printf("; %s is not set\n", setting->option->name);
        return;
    }
    snprintf(line, sizeof line, "%s = %s", setting->option->name, value);
    if (setting->origin == KOOP_SETTING_FILE)
        snprintf(origin, sizeof origin, "line %d", setting->line);
    else
        strcpy(origin, setting->origin == KOOP_SETTING_ENVIRONMENT ? "environment" : "default");
    snprintf(whole, sizeof whole, "%-40s ; %s", line, origin);
    if (!koop_printable_all(value))
        print_comment(line, " ; not printed as it is: a terminal could obey it");
    else if (reads_back(setting, whole, value))
        printf("%s\n", whole);
    else if (reads_back(setting, line, value))
        printf("%s\n", line); /* fits without its origin only */
    else
        print_comment(line, " ; no file can say this: too long, or cut at a ;");
}

/* The sections' own order: the daemon's first. */
static void print_sections(const koop_setting *list, int n) {
    static const char *const sections[] = {"daemon", "decomposition"};
    for (int s = 0; s < 2; s++) {
        printf("\n[%s]\n", sections[s]);
        for (int i = 0; i < n; i++)
            if (strcmp(list[i].section, sections[s]) == 0) print_setting(&list[i]);
    }
}

static int print_json(const koop_settings *settings, const koop_setting *list, int n) {
    static const char *const origins[] = {"default", "file", "environment"};
    json_t *array = json_array();
    for (int i = 0; i < n; i++) {
        char buffer[VALUE_BYTES];
        const char *value = value_text(&list[i], buffer);
        json_t *row =
            json_pack("{s:s, s:s, s:o, s:s}", "section", list[i].section, "key",
                      list[i].option->name, "value", value ? koop_print_string(value) : json_null(),
                      "origin", origins[list[i].origin]);
        if (list[i].origin == KOOP_SETTING_FILE)
            json_object_set_new(row, "line", json_integer(list[i].line));
        json_array_append_new(array, row);
    }
    json_t *file = koop_settings_has_file(settings)
                       ? koop_print_string(koop_settings_path(settings))
                       : json_null();
    return koop_print_json(stdout, json_pack("{s:i, s:o, s:o, s:o}", "schema", KOOP_JSON_SCHEMA,
                                             "file", file, "settings", array, "alerts",
                                             koop_alert_print_json(koop_settings_rules(settings))));
}

int koop_command_check_config(int argc, char **argv) {
    koop_common common = {.json = false};
    koop_settings *settings = NULL;
    const char *config = NULL;
    int first, n;
    int code = koop_options_parse_alone(&usage, NULL, 0, argc, argv, &common, &first, &config);
    if (code != KOOP_PROCEED) return code;
    if (config && first < argc)
        return koop_complain(KOOP_EXIT_USAGE, "check-config: choose one of --config and FILE");
    code = koop_settings_read(&settings, first < argc ? argv[first] : config);
    if (code != KOOP_PROCEED) return code;
    char endpoint[KOOP_ENDPOINT_BYTES];
    code = koop_attach_resolve(koop_settings_endpoint(settings), endpoint);
    if (code != KOOP_EXIT_OK) {
        koop_settings_free(settings);
        return code;
    }
    const koop_setting *list = koop_settings_list(settings, &n);
    if (common.json) {
        code = print_json(settings, list, n);
    } else {
        print_comment(koop_settings_path(settings),
                      koop_settings_has_file(settings) ? "" : " (there is none)");
        print_sections(list, n);
        koop_alert_print_settings(stdout, koop_settings_rules(settings));
        code = KOOP_EXIT_OK;
    }
    koop_settings_free(settings);
    return code;
}
