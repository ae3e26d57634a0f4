#include "compute.h"

#include "clock.h"
#include "compute_track.h"
#include "directory.h"
#include "journal.h"
#include "linalg.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PUT_EVERY_MS = 50,
    SWEEP_EVERY_MS = 1000,
    PARK_AFTER_MS = 60000,
    IDLE_MS = 500,   /* longest wait for work */
    SLICE_MS = 40,   /* of a replay's time for the queue */
    RETRY_MS = 5000, /* for a journal that could not be read */
    MAX_NESTED = 8,
    END_MS = 300,         /* least time for the checkpoints at the end */
    KEPT_BYTES = 32 << 20 /* that wait for replays to end */
};

struct koop_compute {
    koop_track_host host;
    koop_track *tracks[KOOP_VIEW_RUNS];
    int n;
    int nested; /* replays that began within each other */
    size_t kept_bytes;
    int64_t sweep_ms;
};

static void serve_queue(void *context);

koop_status koop_compute_new(koop_compute **out, const koop_compute_options *options) {
    koop_compute *compute = calloc(1, sizeof *compute);
    if (!compute) return KOOP_NO_MEMORY;
    compute->host.options = *options;
    compute->host.between = serve_queue;
    compute->host.context = compute;
    *out = compute;
    return KOOP_OK;
}

void koop_compute_free(koop_compute *compute) {
    if (!compute) return;
    for (int i = 0; i < compute->n; i++) koop_track_free(compute->tracks[i]);
    free(compute);
}

void koop_compute_stop(koop_compute *compute, int grace_ms) {
    atomic_store(&compute->host.stop_ms, koop_clock_ms() + grace_ms);
}

static koop_track *find_track(koop_compute *compute, const uint8_t *run) {
    for (int i = 0; i < compute->n; i++) {
        if (memcmp(compute->tracks[i]->run, run, KOOP_WIRE_UUID_BYTES) == 0)
            return compute->tracks[i];
    }
    return NULL;
}

static void remove_track(koop_compute *compute, int index) {
    koop_track_free(compute->tracks[index]);
    compute->tracks[index] = compute->tracks[--compute->n];
}

/* Lets go of runs that gave way to others, and of the pipelines of those long silent. May be called
 * within replays: a track that is in use further up the stack is replaying. */
static void sweep(koop_compute *compute) {
    int64_t now_ms = koop_clock_ms();
    compute->sweep_ms = now_ms + SWEEP_EVERY_MS;
    for (int i = compute->n - 1; i >= 0; i--) {
        koop_track *track = compute->tracks[i];
        if (track->replaying) continue;
        int64_t idle_ms = koop_runs_idle_ms(compute->host.options.runs, track->run, now_ms);
        if (idle_ms < 0) {
            remove_track(compute, i);
        } else if (idle_ms > PARK_AFTER_MS && track->pipeline) {
            koop_track_park(track);
        }
    }
}

static koop_status add_track(koop_compute *compute, const koop_wire_hello *hello,
                             koop_track **out) {
    if (compute->n == KOOP_VIEW_RUNS) sweep(compute);
    if (compute->n == KOOP_VIEW_RUNS) return KOOP_TOO_LARGE;
    koop_status status = koop_track_new(out, &compute->host, hello);
    if (status == KOOP_OK) compute->tracks[compute->n++] = *out;
    return status;
}

koop_status koop_compute_recover(koop_compute *compute, const koop_wire_hello *hello) {
    koop_track *track = NULL;
    koop_status status = add_track(compute, hello, &track);
    if (status == KOOP_OK) track->waiting = true;
    return status;
}

static void on_work(koop_compute *compute, koop_work *work);

/* Parks the run, and calls it finished unless its trainer is back: then the next snapshot wakes it.
 */
static void finish(koop_compute *compute, koop_track *track, const koop_wire_bye *bye) {
    koop_track_park(track);
    koop_runs_finish(compute->host.options.runs, track->run, bye, track->pruned);
}

