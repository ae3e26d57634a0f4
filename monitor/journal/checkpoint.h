/* checkpoint: the file beside a run's segments that holds the state of its pipeline after a seq.
 *
 * DATA/runs/UUID/checkpoint is one record (record.h) of type KOOP_CHECKPOINT_TYPE with the run and
 * the seq; its payload is the state, of which nothing is known here. It is written under another
 * name and renamed, so it is there whole or not at all, and the one before stays until then; 0600,
 * and no link is followed. A convenience of this machine, never a record of the run: whatever is
 * wrong with it, there is none, and the journal is read from its beginning. One writer a run. */
#ifndef KOOP_CHECKPOINT_H
#define KOOP_CHECKPOINT_H

#include "wire.h"

#include <stdbool.h>

enum { KOOP_CHECKPOINT_TYPE = 0xc4 };
#define KOOP_CHECKPOINT_MAX_BYTES ((size_t)64 << 20) /* of state */

/* Writes the checkpoint of a run in its directory `path`. `synced`: the disk has it before it takes
 * the place of the one before. KOOP_IO_FAILED with errno, KOOP_TOO_LARGE: the one before stays. */
koop_status koop_checkpoint_write(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                  uint64_t seq, const void *state, size_t size, bool synced);

/* Reads it; the caller frees *state. KOOP_NOT_FOUND when there is none that is whole and the run's,
 * KOOP_NO_MEMORY. */
koop_status koop_checkpoint_read(const char *path, const uint8_t run[KOOP_WIRE_UUID_BYTES],
                                 uint64_t *seq, void **state, size_t *size);

/* Removes it: it is not the journal's. */
void koop_checkpoint_remove(const char *path);

#endif
