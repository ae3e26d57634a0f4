/* command: the command line: which commands there are, and which one is meant.
 *
 * A command gets its own argv (argv[0] is its name), writes results to standard output and
 * complaints, one line each, to standard error, and returns an exit code. */
#ifndef KOOP_COMMAND_H
#define KOOP_COMMAND_H

#include "complain.h"

typedef int koop_command_function(int argc, char **argv);

typedef struct koop_command {
    const char *name;
    const char *help; /* one line */
    koop_command_function *run;
} koop_command;

/* All commands, in the order of `koopmon help`; *count gets their number. */
const koop_command *koop_commands(int *count);
const koop_command *koop_command_find(const char *name); /* NULL: no such command */
const char *koop_command_nearest(const char *word);      /* NULL: none is near */

/* The whole program: picks the command (none: the user interface), runs it, and makes sure that
 * what it printed was written. */
int koop_command_main(int argc, char **argv);

koop_command_function koop_command_alert, koop_command_allow, koop_command_analyze,
    koop_command_check_config, koop_command_compare, koop_command_distances, koop_command_events,
    koop_command_follow, koop_command_help, koop_command_journal, koop_command_keygen,
    koop_command_ls, koop_command_plot, koop_command_replay, koop_command_serve,
    koop_command_spectra, koop_command_status, koop_command_version, koop_command_wait,
    koop_command_watch;

#endif
