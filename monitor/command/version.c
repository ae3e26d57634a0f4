#include "command.h"
#include "options.h"

#include <stdio.h>

int koop_command_version(int argc, char **argv) {
    static const koop_usage usage = {"version", "", "Prints the version.", NULL, 0, 0, false};
    koop_common common = {.json = false};
    const char *config = NULL;
    int first,
        code = koop_options_parse_alone(&usage, NULL, 0, argc, argv, &common, &first, &config);
    if (code != KOOP_PROCEED) return code;
    if (common.json)
        printf("{\"schema\":1,\"version\":\"%s\"}\n", KOOP_VERSION);
    else
        printf("koopmon %s\n", KOOP_VERSION);
    return KOOP_EXIT_OK;
}
