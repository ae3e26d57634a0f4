#include "ingest_internal.h"

#include "clock.h"
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    ROUND_MESSAGES = 64, /* then acknowledge, so that credit never runs out by our delay */
    REFUSED_FACTOR = 2,  /* larger messages are refused, counted; beyond it the connection is cut */
    SHARE_BYTES = 8 << 20,
    HIGH_WATER_OUT = 128, /* messages buffered for each peer */
    FAIR_ROUNDS = 16,     /* in which all trainers get their turn: a ROUTER takes them in turns */
    SYNC_EVERY_MS = 100,
    SYNC_BUDGET_MS = 20, /* of those, spent waiting for the disk; the rest waits its turn */
    LOOK_EVERY_MS = 100,
    RETRY_EVERY_MS = 1000,
    CLOSE_AFTER_MS = 60000 /* a silent trainer's journal is closed; it may say HELLO again */
};

/* libzmq 4.3 aborts the process when a heartbeat of ZMTP is due, or one that a peer sent is to be
 * answered, on a connection that broke while its receive pipe was full (libzmq's issue 4364). So there are
 * none of ours, the trainers' PING tells that they live; and no pipe is ever full: the bound on what
 * waits in them is the guard's. With HANDOVER a routing id that is taken already goes to the newest
 * connection; without, that one's messages would wait unread for ever. */
static int set_options(void *socket) {
    static const struct {
        int name, value;
    } options[] = {
        /* MANDATORY tells that a peer is gone or does not read. */
        {ZMQ_LINGER, 0},        {ZMQ_ROUTER_MANDATORY, 1},    {ZMQ_ROUTER_HANDOVER, 1},
        {ZMQ_RCVHWM, 0},        {ZMQ_SNDHWM, HIGH_WATER_OUT}, {ZMQ_HANDSHAKE_IVL, 3000},
        {ZMQ_TCP_KEEPALIVE, 1},
    };
    int64_t largest = (int64_t)REFUSED_FACTOR * KOOP_WIRE_MESSAGE_BYTES;
    int failed = zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof largest);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        failed |= zmq_setsockopt(socket, options[i].name, &options[i].value, sizeof(int));
    return failed;
}

koop_status koop_ingest_new(koop_ingest **out, const koop_ingest_options *options) {
    koop_ingest *ingest = calloc(1, sizeof *ingest);
    if (!ingest) return KOOP_NO_MEMORY;
    ingest->options = *options;
    if (ingest->options.share_bytes == 0) ingest->options.share_bytes = SHARE_BYTES;
    ingest->socket = zmq_socket(options->zmq, ZMQ_ROUTER);
    bool ready = ingest->socket && set_options(ingest->socket) == 0 &&
                 zmq_setsockopt(ingest->socket, ZMQ_AFFINITY, &options->io_threads,
                                sizeof options->io_threads) == 0;
    if (ready && options->guard)
        ready = koop_guard_follow(options->guard, options->zmq, ingest->socket) == KOOP_OK;
    for (int i = 0; ready && i < options->n_endpoints; i++)
        ready = koop_gate_bind(options->gate, ingest->socket, options->endpoints[i]) == 0;
    if (!ready) {
        int why = zmq_errno();
        koop_ingest_free(ingest);
        errno = why;
        return KOOP_IO_FAILED;
    }
    *out = ingest;
    return KOOP_OK;
}

void koop_ingest_free(koop_ingest *ingest) {
    if (!ingest) return;
    for (int i = 0; i < ingest->n; i++) {
        koop_work *work = NULL; /* a last try for what is not in its journal */
        if (ingest->sessions[i]->failing) koop_session_retry(ingest->sessions[i], &work);
        koop_work_free(work);
        koop_session_free(ingest->sessions[i]);
    }
    if (ingest->socket) zmq_close(ingest->socket);
    koop_wire_buffer_free(&ingest->packed);
    free(ingest);
}

uint64_t koop_ingest_unfinished(const koop_ingest *ingest) {
    return atomic_load(&ingest->unfinished);
}

uint64_t koop_ingest_count_unfinished(koop_ingest *ingest) {
    uint64_t bytes = 0;
    for (int i = 0; i < ingest->n; i++) bytes += ingest->sessions[i]->filled;
    atomic_store(&ingest->unfinished, bytes);
    return bytes;
}

koop_session *koop_ingest_find(koop_ingest *ingest, const koop_peer *peer) {
    for (int i = 0; i < ingest->n; i++) {
        koop_session *session = ingest->sessions[i];
        if (session->peer.size == peer->size && memcmp(session->peer.id, peer->id, peer->size) == 0)
            return session;
    }
    return NULL;
}

