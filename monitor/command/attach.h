/* attach: a command's connection to the daemon, and what it says when that does not work. */
#ifndef KOOP_ATTACH_H
#define KOOP_ATTACH_H

#include "command.h"
#include "endpoint.h"
#include "options.h"
#include "source.h"

/* How long a command waits for a daemon's answer. */
enum { KOOP_ATTACH_TIMEOUT_MS = 3000 };

typedef struct koop_attach {
    char endpoint[KOOP_ENDPOINT_BYTES];
    koop_source *source;
} koop_attach;

/* Resolves --connect (NULL: not given), the environment or the default into `endpoint`. 0, or an
 * exit code after a complaint. */
int koop_attach_resolve(const char *connect, char endpoint[KOOP_ENDPOINT_BYTES]);

/* Resolves --connect, finds the keys and opens a source. 0, or an exit code after a complaint.
 * Free with koop_attach_close, also after a failure when *attach was zeroed. */
int koop_attach_open(const koop_common *common, koop_attach *attach);
void koop_attach_close(koop_attach *attach);

/* Whether a daemon can be there at all: false when its ipc socket does not exist, which saves the
 * wait for an answer. */
bool koop_attach_possible(const koop_attach *attach);

/* Complains about a source's `status` (of a request about `run`, NULL for none); the exit code. */
int koop_attach_failed(const koop_attach *attach, koop_status status, const char *run);

/* The view of `run`, or the runs: 0, or an exit code after a complaint. The caller frees *view or
 * *runs. */
int koop_attach_view(const koop_attach *attach, const char *run, koop_view **view);
int koop_attach_runs(const koop_attach *attach, koop_run_summary **runs, int *count);

#endif
