/* checkpoint: the file beside a run's segments that holds the state of its pipeline after a seq.
 *
 * DATA/runs/UUID/checkpoint is two records (record.h). The first has no payload: type
 * KOOP_CHECKPOINT_NEEDS_TYPE, as run the options, as seq what the state needs; retention reads it alone.
 * The second is of type KOOP_CHECKPOINT_TYPE with the run and the seq; its payload is the state, of
 * which nothing is known here. A state of other options than the daemon's is put aside, as
 * checkpoint-OPTIONS (16 hexadecimal digits), for when they are the daemon's again. It is written under another
 * name and renamed, so it is there whole or not at all, and the one before stays until then; 0600,
 * and no link is followed. A convenience of this machine, never a record of the run: whatever is
 * wrong with it, there is none, and the journal is read from its beginning, or from where retention
 * has left it. One writer a run. */
#ifndef KOOP_CHECKPOINT_H
#define KOOP_CHECKPOINT_H

#include "wire.h"

#include <stdbool.h>

enum { KOOP_CHECKPOINT_TYPE = 0xc4, KOOP_CHECKPOINT_NEEDS_TYPE = 0xc5 };
#define KOOP_CHECKPOINT_MAX_BYTES ((size_t)512 << 20) /* of state: that of the largest window */

typedef struct koop_checkpoint {
    uint64_t seq;     /* the last snapshot in it */
    uint64_t needs;   /* the snapshots from this one on are wanted from the journal to go on */
    uint64_t options; /* a number for those that it was made with */
} koop_checkpoint;

/* Writes the checkpoint of a run in its directory `path`. `synced`: the disk has it before it takes
 * the place of the one before. KOOP_IO_FAILED with errno, KOOP_TOO_LARGE: the one before stays. */
koop_status koop_checkpoint_write(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                  const koop_checkpoint *about, const void *state, size_t size,
                                  bool synced);

/* Reads it; the caller frees *state. KOOP_NOT_FOUND when there is none that is whole and the run's;
 * KOOP_NO_MEMORY, KOOP_IO_FAILED (errno: no descriptor, no memory): there may be one. */
koop_status koop_checkpoint_read(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                 koop_checkpoint *about, void **state, size_t *size);

/* Makes that of these options, if there is one, the checkpoint; one of others is put aside. */
void koop_checkpoint_choose(const char *path, uint64_t options);

/* What the checkpoint in a run's open directory needs. Returns whether there is one. Reads no state. */
bool koop_checkpoint_needs(int directory, uint64_t *seq);

/* Removes it: it is not the journal's. */
void koop_checkpoint_remove(const char *path);

#endif
