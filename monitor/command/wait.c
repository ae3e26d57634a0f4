#include "alert.h"
#include "attach.h"
#include "clock.h"
#include "command.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LOOK_MS = 500, /* between looks; also the longest wait for an answer, so that Ctrl-C is seen */
    BEGIN_MS = 10000, /* a daemon that is not there for so long is none, */
    LOST_MS = 60000,  /* one that was is being restarted */
    STALL_MS = 10000, /* a trainer that loses a daemon is back within half of that */
    MOST_S = 365 * 86400
};

static const koop_usage usage = {
    "wait",
    "RUN",
    "Waits until something happens to a run, and prints it: for scripts. RUN need not be there "
    "yet,\nbut an older one of its name is taken for it, though it may long have finished.\n"
    "An event counts if it comes after the call (or the run does); with --since-start an earlier\n"
    "one does, too. finished and stalled are states: a run that is in one already counts.",
    "Exit codes: 0 it happened; 1 the run finished without it; 3 no daemon; 124 the time is up;\n"
    "130 interrupted. A daemon that is restarted meanwhile is waited for, a minute.\n"
    "stalled: nothing was heard of the trainer for 10 seconds.\n"
    "JSON: {\"schema\":1,\"type\":\"event\",\"run\",\"name\",…} as follow has it, or "
    "{\"schema\":1,\n\"type\":\"state\",\"run\",\"name\",\"state\"}.",
    1,
    1,
    false};

typedef struct waiting {
    const char *run;                 /* as asked for */
    char uuid[KOOP_VIEW_UUID_BYTES]; /* of that run: another may take its name meanwhile */
    koop_alert_kind kind;
    const char *what; /* its name, as asked for */
    bool since_start, json;
    koop_attach attach;
    int64_t called_ms;                            /* Unix time */
    int64_t deadline_ms, answered_ms, stalled_ms; /* stalled_ms 0: it is not */
    bool answered;                                /* a daemon was there */
    bool absent;                                  /* it did not know the run */
    int known; /* events that do not count; −1: not looked yet */
} waiting;

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
    (void)number;
    interrupted = 1;
}

static void pause_ms(int64_t ms) {
    if (ms > 0) nanosleep(&(struct timespec){.tv_nsec = (long)ms * 1000000}, NULL);
}

static json_t *line_of(const koop_view *view, const char *type) {
    return json_pack("{s:i, s:s, s:s, s:s}", "schema", KOOP_JSON_SCHEMA, "type", type, "run",
                     view->run.uuid, "name", view->run.name);
}

static int tell_event(const waiting *w, const koop_view *view, const koop_event *event) {
    json_t *line = line_of(view, "event");
    json_t *rest = koop_event_to_json(event, view->groups, view->n_groups);
    if (line && rest) json_object_update(line, rest);
    json_decref(rest);
    if (w->json) return koop_print_json(stdout, line);
    koop_print_line(stdout, line);
    json_decref(line);
    return KOOP_EXIT_OK;
}

static int tell_state(const waiting *w, const koop_view *view) {
    const char *state = koop_run_state_name(view->run.state);
    if (!w->json) {
        printf("%s  %s\n", view->run.name, state);
        return KOOP_EXIT_OK;
    }
    json_t *line = line_of(view, "state");
    if (line) json_object_set_new(line, "state", json_string(state));
    return koop_print_json(stdout, line);
}

/* The first event of the kind that counts, of those the view still has; NULL: none. */
static const koop_event *find_event(const waiting *w, const koop_view *view) {
    const int first = view->run.n_events - view->n_events;
    for (int i = 0; i < view->n_events; i++)
        if (first + i >= w->known && (koop_alert_kind)view->events[i].kind == w->kind)
            return &view->events[i];
    return NULL;
}

/* Whether the run is stalled and has been for a while: after a daemon's restart all are at first. */
static bool has_stalled(waiting *w, const koop_run_summary *run) {
    const int64_t now_ms = koop_clock_ms();
    if (run->state != KOOP_RUN_STALLED) {
        w->stalled_ms = 0;
        return false;
    }
    if (w->stalled_ms == 0) w->stalled_ms = now_ms;
    return now_ms - w->stalled_ms >= STALL_MS;
}

/* How many of its events, of a run that is seen for the first time, do not count. One that came after
 * the call need not have been missed before: it may be quicker than we are. */
static int count_known(const waiting *w, const koop_run_summary *run) {
    const bool came_after = w->absent || run->start_ms >= w->called_ms;
    return w->since_start || came_after ? 0 : run->n_events;
}

