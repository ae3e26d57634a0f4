/* options: a command's options as a table, from which come parsing and help alike.
 *
 * Every command takes --connect, --server-key, --key-file, --config, --help and, where it prints
 * something, --json besides its own. Before argv, the configuration file gives values to the options
 * that it knows (settings.h). Parsing is getopt_long's: options and operands in any order, "--" ends
 * options. Complaints go to standard error as one line, help to standard output. Not thread-safe
 * (getopt is not). */
#ifndef KOOP_OPTIONS_H
#define KOOP_OPTIONS_H

#include "option.h"

enum { KOOP_OPTIONS_MAX = 24, KOOP_PROCEED = -1 };

typedef struct koop_usage {
    const char *command;  /* "analyze"; "" for the user interface */
    const char *operands; /* "FILE", "[RUN]", "" */
    const char *summary;  /* a sentence or two: what it does */
    const char *notes;    /* below the options; may be NULL */
    int min_operands, max_operands;
    bool no_json; /* prints nothing, so that --json is refused */
} koop_usage;

typedef struct koop_common {
    bool json;
    const char *connect;    /* NULL: not given, as below */
    const char *server_key; /* the daemon's public key, or a file with it */
    const char *key_file;   /* this side's pair */
} koop_common;

/* Parses argv[1..argc) (argv[0] is the command's name), permuting operands to the end; *first is
 * the index of the first one. KOOP_PROCEED, or the exit code with which to end now: 0 after --help,
 * 2 after a complaint. Texts are borrowed from argv or the configuration, until the next call or
 * koop_options_forget. */
int koop_options_parse(const koop_usage *usage, const koop_option *options, int n, int argc,
                       char **argv, koop_common *common, int *first);
void koop_options_forget(void);

/* The configuration that koop_options_parse read; NULL: none yet. Borrowed likewise. */
struct koop_settings;
const struct koop_settings *koop_options_settings(void);

/* The same without reading a configuration; *config is set when --config names one. */
int koop_options_parse_alone(const koop_usage *usage, const koop_option *options, int n, int argc,
                             char **argv, koop_common *common, int *first, const char **config);

#endif
