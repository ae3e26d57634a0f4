#include "clock.h"
#include "directory.h"
#include "ingest_internal.h"
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MIN_CREDIT = 2,
    MAX_CREDIT = 256,
    CREDIT_BYTES = 16 << 20,
    OPEN_BURST_MS = 500,         /* time spent on opening and closing journals at once, */
    OPEN_MS_PER_S = 200,         /* and later: the others must be served as well */
    RIVAL_MS = 2000,             /* so long a run is its trainer's, when that is heard no more */
    UNFINISHED_BYTES = 512 << 20 /* of snapshots in chunks, all runs */
};

void koop_ingest_error(koop_ingest *ingest, const koop_peer *peer, koop_wire_error code,
                       uint64_t seq, const char *text) {
    ingest->out.type = KOOP_WIRE_ERROR;
    ingest->out.as.error.code = code;
    ingest->out.as.error.seq = seq;
    snprintf(ingest->out.as.error.text, sizeof ingest->out.as.error.text, "%s", text);
    koop_ingest_send(ingest, peer);
}

void koop_ingest_malformed(koop_ingest *ingest, const koop_peer *peer, uint64_t seq,
                           const char *why) {
    const koop_session *session = koop_ingest_find(ingest, peer);
    ingest->heard = KOOP_HEARD_BAD;
    koop_runs_malformed(ingest->options.runs, session ? session->hello.run : NULL);
    koop_ingest_error(ingest, peer, KOOP_WIRE_ERROR_MALFORMED, seq, why);
}

void koop_ingest_turn_away(koop_ingest *ingest, const koop_peer *peer) {
    koop_session *session = koop_ingest_find(ingest, peer);
    if (session) {
        koop_log(KOOP_LOG_WARNING, "run %s: its key is not allowed any more", session->hello.name);
        koop_ingest_drop(ingest, session);
    }
    koop_ingest_error(
        ingest, peer, KOOP_WIRE_ERROR_KEY, 0,
        "this key is not allowed any more: on the daemon's machine run koopmon allow");
}

static void refuse(koop_ingest *ingest, const koop_peer *peer, const uint8_t *run,
                   koop_wire_error code, uint64_t seq, const char *text) {
    ingest->heard = KOOP_HEARD_BAD;
    koop_runs_refused(ingest->options.runs, run);
    koop_ingest_error(ingest, peer, code, seq, text);
}

static void welcome(koop_ingest *ingest, koop_session *session) {
    uint64_t credit = CREDIT_BYTES / session->snapshot_bytes;
    if (credit < MIN_CREDIT) credit = MIN_CREDIT;
    if (credit > MAX_CREDIT) credit = MAX_CREDIT;
    session->acknowledge = false;
    ingest->out.type = KOOP_WIRE_WELCOME;
    ingest->out.as.welcome.acknowledged = koop_session_acknowledged(session);
    ingest->out.as.welcome.credit = (uint32_t)credit;
    koop_ingest_send(ingest, &session->peer);
}

/* Whether what `hello` declares can be taken at all; if not, says so to the peer. */
static bool acceptable(koop_ingest *ingest, const koop_peer *peer, const koop_wire_hello *hello) {
    char text[KOOP_WIRE_TEXT_BYTES];
    uint64_t bytes = 0;
    if (hello->version != KOOP_WIRE_VERSION) {
        snprintf(text, sizeof text, "protocol version %" PRIu32 " is not spoken here, %d is",
                 hello->version, KOOP_WIRE_VERSION);
        refuse(ingest, peer, NULL, KOOP_WIRE_ERROR_VERSION, 0, text);
        return false;
    }
    koop_status status = koop_session_declared(hello, &bytes);
    if (status == KOOP_TOO_LARGE || bytes > ingest->options.max_snapshot_bytes) {
        snprintf(text, sizeof text,
                 "snapshots above %" PRIu64 " bytes are not taken; send sketches",
                 ingest->options.max_snapshot_bytes);
        refuse(ingest, peer, NULL, KOOP_WIRE_ERROR_LIMIT, 0, text);
        return false;
    }
    return true;
}

