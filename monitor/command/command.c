#include "command.h"
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const koop_command commands[] = {
    {"serve", "run the daemon that trainers publish to", koop_command_serve},
    {"ls", "list the runs", koop_command_ls},
    {"status", "say how the daemon or a run is doing", koop_command_status},
    {"follow", "stream updates and events, one JSON object a line", koop_command_follow},
    {"wait", "wait until something happens to a run, for scripts", koop_command_wait},
    {"events", "list a run's events", koop_command_events},
    {"analyze", "compute the spectra and events of a recorded trajectory", koop_command_analyze},
    {"replay", "play a recording or a run's journal on the screen", koop_command_replay},
    {"compare", "say whether two runs or sets of runs differ", koop_command_compare},
    {"distances", "measure how far each of many spectra is from each other",
     koop_command_distances},
    {"spectra", "write the spectra of many files to one .npy file", koop_command_spectra},
    {"plot", "draw spectra, curves, trajectories, distances or histograms", koop_command_plot},
    {"check-config", "check the configuration file and print every setting",
     koop_command_check_config},
    {"alert", "send a test of an alert, or list the alerts", koop_command_alert},
    {"keygen", "make the keys that tcp needs", koop_command_keygen},
    {"allow", "let a client's key in over tcp", koop_command_allow},
    {"journal", "verify or repair journals and recordings", koop_command_journal},
    {"help", "show how a command is used", koop_command_help},
    {"version", "print the version", koop_command_version},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

const koop_command *koop_commands(int *count) {
    *count = COMMANDS;
    return commands;
}

const koop_command *koop_command_find(const char *name) {
    for (int i = 0; i < COMMANDS; i++)
        if (strcmp(name, commands[i].name) == 0) return &commands[i];
    return NULL;
}

const char *koop_command_nearest(const char *word) {
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    return koop_options_nearest(word, names, COMMANDS);
}

/* An option that may stand before the command. */
static bool takes_value(const char *word) {
    static const char *const known[] = {"--connect", "--config", "-c", "--server-key",
                                        "--key-file"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(word, known[i]) == 0) return true;
    return false;
}

/* Index of the first word that is no option, so that `koopmon --connect E ls` means ls; 0: none. */
static int first_word(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) return 0;
        if (takes_value(argv[i]))
            i++;
        else if (argv[i][0] != '-')
            return i;
    }
    return 0;
}

/* Whether `argv[word]`, which is no command, was meant as one: it is near one, and what follows it
 * is nothing that the user interface takes. */
static bool is_typo(int argc, char **argv, int word) {
    static const char *const taken[] = {"--ascii",   "--no-color",   "--json",
                                        "--connect", "--server-key", "--key-file",
                                        "--config",  "-c",           "--help"};
    if (!word || word + 1 == argc || !koop_command_nearest(argv[word])) return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strncmp(argv[word + 1], taken[i], strlen(taken[i])) == 0) return false;
    return true;
}

static int dispatch(int argc, char **argv) {
    int word = first_word(argc, argv);
    const koop_command *command = word ? koop_command_find(argv[word]) : NULL;
    if (argc == 2 && strcmp(argv[1], "--version") == 0) return koop_command_version(1, argv);
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return koop_command_help(1, argv);
    if (!command && is_typo(argc, argv, word))
        return koop_complain(KOOP_EXIT_USAGE, "no command \"%s\"; did you mean \"%s\"?", argv[word],
                             koop_command_nearest(argv[word]));
    if (!command) return koop_command_watch(argc, argv);
    /* The command's name comes first, options before it follow it. */
    char *name = argv[word];
    memmove(argv + 2, argv + 1, (size_t)(word - 1) * sizeof *argv);
    argv[1] = name;
    return command->run(argc - 1, argv + 1);
}

int koop_command_main(int argc, char **argv) {
    int code = dispatch(argc, argv);
    koop_options_forget();
    errno = 0;
    if (fflush(stdout) != 0 || ferror(stdout)) {
        int failed = koop_complain(KOOP_EXIT_USAGE, "cannot write: %s",
                                   errno ? strerror(errno) : "output error");
        if (code == KOOP_EXIT_OK || code == KOOP_EXIT_DIFFERENT) code = failed;
    }
    return code;
}
