#include "publish.h"

#include "answers.h"
#include "clock.h"
#include "followers.h"
#include "view_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    ROUND_REQUESTS = 4096, /* read in a round, */
    ROUND_ANSWERS = 32,    /* answered to each asker: one that waits for each may be quick, */
    ROUND_ASKERS = 64,     /* to so many of them, */
    ROUND_MS = 10, /* as long as this lasts: else those who follow would wait, and the guard */
    REQUEST_BYTES = 4096,
    HIGH_WATER = 128, /* answers and lines buffered for each peer */
    /* exit codes of the command line, as answers carry them */
    CODE_USAGE = 2,
    CODE_NOT_ALLOWED = 3,
    CODE_NO_RUN = 4
};

typedef struct asker {
    size_t id_size;
    uint8_t id[KOOP_FOLLOWER_ID_BYTES];
    int answered; /* in this round */
} asker;

struct koop_publish {
    koop_publish_options options;
    void *socket;
    int n_askers; /* of this round */
    asker askers[ROUND_ASKERS];
    uint64_t discarded;
    bool skipping;  /* frames of a multipart request remain to be thrown away */
    koop_view view; /* being answered */
    koop_run_summary list[KOOP_VIEW_RUNS];
    koop_answers answers;
    koop_followers followers;
};

/* No heartbeats of ZMTP, no full pipe, and HANDOVER: for the reasons in ingest.c. A follower's
 * repeated request tells that it lives. */
static int set_options(void *socket) {
    static const struct {
        int name, value;
    } options[] = {
        {ZMQ_LINGER, 0},          {ZMQ_ROUTER_MANDATORY, 1}, {ZMQ_ROUTER_HANDOVER, 1},
        {ZMQ_SNDHWM, HIGH_WATER}, {ZMQ_RCVHWM, 0},           {ZMQ_HANDSHAKE_IVL, 3000},
        {ZMQ_TCP_KEEPALIVE, 1},
    };
    int64_t largest = REQUEST_BYTES;
    int failed = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        failed |= zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int));
    return failed;
}

koop_status koop_publish_new(koop_publish **out, const koop_publish_options *options) {
    koop_publish *publish = calloc(1, sizeof *publish);
    if (!publish) return KOOP_NO_MEMORY;
    publish->options = *options;
    publish->socket = zmq_socket(options->zmq, ZMQ_ROUTER);
    bool ready = publish->socket && set_options(publish->socket) == 0 &&
                 zmq_setsockopt(publish->socket, ZMQ_AFFINITY, &options->io_threads,
                                sizeof options->io_threads) == 0;
    if (ready && options->guard)
        ready = koop_guard_follow(options->guard, options->zmq, publish->socket) == KOOP_OK;
    for (int i = 0; ready && i < options->n_endpoints; i++)
        ready = koop_gate_bind(options->gate, publish->socket, options->endpoints[i]) == 0;
    if (!ready) {
        int why = zmq_errno();
        koop_publish_free(publish);
        errno = why;
        return KOOP_IO_FAILED;
    }
    publish->followers.socket = publish->socket;
    publish->followers.runs = options->runs;
    publish->followers.feed = options->feed;
    *out = publish;
    return KOOP_OK;
}

void koop_publish_free(koop_publish *publish) {
    if (!publish) return;
    if (publish->socket) zmq_close(publish->socket);
    koop_answers_clear(&publish->answers);
    free(publish);
}

void *koop_publish_socket(const koop_publish *publish) {
    return publish->socket;
}

int koop_publish_followers(const koop_publish *publish) {
    return publish->followers.n;
}

uint64_t koop_publish_dropped(const koop_publish *publish) {
    return publish->followers.dropped + koop_feed_dropped(publish->options.feed);
}

uint64_t koop_publish_discarded(const koop_publish *publish) {
    return publish->discarded;
}

static json_t *refusal(int code, const char *text) {
    return json_pack("{s:{s:i, s:s}}", "error", "code", code, "text", text);
}

static json_t *answer_runs(koop_publish *publish) {
    int n = koop_runs_list(publish->options.runs, publish->list, KOOP_VIEW_RUNS, koop_clock_ms());
    json_t *runs = json_array();
    for (int i = 0; runs && i < n; i++)
        json_array_append_new(runs, koop_summary_to_json(&publish->list[i]));
    return json_pack("{s:o}", "runs", runs);
}

static json_t *answer_view(koop_publish *publish, const char *name) {
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    koop_runs *runs = publish->options.runs;
    if (!name || koop_runs_find(runs, name, run) != KOOP_OK ||
        koop_runs_view(runs, run, koop_clock_ms(), &publish->view) != KOOP_OK)
        return refusal(CODE_NO_RUN, "no such run");
    return json_pack("{s:o}", "view", koop_view_to_json(&publish->view));
}