/* What the run declared when it was first seen, from its open session or its journal. */
static bool declared_before(koop_ingest *ingest, const koop_session *open, const uint8_t *run,
                            koop_wire_hello *before) {
    if (open) {
        *before = open->hello;
        return true;
    }
    char uuid[KOOP_VIEW_UUID_BYTES], path[4096];
    koop_uuid_text(run, uuid);
    koop_directory_path(ingest->options.data_dir, uuid, path, sizeof path);
    return koop_journal_hello(path, before) == KOOP_OK;
}

static koop_session *session_of_run(koop_ingest *ingest, const uint8_t *run) {
    for (int i = 0; i < ingest->n; i++) {
        koop_session *session = ingest->sessions[i];
        if (memcmp(session->hello.run, run, KOOP_WIRE_UUID_BYTES) == 0) return session;
    }
    return NULL;
}

/* Whether the run still has the shape it was declared with; if not, tells the peer both. */
static bool keeps_shape(koop_ingest *ingest, const koop_peer *peer, const koop_wire_hello *hello) {
    koop_wire_hello *before = malloc(sizeof *before);
    if (!before) return true; /* the journal will refuse it as well */
    bool same = true;
    if (declared_before(ingest, session_of_run(ingest, hello->run), hello->run, before))
        same = koop_journal_same_shape(before, hello);
    if (!same) {
        char was[120], is[120], text[KOOP_WIRE_TEXT_BYTES];
        koop_session_describe(before, was, sizeof was);
        koop_session_describe(hello, is, sizeof is);
        snprintf(text, sizeof text, "run was %s, is now %s", was, is);
        refuse(ingest, peer, hello->run, KOOP_WIRE_ERROR_SHAPE, 0, text);
    }
    free(before);
    return same;
}

/* Sessions of runs that gave way to another are over. */
static void drop_forgotten(koop_ingest *ingest) {
    for (int i = ingest->n - 1; i >= 0; i--) {
        if (!koop_runs_has(ingest->options.runs, ingest->sessions[i]->hello.run))
            koop_ingest_drop(ingest, ingest->sessions[i]);
    }
}

/* The trainer asks again every second, and the log shall say it once: forgotten when the run is
 * opened, or when so many others came after it. */
static uint8_t *find_told(koop_ingest *ingest, const uint8_t *run) {
    for (int i = 0; i < KOOP_INGEST_TOLD; i++)
        if (memcmp(ingest->told[i], run, KOOP_WIRE_UUID_BYTES) == 0) return ingest->told[i];
    return NULL;
}

static void log_once(koop_ingest *ingest, const koop_wire_hello *hello, const char *text) {
    if (find_told(ingest, hello->run)) return;
    memcpy(ingest->told[ingest->told_next++ % KOOP_INGEST_TOLD], hello->run, KOOP_WIRE_UUID_BYTES);
    koop_log(KOOP_LOG_ERROR, "run %s: %s", hello->name, text);
}

static void forget_told(koop_ingest *ingest, const uint8_t *run) {
    uint8_t *told = find_told(ingest, run);
    if (told) memset(told, 0, KOOP_WIRE_UUID_BYTES);
}

