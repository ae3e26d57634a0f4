/* recovery: what a run's directory holds, before it is appended to again.
 *
 * Cuts a torn tail (the beginning of a record) off the last segment, removes that segment if nothing
 * in it is intact, checks that the run's shape is the one in the journal, and finds the highest seq.
 * Whatever else is damaged in the segments it reads is copied to the quarantine; only then is a
 * damaged tail cut. Where no copy can be made the last segment is left as it is and another is
 * begun. Reads the newest segments only, back to one that holds a snapshot.
 *
 * With ack_synced each segment is synced and dropped from the page cache before it is read, so that
 * what is found is what the disk has. */
#ifndef KOOP_RECOVERY_H
#define KOOP_RECOVERY_H

#include "journal.h"

typedef struct koop_recovery {
    int file;        /* the last segment, open for appending; -1: a new one must begin */
    uint32_t number; /* of the last segment; 0: none */
    uint64_t size;   /* of the last segment, in whole records */
    uint64_t last_seq;
    uint64_t torn, damaged;
} koop_recovery;

/* KOOP_BAD_SHAPE when a HELLO in it declares other groups than `hello`, KOOP_IO_FAILED,
 * KOOP_NO_MEMORY; then nothing is left open. */
koop_status koop_recovery_run(int directory, const koop_wire_hello *hello,
                              const koop_journal_options *options, koop_recovery *found);

#endif
