#include "followers.h"

#include "clock.h"
#include "view_json.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { SILENT_MS = 6000, STATES_EVERY_MS = 50, ROUND_LINES = 1024 };

static koop_follower *find_follower(koop_followers *followers, const uint8_t *id, size_t id_size) {
    for (int i = 0; i < followers->n; i++) {
        koop_follower *follower = &followers->follower[i];
        if (follower->id_size == id_size && memcmp(follower->id, id, id_size) == 0) return follower;
    }
    return NULL;
}

static void remove_follower(koop_followers *followers, int index) {
    followers->follower[index] = followers->follower[--followers->n];
    koop_feed_want(followers->feed, followers->n > 0);
}

koop_status koop_followers_add(koop_followers *followers, const uint8_t *id, size_t id_size,
                               const uint8_t *run, int64_t now_ms, bool *is_new) {
    koop_follower *follower = find_follower(followers, id, id_size);
    *is_new = false;
    if (!follower) {
        if (followers->n == KOOP_FOLLOWERS_MAX) return KOOP_TOO_LARGE;
        if (followers->n == 0) /* states were not watched while nobody followed */
            followers->n_states =
                koop_runs_list(followers->runs, followers->states, KOOP_VIEW_RUNS, now_ms);
        follower = &followers->follower[followers->n++];
        *is_new = true;
        follower->id_size = id_size;
        memcpy(follower->id, id, id_size);
        koop_feed_want(followers->feed, true);
    }
    follower->all = !run;
    if (run) memcpy(follower->run, run, sizeof follower->run);
    follower->asked_ms = now_ms;
    return KOOP_OK;
}

/* Sends one line. KOOP_NOT_FOUND: the follower's connection is gone. */
static koop_status send_line(koop_followers *followers, const koop_follower *to, const char *text,
                             size_t size) {
    if (zmq_send(followers->socket, to->id, to->id_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        followers->dropped++;
        return zmq_errno() == EHOSTUNREACH ? KOOP_NOT_FOUND : KOOP_TIMED_OUT;
    }
    zmq_send(followers->socket, text, size, ZMQ_DONTWAIT);
    return KOOP_OK;
}

static void send_to_all(koop_followers *followers, const uint8_t *run, const char *text,
                        size_t size) {
    for (int i = followers->n - 1; i >= 0; i--) {
        const koop_follower *follower = &followers->follower[i];
        if (!follower->all && memcmp(follower->run, run, sizeof follower->run) != 0) continue;
        if (send_line(followers, follower, text, size) == KOOP_NOT_FOUND)
            remove_follower(followers, i);
    }
}

static char *state_line(const koop_run_summary *run) {
    json_t *line =
        json_pack("{s:i, s:s, s:s, s:s, s:s}", "schema", KOOP_JSON_SCHEMA, "type", "state", "run",
                  run->uuid, "name", run->name, "state", koop_run_state_name(run->state));
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    return text;
}

/* Tells the follower the states that it has not heard yet, as far as its pipe takes them. */
static void greet_on(koop_followers *followers, koop_follower *follower) {
    char followed[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(follower->run, followed);
    for (; follower->untold > 0; follower->untold--) {
        const koop_run_summary *state = &followers->states[follower->untold - 1];
        if (!follower->all && strcmp(state->uuid, followed) != 0) continue;
        char *text = state_line(state);
        koop_status status = text ? send_line(followers, follower, text, strlen(text)) : KOOP_OK;
        free(text);
        if (status == KOOP_OK) continue;
        followers->dropped--; /* it is not lost: the next round tells it */
        return;
    }
}

void koop_followers_greet(koop_followers *followers, const uint8_t *id, size_t id_size) {
    koop_follower *follower = find_follower(followers, id, id_size);
    follower->untold = followers->n_states;
    greet_on(followers, follower);
}

static const koop_run_summary *find_state(const koop_followers *followers, const char *uuid) {
    for (int i = 0; i < followers->n_states; i++) {
        if (strcmp(followers->states[i].uuid, uuid) == 0) return &followers->states[i];
    }
    return NULL;
}

/* Run uuids in text come from koop_uuid_text alone. */
static void uuid_bytes(const char *text, uint8_t run[KOOP_WIRE_UUID_BYTES]) {
    for (int i = 0; i < KOOP_WIRE_UUID_BYTES; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        run[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void tell_states(koop_followers *followers, int n_now) {
    for (int i = n_now - 1; i >= 0; i--) {
        const koop_run_summary *before = find_state(followers, followers->now[i].uuid);
        if (before && before->state == followers->now[i].state) continue;
        uint8_t run[KOOP_WIRE_UUID_BYTES];
        uuid_bytes(followers->now[i].uuid, run);
        char *text = state_line(&followers->now[i]);
        if (text) send_to_all(followers, run, text, strlen(text));
        free(text);
    }
    memcpy(followers->states, followers->now, (size_t)n_now * sizeof followers->now[0]);
    followers->n_states = n_now;
    /* Who was in the midst of the old states hears the new ones from the start. */
    for (int i = 0; i < followers->n; i++) {
        koop_follower *follower = &followers->follower[i];
        if (follower->untold > 0) follower->untold = n_now;
    }
}

void koop_followers_serve(koop_followers *followers, int64_t now_ms) {
    for (int i = followers->n - 1; i >= 0; i--) {
        if (now_ms - followers->follower[i].asked_ms > SILENT_MS) remove_follower(followers, i);
    }
    for (int i = 0; i < followers->n; i++) greet_on(followers, &followers->follower[i]);
    /* States are read before the lines are taken: an event is told before the end of its run. */
    bool look = followers->n > 0 && now_ms >= followers->states_ms;
    int n_now = 0;
    if (look) {
        followers->states_ms = now_ms + STATES_EVERY_MS;
        n_now = koop_runs_list(followers->runs, followers->now, KOOP_VIEW_RUNS, now_ms);
    }
    bool drained = false;
    for (int i = 0; i < ROUND_LINES && !drained; i++) {
        koop_feed_line *line = koop_feed_take(followers->feed);
        drained = !line;
        if (line) send_to_all(followers, line->run, line->text, line->size);
        free(line);
    }
    if (look && drained) tell_states(followers, n_now);
}
