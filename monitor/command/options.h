/* options: a command's options as a table, from which come parsing and help alike.
 *
 * Every command takes --connect, --help and, where it prints something, --json besides its own. Numbers are parsed strictly:
 * what is not wholly a number of the stated range is refused with the option, the value and the
 * range. Parsing is getopt_long's: options and operands in any order, "--" ends options. Complaints
 * go to standard error as one line, help to standard output. Not thread-safe (getopt is not). */
#ifndef KOOP_OPTIONS_H
#define KOOP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { KOOP_OPTIONS_MAX = 24, KOOP_PROCEED = -1 };

typedef enum koop_option_kind {
    KOOP_OPTION_FLAG,  /* value: bool, becomes true */
    KOOP_OPTION_WHOLE, /* int, min..max */
    KOOP_OPTION_REAL,  /* double, min..max */
    KOOP_OPTION_SIZE,  /* uint64_t, bytes: a whole number and perhaps K, M, G or T, min..max */
    KOOP_OPTION_TEXT,  /* const char *, not empty, borrowed from argv */
    KOOP_OPTION_CHOICE /* int, index in `choices` */
} koop_option_kind;

typedef struct koop_option {
    const char *name;
    koop_option_kind kind;
    void *value;
    const char *argument; /* as help shows it: "N"; NULL for flags and choices */
    const char *help;
    double min, max;
    const char *const *choices; /* ends in NULL */
    bool *given;                /* becomes true when the option occurs; may be NULL */
} koop_option;

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
    const char *connect; /* NULL: not given */
} koop_common;

/* Parses argv[1..argc) (argv[0] is the command's name), permuting operands to the end; *first is
 * the index of the first one. KOOP_PROCEED, or the exit code with which to end now: 0 after --help,
 * 2 after a complaint. */
int koop_options_parse(const koop_usage *usage, const koop_option *options, int n, int argc,
                       char **argv, koop_common *common, int *first);

/* Strict numbers, for others: whole text, no leading space, in range. */
bool koop_options_whole(const char *text, long min, long max, long *out);
bool koop_options_real(const char *text, double min, double max, double *out);

/* "500", "64K", "10M", "2G", "1T" (by 1024); neither sign nor fraction. */
bool koop_options_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* The name nearest to `word` by edits (insert, delete, replace, swap of neighbours), or NULL when
 * none is near enough to be meant. */
const char *koop_options_nearest(const char *word, const char *const *names, int n);

#endif
