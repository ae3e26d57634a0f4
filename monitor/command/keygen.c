#include "command.h"
#include "key_options.h"
#include "key_store.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const koop_usage usage = {
    "keygen",
    "",
    "Makes the pair of CURVE keys that tcp needs: the daemon's, or with --client that of this "
    "user's\n"
    "trainers and views. The public key is for the other side; the secret one never leaves.",
    "JSON: {\"schema\":1,\"public_key\",\"file\",\"secret_file\"}",
    0,
    0,
    false};

/* USER-HOST, as far as a key's name can have it: for the list of allowed keys. */
static void default_name(char out[KOOP_KEYS_NAME_BYTES]) {
    char host[64] = "";
    const char *user = getenv("USER");
    if (gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
    int n = snprintf(out, KOOP_KEYS_NAME_BYTES, "%s%s%s", user ? user : "",
                     user && *user ? "-" : "", host);
    if (n >= KOOP_KEYS_NAME_BYTES || !koop_keys_is_name(out)) out[0] = '\0';
}

static int print(const koop_keys *keys, const char *directory, const char *file, bool client,
                 bool as_json) {
    char path[PATH_MAX + 32], secret[PATH_MAX + 48];
    snprintf(path, sizeof path, "%s/%s", directory, file);
    snprintf(secret, sizeof secret, "%s_secret", path);
    if (as_json)
        return koop_print_json(stdout, json_pack("{s:i, s:s, s:o, s:o}", "schema", KOOP_JSON_SCHEMA,
                                                 "public_key", keys->public_key, "file",
                                                 koop_print_string(path), "secret_file",
                                                 koop_print_string(secret)));
    printf("public key: %s\n", keys->public_key);
    char safe[KOOP_PRINT_PATH_BYTES];
    printf("in %s; the secret one is in %s_secret: keep it here\n", koop_print_path(path, safe),
           file);
    if (client)
        printf("On the daemon's machine:  koopmon allow '%s'\n", keys->public_key);
    else
        printf("For trainers and views:   export KOOPMON_SERVER_KEY='%s'\n"
               "A daemon that runs already takes it when it is started anew.\n",
               keys->public_key);
    return KOOP_EXIT_OK;
}

int koop_command_keygen(int argc, char **argv) {
    bool client = false, force = false;
    const char *keys_dir = NULL, *name = NULL;
    char directory[PATH_MAX], own_name[KOOP_KEYS_NAME_BYTES], error[PATH_MAX + 256];
    koop_common common = {.json = false};
    koop_keys made;
    const koop_option options[] = {
        {"client", KOOP_OPTION_FLAG, &client, NULL, "for trainers and views of this user", 0, 0,
         NULL, NULL},
        {"name", KOOP_OPTION_TEXT, &name, "NAME", "of the key where it is allowed (USER-HOST)", 0,
         0, NULL, NULL},
        {"keys", KOOP_OPTION_TEXT, &keys_dir, "DIR",
         "where it is put ($XDG_CONFIG_HOME/koopmon/keys)", 0, 0, NULL, NULL},
        {"force", KOOP_OPTION_FLAG, &force, NULL, "replace a pair that is there", 0, 0, NULL, NULL},
    };
    int first, code = koop_options_parse(&usage, options, 4, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    if (name && !koop_keys_is_name(name))
        return koop_complain(KOOP_EXIT_USAGE, KOOP_KEY_NAME_RULE, "keygen");
    if (!name) default_name(own_name);
    code = koop_key_directory(keys_dir, directory);
    if (code != KOOP_PROCEED) return code;
    const char *file = client ? KOOP_KEY_STORE_CLIENT : KOOP_KEY_STORE_SERVER;
    if (koop_key_store_make(directory, file, name ? name : own_name, force, &made, error,
                            sizeof error) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "keygen: %s", error);
    return print(&made, directory, file, client, common.json);
}
