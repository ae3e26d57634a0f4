#include "attach.h"
#include "clock.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <stdlib.h>

static int print_json(const koop_run_summary *runs, int n) {
    json_t *list = json_array();
    for (int i = 0; i < n; i++) json_array_append_new(list, koop_summary_to_json(&runs[i]));
    return koop_print_json(stdout,
                           json_pack("{s:i, s:o}", "schema", KOOP_JSON_SCHEMA, "runs", list));
}

int koop_command_ls(int argc, char **argv) {
    static const koop_usage usage = {
        "ls",
        "",
        "Lists the runs that the daemon knows, newest first.",
        "JSON: {\"schema\":1,\"runs\":[{\"uuid\",\"name\",\"state\",\"phase\",\"step\",…}]}",
        0,
        0,
        false};
    koop_common common = {.json = false};
    koop_attach attach = {.source = NULL};
    koop_run_summary *runs = NULL;
    int first, n = 0, code = koop_options_parse(&usage, NULL, 0, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    code = koop_attach_open(&common, &attach);
    if (code == KOOP_EXIT_OK) code = koop_attach_runs(&attach, &runs, &n);
    if (code == KOOP_EXIT_OK && common.json)
        code = print_json(runs, n);
    else if (code == KOOP_EXIT_OK)
        koop_print_runs(stdout, runs, n, koop_clock_unix_ms());
    free(runs);
    koop_attach_close(&attach);
    return code;
}
