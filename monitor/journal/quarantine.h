/* quarantine: damaged bytes of a run, kept apart so that cutting or mending loses nothing.
 *
 * RUN/quarantine (0700) holds files (0600) named NNNNNN-OFFSET after the segment and the place of
 * the bytes in it; whole files are put there under their own names. A file appears under its name
 * when it is complete and synced, and is never written again: other bytes of the same place get
 * ".2", ".3", … behind it. The caller has the run's lock. No function follows a link. */
#ifndef KOOP_QUARANTINE_H
#define KOOP_QUARANTINE_H

#include "status.h"

#include <stdint.h>

#define KOOP_QUARANTINE_NAME "quarantine"

/* Copies the bytes, unless the same bytes are there already. KOOP_IO_FAILED with errno: no copy. */
koop_status koop_quarantine_copy(int run, uint32_t number, int file, uint64_t offset,
                                 uint64_t bytes);

/* Makes the open file, which stands in `directory` as `name`, known in its quarantine as well: by a
 * link, or a copy where the file system has none. Not again where it is there already.
 * KOOP_IO_FAILED. */
koop_status koop_quarantine_file(int directory, const char *name, int file);

/* The files in it; 0 without one. */
uint64_t koop_quarantine_count(int run);

#endif
