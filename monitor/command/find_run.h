/* find_run: a run in a data directory by its name or uuid, without a daemon. */
#ifndef KOOP_FIND_RUN_H
#define KOOP_FIND_RUN_H

#include "view.h"
#include "wire.h"

#include <limits.h>

/* The journal directory of `run` below `data_dir`, by the daemon's rules: a name (the newest run of
 * that name), a uuid, or an unambiguous start of one (≥ 4 digits). *hello gets what the run said of
 * itself. KOOP_NOT_FOUND; KOOP_IO_FAILED, KOOP_NO_MEMORY, KOOP_TOO_LARGE. */
koop_status koop_find_run(const char *data_dir, const char *run, char path[PATH_MAX],
                          koop_wire_hello *hello);

#endif
