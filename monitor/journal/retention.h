/* retention: what goes when a run's journal is larger or older than is to be kept.
 *
 * The oldest segments first, and never the last two: what is written at the moment is among them,
 * so no lock is needed. With keep_needed also none with a snapshot that the run's checkpoint needs:
 * not taken by its pipeline yet, or to be given back to it. A segment is as old as its last write (its mtime). A whole run goes, by
 * koop_journal_prune, when all of it is too old and no writer has it. Only names that a journal
 * gives are deleted; no link is followed. */
#ifndef KOOP_RETENTION_H
#define KOOP_RETENTION_H

#include "journal.h"

/* Deletes what a run's directory has beyond options' keep_bytes and keep_days; tells the listener of
 * each segment. `now_s`: Unix time; `run`: the uuid that the listener is told, may be NULL. */
void koop_retention_apply(int directory, const koop_journal_options *options, int64_t now_s,
                          const char *run);

#endif
