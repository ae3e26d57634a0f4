/* outbox_internal: what outbox.c (what is there) and outbox_file.c (how it is written and read) share,
 * and nobody else. */
#ifndef KOOP_OUTBOX_INTERNAL_H
#define KOOP_OUTBOX_INTERNAL_H

#include "outbox.h"

struct koop_outbox {
    int directory, file; /* file −1: none that may be appended to */
    int64_t began_ms;
    uint64_t next;        /* number of the next alert */
    koop_watch **watches; /* by rising uuid */
    size_t n_watches, watches_room;
    koop_parcel **parcels; /* by rising number */
    size_t n_parcels, parcels_room;
    uint64_t bytes, base_bytes; /* of the file: now, and when it was last rewritten */
    uint64_t writes, synced;    /* appended records, and how many of them the disk has */
    int error;                  /* errno of the failure; 0: the file holds all */
};

/* Puts it where its number belongs. KOOP_NO_MEMORY. */
koop_status koop_outbox_put(koop_outbox *outbox, const koop_parcel *parcel);
void koop_outbox_drop(koop_outbox *outbox, uint64_t number);
/* Takes it over, in the place of one of the same run. KOOP_NO_MEMORY: it is still the caller's. */
koop_status koop_outbox_replace_watch(koop_outbox *outbox, koop_watch *watch);

/* What was found when reading. */
typedef struct koop_outbox_report {
    uint64_t records, damaged, torn; /* records; damaged ranges; bytes */
    uint64_t unreadable; /* records, or parts of them, that are not what they should be */
    bool begun;          /* there was a BEGIN */
} koop_outbox_report;

/* Takes what the bytes of a file say. KOOP_NO_MEMORY. */
koop_status koop_outbox_read(koop_outbox *outbox, const uint8_t *bytes, size_t size,
                             koop_outbox_report *report);

/* Appends a NOTE (watch NULL: of none) or a DONE. On failure outbox->error is set. */
void koop_outbox_append_note(koop_outbox *outbox, koop_watch *watch, const koop_parcel *parcels,
                             int n);
void koop_outbox_append_done(koop_outbox *outbox, uint64_t number);

/* All that is in memory as a file, which the caller frees. KOOP_NO_MEMORY. */
koop_status koop_outbox_pack(koop_outbox *outbox, uint8_t **bytes, size_t *size);

/* Puts a file of all that is in memory in the place of the one there is. */
void koop_outbox_rewrite(koop_outbox *outbox);

#endif
