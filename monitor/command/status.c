#include "attach.h"
#include "clock.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <stdlib.h>

static int daemon_status(const koop_attach *attach, bool as_json) {
    koop_run_summary *runs = NULL;
    json_t *status = NULL, *list = json_array();
    int n = 0, code = koop_attach_runs(attach, &runs, &n);
    if (code == KOOP_EXIT_OK) {
        koop_status asked = koop_source_status(attach->source, KOOP_ATTACH_TIMEOUT_MS, &status);
        if (asked != KOOP_OK) code = koop_attach_failed(attach, asked, NULL);
    }
    if (code == KOOP_EXIT_OK && as_json) {
        for (int i = 0; i < n; i++) json_array_append_new(list, koop_summary_to_json(&runs[i]));
        code = koop_print_json(stdout, json_pack("{s:i, s:O, s:O}", "schema", KOOP_JSON_SCHEMA,
                                                 "status", status, "runs", list));
    } else if (code == KOOP_EXIT_OK) {
        koop_print_daemon(stdout, status);
        koop_print_runs(stdout, runs, n, koop_clock_unix_ms());
    }
    free(runs);
    json_decref(list);
    json_decref(status);
    return code;
}

static int run_status(const koop_attach *attach, const char *run, bool as_json) {
    koop_view *view = NULL;
    int code = koop_attach_view(attach, run, &view);
    if (code == KOOP_EXIT_OK && as_json)
        code = koop_print_json(stdout, json_pack("{s:i, s:o}", "schema", KOOP_JSON_SCHEMA, "view",
                                                 koop_view_to_json(view)));
    else if (code == KOOP_EXIT_OK)
        koop_print_view(stdout, view);
    free(view);
    return code;
}

int koop_command_status(int argc, char **argv) {
    static const koop_usage usage = {
        "status",
        "[RUN]",
        "Says in plain words how a run is doing: phase and why, spectrum, scalars, events.\n"
        "Without RUN: the daemon itself and its runs. RUN is a name, a uuid or the start of one.",
        "JSON: {\"schema\":1,\"view\":{…}}, or {\"schema\":1,\"status\":{…},\"runs\":[…]}.",
        0,
        1,
        false};
    koop_common common = {.json = false};
    koop_attach attach = {.source = NULL};
    int first, code = koop_options_parse(&usage, NULL, 0, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    code = koop_attach_open(&common, &attach);
    if (code == KOOP_EXIT_OK)
        code = first < argc ? run_status(&attach, argv[first], common.json)
                            : daemon_status(&attach, common.json);
    koop_attach_close(&attach);
    return code;
}
