#include "runs.h"

#include "bucket.h"
#include "clock.h"
#include "describe.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    RATE_SECONDS = 10, /* the "last seconds" of a rate */
    NEW_BURST = KOOP_VIEW_RUNS,
    NEW_PER_S = 10
};

typedef struct run_entry {
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    koop_view view; /* as computed; the daemon's own fields are filled when it is copied out */
    koop_run_state state;
    bool heard;   /* its trainer spoke to this process */
    bool leaving; /* and has said goodbye */
    bool failing;
    bool unwatched;
    uint64_t damaged, quarantined;
    bool viewed; /* a view was put */
    uint32_t dtype;
    int64_t pid;   /* of the process that spoke last */
    uint64_t lost; /* as its goodbye tells, */
    uint64_t dropped;
    int64_t heard_ms; /* when it last spoke, or was recovered */
    uint64_t replay_limit;
    uint64_t last_seq; /* journaled by this process */
    size_t queued;     /* bytes */
    bool behind;
    uint64_t refused, journaled, computed;
    double lag_s;
    int64_t first_ms;               /* of the first snapshot that counts for the rate */
    int64_t second;                 /* of the newest bucket */
    uint32_t buckets[RATE_SECONDS]; /* snapshots journaled, by second mod RATE_SECONDS */
} run_entry;

struct koop_runs {
    pthread_mutex_t mutex;
    int n;
    run_entry *entries[KOOP_VIEW_RUNS]; /* newest first */
    koop_runs_totals totals;
    koop_bucket beginnings;
    koop_view blank;
};

koop_status koop_runs_new(koop_runs **out, const koop_view *blank) {
    koop_runs *runs = calloc(1, sizeof *runs);
    if (!runs) return KOOP_NO_MEMORY;
    pthread_mutex_init(&runs->mutex, NULL);
    runs->blank = *blank;
    *out = runs;
    return KOOP_OK;
}

void koop_runs_free(koop_runs *runs) {
    if (!runs) return;
    for (int i = 0; i < runs->n; i++) free(runs->entries[i]);
    pthread_mutex_destroy(&runs->mutex);
    free(runs);
}

void koop_uuid_text(const uint8_t run[KOOP_WIRE_UUID_BYTES], char out[KOOP_VIEW_UUID_BYTES]) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < KOOP_WIRE_UUID_BYTES; i++) {
        out[2 * i] = digits[run[i] >> 4];
        out[2 * i + 1] = digits[run[i] & 15];
    }
    out[2 * KOOP_WIRE_UUID_BYTES] = '\0';
}

/* The helpers below expect the mutex to be held. */

static run_entry *find_entry(koop_runs *runs, const uint8_t *run) {
    for (int i = 0; run && i < runs->n; i++) {
        if (memcmp(runs->entries[i]->run, run, KOOP_WIRE_UUID_BYTES) == 0) return runs->entries[i];
    }
    return NULL;
}

static run_entry *lock_entry(koop_runs *runs, const uint8_t *run) {
    pthread_mutex_lock(&runs->mutex);
    return find_entry(runs, run);
}

static void unlock(koop_runs *runs) {
    pthread_mutex_unlock(&runs->mutex);
}

static void remove_entry(koop_runs *runs, int index) {
    free(runs->entries[index]);
    runs->n--;
    memmove(&runs->entries[index], &runs->entries[index + 1],
            (size_t)(runs->n - index) * sizeof runs->entries[0]);
}

/* Whether `a` should give way before `b` (NULL: nobody yet). */
static bool gives_way(const run_entry *a, const run_entry *b) {
    if (a->state == KOOP_RUN_LIVE) return false;
    if (!b) return true;
    if (a->state != b->state) return a->state == KOOP_RUN_FINISHED;
    return a->heard_ms < b->heard_ms;
}

/* The run that gives way first, or -1. */
static int find_victim(const koop_runs *runs) {
    int victim = -1;
    for (int i = 0; i < runs->n; i++) {
        if (gives_way(runs->entries[i], victim < 0 ? NULL : runs->entries[victim])) victim = i;
    }
    return victim;
}

