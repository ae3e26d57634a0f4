#include "outlet.h"

#include "clock.h"
#include "complain.h"
#include "recording.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct kit_outlet {
    kit_outlet_options options;
    const kit_params *published;
    koop_client *client;      /* NULL: not published */
    kit_recording *recording; /* NULL: none */
    long rows;                /* recorded so far */
};

kit_outlet_options kit_outlet_defaults(const char *program, const char *group) {
    return (kit_outlet_options){
        .program = program, .record_group = group, .every = 1, .publish = true};
}

void kit_metadata_add(kit_metadata *metadata, const char *key, const char *format, ...) {
    if (metadata->n == (int)(sizeof metadata->values / sizeof *metadata->values)) return;
    char *value = metadata->values[metadata->n];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof *metadata->values, format, arguments);
    va_end(arguments);
    metadata->entries[2 * metadata->n] = key;
    metadata->entries[2 * metadata->n + 1] = value;
    metadata->n++;
}

static void say(void *context, const char *line) {
    fprintf(stderr, "%s: koopmon: %s\n", (const char *)context, line);
}

static bool open_client(kit_outlet *t, const kit_metadata *metadata) {
    const kit_outlet_options *o = &t->options;
    koop_options options = koop_defaults();
    options.run = o->run ? o->run : getenv("KOOPMON_RUN") ? NULL : o->program;
    options.metadata = metadata->entries;
    options.log = o->quiet ? NULL : say;
    options.log_context = (void *)(uintptr_t)o->program;
    koop_status status = koop_open(&t->client, &options);
    for (int g = 0; g < t->published->n && status == KOOP_OK; g++)
        status = koop_declare(t->client, t->published->layout[g].name, KIT_REAL_DTYPE,
                              t->published->layout[g].dimensions, t->published->layout[g].shape);
    if (status == KOOP_OK || status == KOOP_DISABLED) return true;
    return kit_complain(o->program, "cannot publish", status);
}

static bool open_recording(kit_outlet *t, const kit_params *const *params, int copies) {
    const kit_outlet_options *o = &t->options;
    const bool all = !strcmp(o->record_group, "all");
    const int group = all ? 0 : kit_params_find(params[0], o->record_group);
    if (group < 0) {
        fprintf(stderr, "%s: --record-group: no group is called \"%s\"\n", o->program,
                o->record_group);
        return false;
    }
    const kit_real *values[KIT_MAX_COPIES];
    for (int i = 0; i < copies && i < KIT_MAX_COPIES; i++) values[i] = params[i]->group[group];
    const size_t n = all ? params[0]->count : kit_group_count(&params[0]->layout[group]);
    errno = 0;
    koop_status status = kit_recording_open(&t->recording, o->record, n, copies, values);
    return status == KOOP_OK || kit_complain(o->program, o->record, status);
}

bool kit_outlet_open(kit_outlet **out, const kit_outlet_options *options,
                     const kit_params *const *params, int copies, const kit_metadata *metadata) {
    kit_outlet *t = calloc(1, sizeof *t);
    if (!t) return kit_complain(options->program, "cannot publish", KOOP_NO_MEMORY);
    t->options = *options;
    t->published = params[0];
    if ((options->record && !open_recording(t, params, copies)) ||
        (options->publish && !open_client(t, metadata))) {
        (void)kit_outlet_close(&t);
        return false;
    }
    *out = t;
    return true;
}

bool kit_outlet_take(kit_outlet *t, long step, bool last, const koop_scalar *scalars,
                     size_t n_scalars) {
    const kit_outlet_options *o = &t->options;
    if (t->client && (step % o->every == 0 || last)) {
        const void *groups[KIT_MAX_GROUPS];
        for (int g = 0; g < t->published->n; g++) groups[g] = t->published->group[g];
        (void)koop_publish(t->client, step, groups, scalars, n_scalars);
    }
    if (t->recording && (!o->record_steps || t->rows < o->record_steps)) {
        koop_status status = kit_recording_append(t->recording);
        if (status != KOOP_OK) return kit_complain(o->program, o->record, status);
        t->rows++;
    }
    if (o->delay_ms && !last) kit_clock_pause(o->delay_ms);
    return true;
}

bool kit_outlet_close(kit_outlet **outlet) {
    kit_outlet *t = *outlet;
    if (!t) return true;
    bool whole = true;
    if (t->recording) {
        errno = 0;
        koop_status status = kit_recording_close(&t->recording);
        if (status != KOOP_OK) whole = kit_complain(t->options.program, t->options.record, status);
    }
    if (t->client) koop_close(&t->client, 1000);
    free(t);
    *outlet = NULL;
    return whole;
}
