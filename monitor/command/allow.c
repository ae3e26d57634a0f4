#include "command.h"
#include "key_file.h"
#include "key_options.h"
#include "key_store.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_BYTES = PATH_MAX + 256 };

static const koop_usage usage = {
    "allow",
    "[PUBLIC_KEY|FILE]",
    "Lets a client's public key in over tcp. A daemon that runs knows it within a second; one "
    "whose\n"
    "key is removed is not heard any more, though its connection stays open.",
    "A key that begins with a hyphen goes behind --.\n"
    "JSON: {\"schema\":1,\"allowed\":[{\"name\",\"public_key\"}]}; with --remove "
    "{\"schema\":1,\"removed\"}",
    0,
    1,
    false};

static int print_list(const koop_keys *keys, int n, bool as_json) {
    if (!as_json) {
        for (int i = 0; i < n; i++) printf("%-24s %s\n", keys[i].name, keys[i].public_key);
        if (n == 0) puts("nobody is allowed; koopmon allow PUBLIC_KEY lets one in");
        return KOOP_EXIT_OK;
    }
    json_t *list = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "name", keys[i].name, "public_key", keys[i].public_key));
    return koop_print_json(stdout,
                           json_pack("{s:i, s:o}", "schema", KOOP_JSON_SCHEMA, "allowed", list));
}

static int list(const char *directory, bool as_json) {
    char error[ERROR_BYTES];
    koop_keys *keys = NULL;
    int n = 0;
    koop_status status = koop_key_store_list(directory, &keys, &n, error, sizeof error);
    if (status != KOOP_OK) return koop_complain(KOOP_EXIT_USAGE, "allow: %s", error);
    int code = print_list(keys, n, as_json);
    if (*error) koop_complain(0, "not allowed: %s", error);
    free(keys);
    return code;
}

static int drop(const char *directory, const char *name, bool as_json) {
    char error[ERROR_BYTES];
    if (koop_key_store_remove(directory, name, error, sizeof error) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "allow: %s", error);
    if (as_json)
        return koop_print_json(
            stdout, json_pack("{s:i, s:s}", "schema", KOOP_JSON_SCHEMA, "removed", name));
    printf("%s is not allowed any more\n", name);
    return KOOP_EXIT_OK;
}

/* The operand: the key itself, or the file of a certificate. */
static int read_key(const char *operand, koop_keys *keys) {
    char error[ERROR_BYTES];
    *keys = (koop_keys){.name = ""};
    if (koop_keys_is_key(operand)) {
        snprintf(keys->public_key, sizeof keys->public_key, "%s", operand);
        return KOOP_PROCEED;
    }
    koop_status status = koop_key_file_read(AT_FDCWD, operand, false, keys, error, sizeof error);
    if (status == KOOP_OK) return KOOP_PROCEED;
    if (status == KOOP_NOT_FOUND)
        return koop_complain(KOOP_EXIT_USAGE,
                             "allow: \"%s\" is neither a public key (40 characters) nor a file "
                             "that is there",
                             operand);
    return koop_complain(KOOP_EXIT_USAGE, "allow: %s", error);
}

static int add(const char *directory, const char *operand, const char *name, bool as_json) {
    char error[ERROR_BYTES];
    koop_keys keys;
    int code = read_key(operand, &keys);
    if (code != KOOP_PROCEED) return code;
    if (name) snprintf(keys.name, sizeof keys.name, "%s", name);
    if (koop_key_store_allow(directory, &keys, error, sizeof error) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "allow: %s", error);
    if (as_json) return print_list(&keys, 1, true);
    printf("%s is allowed\n", keys.name);
    koop_keys server;
    if (koop_key_store_server(directory, &server, error, sizeof error) == KOOP_NOT_FOUND)
        koop_complain(0, "%s has no server key: no daemon reads it until koopmon keygen makes one",
                      directory);
    explicit_bzero(&server, sizeof server);
    return KOOP_EXIT_OK;
}

int koop_command_allow(int argc, char **argv) {
    bool listing = false;
    const char *keys_dir = NULL, *name = NULL, *removed = NULL;
    char directory[PATH_MAX];
    koop_common common = {.json = false};
    const koop_option options[] = {
        {"name", KOOP_OPTION_TEXT, &name, "NAME", "what to call the key (what its file says)", 0, 0,
         NULL, NULL},
        {"list", KOOP_OPTION_FLAG, &listing, NULL, "list the allowed keys", 0, 0, NULL, NULL},
        {"remove", KOOP_OPTION_TEXT, &removed, "NAME", "take a key off the list", 0, 0, NULL, NULL},
        {"keys", KOOP_OPTION_TEXT, &keys_dir, "DIR",
         "the daemon's keys ($XDG_CONFIG_HOME/koopmon/keys)", 0, 0, NULL, NULL},
    };
    int first, code = koop_options_parse(&usage, options, 4, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    if ((first < argc) + listing + (removed != NULL) != 1)
        return koop_complain(KOOP_EXIT_USAGE,
                             "allow: wants one of PUBLIC_KEY or FILE, --list and --remove");
    if (name && first == argc)
        return koop_complain(KOOP_EXIT_USAGE, "allow: --name goes with PUBLIC_KEY or FILE");
    if (name && !koop_keys_is_name(name))
        return koop_complain(KOOP_EXIT_USAGE, KOOP_KEY_NAME_RULE, "allow");
    code = koop_key_directory(keys_dir, directory);
    if (code != KOOP_PROCEED) return code;
    if (listing) return list(directory, common.json);
    return removed ? drop(directory, removed, common.json)
                   : add(directory, argv[first], name, common.json);
}
