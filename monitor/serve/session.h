/* session: one trainer that has said HELLO: its journal, what it declared, and the snapshot of
 * which only some chunks have come.
 *
 * Knows no socket. A snapshot is taken when it is whole, has the declared size, is newer than the
 * last, and is in the journal: only then may it be computed, and acknowledged: at once, or with
 * ack_synced when the disk has it. While the journal cannot be written nothing is taken: the one
 * snapshot that failed is kept and tried again; what comes after it is dropped here,
 * unacknowledged, and the trainer sends it again when it is made to say HELLO anew. Owned by the
 * ingest thread. */
#ifndef KOOP_SESSION_H
#define KOOP_SESSION_H

#include "journal.h"
#include "work.h"

#define KOOP_SESSION_MAX_BYTES ((uint64_t)256 << 20) /* data of one snapshot */

enum { KOOP_PEER_BYTES = 255 }; /* a ZeroMQ routing id */

typedef struct koop_peer {
    size_t size;
    uint8_t id[KOOP_PEER_BYTES];
} koop_peer;

typedef enum koop_taken {
    KOOP_TAKEN_WHOLE,     /* journaled; *work is the item for compute */
    KOOP_TAKEN_PART,      /* more chunks to come, or the rest of a refused snapshot */
    KOOP_TAKEN_DUPLICATE, /* journaled before; acknowledge again */
    KOOP_TAKEN_NOT_NOW,   /* the journal cannot be written, or memory is out */
    KOOP_TAKEN_MISSHAPEN, /* not the declared size; `text` says both */
    KOOP_TAKEN_MALFORMED  /* chunks out of order; `text` says which */
} koop_taken;

typedef struct koop_session {
    koop_peer peer;
    koop_wire_hello hello;
    uint64_t snapshot_bytes; /* declared */
    uint64_t last_seq;       /* highest in the journal */
    bool ack_synced;         /* what is not synced is not acknowledged */
    bool acknowledge;        /* an ACK is due */
    bool unsynced;           /* the journal has records that fdatasync has not seen */
    bool failing;            /* the last write or sync failed; what it was for waits */
    bool leaving;            /* the trainer said `bye`, */
    bool bye_written;        /* which is in the journal */
    bool lost;               /* snapshots were dropped since: the trainer must say HELLO again */
    int64_t heard_ms, retry_ms;
    koop_journal *journal;
    koop_work *held;
    koop_wire_bye bye;
    /* the snapshot being put together */
    koop_wire_snapshot partial;
    uint8_t *data;
    uint64_t filled, refused_seq;
    koop_wire_message scratch;
} koop_session;

/* Bytes of a snapshot that has the declared groups. KOOP_TOO_LARGE above KOOP_SESSION_MAX_BYTES. */
koop_status koop_session_declared(const koop_wire_hello *hello, uint64_t *bytes);

/* "2 groups, 31,760 values of 4 bytes (fc1 784x40, fc2 40x10)", cut to `size`. */
void koop_session_describe(const koop_wire_hello *hello, char *out, size_t size);

/* Opens the journal of the run; `journal` NULL: the defaults. Errors of koop_journal_open and
 * koop_session_declared. */
koop_status koop_session_open(koop_session **out, const char *data_dir,
                              const koop_wire_hello *hello, const koop_journal_options *journal);
void koop_session_free(koop_session *session); /* syncs; NULL is allowed */

/* Gives up the unfinished snapshot alone: at its next word the trainer is told to say HELLO and to
 * send again. What waits to be written, a goodbye too, goes on waiting. */
void koop_session_give_up(koop_session *session);

/* The trainer spoke anew (perhaps from another connection): forgets the unfinished snapshot. */
void koop_session_restart(koop_session *session, const koop_peer *peer);

koop_taken koop_session_take(koop_session *session, const koop_wire_snapshot *snapshot,
                             koop_work **work, char text[KOOP_WIRE_TEXT_BYTES]);

/* Writes what waits: the held snapshot, which then is in *work (else NULL), and behind it the
 * goodbye; then syncs. KOOP_OK: nothing waits any more. */
koop_status koop_session_retry(koop_session *session, koop_work **work);

/* The same for a goodbye that came now. Until it is written the session must stay: what waits is
 * tried again, the trainer may be gone. */
koop_status koop_session_bye(koop_session *session, const koop_wire_bye *bye, koop_work **work);

/* KOOP_IO_FAILED: failing, to be tried again by koop_session_retry. */
koop_status koop_session_sync(koop_session *session);

/* The seq up to which the trainer may forget its snapshots. */
uint64_t koop_session_acknowledged(const koop_session *session);

#endif
