/* recovery: what a run's directory holds, before it is appended to again.
 *
 * Cuts the torn tail off the last segment, removes that segment if nothing in it is intact, checks
 * that the run's shape is the one in the journal, and finds the highest seq. Reads the newest
 * segments only, back to one that holds a snapshot. */
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
koop_status koop_recovery_run(int directory, const koop_wire_hello *hello, koop_recovery *found);

#endif