static koop_status make_room(koop_runs *runs) {
    if (runs->n < KOOP_VIEW_RUNS) return KOOP_OK;
    int victim = find_victim(runs);
    if (victim < 0) return KOOP_TOO_LARGE;
    remove_entry(runs, victim);
    return KOOP_OK;
}

/* Newest first; by uuid where runs began in the same millisecond, so that a restart keeps order. */
static bool comes_before(const run_entry *a, const run_entry *b) {
    if (a->view.run.start_ms != b->view.run.start_ms)
        return a->view.run.start_ms > b->view.run.start_ms;
    return memcmp(a->run, b->run, sizeof a->run) < 0;
}

static void insert_entry(koop_runs *runs, run_entry *entry) {
    int at = 0;
    while (at < runs->n && comes_before(runs->entries[at], entry)) at++;
    memmove(&runs->entries[at + 1], &runs->entries[at],
            (size_t)(runs->n - at) * sizeof runs->entries[0]);
    runs->entries[at] = entry;
    runs->n++;
}

static koop_status add_entry(koop_runs *runs, const koop_wire_hello *hello, run_entry **out) {
    koop_status status = make_room(runs);
    if (status != KOOP_OK) return status;
    run_entry *entry = calloc(1, sizeof *entry);
    if (!entry) return KOOP_NO_MEMORY;
    memcpy(entry->run, hello->run, sizeof entry->run);
    entry->view = runs->blank;
    koop_run_summary *run = &entry->view.run;
    koop_uuid_text(hello->run, run->uuid);
    koop_wire_safe_name(hello->name, run->name);
    koop_wire_safe_name(hello->host, run->host);
    entry->pid = hello->pid > 0 ? hello->pid : 0;
    entry->dtype = hello->dtype;
    run->start_ms = hello->start_ms;
    insert_entry(runs, entry);
    *out = entry;
    return KOOP_OK;
}

koop_status koop_runs_recover(koop_runs *runs, const koop_wire_hello *hello) {
    run_entry *entry = lock_entry(runs, hello->run);
    koop_status status = entry ? KOOP_OK : add_entry(runs, hello, &entry);
    if (status == KOOP_OK) {
        entry->state = KOOP_RUN_STALLED;
        entry->replay_limit = UINT64_MAX;
        entry->heard_ms = koop_clock_ms();
    }
    unlock(runs);
    return status;
}

koop_status koop_runs_admit(koop_runs *runs, const koop_wire_hello *hello, uint64_t last_seq,
                            int64_t now_ms) {
    run_entry *entry = lock_entry(runs, hello->run);
    koop_status status = entry ? KOOP_OK : add_entry(runs, hello, &entry);
    if (status == KOOP_OK) {
        if (!entry->heard) entry->replay_limit = last_seq;
        entry->state = KOOP_RUN_LIVE;
        entry->heard = true;
        entry->leaving = false;
        entry->lost = entry->dropped = 0;
        entry->pid = hello->pid > 0 ? hello->pid : 0;
        entry->heard_ms = now_ms;
    }
    unlock(runs);
    return status;
}

bool koop_runs_has(koop_runs *runs, const uint8_t *run) {
    bool has = lock_entry(runs, run) != NULL;
    unlock(runs);
    return has;
}

bool koop_runs_may_begin(koop_runs *runs, const uint8_t *run, int64_t now_ms) {
    bool may =
        lock_entry(runs, run) || koop_bucket_take(&runs->beginnings, NEW_BURST, NEW_PER_S, now_ms);
    unlock(runs);
    return may;
}

bool koop_runs_has_room(koop_runs *runs, const uint8_t *run) {
    bool room = lock_entry(runs, run) || runs->n < KOOP_VIEW_RUNS || find_victim(runs) >= 0;
    unlock(runs);
    return room;
}

void koop_runs_heard(koop_runs *runs, const uint8_t *run, int64_t now_ms) {
    run_entry *entry = lock_entry(runs, run);
    if (entry && !entry->leaving) {
        entry->heard_ms = now_ms;
        entry->state = KOOP_RUN_LIVE;
    }
    unlock(runs);
}

void koop_runs_leaving(koop_runs *runs, const uint8_t *run) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) entry->leaving = true;
    unlock(runs);
}

