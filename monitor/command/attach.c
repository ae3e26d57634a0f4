#include "attach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int koop_attach_resolve(const char *connect, char endpoint[KOOP_ENDPOINT_BYTES]) {
    koop_status status = koop_endpoint_resolve(connect, endpoint);
    const char *asked = connect ? connect : getenv("KOOPMON_ENDPOINT");
    if (status == KOOP_OK) return KOOP_EXIT_OK;
    if (status == KOOP_TOO_LARGE)
        return koop_complain(KOOP_EXIT_USAGE, "endpoint is too long for a socket address");
    return koop_complain(KOOP_EXIT_USAGE,
                         "endpoint \"%s\"%s is neither ipc:///path nor tcp://host:port",
                         asked ? asked : "", connect ? "" : " (KOOPMON_ENDPOINT)");
}

int koop_attach_open(const koop_common *common, koop_attach *attach) {
    char error[512];
    koop_curve curve;
    int code = koop_attach_resolve(common->connect, attach->endpoint);
    if (code != KOOP_EXIT_OK) return code;
    if (koop_curve_find(attach->endpoint, common->server_key, common->key_file, &curve, error,
                        sizeof error) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s", error);
    koop_status status = koop_source_live(&attach->source, attach->endpoint, &curve);
    koop_curve_forget(&curve);
    if (status == KOOP_OK) return KOOP_EXIT_OK;
    attach->source = NULL;
    return koop_attach_failed(attach, status, NULL);
}

void koop_attach_close(koop_attach *attach) {
    koop_source_free(attach->source);
    attach->source = NULL;
}

bool koop_attach_possible(const koop_attach *attach) {
    char views[KOOP_ENDPOINT_BYTES];
    if (koop_endpoint_view(attach->endpoint, views) != KOOP_OK) return true;
    const char *path = koop_endpoint_path(views);
    return !path || access(path, F_OK) == 0 || errno != ENOENT;
}

int koop_attach_failed(const koop_attach *attach, koop_status status, const char *run) {
    if (status == KOOP_REFUSED) {
        char why[512];
        koop_source_trouble(attach->source, why, sizeof why);
        return koop_complain(KOOP_EXIT_NO_DAEMON, "%s", why);
    }
    if (status == KOOP_TIMED_OUT)
        return koop_complain(KOOP_EXIT_NO_DAEMON,
                             "no daemon answers at %s; start one with koopmon serve",
                             attach->endpoint);
    if (status == KOOP_NOT_FOUND)
        return koop_complain(KOOP_EXIT_NO_RUN, "no run \"%s\"; koopmon ls lists them",
                             run ? run : "");
    if (status == KOOP_DISABLED)
        return koop_complain(
            KOOP_EXIT_USAGE,
            "the directory of %s belongs to another user, or others may write to it: not asking",
            attach->endpoint);
    return koop_complain(KOOP_EXIT_USAGE, "asking %s: %s", attach->endpoint,
                         koop_strstatus(status));
}

int koop_attach_view(const koop_attach *attach, const char *run, koop_view **out) {
    if (!koop_attach_possible(attach)) return koop_attach_failed(attach, KOOP_TIMED_OUT, run);
    koop_view *view = malloc(sizeof *view);
    koop_status status =
        view ? koop_source_view(attach->source, run, KOOP_ATTACH_TIMEOUT_MS, view) : KOOP_NO_MEMORY;
    if (status == KOOP_OK) {
        *out = view;
        return KOOP_EXIT_OK;
    }
    free(view);
    return koop_attach_failed(attach, status, run);
}

int koop_attach_runs(const koop_attach *attach, koop_run_summary **out, int *count) {
    if (!koop_attach_possible(attach)) return koop_attach_failed(attach, KOOP_TIMED_OUT, NULL);
    koop_run_summary *runs = malloc(KOOP_VIEW_RUNS * sizeof *runs);
    koop_status status =
        runs ? koop_source_runs(attach->source, KOOP_ATTACH_TIMEOUT_MS, runs, KOOP_VIEW_RUNS, count)
             : KOOP_NO_MEMORY;
    if (status == KOOP_OK) {
        *out = runs;
        return KOOP_EXIT_OK;
    }
    free(runs);
    return koop_attach_failed(attach, status, NULL);
}
