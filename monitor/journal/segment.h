/* segment: one file of records, read through a buffer that grows to its largest record.
 *
 * Hands out the wire message of every intact record: HELLO, whole SNAPSHOT, BYE. A record that is
 * intact but no such message (of a later version, or of another run) is passed over and counted as
 * damaged. The file may grow meanwhile: what lay in it when reading began is read. */
#ifndef KOOP_SEGMENT_H
#define KOOP_SEGMENT_H

#include "journal.h"

typedef struct koop_segment_reader {
    uint8_t *bytes;
    size_t capacity;
    koop_wire_message *message;
} koop_segment_reader;

typedef struct koop_segment_report {
    uint64_t records;    /* intact */
    uint64_t damaged;    /* ranges passed over, unreadable records included */
    uint64_t size;       /* of the file when reading began */
    uint64_t intact_end; /* behind the last intact record; below size: a torn tail */
} koop_segment_report;

/* Workspace for any number of files. KOOP_NO_MEMORY. */
koop_status koop_segment_reader_init(koop_segment_reader *reader);
void koop_segment_reader_clear(koop_segment_reader *reader);

/* Opens for reading, or for reading and appending, without following a link; regular files only.
 * KOOP_NOT_FOUND, KOOP_IO_FAILED. The caller closes *fd. */
koop_status koop_segment_open(int directory, const char *name, int flags, int *fd);

/* Reads the file from its start. `report` is filled whatever the status; a status of the handler
 * other than KOOP_OK stops the reading and is returned. KOOP_IO_FAILED, KOOP_NO_MEMORY. */
koop_status koop_segment_read(koop_segment_reader *reader, int fd, koop_journal_handler *handler,
                              void *context, koop_segment_report *report);

/* The first 8 bytes of a run's uuid as records carry them. */
uint64_t koop_segment_run(const uint8_t uuid[KOOP_WIRE_UUID_BYTES]);

#endif
