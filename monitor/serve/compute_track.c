#include "compute_track.h"

#include "checkpoint.h"
#include "clock.h"
#include "journal.h"
#include "log.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_PUT_MS = 250, BETWEEN_MS = 10 };

/* Dumps an object as one line for the followers, and frees it. */
static void tell(const koop_track *track, json_t *line) {
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (text) koop_feed_put(track->host->options.feed, track->run, text);
    free(text);
}

static json_t *begin_line(const koop_track *track, const char *type) {
    char uuid[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(track->run, uuid);
    return json_pack("{s:i, s:s, s:s, s:s}", "schema", KOOP_JSON_SCHEMA, "type", type, "run", uuid,
                     "name", track->name);
}

static void tell_update(const koop_track *track, const koop_update *update) {
    json_t *line = begin_line(track, "update");
    json_t *rest =
        json_pack("{s:I, s:i, s:o, s:o}", "step", (json_int_t)update->step, "rank",
                  update->spectrum->rank, "eigenvalues", koop_spectrum_to_json(update->spectrum),
                  "signals", koop_signals_to_json(update->signals));
    if (line && rest) json_object_update(line, rest);
    json_decref(rest);
    tell(track, line);
}

static void tell_event(const koop_track *track, const koop_event *event) {
    const koop_view *view = koop_pipeline_view(track->pipeline);
    json_t *line = begin_line(track, "event");
    json_t *rest = koop_event_to_json(event, view->groups, view->n_groups);
    if (line && rest) json_object_update(line, rest);
    json_decref(rest);
    tell(track, line);
}

/* The event first: it is what a phase may be the end of. Each phase once. */
static void alert(koop_track *track, const koop_update *update) {
    koop_alerts *alerts = track->host->options.alerts;
    const koop_view *view = koop_pipeline_view(track->pipeline);
    const uint64_t seq = koop_pipeline_last_seq(track->pipeline);
    if (update->event) {
        koop_alerts_event(alerts, view, seq, update->event, koop_clock_unix_ms());
        track->told_phase = -1;
    }
    if (!update->spectrum || track->told_phase == (int)view->run.phase) return;
    koop_alerts_phase(alerts, view->run.uuid, seq, view->run.phase, koop_clock_unix_ms());
    track->told_phase = (int)view->run.phase;
}

static void on_update(void *context, const koop_update *update) {
    koop_track *track = context;
    alert(track, update);
    if (track->silent) return;
    if (update->event)
        koop_log(KOOP_LOG_INFO, "run %s: %s at step %" PRId64 ": %s", track->name,
                 koop_event_kind_name(update->event->kind), update->event->step,
                 update->event->sentence);
    if (!koop_feed_wanted(track->host->options.feed)) return;
    if (update->spectrum && update->signals) tell_update(track, update);
    if (update->event) tell_event(track, update->event);
}

koop_status koop_track_new(koop_track **out, koop_track_host *host, const koop_wire_hello *hello) {
    koop_track *track = calloc(1, sizeof *track);
    if (!track) return KOOP_NO_MEMORY;
    track->host = host;
    memcpy(track->run, hello->run, sizeof track->run);
    koop_wire_safe_name(hello->name, track->name);
    track->start_ms = hello->start_ms;
    char uuid[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(track->run, uuid);
    koop_alerts_begin(host->options.alerts, uuid, hello->start_ms);
    *out = track;
    return KOOP_OK;
}

void koop_track_free(koop_track *track) {
    if (!track) return;
    for (koop_work *work; (work = koop_track_take_kept(track));) koop_work_free(work);
    koop_track_forget(track);
    free(track);
}

void koop_track_keep(koop_track *track, koop_work *work) {
    work->node.next = NULL;
    if (track->last_kept) {
        track->last_kept->node.next = &work->node;
    } else {
        track->first_kept = work;
    }
    track->last_kept = work;
}

void koop_track_keep_first(koop_track *track, koop_work *work) {
    work->node.next = track->first_kept ? &track->first_kept->node : NULL;
    track->first_kept = work;
    if (!track->last_kept) track->last_kept = work;
}

koop_work *koop_track_take_kept(koop_track *track) {
    koop_work *work = track->first_kept;
    if (!work) return NULL;
    track->first_kept = (koop_work *)work->node.next;
    if (!track->first_kept) track->last_kept = NULL;
    return work;
}

void koop_track_put(koop_track *track) {
    if (!track->pipeline) return;
    double lag_s = -1;
    if (track->fresh) {
        int64_t lag_ms = koop_lag_ms(&track->lag, koop_clock_unix_ms(), koop_clock_ms());
        lag_s = (double)lag_ms / 1000;
    }
    koop_runs_put(track->host->options.runs, track->run, koop_pipeline_view(track->pipeline),
                  track->unput, lag_s);
    track->fresh = false;
    track->unput = 0;
    track->dirty = false;
    track->put_ms = koop_clock_ms();
}

void koop_track_push(koop_track *track, const koop_wire_snapshot *snapshot) {
    track->fed = true;
    track->last_seq = snapshot->seq;
    track->unput++;
    if (!track->pipeline) return;
    track->dirty = true;
    track->fresh = true;
    koop_lag_note(&track->lag, snapshot->time_ms, koop_clock_unix_ms(), koop_clock_ms());
    track->taken_seq = snapshot->seq;
    koop_status status = koop_track_compute(track, snapshot);
    if (status != KOOP_OK)
        koop_log(KOOP_LOG_WARNING, "run %s: snapshot %" PRIu64 ": %s", track->name, snapshot->seq,
                 koop_strstatus(status));
}

/* Later ones come through the queue; taking them from the journal too could put them out of order,
 * or meet one that is being written. */
static bool comes_from_journal(const koop_track *track, uint64_t seq) {
    if (track->fed) return seq <= track->last_seq;
    return seq <= koop_runs_replay_limit(track->host->options.runs, track->run);
}

/* Whether there is memory for a pipeline of so many bytes; if not, notes why. */
static bool has_room(koop_track *track, uint64_t bytes) {
    const koop_track_host *host = track->host;
    const uint64_t most = host->options.memory_bytes / 2, used = host->pipeline_bytes;
    track->no_room = most > 0 && (used > most || bytes > most - used);
    if (track->no_room)
        snprintf(track->refusal, sizeof track->refusal,
                 "no memory for its window of %" PRIu64 " MB (%" PRIu64 " MB of %" PRIu64
                 " MB are in use): send sketches, or raise --memory",
                 (bytes + 0xfffff) >> 20, used >> 20, most >> 20);
    return !track->no_room;
}

static void hold(koop_track *track, uint64_t bytes) {
    track->host->pipeline_bytes += bytes - track->pipeline_bytes;
    track->pipeline_bytes = bytes;
    koop_runs_hold(track->host->options.runs, track->host->pipeline_bytes);
}

koop_status koop_track_make(koop_track *track, const koop_wire_hello *hello) {
    const koop_pipeline_options *options = &track->host->options.pipeline;
    const uint64_t bytes = koop_pipeline_bytes(options, hello);
    if (!has_room(track, bytes)) return KOOP_NO_MEMORY;
    const koop_status status =
        koop_pipeline_new(&track->pipeline, options, hello, on_update, track);
    if (status == KOOP_OK) hold(track, bytes);
    track->told_phase = -1;
    return status;
}

void koop_track_forget(koop_track *track) {
    koop_pipeline_free(track->pipeline);
    track->pipeline = NULL;
    track->taken_seq = 0;
    hold(track, 0);
}

/* Every segment begins with the HELLO; the first makes the pipeline. */
static koop_status take_hello(koop_track *track, const koop_wire_hello *hello) {
    if (track->pipeline) return KOOP_OK;
    koop_status status = koop_track_make(track, hello);
    if (status == KOOP_OK) koop_track_put(track);
    return status;
}

static uint64_t pruned_before(const koop_track *track, const koop_wire_snapshot *first) {
    char path[KOOP_TRACK_PATH_BYTES];
    koop_track_path(track, path, sizeof path);
    return koop_journal_pruned(path, first);
}

static koop_status replay(void *context, const koop_wire_message *message) {
    koop_track *track = context;
    if (atomic_load(&track->host->stop_ms)) return KOOP_TIMED_OUT; /* the next daemon reads it */
    if (message->type == KOOP_WIRE_HELLO) return take_hello(track, &message->as.hello);
    if (message->type == KOOP_WIRE_BYE) {
        track->ended = true;
        track->bye = message->as.bye;
    }
    if (message->type != KOOP_WIRE_SNAPSHOT || !track->pipeline) return KOOP_OK;
    if (!comes_from_journal(track, message->as.snapshot.seq)) return KOOP_OK;
    track->ended = false;
    if (koop_pipeline_awaits(track->pipeline) > 0)
        return koop_pipeline_refill(track->pipeline, &message->as.snapshot);
    if (message->as.snapshot.seq <= track->taken_seq) return KOOP_OK;
    if (koop_pipeline_last_seq(track->pipeline) == 0)
        track->pruned = pruned_before(track, &message->as.snapshot);
    track->taken_seq = message->as.snapshot.seq;
    if (!track->silent) track->unput++; /* a replay begins before what is counted as pending */
    koop_track_compute(track, &message->as.snapshot); /* refused once, refused again */
    int64_t now_ms = koop_clock_ms();
    if (now_ms - track->put_ms > REPLAY_PUT_MS) koop_track_put(track);
    if (now_ms - track->between_ms > BETWEEN_MS) {
        track->host->between(track->host->context);
        track->between_ms = koop_clock_ms();
    }
    return KOOP_OK;
}

/* All that the journal has. */
static koop_status read_anew(koop_track *track, const char *path, koop_journal_counters *counters) {
    track->pruned = 0;
    return koop_journal_read_after(path, 0, replay, track, counters);
}

/* From the checkpoint on, if there is one and the journal holds what it speaks of; else, as after a
 * power cut that took what had been acknowledged, the whole journal. A journal that could not be read
 * to its end says nothing against the checkpoint. */
static koop_status read_restored(koop_track *track, const char *path,
                                 koop_journal_counters *counters) {
    uint64_t from = 0;
    koop_status status = koop_track_restore(track, path, &from);
    if (status != KOOP_OK) return status;
    if (from == 0) return read_anew(track, path, counters);
    status = koop_journal_read_after(path, from, replay, track, counters);
    if (koop_pipeline_awaits(track->pipeline) == 0) return status;
    if (status != KOOP_OK && status != KOOP_BAD_MESSAGE) return status;
    koop_log(
        KOOP_LOG_WARNING,
        "run %s: its journal does not have the snapshots that its checkpoint needs: it is read "
        "anew, from its oldest snapshot",
        track->name);
    koop_checkpoint_remove(path);
    track->checkpoint_seq = 0;
    koop_track_forget(track);
    return read_anew(track, path, counters);
}

/* From taken_seq on. A pipeline with a gap would be another than the snapshots': on failure there is
 * none. Told to stop it has a gap, too, for what comes through the queue: the next daemon goes on
 * from where this one got. */
static koop_status read_journal(koop_track *track) {
    char path[KOOP_TRACK_PATH_BYTES];
    koop_track_path(track, path, sizeof path);
    koop_journal_counters counters = {0};
    track->waiting = false;
    track->replaying = true;
    track->ended = false;
    koop_status status =
        track->pipeline ? koop_journal_read_after(path, track->taken_seq, replay, track, &counters)
                        : read_restored(track, path, &counters);
    track->replaying = false;
    if (counters.damaged > 0) {
        char text[200];
        koop_journal_damage_text(&counters, text, sizeof text);
        koop_log(KOOP_LOG_WARNING, "run %s: %s", track->name, text);
        koop_runs_damaged(track->host->options.runs, track->run, counters.damaged, 0);
    }
    if (status == KOOP_OK && !track->pipeline) status = KOOP_BAD_MESSAGE;
    koop_track_put(track);
    if (status == KOOP_OK)
        koop_alerts_watch(track->host->options.alerts,
                          koop_pipeline_view(track->pipeline)->run.uuid, track->taken_seq);
    if (status == KOOP_TIMED_OUT) koop_track_checkpoint(track, false);
    if (status != KOOP_OK) koop_track_forget(track);
    return status;
}

koop_status koop_track_wake(koop_track *track) {
    if (track->pipeline) return KOOP_OK;
    track->taken_seq = 0;
    track->silent = true;
    koop_status status = read_journal(track);
    track->silent = false;
    return status;
}

koop_status koop_track_catch_up(koop_track *track, uint64_t seq) {
    track->fed = true;
    track->last_seq = seq;
    return track->pipeline ? read_journal(track) : koop_track_wake(track);
}

void koop_track_park(koop_track *track) {
    koop_track_put(track);
    koop_track_checkpoint(track, true);
    koop_track_forget(track);
}
