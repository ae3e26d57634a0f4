#include "recorded.h"

#include "describe.h"
#include "linalg.h"
#include "source_kind.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WHOLE_MS = 30000, LEAST_MS = 1000, PUBLISH_MS = 50 };

typedef struct recorded {
    koop_source source;
    koop_recorded_options options;
    koop_survey survey; /* not changed after opening, nor are path and top */
    char *path;
    double top; /* the largest speed worth a key */
    pthread_t player;
    bool has_player;
    /* The player's own. */
    koop_pipeline *pipeline;
    koop_wire_bye bye;
    bool has_bye;
    uint64_t taken;     /* snapshots */
    uint64_t pruned;    /* koop_journal_pruned */
    bool updated;       /* the last one gave a spectrum or an event */
    int64_t publish_ms; /* when the view was published last */
    /* Shared, behind the mutex; `changed` says so. */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    koop_pace pace;
    bool seeking;         /* to options.place, */
    bool ending;          /* or to the end */
    int steps;            /* snapshots at most that a step still goes on for; 0: no step */
    bool restart, leave;  /* commands */
    bool finished, begun; /* all was played; `view` is of use */
    uint64_t shown;       /* `taken`, as published */
    koop_status status;   /* of the reading */
    koop_view view;
} recorded;

static recorded *recorded_of(const koop_source *source) {
    return (recorded *)(uintptr_t)source;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for a change, at most wait_ms (negative: for ever). */
static void wait_change(recorded *r, int64_t wait_ms) {
    struct timespec until;
    if (wait_ms < 0) {
        pthread_cond_wait(&r->changed, &r->mutex);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    const int64_t ns = (int64_t)until.tv_nsec + wait_ms % 1000 * 1000000;
    until.tv_sec += (time_t)(wait_ms / 1000 + ns / 1000000000);
    until.tv_nsec = (long)(ns % 1000000000);
    pthread_cond_timedwait(&r->changed, &r->mutex, &until);
}

static void note_update(void *context, const koop_update *update) {
    recorded *r = context;
    (void)update;
    r->updated = true;
}

/* Under the mutex. */
static void publish(recorded *r) {
    r->view = *koop_pipeline_view(r->pipeline);
    r->view.run.damaged = r->survey.counters.damaged;
    if (r->finished && r->has_bye)
        koop_describe_bye(&r->bye, r->pruned, &r->view.run);
    else if (r->finished)
        r->view.run.state = KOOP_RUN_STALLED;
    r->begun = true;
    r->publish_ms = now_ms();
    pthread_cond_broadcast(&r->changed);
}

static bool is_told(const recorded *r) {
    return r->restart || r->leave;
}

/* Under the mutex: until the snapshot is due. false: something else is to be done. */
static bool await_due(recorded *r, const koop_wire_snapshot *snapshot) {
    bool published = false;
    for (;;) {
        if (is_told(r)) return false;
        if (r->seeking) {
            r->seeking = !koop_place_reached(&r->options.place, &r->survey, r->taken, snapshot);
            return true; /* also the one that is there */
        }
        if (r->ending || r->steps > 0) return true;
        const int64_t wait_ms = koop_pace_wait(&r->pace, snapshot->time_ms, now_ms());
        if (wait_ms == 0) return true;
        const bool stays = wait_ms < 0 || wait_ms >= PUBLISH_MS;
        if (stays && !published && r->taken > 0) publish(r);
        published |= stays;
        wait_change(r, wait_ms);
    }
}

/* Under the mutex. */
static void note_taken(recorded *r, const koop_wire_snapshot *snapshot) {
    koop_pace_take(&r->pace, snapshot->time_ms, now_ms());
    r->shown = ++r->taken;
    if (r->steps > 0) r->steps = r->updated ? 0 : r->steps - 1;
    if (!r->seeking && now_ms() - r->publish_ms >= PUBLISH_MS) publish(r);
}

static koop_status take(void *context, const koop_wire_message *message) {
    recorded *r = context;
    if (message->type == KOOP_WIRE_BYE) {
        r->bye = message->as.bye;
        r->has_bye = true;
    }
    if (message->type != KOOP_WIRE_SNAPSHOT) return KOOP_OK;
    const koop_wire_snapshot *snapshot = &message->as.snapshot;
    if (r->taken == r->survey.span.snapshots) return KOOP_DISABLED; /* the file has grown */
    r->has_bye = false;
    pthread_mutex_lock(&r->mutex);
    const bool due = await_due(r, snapshot);
    pthread_mutex_unlock(&r->mutex);
    if (!due) return KOOP_DISABLED;
    r->updated = false;
    if (r->taken == 0) r->pruned = koop_journal_pruned(r->path, snapshot);
    const koop_status status = koop_pipeline_push(r->pipeline, snapshot);
    pthread_mutex_lock(&r->mutex);
    note_taken(r, snapshot);
    pthread_mutex_unlock(&r->mutex);
    return status == KOOP_BAD_SHAPE ? KOOP_OK : status; /* misshapen: counted, left out */
}

static koop_status begin(recorded *r) {
    koop_pipeline_free(r->pipeline);
    r->pipeline = NULL;
    r->taken = 0;
    r->has_bye = false;
    return koop_pipeline_new(&r->pipeline, &r->options.pipeline, &r->survey.hello, note_update, r);
}

/* One time through the recording, and then until there is something else to do. */
static void play_once(recorded *r) {
    koop_status status = begin(r);
    if (status == KOOP_OK) status = koop_journal_read(r->path, take, r, NULL);
    pthread_mutex_lock(&r->mutex);
    r->status = status == KOOP_DISABLED ? KOOP_OK : status;
    r->finished = !is_told(r);
    r->seeking = r->ending = false;
    r->steps = 0;
    if (r->finished && r->pipeline) publish(r);
    pthread_cond_broadcast(&r->changed);
    while (!is_told(r)) wait_change(r, -1);
    r->restart = false;
    r->finished = false;
    r->shown = 0;
    r->pace.begun = r->pace.waiting = false;
    pthread_mutex_unlock(&r->mutex);
}

static void *play_all(void *context) {
    recorded *r = context;
    for (bool leave = false; !leave;) {
        play_once(r);
        pthread_mutex_lock(&r->mutex);
        leave = r->leave;
        pthread_mutex_unlock(&r->mutex);
    }
    return NULL;
}

static void free_recorded(koop_source *source) {
    recorded *r = recorded_of(source);
    if (r->has_player) {
        pthread_mutex_lock(&r->mutex);
        r->leave = true;
        pthread_cond_broadcast(&r->changed);
        pthread_mutex_unlock(&r->mutex);
        pthread_join(r->player, NULL);
    }
    koop_pipeline_free(r->pipeline);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->mutex);
    free(r->path);
    free(r);
}

static koop_status get_view(koop_source *source, const char *run, int timeout_ms, koop_view *view) {
    recorded *r = recorded_of(source);
    (void)run; /* there is one */
    (void)timeout_ms;
    pthread_mutex_lock(&r->mutex);
    const koop_status status = r->begun ? KOOP_OK : KOOP_NOT_ENOUGH_DATA;
    if (r->begun) *view = r->view;
    pthread_mutex_unlock(&r->mutex);
    return status;
}

static koop_status get_runs(koop_source *source, int timeout_ms, koop_run_summary *runs,
                            int capacity, int *count) {
    recorded *r = recorded_of(source);
    (void)timeout_ms;
    pthread_mutex_lock(&r->mutex);
    *count = r->begun && capacity > 0;
    if (*count) runs[0] = r->view.run;
    pthread_mutex_unlock(&r->mutex);
    return KOOP_OK;
}

static koop_status get_playback(koop_source *source, koop_playback *playback) {
    recorded *r = recorded_of(source);
    pthread_mutex_lock(&r->mutex);
    *playback = (koop_playback){.speed = r->pace.speed,
                                .paused = r->pace.paused,
                                .finished = r->finished,
                                .seeking = r->seeking || r->ending,
                                .share = (double)r->shown / (double)r->survey.span.snapshots};
    pthread_mutex_unlock(&r->mutex);
    return KOOP_OK;
}

/* Under the mutex. */
static void obey(recorded *r, koop_play command) {
    switch (command) {
    case KOOP_PLAY_NONE:
        break;
    case KOOP_PLAY_PAUSE:
        /* While it hurries to its end, the wish is to stop here. */
        koop_pace_set_paused(&r->pace, r->ending || !r->pace.paused, now_ms());
        r->ending = false;
        break;
    case KOOP_PLAY_STEP:
        koop_pace_set_paused(&r->pace, true, now_ms());
        r->ending = false;
        r->steps = r->options.pipeline.stride;
        break;
    case KOOP_PLAY_FASTER:
        koop_pace_set_speed(&r->pace, koop_pace_faster(r->pace.speed, r->top), now_ms());
        break;
    case KOOP_PLAY_SLOWER:
        koop_pace_set_speed(&r->pace, koop_pace_slower(r->pace.speed, r->top), now_ms());
        break;
    case KOOP_PLAY_START:
        r->restart = true;
        r->seeking = r->ending = false;
        break;
    case KOOP_PLAY_END:
        r->ending = true;
        break;
    }
}

static koop_status play(koop_source *source, koop_play command) {
    recorded *r = recorded_of(source);
    pthread_mutex_lock(&r->mutex);
    if (!r->finished || command == KOOP_PLAY_START || command == KOOP_PLAY_FASTER ||
        command == KOOP_PLAY_SLOWER)
        obey(r, command);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    return KOOP_OK;
}

static const koop_source_kind kind = {
    .free = free_recorded,
    .runs = get_runs,
    .view = get_view,
    .playback = get_playback,
    .play = play,
};

static recorded *new_recorded(const char *path, const koop_recorded_options *options) {
    recorded *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&r->mutex, NULL);
    r->source.kind = &kind;
    r->options = *options;
    r->path = strdup(path);
    if (r->path) return r;
    free_recorded(&r->source);
    return NULL;
}

