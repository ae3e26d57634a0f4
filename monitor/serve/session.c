#include "session.h"

#include "log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

koop_status koop_session_declared(const koop_wire_hello *hello, uint64_t *bytes) {
    const uint64_t limit = KOOP_SESSION_MAX_BYTES / hello->dtype;
    uint64_t values = 0;
    for (uint32_t g = 0; g < hello->n_groups; g++) {
        if (hello->groups[g].length > limit - values) return KOOP_TOO_LARGE;
        values += hello->groups[g].length;
    }
    *bytes = values * hello->dtype;
    return KOOP_OK;
}

/* Appends to the text at *used, as far as `size` allows. */
__attribute__((format(printf, 4, 5))) static void add_text(char *out, size_t size, size_t *used,
                                                           const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(out + *used, size - *used, format, arguments);
    va_end(arguments);
    if (n > 0) *used += (size_t)n < size - *used ? (size_t)n : size - *used - 1;
}

void koop_session_describe(const koop_wire_hello *hello, char *out, size_t size) {
    size_t used = 0;
    uint64_t bytes = 0;
    koop_session_declared(hello, &bytes);
    add_text(out, size, &used, "%" PRIu32 " group%s, %" PRIu64 " values of %" PRIu32 " bytes (",
             hello->n_groups, hello->n_groups == 1 ? "" : "s", bytes / hello->dtype, hello->dtype);
    for (uint32_t g = 0; g < hello->n_groups; g++) {
        const koop_wire_group *group = &hello->groups[g];
        char name[KOOP_WIRE_NAME_BYTES];
        koop_wire_safe_name(group->name, name);
        add_text(out, size, &used, "%s%s ", g ? ", " : "", name);
        for (uint32_t i = 0; i < group->dimensions; i++)
            add_text(out, size, &used, "%s%" PRIu64, i ? "x" : "", group->shape[i]);
        if (group->sketch) add_text(out, size, &used, " as %" PRIu64, group->sketch);
    }
    add_text(out, size, &used, ")");
}

static void log_notice(void *context, const koop_notice *notice) {
    const koop_session *session = context;
    char text[256], name[KOOP_WIRE_NAME_BYTES];
    koop_notice_text(notice, text, sizeof text);
    koop_wire_safe_name(session->hello.name, name);
    koop_log(notice->kind == KOOP_NOTICE_DELETED ? KOOP_LOG_INFO : KOOP_LOG_WARNING, "run %s: %s",
             name, text);
}

koop_status koop_session_open(koop_session **out, const char *data_dir,
                              const koop_wire_hello *hello, const koop_journal_options *journal) {
    koop_session *session = calloc(1, sizeof *session);
    if (!session) return KOOP_NO_MEMORY;
    session->hello = *hello;
    session->ack_synced = journal && journal->ack_synced;
    koop_journal_options options = journal ? *journal : koop_journal_defaults();
    options.keep_needed = true; /* the acknowledged is kept until it is computed */
    options.listener = log_notice;
    options.context = session;
    koop_status status = koop_session_declared(hello, &session->snapshot_bytes);
    if (status == KOOP_OK)
        status =
            koop_journal_open(&session->journal, data_dir, hello, &options, &session->last_seq);
    if (status != KOOP_OK) {
        koop_session_free(session);
        return status;
    }
    *out = session;
    return KOOP_OK;
}

static void forget_partial(koop_session *session) {
    free(session->data);
    session->data = NULL;
    session->filled = 0;
}

void koop_session_free(koop_session *session) {
    if (!session) return;
    forget_partial(session);
    koop_work_free(session->held);
    koop_journal_close(session->journal);
    free(session);
}

void koop_session_restart(koop_session *session, const koop_peer *peer) {
    forget_partial(session);
    session->peer = *peer;
    session->refused_seq = 0;
    session->lost = false;
    session->leaving = false;
    session->bye_written = false;
}

static koop_status journal_work(koop_session *session, koop_work *work) {
    session->scratch.type = KOOP_WIRE_SNAPSHOT;
    session->scratch.as.snapshot = work->snapshot;
    koop_status status = koop_journal_append(session->journal, &session->scratch);
    session->failing = status != KOOP_OK;
    if (status == KOOP_OK) {
        session->last_seq = work->snapshot.seq;
        session->acknowledge |= !session->ack_synced;
        session->unsynced = true;
    }
    return status;
}

/* The whole snapshot is in session->partial and session->data. */
static koop_taken take_whole(koop_session *session, koop_work **work) {
    koop_work *whole = koop_work_snapshot(session->hello.run, &session->partial, &session->data);
    forget_partial(session);
    if (!whole) {
        session->lost = true;
        return KOOP_TAKEN_NOT_NOW;
    }
    if (journal_work(session, whole) != KOOP_OK) {
        session->held = whole;
        return KOOP_TAKEN_NOT_NOW;
    }
    *work = whole;
    return KOOP_TAKEN_WHOLE;
}