static koop_session *open_session(koop_ingest *ingest, const koop_peer *peer,
                                  const koop_wire_hello *hello) {
    koop_session *session = NULL;
    char text[KOOP_WIRE_TEXT_BYTES];
    int64_t now_ms = koop_clock_ms();
    if (!koop_bucket_take(&ingest->openings, OPEN_BURST_MS, OPEN_MS_PER_S, now_ms) ||
        !koop_runs_may_begin(ingest->options.runs, hello->run, now_ms)) {
        refuse(ingest, peer, NULL, KOOP_WIRE_ERROR_LIMIT, 0,
               "too many new runs; try again in a second");
        return NULL;
    }
    if (!koop_runs_has_room(ingest->options.runs, hello->run)) {
        snprintf(text, sizeof text, "%d runs are being watched already", KOOP_VIEW_RUNS);
        refuse(ingest, peer, NULL, KOOP_WIRE_ERROR_LIMIT, 0, text);
        return NULL;
    }
    koop_status status =
        koop_session_open(&session, ingest->options.data_dir, hello, &ingest->options.journal);
    if (status != KOOP_OK) {
        snprintf(text, sizeof text, "the journal cannot be opened: %s%s%s", koop_strstatus(status),
                 status == KOOP_IO_FAILED ? ": " : "",
                 status == KOOP_IO_FAILED ? strerror(errno) : "");
        log_once(ingest, hello, text);
        refuse(ingest, peer, NULL, KOOP_WIRE_ERROR_LIMIT, 0, text);
        return NULL;
    }
    status = koop_runs_admit(ingest->options.runs, hello, session->last_seq, koop_clock_ms());
    if (status != KOOP_OK) {
        refuse(ingest, peer, NULL, KOOP_WIRE_ERROR_LIMIT, 0, koop_strstatus(status));
        koop_session_free(session);
        return NULL;
    }
    const koop_journal_counters found = koop_journal_get_counters(session->journal);
    koop_runs_damaged(ingest->options.runs, hello->run, found.damaged, found.quarantined);
    forget_told(ingest, hello->run);
    drop_forgotten(ingest); /* then each session has a run, and there is a slot for this one */
    ingest->sessions[ingest->n++] = session;
    return session;
}

static bool same_trainer(const koop_wire_hello *a, const koop_wire_hello *b) {
    return a->pid == b->pid && a->start_ms == b->start_ms && strcmp(a->host, b->host) == 0;
}

/* Whether another trainer is publishing the run; if so, says so to the peer. One and the same that
 * comes again from another connection takes over at once. */
static bool is_taken(koop_ingest *ingest, const koop_peer *peer, const koop_wire_hello *hello) {
    const koop_session *open = session_of_run(ingest, hello->run);
    char host[KOOP_WIRE_NAME_BYTES], text[KOOP_WIRE_TEXT_BYTES];
    if (!open || same_trainer(&open->hello, hello)) return false;
    if (open == koop_ingest_find(ingest, peer)) return false;
    if (koop_clock_ms() - open->heard_ms > RIVAL_MS) return false;
    koop_wire_safe_name(open->hello.host, host);
    snprintf(text, sizeof text, "run is being published by pid %" PRId64 " on %s", open->hello.pid,
             host);
    refuse(ingest, peer, hello->run, KOOP_WIRE_ERROR_LIMIT, 0, text);
    return true;
}

static void on_hello(koop_ingest *ingest, const koop_peer *peer, const koop_wire_hello *hello) {
    if (!acceptable(ingest, peer, hello) || !keeps_shape(ingest, peer, hello)) return;
    if (is_taken(ingest, peer, hello)) return;
    int64_t begun_ms = koop_clock_ms();
    koop_session *other = koop_ingest_find(ingest, peer);
    if (other && memcmp(other->hello.run, hello->run, KOOP_WIRE_UUID_BYTES) != 0)
        koop_ingest_drop(ingest, other); /* a connection speaks for one run at a time */
    koop_session *session = session_of_run(ingest, hello->run);
    bool open = session != NULL;
    if (!open) session = open_session(ingest, peer, hello);
    /* An opening in no time is work, too: who opens two runs in turn must not keep all busy. */
    const int took_ms = (int)(koop_clock_ms() - begun_ms);
    if (!open) koop_bucket_charge(&ingest->openings, took_ms > 1 ? took_ms : 1, OPEN_MS_PER_S);
    if (!session) return;
    const bool again =
        open && session == koop_ingest_find(ingest, peer) && same_trainer(&session->hello, hello);
    koop_session_restart(session, peer); /* the newest connection has the run */
    session->heard_ms = koop_clock_ms();
    session->hello.pid = hello->pid;
    session->hello.start_ms = hello->start_ms;
    memcpy(session->hello.host, hello->host, sizeof hello->host);
    if (open) koop_runs_admit(ingest->options.runs, hello, session->last_seq, session->heard_ms);
    if (again) { /* it had not heard the answer */
        welcome(ingest, session);
        return;
    }
    koop_work *work = koop_work_hello(hello);
    if (!work) {
        koop_ingest_drop(ingest, session);
        return;
    }
    koop_ingest_hand_on(ingest, session, work);
    welcome(ingest, session);
    koop_log(KOOP_LOG_INFO, "run %s: %s, pid %" PRId64 ", from seq %" PRIu64, hello->name,
             open ? "is back" : "is there", hello->pid, session->last_seq + 1);
}

