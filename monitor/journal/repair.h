/* repair: makes a damaged journal whole again, and throws nothing away.
 *
 * Of each file with damage: the intact records go to a new file beside it (NAME.repair), which is
 * synced; the damaged file gets a place in quarantine/ as well; then the new one takes its name. A
 * crash leaves the old file or the new one. A file without an intact record leaves its place empty.
 * A second repair finds nothing to do. */
#ifndef KOOP_REPAIR_H
#define KOOP_REPAIR_H

#include "verify.h"

/* `file` is what it was before: with damage it has been repaired, without it was left as it is. */
typedef void koop_repair_handler(void *context, const koop_verified *file);

/* A run's directory, whose lock is held meanwhile, or one file (and the lock beside it, if there is
 * one). KOOP_IO_FAILED with errno EWOULDBLOCK: a daemon writes this journal. Otherwise as
 * koop_journal_verify. */
koop_status koop_journal_repair(const char *path, koop_repair_handler *handler, void *context);

#endif
