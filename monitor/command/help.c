#include "command.h"
#include "options.h"

#include <stdio.h>

static void print_overview(void) {
    int count;
    const koop_command *commands = koop_commands(&count);
    puts("usage: koopmon [--ascii] [--no-color] [RUN]    open the user interface on the daemon\n"
         "       koopmon COMMAND [options]\n");
    for (int i = 0; i < count; i++) printf("  %-12s %s\n", commands[i].name, commands[i].help);
    puts("\nEvery command takes --connect ENDPOINT, --config FILE and --help, and every one but "
         "serve\n"
         "--json; koopmon help COMMAND shows the rest.\n"
         "Exit codes: 0 done or no difference, 1 difference found, 2 usage or bad input,\n"
         "3 no daemon, 4 no such run, 5 not enough data, 130 interrupted.");
}

static void print_json(const koop_command *commands, int count) {
    fputs("{\"schema\":1,\"commands\":[", stdout);
    for (int i = 0; i < count; i++)
        printf("%s{\"name\":\"%s\",\"help\":\"%s\"}", i ? "," : "", commands[i].name,
               commands[i].help);
    puts("]}");
}

int koop_command_help(int argc, char **argv) {
    static const koop_usage usage = {
        "help", "[COMMAND]", "Lists the commands, or shows how one is used.", NULL, 0, 1, false};
    koop_common common = {.json = false};
    const char *config = NULL;
    int first,
        code = koop_options_parse_alone(&usage, NULL, 0, argc, argv, &common, &first, &config);
    if (code != KOOP_PROCEED) return code;
    int count;
    const koop_command *all = koop_commands(&count);
    const koop_command *command = first < argc ? koop_command_find(argv[first]) : NULL;
    if (common.json && (command || first == argc)) {
        print_json(command ? command : all, command ? 1 : count);
        return KOOP_EXIT_OK;
    }
    if (first == argc) {
        print_overview();
        return KOOP_EXIT_OK;
    }
    const char *near = koop_command_nearest(argv[first]);
    if (command) return command->run(2, (char *[]){argv[first], (char[]){"--help"}, NULL});
    if (near)
        return koop_complain(KOOP_EXIT_USAGE, "no command \"%s\"; did you mean \"%s\"?",
                             argv[first], near);
    return koop_complain(KOOP_EXIT_USAGE, "no command \"%s\"; see koopmon help", argv[first]);
}
