#include "source_kind.h"

#include <stddef.h>

void koop_source_free(koop_source *source) {
    if (source) source->kind->free(source);
}

void koop_source_trouble(const koop_source *source, char *out, size_t size) {
    if (size > 0) out[0] = '\0';
    if (source->kind->trouble) source->kind->trouble(source, out, size);
}

koop_status koop_source_runs(koop_source *source, int timeout_ms, koop_run_summary *runs,
                             int capacity, int *count) {
    return source->kind->runs(source, timeout_ms, runs, capacity, count);
}

koop_status koop_source_view(koop_source *source, const char *run, int timeout_ms,
                             koop_view *view) {
    return source->kind->view(source, run, timeout_ms, view);
}

koop_status koop_source_status(koop_source *source, int timeout_ms, json_t **status) {
    if (!source->kind->status) return KOOP_BAD_ARGUMENT;
    return source->kind->status(source, timeout_ms, status);
}

koop_status koop_source_follow(koop_source *source, const char *run, int timeout_ms) {
    if (!source->kind->follow) return KOOP_BAD_ARGUMENT;
    return source->kind->follow(source, run, timeout_ms);
}

koop_status koop_source_next(koop_source *source, int timeout_ms, json_t **line) {
    if (!source->kind->next) return KOOP_BAD_ARGUMENT;
    return source->kind->next(source, timeout_ms, line);
}

koop_status koop_source_playback(koop_source *source, koop_playback *playback) {
    if (!source->kind->playback) return KOOP_NOT_FOUND;
    return source->kind->playback(source, playback);
}

koop_status koop_source_play(koop_source *source, koop_play command) {
    if (!source->kind->play) return KOOP_NOT_FOUND;
    return source->kind->play(source, command);
}
