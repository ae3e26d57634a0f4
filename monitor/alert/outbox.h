/* outbox: the alerts that are to be delivered and the watches of all runs, in a file that survives
 * the process.
 *
 * DATA/alerts/outbox is records (client/record.h) one after another; `run` of the header is 0 but
 * where said:
 *     BEGIN  seq: when the outbox was first made, Unix ms. No payload. The first record
 *     NOTE   a watch as it is from now on, and the alerts that its latest event gave; seq: the number
 *            of the first of them. Payload: length of the watch u32 · the watch (koop_watch_exchange)
 *            or nothing · [{"number","rule","alert"}, …] in JSON
 *     DONE   seq: the number of an alert that is delivered, or given up. No payload
 * One record, so that after a crash an event was considered and its alerts are there, or neither.
 *
 * What is noted is in memory first, and what counts. Where the file takes nothing (a full disk, one
 * that fails) it is rewritten as a whole from memory until that works; so it is when much of it is
 * of no use any more, and when it was found torn or damaged, whose file is kept beside it as
 * outbox.damaged. It is written under another name and renamed: there whole or not at all.
 *
 * Bounded: KOOP_OUTBOX_PER_RULE alerts a rule. Beyond, the oldest of the lowest level goes.
 *
 * No lock: whoever has it lets one thread at a time in. It may be given any bytes. */
#ifndef KOOP_OUTBOX_H
#define KOOP_OUTBOX_H

#include "watch.h"

enum {
    KOOP_OUTBOX_BEGIN_TYPE = 0xa0,
    KOOP_OUTBOX_NOTE_TYPE = 0xa1,
    KOOP_OUTBOX_DONE_TYPE = 0xa2,
    KOOP_OUTBOX_PER_RULE = 128,
    KOOP_OUTBOX_WHY_BYTES = 256
};

/* An alert on its way by one rule. */
typedef struct koop_parcel {
    uint64_t number; /* of this outbox */
    char rule[KOOP_CONFIG_SUBNAME_BYTES];
    koop_alert alert;
    int tries;      /* by this process */
    int64_t due_ms; /* when it may be tried, koop_clock_ms */
    bool taken;     /* is being tried */
} koop_parcel;

typedef struct koop_outbox koop_outbox;

/* Opens DATA/alerts/outbox, or begins it at `now_ms` (Unix time). Watches of runs whose journals are
 * gone are left out. `why` gets a sentence where something was not as it should be, else "".
 * KOOP_IO_FAILED with `why`, KOOP_NO_MEMORY. */
koop_status koop_outbox_open(koop_outbox **out, const char *data_dir, int64_t now_ms,
                             char why[KOOP_OUTBOX_WHY_BYTES]);
void koop_outbox_close(koop_outbox *outbox); /* NULL is allowed */

int64_t koop_outbox_began_ms(const koop_outbox *outbox);

/* Watches, by the run's uuid as text. Borrowed until forgotten. */
koop_watch *koop_outbox_watch(koop_outbox *outbox, const char *run);     /* NULL: none */
koop_watch *koop_outbox_add_watch(koop_outbox *outbox, const char *run); /* NULL: no memory */
koop_watch *koop_outbox_watch_at(koop_outbox *outbox, size_t i);         /* NULL: so many are not */
void koop_outbox_forget(koop_outbox *outbox, const char *run);

/* Notes a watch and its n new alerts, which get their numbers. Where the file takes nothing they are
 * in memory. KOOP_NO_MEMORY: not even there. */
koop_status koop_outbox_note(koop_outbox *outbox, koop_watch *watch, koop_parcel *parcels, int n);

/* The alert is delivered, or given up. */
void koop_outbox_done(koop_outbox *outbox, uint64_t number);

/* The i-th alert on its way, oldest first; NULL: so many are not. Borrowed until the next note or
 * done. */
koop_parcel *koop_outbox_parcel(koop_outbox *outbox, size_t i);
koop_parcel *koop_outbox_find(koop_outbox *outbox, uint64_t number);

/* The one to give up where the rule has its fill; NULL: there is room. Never one that is taken. */
koop_parcel *koop_outbox_surplus(koop_outbox *outbox, const char *rule);

/* Rewrites the file where that is due: it failed, or much of it is of no use. */
void koop_outbox_mend(koop_outbox *outbox);

/* Whether all is in the file; if not, why. */
bool koop_outbox_is_kept(const koop_outbox *outbox, char why[KOOP_OUTBOX_WHY_BYTES]);

/* What was written and no disk is known to have: a descriptor to sync, which the caller closes, and
 * a mark to be told of afterwards; -1: nothing. Between the two others may be let in. */
int koop_outbox_unsynced(koop_outbox *outbox, uint64_t *mark);
void koop_outbox_synced(koop_outbox *outbox, uint64_t mark, bool synced);

#endif
