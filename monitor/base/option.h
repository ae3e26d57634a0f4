/* option: one setting, as a row of a table: its name, its kind, its range and where its value goes.
 *
 * The command line and the configuration file read the same rows. Values are taken strictly: what is
 * not wholly a number of the stated range is refused, and what was there stays. Pure. */
#ifndef KOOP_OPTION_H
#define KOOP_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum koop_option_kind {
    KOOP_OPTION_FLAG,  /* value: bool, becomes true */
    KOOP_OPTION_WHOLE, /* int, min..max */
    KOOP_OPTION_REAL,  /* double, min..max */
    KOOP_OPTION_SIZE,  /* uint64_t, bytes: a whole number and perhaps K, M, G or T, min..max */
    KOOP_OPTION_TEXT,  /* const char *, not empty, borrowed */
    KOOP_OPTION_CHOICE /* int, index in `choices` */
} koop_option_kind;

typedef struct koop_option {
    const char *name; /* of one letter: -t, else --name */
    koop_option_kind kind;
    void *value;
    const char
        *argument;    /* as help shows it: "N"; NULL for flags, and for choices that help lists */
    const char *help; /* NULL: help does not list it */
    double min, max;
    const char *const *choices; /* ends in NULL */
    bool *given;                /* becomes true when the option occurs; may be NULL */
} koop_option;

enum { KOOP_OPTION_WORDS_BYTES = 96 };

/* Takes the text of a value, NULL for a flag that stands alone; false when it is none. */
bool koop_option_take(const koop_option *option, const char *text);

/* What the option wants: "a whole number from 3 to 4096", "written, fsync". */
const char *koop_option_wants(const koop_option *option, char out[KOOP_OPTION_WORDS_BYTES]);

/* The choices of an option, with `between` between them. */
void koop_option_choices(const koop_option *option, const char *between, char *out, size_t size);

/* Strict numbers, for others: whole text, no leading space, in range. A size is "500", "64K", "10M",
 * "2G" or "1T" (by 1024). */
bool koop_options_whole(const char *text, long min, long max, long *out);
bool koop_options_real(const char *text, double min, double max, double *out);
bool koop_options_size(const char *text, uint64_t min, uint64_t max, uint64_t *out);

/* Seconds: a whole number and s, m, h or d ("90s", "10m", "2h", "1d"), or 0 alone. */
bool koop_options_duration(const char *text, int min_s, int max_s, int *out_s);

/* The name nearest to `word` by edits (insert, delete, replace, swap of neighbours), or NULL when
 * none is near enough to be meant. */
const char *koop_options_nearest(const char *word, const char *const *names, int n);

#endif