void koop_ingest_fail(koop_ingest *ingest, const koop_session *session) {
    koop_log(KOOP_LOG_ERROR, "run %s: journal cannot be written: %s; not acknowledging",
             session->hello.name, strerror(errno));
    koop_runs_failing(ingest->options.runs, session->hello.run, true);
}

/* Gives up what other runs have not finished for as long as there is no room for one more: whose
 * trainer has been silent longest. */
static void make_room(koop_ingest *ingest, const koop_session *session) {
    uint64_t bytes = koop_ingest_count_unfinished(ingest) + session->snapshot_bytes;
    while (bytes > UNFINISHED_BYTES) {
        koop_session *victim = NULL;
        for (int i = 0; i < ingest->n; i++) {
            koop_session *one = ingest->sessions[i];
            if (one == session || one->filled == 0) continue;
            if (!victim || one->heard_ms < victim->heard_ms) victim = one;
        }
        if (!victim) return;
        bytes -= victim->filled;
        koop_session_give_up(victim);
    }
}

static void on_snapshot(koop_ingest *ingest, koop_session *session,
                        const koop_wire_snapshot *snapshot) {
    char text[KOOP_WIRE_TEXT_BYTES];
    koop_work *work = NULL;
    if (snapshot->seq > INT64_MAX) { /* all that came later would be a duplicate */
        koop_ingest_malformed(ingest, &session->peer, snapshot->seq, "seq above 2^63 - 1");
        return;
    }
    if (snapshot->at == 0 && snapshot->bytes < snapshot->total) make_room(ingest, session);
    bool failing = session->failing;
    switch (koop_session_take(session, snapshot, &work, text)) {
    case KOOP_TAKEN_WHOLE:
        koop_ingest_hand_on(ingest, session, work);
        break;
    case KOOP_TAKEN_PART:
    case KOOP_TAKEN_DUPLICATE:
        break;
    case KOOP_TAKEN_NOT_NOW:
        if (session->failing && !failing) koop_ingest_fail(ingest, session);
        break;
    case KOOP_TAKEN_MISSHAPEN:
        refuse(ingest, &session->peer, session->hello.run, KOOP_WIRE_ERROR_SHAPE, snapshot->seq,
               text);
        ingest->heard = KOOP_HEARD_KNOWN; /* a mistake, and no more work than a good one */
        break;
    case KOOP_TAKEN_MALFORMED:
        koop_ingest_malformed(ingest, &session->peer, snapshot->seq, text);
        break;
    }
}

void koop_ingest_depart(koop_ingest *ingest, koop_session *session) {
    koop_runs_leaving(ingest->options.runs, session->hello.run);
    koop_ingest_acknowledge(ingest, session);
    ingest->out.type = KOOP_WIRE_BYE; /* it is in the journal */
    ingest->out.as.bye = session->bye;
    koop_ingest_send(ingest, &session->peer);
    koop_log(KOOP_LOG_INFO, "run %s: said goodbye after seq %" PRIu64, session->hello.name,
             session->last_seq);
    koop_work *work = koop_work_bye(session->hello.run, &session->bye);
    if (work) koop_ingest_hand_on(ingest, session, work);
    koop_ingest_drop(ingest, session);
}

