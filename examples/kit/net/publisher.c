#include "publisher.h"

#include <stdio.h>
#include <stdlib.h>

static void say(void *context, const char *line) {
    fprintf(stderr, "%s: koopmon: %s\n", (const char *)context, line);
}

koop_status kit_publisher_open(koop_client **out, const kit_publisher_options *o,
                               const kit_params *params) {
    koop_options options = koop_defaults();
    options.run = o->run ? o->run : getenv("KOOPMON_RUN") ? NULL : o->program;
    options.metadata = o->metadata;
    options.log = o->quiet ? NULL : say;
    options.log_context = (void *)(uintptr_t)o->program;
    koop_status status = koop_open(out, &options);
    for (int g = 0; g < params->n && status == KOOP_OK; g++)
        status = koop_declare(*out, params->layout[g].name, KIT_REAL_DTYPE,
                              params->layout[g].dimensions, params->layout[g].shape);
    return status == KOOP_DISABLED ? KOOP_OK : status;
}

void kit_publish(koop_client *client, long step, const kit_params *params,
                 const koop_scalar *scalars, size_t n_scalars) {
    const void *groups[KIT_MAX_GROUPS];
    for (int g = 0; g < params->n; g++) groups[g] = params->group[g];
    (void)koop_publish(client, step, groups, scalars, n_scalars);
}