/* *greet: whether the present states are to be told after the answer. */
static json_t *answer_follow(koop_publish *publish, const json_t *request, const uint8_t *id,
                             size_t id_size, bool *greet) {
    const json_t *name = json_object_get(request, "run");
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    bool all = !name || json_is_null(name);
    if (!all && (!json_is_string(name) ||
                 koop_runs_find(publish->options.runs, json_string_value(name), run) != KOOP_OK))
        return refusal(CODE_NO_RUN, "no such run");
    if (koop_followers_add(&publish->followers, id, id_size, all ? NULL : run, koop_clock_ms(),
                           greet) != KOOP_OK)
        return refusal(CODE_USAGE, "too many followers");
    char uuid[KOOP_VIEW_UUID_BYTES] = "*";
    if (!all) koop_uuid_text(run, uuid);
    return json_pack("{s:s}", "following", uuid);
}

/* Of what is asked without end only: a follower's request does something. */
static bool find_key(koop_publish *publish, const json_t *request, char key[KOOP_VIEW_UUID_BYTES]) {
    const char *get = json_string_value(json_object_get(request, "get"));
    const char *name = json_string_value(json_object_get(request, "run"));
    uint8_t run[KOOP_WIRE_UUID_BYTES];
    if (!get) return false;
    if (strcmp(get, "runs") == 0 || strcmp(get, "status") == 0) {
        strcpy(key, get);
        return true;
    }
    if (strcmp(get, "view") != 0 || !name ||
        koop_runs_find(publish->options.runs, name, run) != KOOP_OK)
        return false;
    koop_uuid_text(run, key);
    return true;
}

static json_t *answer(koop_publish *publish, const json_t *request, const uint8_t *id,
                      size_t id_size, bool *greet) {
    const char *get = json_string_value(json_object_get(request, "get"));
    if (get && strcmp(get, "runs") == 0) return answer_runs(publish);
    if (get && strcmp(get, "view") == 0)
        return answer_view(publish, json_string_value(json_object_get(request, "run")));
    if (get && strcmp(get, "status") == 0)
        return json_pack("{s:o}", "status", publish->options.status(publish->options.context));
    if (get && strcmp(get, "follow") == 0)
        return answer_follow(publish, request, id, id_size, greet);
    return refusal(CODE_USAGE, "no such request");
}

