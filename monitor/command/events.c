#include "attach.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <stdlib.h>

static int print_json(const koop_view *view) {
    json_t *list = json_array();
    for (int i = 0; i < view->n_events; i++)
        json_array_append_new(list,
                              koop_event_to_json(&view->events[i], view->groups, view->n_groups));
    return koop_print_json(
        stdout, json_pack("{s:i, s:s, s:s, s:s, s:I, s:i, s:o}", "schema", KOOP_JSON_SCHEMA, "run",
                          view->run.uuid, "name", view->run.name, "state",
                          koop_run_state_name(view->run.state), "step", (json_int_t)view->run.step,
                          "total", view->run.n_events, "events", list));
}

static void print_text(const koop_view *view) {
    if (view->run.n_events > view->n_events)
        printf("the latest %d of %d events\n", view->n_events, view->run.n_events);
    if (view->n_events == 0) puts("no events so far");
    koop_print_events(stdout, view);
}

int koop_command_events(int argc, char **argv) {
    static const koop_usage usage = {"events",
                                     "RUN",
                                     "Lists a run's events, oldest first: step of the decision, "
                                     "since which step, kind, and why;\n"
                                     "and how it ended, if it did.",
                                     "JSON: "
                                     "{\"schema\":1,\"run\",\"name\",\"state\",\"step\",\"total\","
                                     "\"events\":[{\"step\",\"onset\",\"kind\","
                                     "\"signal\",\"score\",\"reason\",\"groups\"}]}",
                                     1,
                                     1,
                                     false};
    koop_common common = {.json = false};
    koop_attach attach = {.source = NULL};
    koop_view *view = NULL;
    int first, code = koop_options_parse(&usage, NULL, 0, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    code = koop_attach_open(&common, &attach);
    if (code == KOOP_EXIT_OK) code = koop_attach_view(&attach, argv[first], &view);
    if (code == KOOP_EXIT_OK && common.json)
        code = print_json(view);
    else if (code == KOOP_EXIT_OK)
        print_text(view);
    free(view);
    koop_attach_close(&attach);
    return code;
}
