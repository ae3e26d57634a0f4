/* ingest_internal: what ingest.c (rounds, socket) and ingest_handle.c (what each message means)
 * share, and nobody else. */
#ifndef KOOP_INGEST_INTERNAL_H
#define KOOP_INGEST_INTERNAL_H

#include "bucket.h"
#include "ingest.h"
#include "session.h"

#include <stdatomic.h>

enum { KOOP_INGEST_TOLD = 16 };

struct koop_ingest {
    koop_ingest_options options;
    void *socket;
    bool skipping; /* frames of a multipart message remain to be thrown away */
    koop_session *sessions[KOOP_VIEW_RUNS];
    int n;
    uint8_t told[KOOP_INGEST_TOLD][KOOP_WIRE_UUID_BYTES]; /* runs of whose journal it is logged that
                                                             it cannot be opened */
    int told_next;
    int rounds;                /* since nothing waited, or silence was looked for */
    int sync_next;             /* session whose turn to be synced it is */
    int64_t sync_ms, look_ms;  /* when they are due */
    koop_wire_message in, out; /* large */
    koop_wire_buffer packed;
    koop_heard heard;     /* how the message in hand is judged */
    koop_bucket openings; /* of sessions */
    _Atomic uint64_t unfinished;
};

/* What one whole message from `peer` asks for. */
void koop_ingest_handle(koop_ingest *ingest, const koop_peer *peer, const uint8_t *bytes,
                        size_t size);

/* A message that cannot be read; `seq` of the snapshot that it was, or 0. */
void koop_ingest_malformed(koop_ingest *ingest, const koop_peer *peer, uint64_t seq,
                           const char *why);

/* A message of one whose key is not allowed any more: it ends the session, so that a trainer whose
 * key comes back says HELLO and sends again what was turned away. */
void koop_ingest_turn_away(koop_ingest *ingest, const koop_peer *peer);

koop_session *koop_ingest_find(koop_ingest *ingest, const koop_peer *peer);
uint64_t koop_ingest_count_unfinished(koop_ingest *ingest);
void koop_ingest_drop(koop_ingest *ingest, koop_session *session);

/* Send to a peer without waiting; a peer that does not read loses it. */
void koop_ingest_error(koop_ingest *ingest, const koop_peer *peer, koop_wire_error code,
                       uint64_t seq, const char *text);
void koop_ingest_acknowledge(koop_ingest *ingest, koop_session *session);
void koop_ingest_send(koop_ingest *ingest, const koop_peer *peer); /* ingest->out */

/* The trainer's goodbye is in the journal: tells everyone, and drops the session. */
void koop_ingest_depart(koop_ingest *ingest, koop_session *session);

/* The journal could not be written: says so once. */
void koop_ingest_fail(koop_ingest *ingest, const koop_session *session);

/* Hands an item to compute, or leaves it to be found in the journal, and counts it. */
void koop_ingest_hand_on(koop_ingest *ingest, koop_session *session, koop_work *work);

#endif