/* Dumps and frees it; NULL: out of memory. */
static char *dump(json_t *json) {
    if (!json) json = refusal(CODE_USAGE, "out of memory");
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

/* The body, an object that is not empty, with what is of this request alone. */
static char *complete(const char *body, size_t body_size, const json_t *request, size_t *size) {
    const json_t *number = json_object_get(request, "id");
    char head[64];
    int n = snprintf(head, sizeof head, "{\"schema\":%d,", KOOP_JSON_SCHEMA);
    if (json_is_integer(number))
        n += snprintf(head + n, sizeof head - (size_t)n, "\"id\":%" JSON_INTEGER_FORMAT ",",
                      json_integer_value(number));
    char *text = malloc((size_t)n + body_size);
    if (!text) return NULL;
    memcpy(text, head, (size_t)n);
    memcpy(text + n, body + 1, body_size - 1);
    *size = (size_t)n + body_size - 1;
    return text;
}

/* What is asked, as text of *size; NULL when memory is out. */
static char *make_answer(koop_publish *publish, const uint8_t *id, size_t id_size, zmq_msg_t *frame,
                         const json_t *request, bool *greet, size_t *size) {
    char key[KOOP_VIEW_UUID_BYTES], *body, *text;
    const koop_answer *kept = NULL;
    if (!koop_gate_admits(publish->options.gate, frame)) {
        body = dump(refusal(CODE_NOT_ALLOWED, "this key is not allowed any more"));
    } else if (find_key(publish, request, key)) {
        kept = koop_answers_find(&publish->answers, key, koop_clock_ms());
        body = kept ? kept->text : dump(answer(publish, request, id, id_size, greet));
        if (body && !kept) kept = koop_answers_keep(&publish->answers, key, body, koop_clock_ms());
    } else {
        body = dump(answer(publish, request, id, id_size, greet));
    }
    if (!body) return NULL;
    text = complete(body, kept ? kept->size : strlen(body), request, size);
    if (!kept) free(body);
    return text;
}

/* Answers the request, unless the asker is gone or does not read: then it is not looked at. Returns
 * the answer's size, 0 where the request was none. */
static size_t handle(koop_publish *publish, const uint8_t *id, size_t id_size, zmq_msg_t *frame) {
    if (zmq_send(publish->socket, id, id_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        publish->discarded++;
        return 0;
    }
    json_t *request =
        json_loadb(zmq_msg_data(frame), zmq_msg_size(frame), JSON_REJECT_DUPLICATES, NULL);
    bool greet = false, is_request = json_is_object(request);
    size_t size = 0;
    char *text = make_answer(publish, id, id_size, frame, request, &greet, &size);
    zmq_send(publish->socket, text ? text : "", size, ZMQ_DONTWAIT);
    free(text);
    if (greet) koop_followers_greet(&publish->followers, id, id_size);
    json_decref(request);
    return is_request ? size : 0;
}

static bool receive_frame(koop_publish *publish, zmq_msg_t *frame, bool *more) {
    zmq_msg_init(frame);
    if (zmq_msg_recv(frame, publish->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(frame);
        return false;
    }
    *more = zmq_msg_more(frame);
    return true;
}

/* Whether the asker is to get another answer in this round. */
static bool may_ask(koop_publish *publish, const uint8_t *id, size_t id_size) {
    asker *found = NULL;
    for (int i = 0; i < publish->n_askers && !found; i++) {
        asker *one = &publish->askers[i];
        if (one->id_size == id_size && memcmp(one->id, id, id_size) == 0) found = one;
    }
    if (!found) {
        if (publish->n_askers == ROUND_ASKERS) return false;
        found = &publish->askers[publish->n_askers++];
        found->id_size = id_size;
        memcpy(found->id, id, id_size);
        found->answered = 0;
    }
    return found->answered++ < ROUND_ANSWERS;
}

/* Answers the request if it is the asker's turn. *bytes gets what waits to be read by the asker:
 * it counts as what that one brought. */
static koop_heard take(koop_publish *publish, const uint8_t *id, size_t id_size, zmq_msg_t *frame,
                       size_t *bytes) {
    *bytes = 0;
    if (!may_ask(publish, id, id_size)) {
        publish->discarded++;
        return KOOP_HEARD_BAD;
    }
    *bytes = handle(publish, id, id_size, frame);
    return *bytes > 0 && koop_gate_admits(publish->options.gate, frame) ? KOOP_HEARD_KNOWN
                                                                        : KOOP_HEARD_BAD;
}

/* The same under the guard's eyes. */
static void take_guarded(koop_publish *publish, const uint8_t *id, size_t id_size, zmq_msg_t *frame,
                         bool more) {
    koop_guard *guard = publish->options.guard;
    uint32_t serial = koop_guard_serial(guard, id, id_size);
    if (koop_guard_is_cut(guard, serial)) return;
    size_t bytes = 0;
    koop_heard heard = KOOP_HEARD_HOSTILE;
    int fd = zmq_msg_get(frame, ZMQ_SRCFD);
    int64_t now_ms = koop_clock_ms();
    if (!more && serial != KOOP_GUARD_FORGED) {
        heard = KOOP_HEARD_BAD;
        if (koop_guard_may_ask(guard, fd, serial, now_ms))
            heard = take(publish, id, id_size, frame, &bytes);
    }
    koop_guard_heard(guard, fd, serial, zmq_msg_size(frame) + bytes, heard, now_ms);
}

/* Answers one request, or throws away one frame of a multipart one. Returns whether there was any.
 */
static bool serve_one(koop_publish *publish) {
    zmq_msg_t frame;
    bool more;
    uint8_t id[KOOP_FOLLOWER_ID_BYTES];
    if (!receive_frame(publish, &frame, &more)) return false;
    size_t id_size = zmq_msg_size(&frame);
    if (publish->skipping || !more || id_size > sizeof id) {
        publish->skipping = more;
        zmq_msg_close(&frame);
        return true;
    }
    memcpy(id, zmq_msg_data(&frame), id_size);
    zmq_msg_close(&frame);
    if (!receive_frame(publish, &frame, &more)) return true;
    publish->skipping = more;
    size_t bytes;
    if (publish->options.guard)
        take_guarded(publish, id, id_size, &frame, more);
    else
        take(publish, id, id_size, &frame, &bytes);
    zmq_msg_close(&frame);
    return true;
}

void koop_publish_serve(koop_publish *publish) {
    publish->n_askers = 0;
    bool drained = false;
    int64_t end_ms = koop_clock_ms() + ROUND_MS;
    for (int i = 0; i < ROUND_REQUESTS && !drained && koop_clock_ms() <= end_ms; i++)
        drained = !serve_one(publish);
    if (publish->options.guard && drained)
        koop_guard_current(publish->options.guard, koop_clock_ms());
    koop_followers_serve(&publish->followers, koop_clock_ms());
}