static void explain_failure(koop_compute *compute, koop_track *track, koop_status status) {
    const char *why = track->no_room ? track->refusal : koop_strstatus(status);
    if (!track->failed_ms || !track->no_room) /* not at every try */
        koop_log(KOOP_LOG_ERROR, "run %s: no pipeline: %s", track->name, why);
    track->failed_ms = koop_clock_ms();
    koop_runs_unwatched(compute->host.options.runs, track->run, track->no_room);
    koop_runs_explain(compute->host.options.runs, track->run, why);
}

/* After a replay that met nobody: the view is there, the pipeline is not needed for now. */
static void settle(koop_compute *compute, koop_track *track) {
    koop_runs *runs = compute->host.options.runs;
    if (track->ended) {
        finish(compute, track, &track->bye);
    } else if (koop_runs_idle_ms(runs, track->run, koop_clock_ms()) != 0) {
        koop_track_park(track);
    }
}

static bool may_wake(const koop_compute *compute, const koop_track *track) {
    if (track->pipeline || track->replaying || atomic_load(&compute->host.stop_ms)) return false;
    return !track->failed_ms || koop_clock_ms() - track->failed_ms > RETRY_MS;
}

/* After the journal was read: gives the track what was kept for it. Returns whether nothing was. */
static bool go_on(koop_compute *compute, koop_track *track, koop_status status) {
    if (status != KOOP_OK && status != KOOP_TIMED_OUT) explain_failure(compute, track, status);
    if (status == KOOP_OK && track->failed_ms) {
        track->failed_ms = 0;
        koop_runs_unwatched(compute->host.options.runs, track->run, false);
    }
    bool alone = status == KOOP_OK && !track->first_kept;
    for (koop_work *work; !track->replaying && (work = koop_track_take_kept(track));) {
        compute->kept_bytes -= work->node.bytes;
        on_work(compute, work);
    }
    return alone;
}

/* Gives the track its pipeline, if it can have one, and then what was kept for it. Returns whether a
 * replay was needed and nothing was. */
static bool wake(koop_compute *compute, koop_track *track) {
    if (!may_wake(compute, track)) return false;
    compute->nested++;
    koop_status status = koop_track_wake(track);
    compute->nested--;
    return go_on(compute, track, status);
}

/* Of a run whose HELLO found no room in the queue: its journal has it. */
static koop_track *add_from_journal(koop_compute *compute, const uint8_t *run) {
    char uuid[KOOP_VIEW_UUID_BYTES], path[KOOP_TRACK_PATH_BYTES];
    koop_track *track = NULL;
    koop_wire_hello *hello = malloc(sizeof *hello);
    koop_uuid_text(run, uuid);
    koop_directory_path(compute->host.options.data_dir, uuid, path, sizeof path);
    koop_status status = hello ? koop_journal_hello(path, hello) : KOOP_NO_MEMORY;
    if (status == KOOP_OK) status = add_track(compute, hello, &track);
    if (status != KOOP_OK)
        koop_runs_explain(compute->host.options.runs, run, koop_strstatus(status));
    free(hello);
    return track;
}

/* Lets one run that is behind read on in its journal. Returns whether there was one. */
static bool catch_up(koop_compute *compute) {
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    uint64_t seq, journaled;
    koop_runs *runs = compute->host.options.runs;
    if (atomic_load(&compute->host.stop_ms) || !koop_runs_take_behind(runs, run, &seq, &journaled))
        return false;
    koop_track *track = find_track(compute, run);
    if (!track) track = add_from_journal(compute, run);
    if (!track) return true;
    compute->nested++;
    koop_status status = koop_track_catch_up(track, seq);
    compute->nested--;
    koop_runs_caught_up(runs, run, journaled);
    if (go_on(compute, track, status)) settle(compute, track);
    return true;
}

static void on_hello(koop_compute *compute, const koop_wire_hello *hello) {
    koop_runs *runs = compute->host.options.runs;
    if (!koop_runs_has(runs, hello->run)) return; /* gave way meanwhile */
    koop_track *track = find_track(compute, hello->run);
    koop_status status = track ? KOOP_OK : add_track(compute, hello, &track);
    if (status == KOOP_OK) {
        if (wake(compute, track)) settle(compute, track);
    } else {
        koop_runs_explain(runs, hello->run, koop_strstatus(status));
    }
}

