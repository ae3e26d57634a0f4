/* verify: what the files of a journal hold, and where they are damaged. Reads only, locks nothing.
 *
 * The beginning of a record at the end of the last file is no damage: a crash, or a write that is
 * going on, leaves it. */
#ifndef KOOP_VERIFY_H
#define KOOP_VERIFY_H

#include "journal.h"

enum { KOOP_VERIFY_NAME_BYTES = 256 };
#define KOOP_VERIFY_UNKNOWN UINT64_MAX

typedef struct koop_span {
    uint64_t first, last; /* both included: seqs, or offsets */
} koop_span;

typedef struct koop_spans {
    koop_span *list;
    size_t n, capacity;
} koop_spans;

typedef struct koop_verified {
    char name[KOOP_VERIFY_NAME_BYTES]; /* in its directory; "" for a path that is a file itself */
    uint64_t bytes, records, snapshots;
    uint64_t unreadable;          /* intact records that are no message known here */
    uint64_t repeated;            /* snapshots that stand in an earlier place as well */
    uint64_t first_seq, last_seq; /* 0: no snapshot */
    uint64_t missing;             /* seqs in `gaps` */
    uint64_t torn;                /* bytes of an incomplete record at the end of the last file */
    uint64_t damaged_bytes;
    koop_spans gaps;    /* seqs that no snapshot here or before has: dropped, lost or damaged */
    koop_spans damaged; /* offsets */
} koop_verified;

typedef koop_status koop_verify_handler(void *context, const koop_verified *file);

/* Verifies a run's directory, or one file, and hands out each file in order; it is borrowed. A
 * handler that returns not KOOP_OK stops it. KOOP_NOT_FOUND: nothing there, or no segment in the
 * directory; KOOP_BAD_MESSAGE: the file holds no record; KOOP_IO_FAILED, KOOP_NO_MEMORY. */
koop_status koop_journal_verify(const char *path, koop_verify_handler *handler, void *context);

/* The same of one open file; `last` of its journal. `before`: the highest seq of the files before,
 * or KOOP_VERIFY_UNKNOWN: then nothing is missing before the first snapshot.
 * Release it with koop_verified_clear, whatever the status. */
koop_status koop_verify_file(int fd, bool last, uint64_t before, koop_verified *file);
void koop_verified_clear(koop_verified *file);

#endif
