/* outlet: where the weights of a training go: to the monitor, and into a recording.
 *
 * What the trainers' programs have in common: the options that say where, and the order of things at
 * a step. Of copies of a network that train side by side the first is published and all are
 * recorded (recording.h). Says on standard error what went wrong, after the program's name. */
#ifndef KIT_OUTLET_H
#define KIT_OUTLET_H

#include "options.h"
#include "params.h"

typedef struct kit_outlet_options {
    const char *program;      /* "lenet": begins what is printed, and names the run */
    const char *run;          /* its name; NULL: KOOPMON_RUN, else the program */
    const char *record;       /* FILE.npy; NULL: none */
    const char *record_group; /* a group's name, or "all" */
    long record_steps;        /* at most so many rows; 0: every step */
    long every;               /* steps between published snapshots */
    long delay_ms;            /* pause after every step */
    bool publish, quiet;
} kit_outlet_options;

/* Publishes every step, records nothing (`group` where asked), says what it has to. */
kit_outlet_options kit_outlet_defaults(const char *program, const char *group);

/* Rows for a table of options: they set `o`. GROUPS: what --record-group takes, for --help. */
/* clang-format off */
#define KIT_OUTLET_OPTIONS(o, groups)                                                              \
    {"--record", KIT_TEXT, &(o)->record, 0, 0, "FILE.npy",                                         \
     "write the weights of every step: steps x values (x copies)"},                                \
    {"--record-group", KIT_TEXT, &(o)->record_group, 0, 0, "NAME", groups},                        \
    {"--record-steps", KIT_COUNT, &(o)->record_steps, 1, 1e9, "N",                                 \
     "only of the first N steps (all)"},                                                           \
    {"--every", KIT_COUNT, &(o)->every, 1, 1e9, "N", "publish every N steps (1)"},                 \
    {"--no-publish", KIT_OFF, &(o)->publish, 0, 0, NULL, "do not publish"},                        \
    {"--delay-ms", KIT_COUNT, &(o)->delay_ms, 0, 60000, "N",                                       \
     "pause after every step, to watch in comfort (0)"},                                           \
    {"--name", KIT_TEXT, &(o)->run, 0, 0, "RUN", "the run's name (KOOPMON_RUN, else the program)"}, \
    {"--quiet", KIT_ON, &(o)->quiet, 0, 0, NULL, "print errors only"}
/* clang-format on */

/* What is told of a run: keys and values, those as printf writes them. */
typedef struct kit_metadata {
    int n; /* of keys */
    const char *entries[2 * 16 + 1];
    char values[16][128];
} kit_metadata;

/* Longer values are cut, keys beyond the sixteenth left out. */
void kit_metadata_add(kit_metadata *metadata, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

typedef struct kit_outlet kit_outlet;

/* Of `copies` parameter blocks, borrowed. false: said why. Close with kit_outlet_close. */
bool kit_outlet_open(kit_outlet **out, const kit_outlet_options *options,
                     const kit_params *const *params, int copies, const kit_metadata *metadata);

/* Publishes and records the parameters as they are at `step`, and pauses unless it is the `last`,
 * which is published whatever `every` says. A snapshot that cannot be taken is the client's to
 * count. false: the recording could not be written, and said so. */
bool kit_outlet_take(kit_outlet *outlet, long step, bool last, const koop_scalar *scalars,
                     size_t n_scalars);

/* Completes the recording, waits at most a second for the daemon, and frees (*outlet becomes NULL;
 * NULL is allowed). false: the recording is not whole, and said so. */
bool kit_outlet_close(kit_outlet **outlet);

#endif