static koop_taken begin_snapshot(koop_session *session, const koop_wire_snapshot *snapshot,
                                 char text[KOOP_WIRE_TEXT_BYTES]) {
    forget_partial(session); /* the trainer began anew before the last one was whole */
    if (snapshot->seq == 0) {
        snprintf(text, KOOP_WIRE_TEXT_BYTES, "seq 0: snapshots are numbered from 1");
        return KOOP_TAKEN_MALFORMED;
    }
    if (snapshot->total != session->snapshot_bytes) {
        int n = snprintf(text, KOOP_WIRE_TEXT_BYTES,
                         "snapshot has %" PRIu64 " bytes, declared are %" PRIu64 ": ",
                         snapshot->total, session->snapshot_bytes);
        koop_session_describe(&session->hello, text + n, KOOP_WIRE_TEXT_BYTES - (size_t)n);
        session->refused_seq = snapshot->seq;
        return KOOP_TAKEN_MISSHAPEN;
    }
    session->data = malloc((size_t)session->snapshot_bytes);
    if (!session->data) {
        session->lost = true;
        return KOOP_TAKEN_NOT_NOW;
    }
    session->partial = *snapshot;
    return KOOP_TAKEN_PART;
}

koop_taken koop_session_take(koop_session *session, const koop_wire_snapshot *snapshot,
                             koop_work **work, char text[KOOP_WIRE_TEXT_BYTES]) {
    if (session->failing || session->lost) {
        session->lost = true;
        return KOOP_TAKEN_NOT_NOW;
    }
    if (snapshot->seq != 0 && snapshot->seq <= session->last_seq) {
        session->acknowledge = true;
        return KOOP_TAKEN_DUPLICATE;
    }
    if (snapshot->at == 0) {
        koop_taken begun = begin_snapshot(session, snapshot, text);
        if (begun != KOOP_TAKEN_PART) return begun;
    } else if (snapshot->seq == session->refused_seq) {
        return KOOP_TAKEN_PART;
    }
    bool next = session->data && snapshot->seq == session->partial.seq &&
                snapshot->at == session->filled && snapshot->total == session->partial.total &&
                snapshot->bytes > 0 && snapshot->bytes <= snapshot->total - snapshot->at;
    if (!next) {
        snprintf(text, KOOP_WIRE_TEXT_BYTES,
                 "snapshot %" PRIu64 ": chunk at %" PRIu64 " of %zu bytes does not follow on",
                 snapshot->seq, snapshot->at, snapshot->bytes);
        forget_partial(session);
        return KOOP_TAKEN_MALFORMED;
    }
    memcpy(session->data + session->filled, snapshot->data, snapshot->bytes);
    session->filled += snapshot->bytes;
    if (session->filled < session->snapshot_bytes) return KOOP_TAKEN_PART;
    return take_whole(session, work);
}

static koop_status journal_bye(koop_session *session) {
    session->scratch.type = KOOP_WIRE_BYE;
    session->scratch.as.bye = session->bye;
    koop_status status = koop_journal_append(session->journal, &session->scratch);
    session->failing = status != KOOP_OK;
    if (status == KOOP_OK) session->bye_written = session->unsynced = true;
    return status;
}

koop_status koop_session_retry(koop_session *session, koop_work **work) {
    *work = NULL;
    if (session->held) {
        koop_status status = journal_work(session, session->held);
        if (status != KOOP_OK) return status;
        *work = session->held;
        session->held = NULL;
    }
    if (session->leaving && !session->bye_written) {
        koop_status status = journal_bye(session);
        if (status != KOOP_OK) return status;
    }
    session->failing = false;
    return session->unsynced ? koop_session_sync(session) : KOOP_OK;
}

void koop_session_give_up(koop_session *session) {
    forget_partial(session);
    session->lost = true;
}

koop_status koop_session_bye(koop_session *session, const koop_wire_bye *bye, koop_work **work) {
    forget_partial(session);
    session->leaving = true;
    session->bye = *bye;
    session->bye_written = false;
    return koop_session_retry(session, work);
}

koop_status koop_session_sync(koop_session *session) {
    koop_status status = koop_journal_sync(session->journal);
    session->unsynced = session->failing = status != KOOP_OK;
    if (status == KOOP_OK) session->acknowledge |= session->ack_synced;
    return status;
}

uint64_t koop_session_acknowledged(const koop_session *session) {
    return session->ack_synced ? koop_journal_synced(session->journal) : session->last_seq;
}
