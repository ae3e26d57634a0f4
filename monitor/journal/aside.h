/* aside: two small files beside a run's segments, each one record (record.h).
 *
 * RUN/hello   the run's HELLO once more: without one that is intact nothing of a run can be read.
 * RUN/pruned  up to which seq retention has deleted snapshots: they are not lost.
 *
 * Written under another name and renamed, 0600, through no link; not synced, since the segments say
 * nearly as much. What cannot be written or read is as if it were not there. */
#ifndef KOOP_ASIDE_H
#define KOOP_ASIDE_H

#include "wire.h"

#include <stdbool.h>

#define KOOP_ASIDE_HELLO "hello"
#define KOOP_ASIDE_PRUNED "pruned"

/* Unless there is one: `packed` is the HELLO of the run (koop_segment_run). */
void koop_aside_keep_hello(int directory, uint64_t run, const koop_wire_buffer *packed);

void koop_aside_write_pruned(int directory, uint64_t seq);
uint64_t koop_aside_pruned(int directory); /* 0: none */

/* Whether a file of a run's directory has one of these names, or that of one being written. */
bool koop_aside_is(const char *name);

#endif
