#include "compute.h"

#include "clock.h"
#include "compute_track.h"
#include "linalg.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

enum {
    PUT_EVERY_MS = 50,
    SWEEP_EVERY_MS = 1000,
    PARK_AFTER_MS = 60000,
    IDLE_MS = 500 /* longest wait for work */
};

struct koop_compute {
    koop_compute_options options;
    _Atomic int64_t stop_ms;
    koop_track *tracks[KOOP_VIEW_RUNS];
    int n;
    int64_t sweep_ms;
};

koop_status koop_compute_new(koop_compute **out, const koop_compute_options *options) {
    koop_compute *compute = calloc(1, sizeof *compute);
    if (!compute) return KOOP_NO_MEMORY;
    compute->options = *options;
    *out = compute;
    return KOOP_OK;
}

void koop_compute_free(koop_compute *compute) {
    if (!compute) return;
    for (int i = 0; i < compute->n; i++) koop_track_free(compute->tracks[i]);
    free(compute);
}

void koop_compute_stop(koop_compute *compute, int grace_ms) {
    atomic_store(&compute->stop_ms, koop_clock_ms() + grace_ms);
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

/* Lets go of runs that gave way to others, and of the pipelines of those long silent. */
static void sweep(koop_compute *compute) {
    int64_t now_ms = koop_clock_ms();
    compute->sweep_ms = now_ms + SWEEP_EVERY_MS;
    for (int i = compute->n - 1; i >= 0; i--) {
        koop_track *track = compute->tracks[i];
        int64_t idle_ms = koop_runs_idle_ms(compute->options.runs, track->run, now_ms);
        if (idle_ms < 0) {
            remove_track(compute, i);
        } else if (idle_ms > PARK_AFTER_MS && track->pipeline) {
            koop_track_park(track);
        }
    }
}

static koop_track *add_track(koop_compute *compute, const koop_wire_hello *hello) {
    koop_track *track = NULL;
    if (compute->n == KOOP_VIEW_RUNS) sweep(compute);
    if (compute->n == KOOP_VIEW_RUNS) return NULL;
    if (koop_track_new(&track, &compute->options, &compute->stop_ms, hello) != KOOP_OK) return NULL;
    compute->tracks[compute->n++] = track;
    return track;
}

/* Parks the run, and calls it finished unless its trainer is back: then the next snapshot wakes it.
 */
static void finish(koop_compute *compute, koop_track *track) {
    koop_track_park(track);
    koop_runs_finish(compute->options.runs, track->run);
}

/* Whether the track has its pipeline now; if not, the run's view says why. */
static bool wake(koop_compute *compute, koop_track *track) {
    koop_status status = koop_track_wake(track);
    if (status == KOOP_OK) return true;
    koop_log(KOOP_LOG_ERROR, "run %s: no pipeline: %s", track->name, koop_strstatus(status));
    koop_runs_explain(compute->options.runs, track->run, koop_strstatus(status));
    return false;
}

static void on_hello(koop_compute *compute, const koop_wire_hello *hello) {
    if (!koop_runs_has(compute->options.runs, hello->run)) return; /* gave way meanwhile */
    koop_track *track = find_track(compute, hello->run);
    if (!track) track = add_track(compute, hello);
    if (!track) {
        koop_runs_explain(compute->options.runs, hello->run, koop_strstatus(KOOP_NO_MEMORY));
        return;
    }
    bool asleep = !track->pipeline;
    if (wake(compute, track) && asleep && track->ended) finish(compute, track);
}

static void on_work(koop_compute *compute, const koop_work *work) {
    if (work->kind == KOOP_WORK_HELLO) {
        on_hello(compute, work->hello);
        return;
    }
    koop_track *track = find_track(compute, work->run);
    if (!track) return;
    if (work->kind == KOOP_WORK_BYE) {
        finish(compute, track);
    } else if (wake(compute, track)) {
        koop_track_push(track, &work->snapshot);
    }
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

void koop_compute_run(koop_compute *compute) {
    /* A trainer on the same machine must not be starved by our BLAS. */
    koop_linalg_single_thread();
    for (;;) {
        int wait_ms = put_views(compute);
        int64_t stop_ms = atomic_load(&compute->stop_ms);
        if (stop_ms && koop_clock_ms() >= stop_ms) return;
        if (koop_clock_ms() >= compute->sweep_ms) sweep(compute);
        koop_queue_node *node;
        koop_status status = koop_queue_pop(compute->options.queue, wait_ms, &node);
        if (status == KOOP_DISABLED) return;
        if (status != KOOP_OK) continue;
        on_work(compute, (const koop_work *)node);
        koop_work_free((koop_work *)node);
    }
}
