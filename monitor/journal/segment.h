/* segment: one file of records, read through a buffer that grows to its largest record.
 *
 * Hands out the wire message of every intact record: HELLO, whole SNAPSHOT, BYE. A record that is
 * intact but no such message (of a later version, or of another run) is passed over and counted as
 * unreadable. What stands behind the last intact record is torn when it is the beginning of a
 * record, damaged when it is anything else. The file may grow meanwhile: what lay in it when reading
 * began is read. */
#ifndef KOOP_SEGMENT_H
#define KOOP_SEGMENT_H

#include "journal.h"
#include "record.h"

typedef void koop_segment_damage(void *context, uint64_t offset, uint64_t bytes);

typedef struct koop_segment_reader {
    uint8_t *bytes;
    size_t capacity;
    koop_wire_message *message;
    koop_record_header header;   /* of the record that is being handed out */
    koop_segment_damage *damage; /* told of each damaged range, in order; may be NULL */
    void *context;
} koop_segment_reader;

typedef struct koop_segment_report {
    uint64_t records;                 /* intact */
    uint64_t unreadable;              /* of them */
    uint64_t damaged;                 /* ranges passed over */
    uint64_t torn;                    /* bytes of an incomplete record at the end */
    uint64_t size;                    /* of the file when reading began */
    uint64_t intact_end;              /* behind the last intact record */
    uint64_t damage_at, damage_bytes; /* the first damaged range; 0 bytes: none */
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

/* The seq of the first snapshot in a segment, UINT64_MAX when it has none. KOOP_NOT_FOUND,
 * KOOP_IO_FAILED, KOOP_NO_MEMORY. Reads no further than that snapshot. */
koop_status koop_segment_first_seq(koop_segment_reader *reader, int directory, uint32_t number,
                                   uint64_t *seq);

/* The first 8 bytes of a run's uuid as records carry them. */
uint64_t koop_segment_run(const uint8_t uuid[KOOP_WIRE_UUID_BYTES]);

#endif
