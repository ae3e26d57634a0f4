/* journal: one run's snapshots on disk, so that what was acknowledged survives the daemon.
 *
 * A directory DATA/runs/UUID (32 hexadecimal digits) holds segments 000001.koop, 000002.koop, … of
 * records (record.h); each segment begins with the run's HELLO, so that it can be read alone
 * (and beside them it stands once more, aside.h).
 * Payloads are wire messages. A segment is closed at segment_bytes; the oldest may have been
 * deleted. Files are opened with O_NOFOLLOW | O_CLOEXEC, mode 0600, directories 0700.
 *
 * Damage. A torn tail is the beginning of a record at the end of the last segment, as a crash leaves
 * it: opening for append cuts it. Whatever else is damaged is copied to RUN/quarantine when it is
 * met on opening, stays in the segment unless it is at its end, and is passed over in reading, which
 * goes on with the next valid header. See recovery.h.
 *
 * Append writes with one writev; koop_journal_sync does fdatasync. An append that fails (no space)
 * truncates back to the record boundary and returns KOOP_IO_FAILED: nothing half-written stays, and
 * the next append tries anew. After a failed sync the segment is not trusted any further: what was
 * appended since the last good sync, which is kept in memory until then, is written again to a new
 * segment and synced there; until that succeeds appends fail. A snapshot may so stand in two
 * segments: reading hands out each seq once.
 *
 * One owner, no locks within; the file `lock` beside the segments is locked (flock), so that a
 * journal has one writer at a time. Readers need no lock. Memory: the largest record, twice, and
 * unsynced_bytes (or one larger record) while unsynced. */
#ifndef KOOP_JOURNAL_H
#define KOOP_JOURNAL_H

#include "notice.h"
#include "wire.h"

#include <stdbool.h>

typedef struct koop_journal koop_journal;

typedef struct koop_journal_options {
    size_t segment_bytes;  /* at which a segment is closed. 0: 64 MiB */
    bool ack_synced;       /* a record counts when it is synced, not when it is written */
    uint64_t keep_bytes;   /* of a run's segments; the oldest beyond are deleted. 0: all are kept */
    int keep_days;         /* older segments are deleted. 0: none */
    bool keep_needed;      /* but no segment that the run's checkpoint needs; without one: none */
    size_t unsynced_bytes; /* of records that are remembered until they are synced. 0: 4 MiB */
    koop_notice_listener *listener; /* told of damage, failures and deletions; may be NULL */
    void *context;
} koop_journal_options;

/* 64 MiB segments, written is enough, everything is kept, 4 MiB unsynced. */
koop_journal_options koop_journal_defaults(void);

typedef struct koop_journal_counters {
    uint64_t records, bytes; /* appended through this journal; when reading: intact, and read */
    uint64_t torn;           /* torn tails: truncated when opening, passed over when reading */
    uint64_t damaged;        /* damaged ranges and unreadable records passed over */
    uint64_t quarantined;    /* files in the quarantine when it was opened; not when reading */
    uint64_t repeated;       /* when reading: records handed out before, from another segment */
    /* when reading: the first damaged range; 0 bytes: none. Segment 0: the file itself */
    uint32_t damage_segment;
    uint64_t damage_at, damage_bytes;
    uint64_t failed; /* appends or syncs that the operating system refused */
} koop_journal_counters;

/* Opens (creates) the journal of `hello`'s run below `data_dir` for appending, after recovery.
 * *last_seq gets the highest seq in it, 0 when new. `options` NULL: the defaults.
 * KOOP_BAD_SHAPE when the journal holds other groups than `hello` declares; KOOP_IO_FAILED, with
 * errno EWOULDBLOCK when another writer has it; KOOP_TOO_LARGE (path), KOOP_NO_MEMORY. */
koop_status koop_journal_open(koop_journal **out, const char *data_dir,
                              const koop_wire_hello *hello, const koop_journal_options *options,
                              uint64_t *last_seq);
void koop_journal_close(koop_journal *journal); /* syncs; NULL is allowed */

/* Appends a whole snapshot (data holds all `total` bytes) or a BYE: else KOOP_BAD_ARGUMENT.
 * KOOP_IO_FAILED, KOOP_TOO_LARGE, KOOP_NO_MEMORY. */
koop_status koop_journal_append(koop_journal *journal, const koop_wire_message *message);

/* Nothing to do when nothing was appended. KOOP_OK also where the disk failed and a new segment has
 * it all now; KOOP_IO_FAILED: nowhere is it safe, the next sync or append tries again. */
koop_status koop_journal_sync(koop_journal *journal);

/* Sets the option of the same name, for segments that are begun from now on. */
void koop_journal_keep_needed(koop_journal *journal, bool keep_needed);

/* With ack_synced: the highest seq that the disk has, along with all before it. */
uint64_t koop_journal_synced(const koop_journal *journal);
koop_journal_counters koop_journal_get_counters(const koop_journal *journal);

/* Reads all records of one run's directory, or of one file, in order, each seq once; calls
 * `handler` for HELLO (first of each segment, of one shape), SNAPSHOT and BYE. A HELLO comes before
 * all else as long as one is intact anywhere: where the first is damaged, a later one is handed out
 * early. The oldest segments may be deleted meanwhile, before anything of them was read;
 * KOOP_IO_FAILED with errno ESTALE when one goes later: read anew. A handler that returns not
 * KOOP_OK stops the reading and its status is returned. KOOP_NOT_FOUND,
 * KOOP_IO_FAILED, KOOP_BAD_MESSAGE when the path holds no record at all. `counters` may be NULL.
 * The message is borrowed for the call. */
typedef koop_status koop_journal_handler(void *context, const koop_wire_message *message);
koop_status koop_journal_read(const char *path, koop_journal_handler *handler, void *context,
                              koop_journal_counters *counters);

/* The same from the newest segment on that begins with a snapshot not above `seq`: all that is newer
 * comes, and some before it. */
koop_status koop_journal_read_after(const char *path, uint64_t seq, koop_journal_handler *handler,
                                    void *context, koop_journal_counters *counters);

/* What a reading passed over, in words: how many ranges, and where the first is. */
void koop_journal_damage_text(const koop_journal_counters *counters, char *out, size_t size);

/* How many snapshots were published, and not dropped, before `first`, the first that `path` has, and
 * went with segments that were deleted as too old; of a segment alone, all that came before it. */
uint64_t koop_journal_pruned(const char *path, const koop_wire_snapshot *first);

/* The files in the quarantine of the run whose directory `path` is; 0 without one. */
uint64_t koop_journal_quarantined(const char *path);

/* The first HELLO that is intact. Errors of koop_journal_read; KOOP_NOT_FOUND without one. */
koop_status koop_journal_hello(const char *path, koop_wire_hello *hello);

/* Whether two HELLOs declare the same values: dtype, groups, and the seed where one is sketched. */
bool koop_journal_same_shape(const koop_wire_hello *a, const koop_wire_hello *b);

/* The run directories below data_dir that have a segment, as uuids in `uuids` (33 bytes each): the
 * newest `capacity` of them, oldest first; *count gets their number. A missing data_dir has none. Their age is the start
 * that the first HELLO tells, or else the time at which the directory last changed. */
koop_status koop_journal_list(const char *data_dir, char (*uuids)[33], int capacity, int *count);

/* Deletes from all runs below data_dir what is beyond options' keep_bytes and keep_days: segments,
 * and runs that are too old as a whole and that no writer has. Tells the listener. KOOP_IO_FAILED. */
koop_status koop_journal_prune(const char *data_dir, const koop_journal_options *options,
                               int64_t now_s);

#endif
