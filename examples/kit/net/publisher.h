/* publisher: a trainer's parameters, published group by group.
 *
 * A thin layer over koopmon.h for the examples: what it adds is the run's default name, the groups
 * of a kit_params, and words on standard error about a daemon that is not there. */
#ifndef KIT_PUBLISHER_H
#define KIT_PUBLISHER_H

#include "params.h"

#include <stdbool.h>

typedef struct kit_publisher_options {
    const char *program;         /* "lenet": begins what is printed, and names the run */
    const char *run;             /* --name; NULL: KOOPMON_RUN, else the program */
    const char *const *metadata; /* key, value, …, NULL */
    bool quiet;                  /* print nothing */
} kit_publisher_options;

/* KOOP_NO_MEMORY, KOOP_BAD_ARGUMENT; a client that cannot work is KOOP_OK and publishes nothing.
 * `program` outlives the client. Close with koop_close. */
koop_status kit_publisher_open(koop_client **out, const kit_publisher_options *options,
                               const kit_params *params);

/* Publishes all groups. A snapshot that cannot be taken is the client's to count: training goes
 * on. */
void kit_publish(koop_client *client, long step, const kit_params *params,
                 const koop_scalar *scalars, size_t n_scalars);

#endif