/* What the view means: an exit code, or KOOP_PROCEED. */
static int judge(waiting *w, const koop_view *view) {
    memcpy(w->uuid, view->run.uuid, sizeof w->uuid);
    if (w->known < 0) w->known = count_known(w, &view->run);
    const koop_event *event = find_event(w, view);
    if (event) return tell_event(w, view, event);
    if (has_stalled(w, &view->run) && w->kind == KOOP_ALERT_STALLED) return tell_state(w, view);
    if (view->run.state != KOOP_RUN_FINISHED || view->run.pending > 0) return KOOP_PROCEED;
    if (w->kind == KOOP_ALERT_FINISHED) return tell_state(w, view);
    return koop_complain_of("wait", KOOP_EXIT_DIFFERENT, "run \"%s\" finished without: %s", w->run,
                            w->what);
}

static int look(waiting *w, koop_view *view) {
    koop_status status = KOOP_TIMED_OUT;
    if (koop_attach_possible(&w->attach))
        status = koop_source_view(w->attach.source, w->uuid[0] ? w->uuid : w->run, LOOK_MS, view);
    const int64_t now_ms = koop_clock_ms();
    if (status == KOOP_OK || status == KOOP_NOT_FOUND) {
        w->answered = true;
        w->answered_ms = now_ms;
    }
    if (status == KOOP_OK) return judge(w, view);
    if (status == KOOP_NOT_FOUND) w->absent = true;
    const bool gone = now_ms - w->answered_ms > (w->answered ? LOST_MS : BEGIN_MS);
    if (status == KOOP_NOT_FOUND || (status == KOOP_TIMED_OUT && !gone)) return KOOP_PROCEED;
    return koop_attach_failed(&w->attach, status, w->run);
}

static int wait_for(waiting *w, koop_view *view) {
    w->answered_ms = koop_clock_ms();
    for (;;) {
        const int64_t next_ms = koop_clock_ms() + LOOK_MS;
        const int code = look(w, view);
        if (interrupted) return KOOP_EXIT_INTERRUPTED;
        if (code != KOOP_PROCEED) return code;
        const int64_t now_ms = koop_clock_ms();
        if (now_ms >= w->deadline_ms)
            return koop_complain_of(
                "wait", KOOP_EXIT_TIMED_OUT, "the time is up: run \"%s\" %s: %s", w->run,
                w->known < 0 ? "did not appear, nor did" : "did not come to", w->what);
        pause_ms((next_ms < w->deadline_ms ? next_ms : w->deadline_ms) - now_ms);
    }
}

static int run(waiting *w, const koop_common *common) {
    koop_view *view = malloc(sizeof *view);
    int code = view ? koop_attach_open(common, &w->attach)
                    : koop_complain(KOOP_EXIT_USAGE, "out of memory");
    if (code == KOOP_EXIT_OK) code = wait_for(w, view);
    koop_attach_close(&w->attach);
    free(view);
    return code;
}

int koop_command_wait(int argc, char **argv) {
    static const char *const kinds[] = {"transition", "settled",  "diverging", "grokking",
                                        "not-finite", "finished", "stalled",   NULL};
    const char *timeout = NULL;
    int which = 0, seconds = 0, first;
    bool has_kind = false;
    waiting w = {.known = -1, .called_ms = koop_clock_unix_ms(), .deadline_ms = INT64_MAX};
    koop_common common = {.json = false};
    koop_option options[] = {
        {"for", KOOP_OPTION_CHOICE, &which, "WHAT",
         "transition, settled, diverging, grokking, not-finite, finished, stalled", 0, 0, kinds,
         &has_kind},
        {"timeout", KOOP_OPTION_TEXT, &timeout, "TIME",
         "give up after so long: 90s, 10m, 2h, 1d (never)", 0, 0, NULL, NULL},
        {"since-start", KOOP_OPTION_FLAG, &w.since_start, NULL,
         "an event that came before the call counts", 0, 0, NULL, NULL},
    };
    int code = koop_options_parse(&usage, options, 3, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    if (!has_kind) return koop_complain(KOOP_EXIT_USAGE, "wait: say --for what");
    if (timeout && !koop_options_duration(timeout, 0, MOST_S, &seconds))
        return koop_complain(KOOP_EXIT_USAGE,
                             "wait: --timeout wants a time such as 90s, 10m, 2h or 1d, not \"%s\"",
                             timeout);
    if (timeout) w.deadline_ms = koop_clock_ms() + (int64_t)seconds * 1000;
    w.run = argv[first];
    w.what = kinds[which];
    w.json = common.json;
    koop_alert_kind_of(w.what, &w.kind);
    interrupted = 0;
    struct sigaction action = {.sa_handler = interrupt}, before;
    sigaction(SIGINT, &action, &before);
    code = run(&w, &common);
    sigaction(SIGINT, &before, NULL);
    return code;
}
