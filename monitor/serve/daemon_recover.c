#include "daemon_internal.h"

#include "journal.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LISTED = 65536 };

/* One run. A journal that cannot be read is left alone and said. */
static koop_status recover_run(koop_daemon *daemon, const char *uuid, koop_wire_hello *hello) {
    char path[4096];
    snprintf(path, sizeof path, "%s/runs/%s", daemon->options.data_dir, uuid);
    koop_status status = koop_journal_hello(path, hello);
    if (status != KOOP_OK) {
        koop_log(KOOP_LOG_WARNING, "journal %s is not read: %s", path,
                 status == KOOP_NOT_FOUND ? "no HELLO in it" : koop_strstatus(status));
        return KOOP_OK;
    }
    status = koop_runs_recover(daemon->runs, hello);
    return status == KOOP_OK ? koop_compute_recover(daemon->compute, hello) : status;
}

koop_status koop_daemon_recover(koop_daemon *daemon) {
    char(*uuids)[33] = malloc(sizeof *uuids * MAX_LISTED);
    koop_wire_hello *hello = malloc(sizeof *hello);
    int n = 0;
    koop_status status = uuids && hello ? KOOP_OK : KOOP_NO_MEMORY;
    if (status == KOOP_OK)
        status = koop_journal_list(daemon->options.data_dir, uuids, MAX_LISTED, &n);
    int first = n > KOOP_VIEW_RUNS ? n - KOOP_VIEW_RUNS : 0; /* oldest first: keep the newest */
    if (first > 0)
        koop_log(KOOP_LOG_INFO, "%d older runs stay in their journals; the newest %d are shown",
                 first, KOOP_VIEW_RUNS);
    for (int i = first; status == KOOP_OK && i < n; i++)
        status = recover_run(daemon, uuids[i], hello);
    if (status == KOOP_OK && n > first) koop_log(KOOP_LOG_INFO, "%d runs recovered", n - first);
    free(hello);
    free(uuids);
    return status;
}