/* Moves the newest bucket on to now_ms, emptying those in between. */
static void roll_buckets(run_entry *entry, int64_t now_ms) {
    int64_t second = now_ms / 1000;
    int64_t from = entry->second;
    if (second - from >= RATE_SECONDS) {
        memset(entry->buckets, 0, sizeof entry->buckets);
    } else {
        for (int64_t s = from + 1; s <= second; s++) entry->buckets[s % RATE_SECONDS] = 0;
    }
    if (second > from) entry->second = second;
}

static double rate_now(run_entry *entry, int64_t now_ms) {
    if (entry->state != KOOP_RUN_LIVE || entry->first_ms == 0) return 0;
    roll_buckets(entry, now_ms);
    uint64_t count = 0;
    for (int i = 0; i < RATE_SECONDS; i++) count += entry->buckets[i];
    /* The buckets cover the current second so far and the RATE_SECONDS − 1 before it. */
    int64_t covered = now_ms % 1000 + (RATE_SECONDS - 1) * 1000;
    if (now_ms - entry->first_ms < covered) covered = now_ms - entry->first_ms;
    return covered < 500 ? 0 : (double)count * 1000.0 / (double)covered;
}

void koop_runs_journaled(koop_runs *runs, const uint8_t *run, size_t bytes, int64_t now_ms) {
    run_entry *entry = lock_entry(runs, run);
    runs->totals.snapshots++;
    runs->totals.bytes += bytes;
    if (entry) {
        /* After a pause the rate starts anew, or the first seconds would look slow. */
        if (now_ms / 1000 - entry->second >= RATE_SECONDS) entry->first_ms = now_ms;
        roll_buckets(entry, now_ms);
        entry->buckets[entry->second % RATE_SECONDS]++;
        entry->journaled++;
    }
    unlock(runs);
}

bool koop_runs_queue(koop_runs *runs, const uint8_t *run, uint64_t seq, size_t bytes, size_t share,
                     bool room) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) {
        entry->last_seq = seq;
        if (!room || (entry->queued > 0 && entry->queued + bytes > share)) entry->behind = true;
        room = !entry->behind;
        if (room) entry->queued += bytes;
    }
    unlock(runs);
    return room;
}

bool koop_runs_is_behind(koop_runs *runs, const uint8_t *run) {
    const run_entry *entry = lock_entry(runs, run);
    bool behind = entry && entry->behind;
    unlock(runs);
    return behind;
}

void koop_runs_unqueue(koop_runs *runs, const uint8_t *run, size_t bytes) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) entry->queued -= bytes < entry->queued ? bytes : entry->queued;
    unlock(runs);
}

bool koop_runs_take_behind(koop_runs *runs, uint8_t run[KOOP_WIRE_UUID_BYTES], uint64_t *seq,
                           uint64_t *journaled) {
    bool found = false;
    pthread_mutex_lock(&runs->mutex);
    for (int i = 0; i < runs->n && !found; i++) {
        run_entry *entry = runs->entries[i];
        if (!entry->behind || entry->queued > 0) continue;
        found = true;
        entry->behind = false;
        memcpy(run, entry->run, sizeof entry->run);
        *seq = entry->last_seq;
        *journaled = entry->journaled;
    }
    unlock(runs);
    return found;
}

void koop_runs_caught_up(koop_runs *runs, const uint8_t *run, uint64_t journaled) {
    run_entry *entry = lock_entry(runs, run);
    if (entry && entry->computed < journaled) entry->computed = journaled;
    unlock(runs);
}

void koop_runs_malformed(koop_runs *runs, const uint8_t *run) {
    run_entry *entry = lock_entry(runs, run);
    runs->totals.malformed++;
    if (entry) entry->refused++;
    unlock(runs);
}

void koop_runs_refused(koop_runs *runs, const uint8_t *run) {
    run_entry *entry = lock_entry(runs, run);
    runs->totals.refused++;
    if (entry) entry->refused++;
    unlock(runs);
}

void koop_runs_failing(koop_runs *runs, const uint8_t *run, bool failing) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) entry->failing = failing;
    unlock(runs);
}

