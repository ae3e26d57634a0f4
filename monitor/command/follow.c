#include "attach.h"
#include "bell.h"
#include "clock.h"
#include "command.h"
#include "options.h"
#include "print.h"
#include "view_json.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    RETRY_MS = 100,  /* between attempts while the run is not there yet */
    TAKE_MS = 250,   /* longest wait for a line, so that Ctrl-C is noticed */
    LOOK_MS = 1000,  /* between looks at the run's state, or at whether the daemon lives */
    LOST_MS = 10000, /* a daemon silent for so long is gone */
    SETTLE_MS = 500  /* silence after the end, so that no late line is lost */
};

enum { UNTIL_FINISHED, UNTIL_STALLED };

static const koop_usage usage = {
    "follow",
    "[RUN]",
    "Prints one JSON object a line as things happen: \"update\" (a new spectrum), \"event\" and\n"
    "\"state\" lines of a run, or of all runs without RUN. Ends with Ctrl-C (exit code 130).",
    "--until stalled ends also when the run finishes. Waits for daemon and run to appear, as long "
    "as\n"
    "--timeout says.\n"
    "JSON: {\"schema\":1,\"type\":\"update\"|\"event\"|\"state\",\"run\",\"name\",…}, see "
    "koopmon(1).",
    0,
    1,
    false};

typedef struct following {
    const char *run;                 /* as asked for; NULL: all */
    char uuid[KOOP_VIEW_UUID_BYTES]; /* of that run: another may take its name meanwhile */
    koop_attach stream, control;     /* a source that follows answers nothing else */
    bool events_only, plain, bell, has_until;
    int until, timeout_s;
    int64_t looked_ms, answered_ms, line_ms;
    bool ended; /* the state of --until is reached */
} following;

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
    (void)number;
    interrupted = 1;
}

static void pause_ms(int ms) {
    struct timespec wait = {.tv_nsec = ms * 1000000L};
    nanosleep(&wait, NULL);
}

/* Finds out which run is meant, once, and starts the stream. */
static koop_status try_begin(following *f, int wait_ms, koop_view *view) {
    if (!koop_attach_possible(&f->stream)) return KOOP_TIMED_OUT;
    if (f->run && !f->uuid[0]) {
        koop_status status = koop_source_view(f->control.source, f->run, wait_ms, view);
        if (status != KOOP_OK) return status;
        memcpy(f->uuid, view->run.uuid, sizeof f->uuid);
    }
    return koop_source_follow(f->stream.source, f->run ? f->uuid : NULL, wait_ms);
}

/* Starts the stream, waiting for daemon and run to appear. */
static int begin(following *f, koop_view *view) {
    int64_t deadline = koop_clock_ms() + f->timeout_s * 1000;
    for (;;) {
        int64_t left = deadline - koop_clock_ms();
        int wait = left < RETRY_MS ? RETRY_MS : left < LOOK_MS ? (int)left : LOOK_MS;
        koop_status status = try_begin(f, wait, view);
        if (status == KOOP_OK) return KOOP_EXIT_OK;
        if (interrupted) return KOOP_EXIT_INTERRUPTED;
        bool transient = status == KOOP_TIMED_OUT || status == KOOP_NOT_FOUND;
        if (!transient || koop_clock_ms() >= deadline)
            return koop_attach_failed(&f->stream, status, f->run);
        pause_ms(RETRY_MS);
    }
}

static bool reached(const following *f, const koop_run_summary *run) {
    if (run->state == KOOP_RUN_STALLED) return f->until == UNTIL_STALLED && run->pending == 0;
    return run->state == KOOP_RUN_FINISHED && run->pending == 0;
}

/* Asks, on the second connection, whether the run has ended and the daemon still lives. A follower
 * alone could not tell: the end may have come before it. */
static int look(following *f, koop_view *view) {
    koop_status status;
    int64_t now = koop_clock_ms();
    if (now - f->looked_ms < LOOK_MS) return KOOP_EXIT_OK;
    if (f->has_until) {
        status = koop_source_view(f->control.source, f->uuid, LOOK_MS, view);
        if (status == KOOP_OK && reached(f, &view->run)) f->ended = true;
    } else {
        json_t *daemon = NULL;
        status = koop_source_status(f->control.source, LOOK_MS, &daemon);
        json_decref(daemon);
    }
    f->looked_ms = koop_clock_ms();
    if (status != KOOP_TIMED_OUT) f->answered_ms = f->looked_ms;
    if (status == KOOP_TIMED_OUT && f->looked_ms - f->answered_ms > LOST_MS)
        return koop_attach_failed(&f->control, status, f->run);
    return KOOP_EXIT_OK;
}

