/* recording: the task that writes the ring to a file, for runs without a daemon (offline mode).
 *
 * RUN-UUID.koop holds records (record.h): HELLO, every snapshot in one piece, BYE. A snapshot
 * counts as acknowledged when it is written. The file is created with mode 0600 and never followed
 * through a link; without a single publication none is left behind. A write that fails is cut back
 * to the record's beginning and disables the client with the reason. Does not sync: what is written
 * survives the process, not a loss of power. */
#ifndef KOOP_RECORDING_H
#define KOOP_RECORDING_H

#include "worker.h"

/* A task for `worker` that writes NAME-UUID.koop in `directory`. KOOP_IO_FAILED (errno),
 * KOOP_NO_MEMORY, KOOP_TOO_LARGE (the path). */
koop_status koop_recording_new(koop_task *out, koop_worker *worker, const char *directory,
                               const char *name, const char *uuid);

#endif
