#include "compute_track.h"

#include "checkpoint.h"
#include "directory.h"
#include "journal.h"
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The next one is due after so much news, but not before the pipeline has worked COST_FACTOR times as
 * long as the last one took: whatever the disk, checkpoints take 2% of compute's time. After so many
 * bytes it is overdue: what it does not cover, retention cannot delete. */
enum { DUE_SNAPSHOTS = 1000, DUE_BYTES = 16 << 20, OVERDUE_BYTES = 256 << 20, COST_FACTOR = 50 };

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void koop_track_path(const koop_track *track, char *out, size_t size) {
    char uuid[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(track->run, uuid);
    koop_directory_path(track->host->options.data_dir, uuid, out, size);
}

static koop_status write_state(const koop_track *track, bool synced) {
    size_t size = 0;
    koop_status status = koop_pipeline_save(track->pipeline, NULL, 0, &size);
    if (status != KOOP_TOO_LARGE || size > KOOP_CHECKPOINT_MAX_BYTES) return status;
    uint8_t *state = malloc(size + sizeof track->pruned);
    if (!state) return KOOP_NO_MEMORY;
    status = koop_pipeline_save(track->pipeline, state, size, &size);
    if (status == KOOP_OK) {
        const koop_checkpoint about = {
            .seq = koop_pipeline_last_seq(track->pipeline),
            .needs = koop_pipeline_needs(track->pipeline),
            .options = koop_pipeline_options_number(&track->host->options.pipeline)};
        char path[KOOP_TRACK_PATH_BYTES];
        koop_track_path(track, path, sizeof path);
        memcpy(state + size, &track->pruned, sizeof track->pruned);
        status = koop_checkpoint_write(path, track->run, &about, state, size + sizeof track->pruned,
                                       synced);
    }
    free(state);
    return status;
}

void koop_track_checkpoint(koop_track *track, bool synced) {
    if (!track->pipeline || koop_pipeline_awaits(track->pipeline) > 0) return;
    if (koop_pipeline_last_seq(track->pipeline) == track->checkpoint_seq) return;
    const int64_t began_ns = now_ns();
    if (!koop_alerts_keep(track->host->options.alerts, synced)) return;
    const koop_status status = write_state(track, synced);
    if (status == KOOP_OK) {
        track->checkpoint_seq = koop_pipeline_last_seq(track->pipeline);
    } else if (!track->complained) {
        track->complained = true;
        koop_log(KOOP_LOG_WARNING,
                 "run %s: no checkpoint: %s%s%s; after a restart more of its journal is read",
                 track->name, koop_strstatus(status), status == KOOP_IO_FAILED ? ": " : "",
                 status == KOOP_IO_FAILED ? strerror(errno) : "");
    }
    track->news = (koop_track_news){.cost_ns = now_ns() - began_ns};
}

koop_status koop_track_compute(koop_track *track, const koop_wire_snapshot *snapshot) {
    koop_track_news *news = &track->news;
    const int64_t began_ns = now_ns();
    const koop_status status = koop_pipeline_push(track->pipeline, snapshot);
    news->busy_ns += now_ns() - began_ns;
    news->bytes += snapshot->bytes;
    news->snapshots++;
    const bool much = news->snapshots >= DUE_SNAPSHOTS || news->bytes >= DUE_BYTES;
    if ((much && news->busy_ns >= COST_FACTOR * news->cost_ns) || news->bytes >= OVERDUE_BYTES)
        koop_track_checkpoint(track, true);
    return status;
}

/* The state of the pipeline, and behind it the track's own. */
static bool load(koop_track *track, const koop_checkpoint *about, const uint8_t *state,
                 size_t size) {
    if (size < sizeof track->pruned) return false;
    size -= sizeof track->pruned;
    if (koop_pipeline_load(track->pipeline, state, size) != KOOP_OK) return false;
    memcpy(&track->pruned, state + size, sizeof track->pruned);
    return koop_pipeline_last_seq(track->pipeline) == about->seq;
}

koop_status koop_track_restore(koop_track *track, const char *path, uint64_t *from) {
    koop_checkpoint about;
    void *state = NULL;
    size_t size = 0;
    *from = 0;
    koop_checkpoint_choose(path, koop_pipeline_options_number(&track->host->options.pipeline));
    koop_status status = koop_checkpoint_read(path, track->run, &about, &state, &size);
    if (status != KOOP_OK) return status == KOOP_NOT_FOUND ? KOOP_OK : status;
    koop_wire_hello *hello = malloc(sizeof *hello);
    status = hello ? koop_journal_hello(path, hello) : KOOP_NO_MEMORY;
    if (status == KOOP_OK) status = koop_track_make(track, hello);
    if (status == KOOP_OK) {
        if (load(track, &about, state, size)) *from = koop_pipeline_awaits(track->pipeline);
        if (*from > 0)
            track->taken_seq = track->checkpoint_seq = about.seq;
        else
            koop_track_forget(track);
    }
    free(hello);
    free(state);
    return status;
}