static int print(const following *f, json_t *line) {
    const char *type = json_string_value(json_object_get(line, "type"));
    const bool is_event = type && strcmp(type, "event") == 0;
    const bool is_state = type && strcmp(type, "state") == 0;
    if (!type || ((f->events_only || f->plain) && !is_event && !(f->plain && is_state))) {
        json_decref(line);
        return KOOP_EXIT_OK;
    }
    if (is_event && f->bell) koop_bell_ring();
    if (f->plain) {
        koop_print_line(stdout, line);
        json_decref(line);
        return fflush(stdout) == 0 ? KOOP_EXIT_OK : KOOP_EXIT_USAGE;
    }
    if (!json_object_get(line, "schema"))
        json_object_set_new(line, "schema", json_integer(KOOP_JSON_SCHEMA));
    int code = koop_print_json(stdout, line);
    return fflush(stdout) == 0 ? code : KOOP_EXIT_USAGE;
}

static int stream(following *f, koop_view *view) {
    f->answered_ms = f->line_ms = koop_clock_ms();
    for (;;) {
        json_t *line = NULL;
        koop_status status = koop_source_next(f->stream.source, TAKE_MS, &line);
        if (interrupted) {
            if (status == KOOP_OK) json_decref(line);
            return KOOP_EXIT_INTERRUPTED;
        }
        int code = KOOP_EXIT_OK;
        if (status == KOOP_OK) {
            code = print(f, line);
            f->line_ms = koop_clock_ms();
        } else if (status != KOOP_TIMED_OUT) {
            code = koop_attach_failed(&f->stream, status, f->run);
        }
        if (code == KOOP_EXIT_OK && !f->ended) code = look(f, view);
        if (code != KOOP_EXIT_OK) return code;
        if (f->ended && koop_clock_ms() - f->line_ms > SETTLE_MS) return KOOP_EXIT_OK;
    }
}

static int run(following *f, const koop_common *common) {
    koop_view *view = malloc(sizeof *view);
    int code = view ? koop_attach_open(common, &f->stream)
                    : koop_complain(KOOP_EXIT_USAGE, "out of memory");
    if (code == KOOP_EXIT_OK) code = koop_attach_open(common, &f->control);
    if (code == KOOP_EXIT_OK) code = begin(f, view);
    if (code == KOOP_EXIT_OK) code = stream(f, view);
    koop_attach_close(&f->control);
    koop_attach_close(&f->stream);
    free(view);
    return code;
}

int koop_command_follow(int argc, char **argv) {
    static const char *const untils[] = {"finished", "stalled", NULL};
    following f = {.timeout_s = 5};
    koop_common common = {.json = false};
    koop_option options[] = {
        {"events", KOOP_OPTION_FLAG, &f.events_only, NULL, "only events", 0, 0, NULL, NULL},
        {"plain", KOOP_OPTION_FLAG, &f.plain, NULL, "only events and how the run is, in words", 0,
         0, NULL, NULL},
        {"bell", KOOP_OPTION_FLAG, &f.bell, NULL, "ring the terminal's bell at each event", 0, 0,
         NULL, NULL},
        {"until", KOOP_OPTION_CHOICE, &f.until, NULL, "end when RUN does", 0, 0, untils,
         &f.has_until},
        {"timeout", KOOP_OPTION_WHOLE, &f.timeout_s, "S",
         "seconds to wait for daemon and run to appear (5)", 0, 86400, NULL, NULL},
    };
    int first, code = koop_options_parse(&usage, options, 5, argc, argv, &common, &first);
    if (code != KOOP_PROCEED) return code;
    f.run = first < argc ? argv[first] : NULL;
    if (f.plain && common.json)
        return koop_complain(KOOP_EXIT_USAGE, "follow: choose one of --plain and --json");
    if (f.has_until && !f.run)
        return koop_complain(KOOP_EXIT_USAGE, "follow: --until wants a RUN to wait for");
    interrupted = 0;
    struct sigaction action = {.sa_handler = interrupt}, before;
    sigaction(SIGINT, &action, &before);
    code = run(&f, &common);
    sigaction(SIGINT, &before, NULL);
    return code;
}