/* Takes over the work. */
static void on_work(koop_compute *compute, koop_work *work) {
    koop_track *track = find_track(compute, work->run);
    if (work->kind == KOOP_WORK_HELLO) {
        on_hello(compute, work->hello);
    } else if (track && track->replaying) {
        compute->kept_bytes += work->node.bytes;
        koop_track_keep(track, work);
        return;
    } else if (track && work->kind == KOOP_WORK_BYE) {
        finish(compute, track, &work->bye);
    } else if (track && may_wake(compute, track)) {
        /* Before all that comes during the replay; a wake that fails is not tried again at once. */
        compute->kept_bytes += work->node.bytes;
        koop_track_keep_first(track, work);
        wake(compute, track);
        return;
    } else if (track) {
        koop_track_push(track, &work->snapshot);
    }
    koop_runs_unqueue(compute->host.options.runs, work->run, work->node.bytes);
    koop_work_free(work);
}

/* Puts the views whose time has come; returns the milliseconds to the next. */
static int put_views(koop_compute *compute) {
    int64_t now_ms = koop_clock_ms();
    int64_t next_ms = IDLE_MS;
    for (int i = 0; i < compute->n; i++) {
        koop_track *track = compute->tracks[i];
        if (!track->dirty) continue;
        int64_t wait_ms = track->put_ms + PUT_EVERY_MS - now_ms;
        if (wait_ms <= 0) {
            koop_track_put(track);
        } else if (wait_ms < next_ms) {
            next_ms = wait_ms;
        }
    }
    return (int)next_ms;
}

/* Within a replay: what has come for other runs. */
static void serve_queue(void *context) {
    koop_compute *compute = context;
    int64_t until_ms = koop_clock_ms() + SLICE_MS;
    koop_queue_node *node;
    while (compute->kept_bytes < KEPT_BYTES && compute->nested < MAX_NESTED &&
           koop_clock_ms() < until_ms &&
           koop_queue_pop(compute->host.options.queue, 0, &node) == KOOP_OK)
        on_work(compute, (koop_work *)node);
    put_views(compute);
}

/* The newest of the recovered runs that still wait, or NULL. */
static koop_track *next_waiting(const koop_compute *compute) {
    koop_track *newest = NULL;
    for (int i = 0; i < compute->n; i++) {
        koop_track *track = compute->tracks[i];
        if (track->waiting && (!newest || track->start_ms > newest->start_ms)) newest = track;
    }
    return newest;
}

/* Not synced: the kernel has them, and a machine that loses them has the journals. */
static void write_checkpoints(koop_compute *compute) {
    const int64_t stop_ms = atomic_load(&compute->host.stop_ms);
    const int64_t least_ms = koop_clock_ms() + END_MS;
    const int64_t until_ms = stop_ms > least_ms ? stop_ms : least_ms;
    for (int i = 0; i < compute->n && koop_clock_ms() < until_ms; i++)
        koop_track_checkpoint(compute->tracks[i], false);
}

static void work(koop_compute *compute) {
    for (;;) {
        int wait_ms = put_views(compute);
        int64_t stop_ms = atomic_load(&compute->host.stop_ms);
        if (stop_ms && koop_clock_ms() >= stop_ms) return;
        if (koop_clock_ms() >= compute->sweep_ms) sweep(compute);
        if (catch_up(compute)) continue;
        koop_track *waiting = stop_ms ? NULL : next_waiting(compute);
        koop_queue_node *node;
        koop_status status =
            koop_queue_pop(compute->host.options.queue, waiting ? 0 : wait_ms, &node);
        if (status == KOOP_DISABLED) return;
        if (status == KOOP_OK) {
            on_work(compute, (koop_work *)node);
        } else if (waiting && wake(compute, waiting)) {
            settle(compute, waiting);
        }
    }
}

void koop_compute_run(koop_compute *compute) {
    /* A trainer on the same machine must not be starved by our BLAS. */
    koop_linalg_single_thread();
    work(compute);
    write_checkpoints(compute);
}