void koop_ingest_drop(koop_ingest *ingest, koop_session *session) {
    for (int i = 0; i < ingest->n; i++) {
        if (ingest->sessions[i] != session) continue;
        ingest->sessions[i] = ingest->sessions[--ingest->n];
        break;
    }
    koop_runs_failing(ingest->options.runs, session->hello.run, false);
    koop_session_free(session);
}

void koop_ingest_send(koop_ingest *ingest, const koop_peer *peer) {
    if (koop_wire_pack(&ingest->out, &ingest->packed) != KOOP_OK) return;
    /* A refused id frame (peer gone, or not reading) means the message was not begun. */
    if (zmq_send(ingest->socket, peer->id, peer->size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) return;
    zmq_send(ingest->socket, ingest->packed.bytes, ingest->packed.size, ZMQ_DONTWAIT);
}

void koop_ingest_acknowledge(koop_ingest *ingest, koop_session *session) {
    session->acknowledge = false;
    ingest->out.type = KOOP_WIRE_ACK;
    ingest->out.as.acknowledged = koop_session_acknowledged(session);
    koop_ingest_send(ingest, &session->peer);
}

void koop_ingest_hand_on(koop_ingest *ingest, koop_session *session, koop_work *work) {
    koop_runs *runs = ingest->options.runs;
    const uint8_t *run = session->hello.run;
    const bool room = koop_queue_wait_room(ingest->options.queue, 0);
    if (work->kind == KOOP_WORK_SNAPSHOT)
        koop_runs_journaled(runs, run, work->snapshot.bytes, koop_clock_ms());
    /* What finds no room is in the journal, goodbyes and the first HELLO included. */
    const bool push = koop_runs_queue(runs, run, session->last_seq, work->node.bytes,
                                      ingest->options.share_bytes, room);
    /* A closed queue means the daemon is ending. */
    if (!push || koop_queue_push(ingest->options.queue, &work->node, 0) != KOOP_OK)
        koop_work_free(work);
}

/* Receives one frame. Returns whether there was one. */
static bool receive_frame(koop_ingest *ingest, zmq_msg_t *frame, bool *more) {
    zmq_msg_init(frame);
    if (zmq_msg_recv(frame, ingest->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(frame);
        return false;
    }
    *more = zmq_msg_more(frame);
    return true;
}

static void take(koop_ingest *ingest, const koop_peer *peer, zmq_msg_t *frame, bool more) {
    ingest->heard = KOOP_HEARD_STRANGER;
    if (!koop_gate_admits(ingest->options.gate, frame)) {
        koop_ingest_turn_away(ingest, peer);
        ingest->heard = KOOP_HEARD_BAD;
    } else if (more) {
        koop_ingest_malformed(ingest, peer, 0, "message of more than one frame");
        ingest->heard = KOOP_HEARD_HOSTILE;
    } else {
        koop_ingest_handle(ingest, peer, zmq_msg_data(frame), zmq_msg_size(frame));
    }
    if (ingest->heard == KOOP_HEARD_STRANGER && koop_ingest_find(ingest, peer))
        ingest->heard = KOOP_HEARD_KNOWN;
}

/* The same under the guard's eyes. */
static void take_guarded(koop_ingest *ingest, const koop_peer *peer, zmq_msg_t *frame, bool more) {
    koop_guard *guard = ingest->options.guard;
    uint32_t serial = koop_guard_serial(guard, peer->id, peer->size);
    if (koop_guard_is_cut(guard, serial)) return;
    int fd = zmq_msg_get(frame, ZMQ_SRCFD);
    size_t size = zmq_msg_size(frame);
    if (serial == KOOP_GUARD_FORGED) {
        koop_ingest_malformed(ingest, peer, 0, "a routing id must not be set");
        ingest->heard = KOOP_HEARD_HOSTILE;
    } else {
        take(ingest, peer, frame, more);
    }
    koop_guard_heard(guard, fd, serial, size, ingest->heard, koop_clock_ms());
}

/* Takes one message, or throws away one frame of a multipart one. Returns whether there was any. */
static bool receive_one(koop_ingest *ingest) {
    zmq_msg_t frame;
    bool more;
    if (!receive_frame(ingest, &frame, &more)) return false;
    if (ingest->skipping) {
        ingest->skipping = more;
        zmq_msg_close(&frame);
        return true;
    }
    koop_peer peer = {.size = zmq_msg_size(&frame)};
    if (peer.size > sizeof peer.id) peer.size = sizeof peer.id; /* libzmq's own limit is 255 */
    memcpy(peer.id, zmq_msg_data(&frame), peer.size);
    zmq_msg_close(&frame);
    if (!more || !receive_frame(ingest, &frame, &more)) {
        koop_ingest_malformed(ingest, &peer, 0, "message without a frame");
        return true;
    }
    ingest->skipping = more;
    if (ingest->options.guard)
        take_guarded(ingest, &peer, &frame, more);
    else
        take(ingest, &peer, &frame, more);
    zmq_msg_close(&frame);
    return true;
}

/* Each journal in turn, as many as the budget allows: with a slow disk and many runs the trainers
 * must still be answered. */
static void sync_journals(koop_ingest *ingest, int64_t now_ms) {
    ingest->sync_ms = now_ms + SYNC_EVERY_MS;
    for (int i = 0; i < ingest->n; i++) {
        koop_session *session = ingest->sessions[ingest->sync_next++ % ingest->n];
        if (!session->unsynced || session->failing) continue;
        if (koop_session_sync(session) != KOOP_OK) {
            session->retry_ms = now_ms + RETRY_EVERY_MS;
            koop_ingest_fail(ingest, session);
        }
        if (koop_clock_ms() - now_ms > SYNC_BUDGET_MS) break;
    }
    if (ingest->n > 0) ingest->sync_next %= ingest->n;
}

static void retry_journal(koop_ingest *ingest, koop_session *session, int64_t now_ms) {
    koop_work *work = NULL;
    session->retry_ms = now_ms + RETRY_EVERY_MS;
    koop_status status = koop_session_retry(session, &work);
    if (work) koop_ingest_hand_on(ingest, session, work);
    if (status != KOOP_OK) return;
    koop_log(KOOP_LOG_WARNING, "run %s: journal can be written again", session->hello.name);
    koop_runs_failing(ingest->options.runs, session->hello.run, false);
    if (session->leaving) {
        koop_ingest_depart(ingest, session);
    } else if (session->lost) {
        koop_ingest_error(ingest, &session->peer, KOOP_WIRE_ERROR_NO_HELLO, 0,
                          "the journal can be written again: say HELLO and send what is not "
                          "acknowledged");
    }
}

/* Goes through the sessions: retries failed journals, closes those long silent. */
static void look_after_sessions(koop_ingest *ingest, int64_t now_ms) {
    /* Of every trainer that has said anything something was read. */
    bool all_heard = ingest->rounds >= FAIR_ROUNDS;
    ingest->look_ms = now_ms + LOOK_EVERY_MS;
    koop_ingest_count_unfinished(ingest);
    for (int i = ingest->n - 1; i >= 0; i--) {
        koop_session *session = ingest->sessions[i];
        const uint8_t *run = session->hello.run;
        koop_journal_keep_needed(session->journal,
                                 !koop_runs_is_unwatched(ingest->options.runs, run));
        if (session->failing) {
            if (now_ms >= session->retry_ms) retry_journal(ingest, session, now_ms);
        } else if (all_heard && now_ms - session->heard_ms > CLOSE_AFTER_MS) {
            koop_ingest_drop(ingest, session);
        }
    }
    if (all_heard) {
        ingest->rounds = 0;
        koop_runs_stall(ingest->options.runs, now_ms, ingest->options.stall_ms);
    }
}

/* Whether a trainer waits for the disk. */
static bool must_sync(const koop_ingest *ingest) {
    for (int i = 0; ingest->options.journal.ack_synced && i < ingest->n; i++) {
        if (ingest->sessions[i]->unsynced && !ingest->sessions[i]->failing) return true;
    }
    return false;
}

koop_status koop_ingest_step(koop_ingest *ingest, int timeout_ms) {
    bool drained = false;
    zmq_pollitem_t item = {.socket = ingest->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, must_sync(ingest) ? 0 : timeout_ms) < 0 && zmq_errno() != EINTR)
        return KOOP_IO_FAILED;
    for (int i = 0; i < ROUND_MESSAGES && !drained; i++) drained = !receive_one(ingest);
    if (must_sync(ingest)) sync_journals(ingest, koop_clock_ms());
    for (int i = 0; i < ingest->n; i++) {
        if (ingest->sessions[i]->acknowledge) koop_ingest_acknowledge(ingest, ingest->sessions[i]);
    }
    ingest->rounds = drained ? FAIR_ROUNDS : ingest->rounds + 1;
    int64_t now_ms = koop_clock_ms();
    if (ingest->options.guard && ingest->rounds >= FAIR_ROUNDS)
        koop_guard_current(ingest->options.guard, now_ms);
    if (now_ms >= ingest->sync_ms) sync_journals(ingest, now_ms);
    if (now_ms >= ingest->look_ms) look_after_sessions(ingest, now_ms);
    return KOOP_OK;
}