void koop_runs_unwatched(koop_runs *runs, const uint8_t *run, bool unwatched) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) entry->unwatched = unwatched;
    unlock(runs);
}

bool koop_runs_is_unwatched(koop_runs *runs, const uint8_t *run) {
    const run_entry *entry = lock_entry(runs, run);
    const bool unwatched = entry && entry->unwatched;
    unlock(runs);
    return unwatched;
}

void koop_runs_damaged(koop_runs *runs, const uint8_t *run, uint64_t damaged,
                       uint64_t quarantined) {
    run_entry *entry = lock_entry(runs, run);
    if (entry && entry->damaged < damaged) entry->damaged = damaged;
    if (entry && entry->quarantined < quarantined) entry->quarantined = quarantined;
    unlock(runs);
}

void koop_runs_forget(koop_runs *runs, const char *uuid) {
    pthread_mutex_lock(&runs->mutex);
    for (int i = runs->n - 1; i >= 0; i--) {
        const run_entry *entry = runs->entries[i];
        if (strcmp(entry->view.run.uuid, uuid) == 0 && entry->state != KOOP_RUN_LIVE)
            remove_entry(runs, i);
    }
    unlock(runs);
}

void koop_runs_stall(koop_runs *runs, int64_t now_ms, int64_t stall_ms) {
    pthread_mutex_lock(&runs->mutex);
    for (int i = 0; i < runs->n; i++) {
        run_entry *entry = runs->entries[i];
        bool silent = now_ms - entry->heard_ms > stall_ms && !entry->leaving;
        if (silent && entry->state == KOOP_RUN_LIVE) entry->state = KOOP_RUN_STALLED;
    }
    unlock(runs);
}

uint64_t koop_runs_replay_limit(koop_runs *runs, const uint8_t *run) {
    run_entry *entry = lock_entry(runs, run);
    uint64_t limit = entry ? entry->replay_limit : UINT64_MAX;
    unlock(runs);
    return limit;
}

/* The two long arrays are copied as far as they are filled: views are put 20 times a second. */
static void copy_view(koop_view *to, const koop_view *from) {
    size_t head = offsetof(koop_view, history) + (size_t)from->n_history * sizeof from->history[0];
    memcpy(to, from, head);
    to->n_events = from->n_events;
    memcpy(to->events, from->events, (size_t)from->n_events * sizeof from->events[0]);
}

void koop_runs_put(koop_runs *runs, const uint8_t *run, const koop_view *view, uint64_t computed,
                   double lag_s) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) {
        copy_view(&entry->view, view);
        entry->viewed = true;
        entry->computed += computed;
        if (lag_s >= 0) entry->lag_s = lag_s;
    }
    unlock(runs);
}

void koop_runs_explain(koop_runs *runs, const uint8_t *run, const char *reason) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) {
        size_t n = strnlen(reason, KOOP_SENTENCE_BYTES - 1);
        memcpy(entry->view.reason, reason, n);
        entry->view.reason[n] = '\0';
    }
    unlock(runs);
}

void koop_runs_finish(koop_runs *runs, const uint8_t *run, const koop_wire_bye *bye,
                      uint64_t pruned) {
    run_entry *entry = lock_entry(runs, run);
    if (entry && (entry->leaving || !entry->heard)) {
        entry->state = KOOP_RUN_FINISHED;
        entry->dropped = bye->dropped;
        koop_run_summary ended = entry->view.run;
        koop_describe_bye(bye, pruned, &ended);
        if (entry->viewed) entry->lost = ended.lost;
    }
    unlock(runs);
}

int64_t koop_runs_idle_ms(koop_runs *runs, const uint8_t *run, int64_t now_ms) {
    run_entry *entry = lock_entry(runs, run);
    int64_t idle = !entry ? -1 : entry->state == KOOP_RUN_LIVE ? 0 : now_ms - entry->heard_ms;
    unlock(runs);
    return idle;
}

