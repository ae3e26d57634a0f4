#include "serve_options.h"
#include "attach.h"
#include "key_file.h"

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
        {"tcp", KOOP_OPTION_TEXT, &s->tcp, "[HOST:]PORT",
         "also listen there (127.0.0.1; views on PORT+1)", 0, 0, NULL, NULL},
        {"keys", KOOP_OPTION_TEXT, &s->keys, "DIR",
         "let only allowed keys in over tcp, loopback too", 0, 0, NULL, &s->gave_keys},
        koop_dmd_options_false_alarms(&s->dmd),
        {"stall-ms", KOOP_OPTION_WHOLE, &s->daemon.stall_ms, "MS",
         "heartbeat missing for so long: stalled (2500)", 100, 3600000, NULL, NULL},
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
bool koop_serve_options_absolute(const char *path, char out[PATH_MAX]) {
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) return false;
    int n = snprintf(out, PATH_MAX, "%s%s%s", here, *here ? "/" : "", path);
    return n > 0 && n < PATH_MAX;
}

const char koop_serve_options_tcp_wants[] =
    "a port from 1 to 65534, with an address before it or without (0.0.0.0:5757, [::]:5757)";

bool koop_serve_options_tcp(const char *given, char endpoint[KOOP_ENDPOINT_BYTES]) {
    char views[KOOP_ENDPOINT_BYTES];
    const char *port = strrchr(given, ':'), *host = port ? "" : "127.0.0.1:";
    if (port == given + 1 && given[0] == '*') {
        host = "0.0.0.0";
        given = port;
    }
    int n = snprintf(endpoint, KOOP_ENDPOINT_BYTES, "tcp://%s%s", host, given);
    return n >= 0 && n < KOOP_ENDPOINT_BYTES && koop_endpoint_view(endpoint, views) == KOOP_OK;
}

static int settle_tcp(koop_serve_arguments *s) {
    if (!s->tcp) return KOOP_PROCEED;
    if (!koop_serve_options_tcp(s->tcp, s->tcp_endpoint))
        return koop_complain(KOOP_EXIT_USAGE, "serve: --tcp wants %s, not \"%s\"",
                             koop_serve_options_tcp_wants, s->tcp);
    s->daemon.tcp = s->tcp_endpoint;
    return KOOP_PROCEED;
}

/* --keys, or the place where keygen and allow put them. */
static int settle_keys(koop_serve_arguments *s) {
    bool fits = s->keys ? koop_serve_options_absolute(s->keys, s->keys_dir)
                        : koop_key_file_directory(s->keys_dir, sizeof s->keys_dir) == KOOP_OK;
    if (!fits && s->keys)
        return koop_complain(KOOP_EXIT_USAGE, "serve: path of --keys is too long");
    bool tcp = s->tcp || !koop_endpoint_path(s->endpoint);
    if (s->gave_keys && !tcp)
        return koop_complain(KOOP_EXIT_USAGE, "serve: --keys goes with --tcp: ipc needs no keys");
    s->daemon.keys_dir = s->keys_dir;
    s->daemon.guard_loopback = s->keys && tcp;
    return KOOP_PROCEED;
}

int koop_serve_options_settle(koop_serve_arguments *s, const char *connect) {
    int code = koop_dmd_options_settle(&s->dmd, "serve");
    if (code != KOOP_PROCEED) return code;
    if (s->log && !s->detach)
        return koop_complain(KOOP_EXIT_USAGE, "serve: --log goes with --daemonize");
    code = koop_attach_resolve(connect, s->endpoint);
    if (code != KOOP_EXIT_OK) return code;
    bool fits = s->data ? koop_serve_options_absolute(s->data, s->data_dir)
                        : koop_daemon_data_dir(s->data_dir, sizeof s->data_dir) == KOOP_OK;
    fits = fits && koop_serve_options_absolute(s->log ? s->log : "/dev/null", s->log_path);
    if (!fits) return koop_complain(KOOP_EXIT_USAGE, "serve: path of --data or --log is too long");
    s->daemon.endpoint = s->endpoint;
    s->daemon.data_dir = s->data_dir;
    s->daemon.journal.ack_synced = s->acknowledge == 1;
    s->daemon.pipeline = s->dmd.pipeline;
    code = settle_tcp(s);
    return code == KOOP_PROCEED ? settle_keys(s) : code;
}
