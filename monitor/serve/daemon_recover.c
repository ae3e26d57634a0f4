#include "daemon_internal.h"

#include "clock.h"
#include "directory.h"
#include "journal.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LISTED = 65536, PRUNE_EVERY_MS = 3600000 };

/* One run. A journal that cannot be read is left alone and said. */
static koop_status recover_run(koop_daemon *daemon, const char *uuid, koop_wire_hello *hello,
                               int *recovered) {
    char path[4096];
    koop_directory_path(daemon->options.data_dir, uuid, path, sizeof path);
    koop_status status = koop_journal_hello(path, hello);
    if (status != KOOP_OK) {
        koop_log(KOOP_LOG_WARNING, "journal %s is not read: %s", path,
                 status == KOOP_NOT_FOUND ? "no HELLO in it" : koop_strstatus(status));
        return KOOP_OK;
    }
    status = koop_runs_recover(daemon->runs, hello);
    koop_runs_damaged(daemon->runs, hello->run, 0, koop_journal_quarantined(path));
    *recovered += status == KOOP_OK;
    return status == KOOP_OK ? koop_compute_recover(daemon->compute, hello) : status;
}

koop_status koop_daemon_recover(koop_daemon *daemon) {
    char(*uuids)[33] = malloc(sizeof *uuids * MAX_LISTED);
    koop_wire_hello *hello = malloc(sizeof *hello);
    int n = 0, recovered = 0;
    koop_status status = uuids && hello ? KOOP_OK : KOOP_NO_MEMORY;
    if (status == KOOP_OK)
        status = koop_journal_list(daemon->options.data_dir, uuids, MAX_LISTED, &n);
    int first = n > KOOP_VIEW_RUNS ? n - KOOP_VIEW_RUNS : 0; /* oldest first: keep the newest */
    if (first > 0)
        koop_log(KOOP_LOG_INFO, "%d older runs stay in their journals; the newest %d are shown",
                 first, KOOP_VIEW_RUNS);
    for (int i = first; status == KOOP_OK && i < n; i++)
        status = recover_run(daemon, uuids[i], hello, &recovered);
    if (status == KOOP_OK && recovered > 0)
        koop_log(KOOP_LOG_INFO, "%d run%s recovered", recovered, recovered == 1 ? "" : "s");
    free(hello);
    free(uuids);
    return status;
}

static void log_pruned(void *context, const koop_notice *notice) {
    const koop_daemon *daemon = context;
    char text[256];
    koop_notice_text(notice, text, sizeof text);
    koop_log(KOOP_LOG_INFO, "run %s: %s", notice->run, text);
    if (notice->kind != KOOP_NOTICE_REMOVED) return;
    koop_runs_forget(daemon->runs, notice->run);
    if (daemon->alerts) koop_alerts_forget(daemon->alerts, notice->run);
}

void koop_daemon_prune(koop_daemon *daemon) {
    int64_t now_ms = koop_clock_ms();
    if (now_ms < daemon->prune_ms) return;
    daemon->prune_ms = now_ms + PRUNE_EVERY_MS;
    koop_journal_options options = daemon->options.journal;
    options.keep_needed = true;
    options.listener = log_pruned;
    options.context = daemon;
    koop_status status =
        koop_journal_prune(daemon->options.data_dir, &options, koop_clock_unix_ms() / 1000);
    if (status != KOOP_OK)
        koop_log(KOOP_LOG_WARNING, "old journals could not be looked through: %s",
                 koop_strstatus(status));
}
