#include "serve_options.h"
#include "attach.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const ack_words[] = {"written", "fsync", NULL};

void koop_serve_options_list(koop_serve_arguments *s, koop_option *options) {
    memset(s, 0, sizeof *s);
    s->daemon = koop_daemon_defaults();
    koop_dmd_options_list(&s->dmd, options);
    const koop_option own[KOOP_SERVE_OWN_OPTIONS] = {
        {"data", KOOP_OPTION_TEXT, &s->data, "DIR", "journals ($XDG_STATE_HOME/koopmon)", 0, 0,
         NULL, NULL},
        {"ack", KOOP_OPTION_CHOICE, &s->acknowledge, NULL,
         "acknowledge what is written (default) or what is synced", 0, 0, ack_words, NULL},
        {"keep", KOOP_OPTION_SIZE, &s->daemon.journal.keep_bytes, "SIZE",
         "of a run's journal (10G, 500M); older segments go (all are kept)", 1 << 20, 1e18, NULL,
         NULL},
        {"keep-days", KOOP_OPTION_WHOLE, &s->daemon.journal.keep_days, "N",
         "older segments, and runs, go (all are kept)", 1, 36500, NULL, NULL},
        {"memory", KOOP_OPTION_SIZE, &s->daemon.memory_bytes, "SIZE",
         "for snapshots on their way and windows (half of the machine's)", 64 << 20, 1e18, NULL,
         NULL},
        {"tcp", KOOP_OPTION_WHOLE, &s->daemon.tcp_port, "PORT",
         "also listen on 127.0.0.1:PORT (views on PORT+1)", 1, 65534, NULL, NULL},
        {"stall-ms", KOOP_OPTION_WHOLE, &s->daemon.stall_ms, "MS",
         "heartbeat missing for so long: stalled (3000)", 100, 3600000, NULL, NULL},
        {"quiet", KOOP_OPTION_FLAG, &s->daemon.quiet, NULL, "log errors only", 0, 0, NULL, NULL},
        {"daemonize", KOOP_OPTION_FLAG, &s->detach, NULL,
         "go to the background once the daemon answers", 0, 0, NULL, NULL},
        {"log", KOOP_OPTION_TEXT, &s->log, "FILE", "with --daemonize: append the log to FILE", 0, 0,
         NULL, NULL},
    };
    /* --batch, the last of the decomposition's options, makes no sense here and is written over. */
    memcpy(options + KOOP_DMD_OPTIONS - 1, own, sizeof own);
}

/* The process in the background leaves the working directory, so relative paths are fixed first. */
static bool absolute(const char *path, char out[PATH_MAX]) {
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) return false;
    int n = snprintf(out, PATH_MAX, "%s%s%s", here, *here ? "/" : "", path);
    return n > 0 && n < PATH_MAX;
}

int koop_serve_options_settle(koop_serve_arguments *s, const char *connect) {
    int code = koop_dmd_options_settle(&s->dmd, "serve");
    if (code != KOOP_PROCEED) return code;
    if (s->log && !s->detach)
        return koop_complain(KOOP_EXIT_USAGE, "serve: --log goes with --daemonize");
    code = koop_attach_resolve(connect, s->endpoint);
    if (code != KOOP_EXIT_OK) return code;
    bool fits = s->data ? absolute(s->data, s->data_dir)
                        : koop_daemon_data_dir(s->data_dir, sizeof s->data_dir) == KOOP_OK;
    fits = fits && absolute(s->log ? s->log : "/dev/null", s->log_path);
    if (!fits) return koop_complain(KOOP_EXIT_USAGE, "serve: path of --data or --log is too long");
    s->daemon.endpoint = s->endpoint;
    s->daemon.data_dir = s->data_dir;
    s->daemon.journal.ack_synced = s->acknowledge == 1;
    s->daemon.pipeline = s->dmd.pipeline;
    return KOOP_PROCEED;
}
