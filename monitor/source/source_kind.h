/* source_kind: what a kind of source is made of: the functions behind source.h. For the sources only.
 *
 * A kind's own structure begins with a koop_source. A function that is NULL is a request that this
 * kind does not answer: KOOP_BAD_ARGUMENT, and KOOP_NOT_FOUND for the playback. */
#ifndef KOOP_SOURCE_KIND_H
#define KOOP_SOURCE_KIND_H

#include "source.h"

typedef struct koop_source_kind {
    void (*free)(koop_source *source);
    void (*trouble)(const koop_source *source, char *out, size_t size);
    koop_status (*runs)(koop_source *source, int timeout_ms, koop_run_summary *runs, int capacity,
                        int *count);
    koop_status (*view)(koop_source *source, const char *run, int timeout_ms, koop_view *view);
    koop_status (*status)(koop_source *source, int timeout_ms, json_t **status);
    koop_status (*follow)(koop_source *source, const char *run, int timeout_ms);
    koop_status (*next)(koop_source *source, int timeout_ms, json_t **line);
    koop_status (*playback)(koop_source *source, koop_playback *playback);
    koop_status (*play)(koop_source *source, koop_play command);
} koop_source_kind;

struct koop_source {
    const koop_source_kind *kind;
};

#endif
