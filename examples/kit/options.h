/* options: the command line of an example, from one table.
 *
 * Takes --name value and --name=value; every option may be given once or more, the last wins.
 * --help is built in: it prints the table. Whatever is no option of the table is refused. */
#ifndef KIT_OPTIONS_H
#define KIT_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

typedef enum kit_kind {
    KIT_ON,    /* no value; sets a bool to true */
    KIT_OFF,   /* no value; sets a bool to false */
    KIT_COUNT, /* a whole number within min..max, into a long */
    KIT_REAL,  /* a finite number within min..max, into a double */
    KIT_TEXT   /* a string, into a const char *, borrowed from argv */
} kit_kind;

typedef struct kit_option {
    const char *name; /* with its dashes: "--seed" */
    kit_kind kind;
    void *value;         /* what the kind says */
    double min, max;     /* of numbers */
    const char *operand; /* "N" as --help shows it; NULL for flags */
    const char *help;    /* one line */
} kit_option;

typedef enum kit_parsed {
    KIT_GO,   /* options are set */
    KIT_HELP, /* --help was printed to `out`: exit 0 */
    KIT_USAGE /* one line on `err` says what is wrong: exit 2 */
} kit_parsed;

/* `usage` is printed above the table, whole. */
kit_parsed kit_options_parse(const kit_option *options, int n, const char *usage, int argc,
                             char *const *argv, FILE *out, FILE *err);

#endif