static void choose_speed(recorded *r) {
    const double active_ms = koop_pace_active_ms(&r->survey.span);
    r->top = koop_pace_speed_for(active_ms, LEAST_MS);
    r->pace.speed =
        r->options.speed > 0 ? r->options.speed : koop_pace_speed_for(active_ms, WHOLE_MS);
    r->seeking = r->options.place.kind != KOOP_PLACE_START;
}

/* Signals are the caller's: a terminal waits to be given back. */
static koop_status start_player(recorded *r) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r->has_player = pthread_create(&r->player, NULL, play_all, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r->has_player ? KOOP_OK : KOOP_NO_MEMORY;
}

koop_status koop_source_recorded(koop_source **out, const char *path,
                                 const koop_recorded_options *options) {
    recorded *r = new_recorded(path, options);
    if (!r) return KOOP_NO_MEMORY;
    koop_linalg_single_thread();
    koop_status status = koop_survey_read(&r->survey, path);
    if (status == KOOP_OK && r->survey.span.snapshots == 0) status = KOOP_NOT_ENOUGH_DATA;
    if (status == KOOP_OK && !r->survey.has_hello) status = KOOP_BAD_SHAPE;
    if (status == KOOP_OK) status = begin(r); /* what cannot be, is said before it plays */
    if (status == KOOP_OK) {
        choose_speed(r);
        status = start_player(r);
    }
    if (status == KOOP_OK)
        *out = &r->source;
    else
        free_recorded(&r->source);
    return status;
}

const koop_survey *koop_recorded_survey(const koop_source *source) {
    return &recorded_of(source)->survey;
}

koop_status koop_recorded_finish(koop_source *source) {
    recorded *r = recorded_of(source);
    pthread_mutex_lock(&r->mutex);
    if (!r->finished) r->ending = true;
    pthread_cond_broadcast(&r->changed);
    while (!r->finished) pthread_cond_wait(&r->changed, &r->mutex);
    const koop_status status = r->status;
    pthread_mutex_unlock(&r->mutex);
    return status;
}
