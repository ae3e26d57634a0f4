/* source: where a view comes from, for the UI and the commands. They know views, never the daemon.
 *
 * A live source asks the daemon's view endpoint: one JSON text per message over a ZeroMQ DEALER,
 * one answer per request (see serve/publish.h for the requests). A recorded one (recorded.h) plays a
 * file: it has one run, and a playback. Not thread-safe. */
#ifndef KOOP_SOURCE_H
#define KOOP_SOURCE_H

#include "curve.h"
#include "view.h"

#include <jansson.h>
#include <stdbool.h>

typedef struct koop_source koop_source;

/* Connects to the view endpoint beside `endpoint` (resolved already, see endpoint.h). Does not wait
 * for the daemon. KOOP_IO_FAILED, KOOP_NO_MEMORY; KOOP_DISABLED, as from all below, when the
 * endpoint's directory is not this user's alone (koop_endpoint_trusted). `curve`: the keys that
 * koop_curve_find found for the endpoint, copied; NULL: none. KOOP_REFUSED, from all below: the
 * daemon does not let this side in, see koop_source_trouble; asking again is worth while.
 * Free with koop_source_free (NULL is allowed). */
koop_status koop_source_live(koop_source **out, const char *endpoint, const koop_curve *curve);
void koop_source_free(koop_source *source);

/* What is behind KOOP_REFUSED and what to do, one line. */
void koop_source_trouble(const koop_source *source, char *out, size_t size);

/* All runs, newest first, at most `capacity`; *count gets their number.
 * KOOP_TIMED_OUT: no daemon answered in time. */
koop_status koop_source_runs(koop_source *source, int timeout_ms, koop_run_summary *runs,
                             int capacity, int *count);

/* The view of a run by name (the newest of that name), uuid or unambiguous uuid prefix (≥ 4 digits).
 * KOOP_NOT_FOUND, KOOP_TIMED_OUT; KOOP_NOT_ENOUGH_DATA from a recording that has not come so far. */
koop_status koop_source_view(koop_source *source, const char *run, int timeout_ms, koop_view *view);

/* How a recorded source plays. */
typedef struct koop_playback {
    double speed; /* recorded time over watched time; infinity: as fast as it computes */
    bool paused;
    bool finished; /* all was played */
    bool seeking;  /* on the way to where it was asked to be, without waiting */
    double share;  /* of the snapshots, 0..1 */
} koop_playback;

typedef enum koop_play {
    KOOP_PLAY_NONE,
    KOOP_PLAY_PAUSE,  /* or go on */
    KOOP_PLAY_STEP,   /* one update on, and stay there */
    KOOP_PLAY_FASTER, /* to the next of 1, 2, 5, 10, … */
    KOOP_PLAY_SLOWER,
    KOOP_PLAY_START, /* anew */
    KOOP_PLAY_END
} koop_play;

/* KOOP_NOT_FOUND: it is live. */
koop_status koop_source_playback(koop_source *source, koop_playback *playback);
koop_status koop_source_play(koop_source *source, koop_play command);

/* The daemon's own status: version, pid, uptime_s, endpoints, counters. New reference. */
koop_status koop_source_status(koop_source *source, int timeout_ms, json_t **status);

/* Starts a stream of JSON objects about one run (or all, run NULL): "update", "event" and "state"
 * lines; then take them with koop_source_next (new reference). A source that follows answers no
 * other requests. KOOP_TIMED_OUT from _next only says that nothing came within timeout_ms. */
koop_status koop_source_follow(koop_source *source, const char *run, int timeout_ms);
koop_status koop_source_next(koop_source *source, int timeout_ms, json_t **line);

#endif
