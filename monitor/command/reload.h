/* reload: the configuration file read again by a daemon that runs: its alerts take effect, of all else
 * it is only said that it changed. Prints nothing. */
#ifndef KOOP_RELOAD_H
#define KOOP_RELOAD_H

#include "settings.h"

#include <limits.h>

typedef struct koop_reload {
    const koop_settings *before; /* as the daemon was started with; borrowed */
    char path[PATH_MAX];         /* of the file, absolute */
    bool named;                  /* by --config: then it must be there */
} koop_reload;

/* A koop_daemon_reload; `context` is a koop_reload. */
bool koop_reload_rules(void *context, koop_rules *rules, char *text, size_t size);

#endif