/* One that cannot be written is not acknowledged: it waits with what is held before it. */
static void on_bye(koop_ingest *ingest, koop_session *session, const koop_wire_bye *bye) {
    koop_work *work = NULL;
    bool failing = session->failing;
    int64_t begun_ms = koop_clock_ms();
    if (failing && session->leaving) return; /* said again */
    koop_status status = koop_session_bye(session, bye, &work);
    if (work) koop_ingest_hand_on(ingest, session, work);
    if (status == KOOP_OK) {
        koop_ingest_depart(ingest, session);
    } else if (!failing) {
        koop_ingest_fail(ingest, session);
    }
    koop_bucket_charge(&ingest->openings, (int)(koop_clock_ms() - begun_ms), OPEN_MS_PER_S);
}

/* A message of a trainer that has a session. */
static void on_known(koop_ingest *ingest, koop_session *session, const koop_wire_message *message) {
    session->heard_ms = koop_clock_ms();
    koop_runs_heard(ingest->options.runs, session->hello.run, session->heard_ms);
    if (session->lost && !session->failing && message->type != KOOP_WIRE_BYE) {
        koop_ingest_error(ingest, &session->peer, KOOP_WIRE_ERROR_NO_HELLO, 0,
                          "snapshots were lost: say HELLO and send what is not acknowledged");
    } else if (message->type == KOOP_WIRE_SNAPSHOT) {
        on_snapshot(ingest, session, &message->as.snapshot);
    } else if (message->type == KOOP_WIRE_BYE) {
        on_bye(ingest, session, &message->as.bye);
    } else {
        session->acknowledge = true; /* a PING is answered: the trainer learns that we live */
    }
}

void koop_ingest_handle(koop_ingest *ingest, const koop_peer *peer, const uint8_t *bytes,
                        size_t size) {
    if (size > KOOP_WIRE_MESSAGE_BYTES) {
        const koop_session *session = koop_ingest_find(ingest, peer);
        refuse(ingest, peer, session ? session->hello.run : NULL, KOOP_WIRE_ERROR_LIMIT,
               koop_wire_peek_seq(bytes, size), "message above the limit of its size");
        return;
    }
    koop_status status = koop_wire_unpack(bytes, size, &ingest->in);
    if (status == KOOP_NO_MEMORY) { /* ours, not the trainer's fault: it shall send it again */
        koop_session *session = koop_ingest_find(ingest, peer);
        if (session) session->lost = true;
        return;
    }
    if (status != KOOP_OK) {
        koop_ingest_malformed(ingest, peer, koop_wire_peek_seq(bytes, size),
                              koop_strstatus(status));
        return;
    }
    koop_session *session = koop_ingest_find(ingest, peer);
    switch (ingest->in.type) {
    case KOOP_WIRE_HELLO:
        on_hello(ingest, peer, &ingest->in.as.hello);
        return;
    case KOOP_WIRE_SNAPSHOT:
    case KOOP_WIRE_PING:
    case KOOP_WIRE_BYE:
        if (session) {
            on_known(ingest, session, &ingest->in);
        } else {
            /* A trainer whose daemon was started anew goes on with snapshots, until it hears this. */
            if (ingest->in.type != KOOP_WIRE_SNAPSHOT) ingest->heard = KOOP_HEARD_BAD;
            koop_ingest_error(ingest, peer, KOOP_WIRE_ERROR_NO_HELLO, 0, "say HELLO first");
        }
        return;
    case KOOP_WIRE_WELCOME:
    case KOOP_WIRE_ACK:
    case KOOP_WIRE_ERROR:
        koop_ingest_malformed(ingest, peer, 0, "only the daemon sends this");
        return;
    }
    koop_ingest_malformed(ingest, peer, 0, "unknown type");
}