int64_t koop_runs_silent_ms(koop_runs *runs, const char *uuid, int64_t now_ms, bool *heard) {
    int64_t silent_ms = -1;
    *heard = false;
    pthread_mutex_lock(&runs->mutex);
    for (int i = 0; i < runs->n && silent_ms < 0; i++) {
        const run_entry *entry = runs->entries[i];
        if (strcmp(entry->view.run.uuid, uuid) != 0) continue;
        silent_ms = now_ms > entry->heard_ms ? now_ms - entry->heard_ms : 0;
        *heard = entry->heard;
    }
    unlock(runs);
    return silent_ms;
}

void koop_runs_hold(koop_runs *runs, uint64_t pipeline_bytes) {
    pthread_mutex_lock(&runs->mutex);
    runs->totals.pipeline_bytes = pipeline_bytes;
    unlock(runs);
}

static void fill_summary(run_entry *entry, int64_t now_ms, koop_run_summary *run) {
    run->state = entry->state;
    run->rate = rate_now(entry, now_ms);
    run->lag_s = entry->lag_s;
    run->pending = entry->journaled > entry->computed ? entry->journaled - entry->computed : 0;
    run->refused += entry->refused;
    run->pid = entry->pid;
    run->failing = entry->failing;
    run->damaged = entry->damaged;
    run->quarantined = entry->quarantined;
    run->lost = entry->lost;
    if (entry->dropped > run->dropped) run->dropped = entry->dropped;
}

int koop_runs_list(koop_runs *runs, koop_run_summary *out, int capacity, int64_t now_ms) {
    pthread_mutex_lock(&runs->mutex);
    int n = runs->n < capacity ? runs->n : capacity;
    for (int i = 0; i < n; i++) {
        out[i] = runs->entries[i]->view.run;
        fill_summary(runs->entries[i], now_ms, &out[i]);
    }
    unlock(runs);
    return n;
}

static const run_entry *search(const koop_runs *runs, const char *name) {
    size_t length = strlen(name);
    const run_entry *prefixed = NULL;
    int matches = 0;
    for (int i = 0; i < runs->n; i++) { /* newest first, so the first of a name is the newest */
        if (strcmp(runs->entries[i]->view.run.name, name) == 0) return runs->entries[i];
    }
    for (int i = 0; length >= 4 && i < runs->n; i++) {
        if (strncmp(runs->entries[i]->view.run.uuid, name, length) != 0) continue;
        prefixed = runs->entries[i];
        matches++;
    }
    return matches == 1 ? prefixed : NULL;
}

koop_status koop_runs_find(koop_runs *runs, const char *name, uint8_t run[KOOP_WIRE_UUID_BYTES]) {
    pthread_mutex_lock(&runs->mutex);
    const run_entry *entry = search(runs, name);
    if (entry) memcpy(run, entry->run, KOOP_WIRE_UUID_BYTES);
    unlock(runs);
    return entry ? KOOP_OK : KOOP_NOT_FOUND;
}

koop_status koop_runs_view(koop_runs *runs, const uint8_t *run, int64_t now_ms, koop_view *out) {
    run_entry *entry = lock_entry(runs, run);
    if (entry) {
        *out = entry->view;
        fill_summary(entry, now_ms, &out->run);
        int missing = out->window - out->filled;
        out->eta_s = missing > 0 && out->run.rate > 0 ? missing / out->run.rate : 0;
    }
    unlock(runs);
    return entry ? KOOP_OK : KOOP_NOT_FOUND;
}

koop_runs_totals koop_runs_get_totals(koop_runs *runs) {
    pthread_mutex_lock(&runs->mutex);
    koop_runs_totals totals = runs->totals;
    totals.runs = runs->n;
    totals.failing = 0;
    for (int i = 0; i < runs->n; i++) totals.failing += runs->entries[i]->failing;
    unlock(runs);
    return totals;
}

uint64_t koop_runs_window_bytes(koop_runs *runs, int capacity) {
    uint64_t bytes = 0;
    pthread_mutex_lock(&runs->mutex);
    for (int i = 0; i < runs->n; i++) {
        const run_entry *entry = runs->entries[i];
        uint64_t held = entry->view.run.snapshots;
        if (held > (uint64_t)capacity) held = (uint64_t)capacity;
        bytes += held * entry->view.length * entry->dtype;
    }
    unlock(runs);
    return bytes;
}
