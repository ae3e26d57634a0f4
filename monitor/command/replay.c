/* A recording on the screen, as it was; where there is no terminal, what it came to. */
#include "command.h"
#include "daemon.h"
#include "dmd_options.h"
#include "find_run.h"
#include "options.h"
#include "print.h"
#include "recorded.h"
#include "runs.h"
#include "trajectory.h"
#include "ui.h"
#include "view_json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OWN_FLAGS = 7, FLAGS = KOOP_DMD_OPTIONS - 1 + OWN_FLAGS };

static const koop_usage usage = {
    "replay",
    "FILE",
    "Plays a recording on the screen at the pace at which it was recorded, times --speed: what a\n"
    "trainer wrote in offline mode, a segment of a journal, a run's journal directory, or, where\n"
    "there is no such file, a run of the data directory by name or uuid. Needs no daemon.",
    "Keys: Space pauses, . goes one update on, + and - change the speed, g and G go to start and\n"
    "end, ? lists all, q leaves. Where there is no terminal: prints the final status, once.\n"
    "JSON: {\"schema\":1,\"view\":{…}}, as status.",
    1,
    1,
    false};

typedef struct replaying {
    koop_dmd_arguments dmd;
    koop_recorded_options recorded;
    koop_ui_options ui;
    const char *speed, *place, *data;
    char path[PATH_MAX];
    koop_wire_hello hello;
} replaying;

static void list(replaying *r, koop_option *options) {
    koop_dmd_options_list(&r->dmd, options);
    const koop_option own[OWN_FLAGS] = {
        {"speed", KOOP_OPTION_TEXT, &r->speed, "X",
         "X times the recorded pace, or max (all in half a minute)", 0, 0, NULL, NULL},
        {"from", KOOP_OPTION_TEXT, &r->place, "WHERE",
         "(-t) begin at a step (12000), a share (50%) or an age (\"3m ago\", 3m)", 0, 0, NULL,
         NULL},
        {"t", KOOP_OPTION_TEXT, &r->place, "WHERE", NULL, 0, 0, NULL, NULL},
        {"data", KOOP_OPTION_TEXT, &r->data, "DIR", "where runs are ($XDG_STATE_HOME/koopmon)", 0,
         0, NULL, NULL},
        {"ascii", KOOP_OPTION_FLAG, &r->ui.ascii, NULL, "draw with ASCII only", 0, 0, NULL, NULL},
        {"no-color", KOOP_OPTION_FLAG, &r->ui.no_color, NULL, "no colours (also NO_COLOR)", 0, 0,
         NULL, NULL},
        koop_dmd_options_false_alarms(&r->dmd),
    };
    /* --batch, the last of the decomposition's options, has no place on a time axis. */
    memcpy(options + KOOP_DMD_OPTIONS - 1, own, sizeof own);
}

static int settle(replaying *r) {
    int code = koop_dmd_options_settle(&r->dmd, "replay");
    if (code != KOOP_PROCEED) return code;
    r->recorded.pipeline = r->dmd.pipeline;
    if (r->speed && strcmp(r->speed, "max") == 0)
        r->recorded.speed = INFINITY;
    else if (r->speed && !koop_options_real(r->speed, 0.001, 1e6, &r->recorded.speed))
        return koop_complain(KOOP_EXIT_USAGE,
                             "replay: --speed wants a number from 0.001 to 1000000, or max, not "
                             "\"%s\"",
                             r->speed);
    if (r->place && !koop_place_parse(r->place, &r->recorded.place))
        return koop_complain(KOOP_EXIT_USAGE,
                             "replay: --from wants a step (12000), a share (50%%) or an age (\"3m "
                             "ago\"; s, m, h, d), not \"%s\"",
                             r->place);
    return KOOP_PROCEED;
}

/* Not a file: a run of the data directory, then. */
static int find(replaying *r, const char *name) {
    char standard[PATH_MAX], uuid[KOOP_VIEW_UUID_BYTES], safe[KOOP_WIRE_NAME_BYTES];
    const char *data = r->data ? r->data : standard;
    if (!r->data && koop_daemon_data_dir(standard, sizeof standard) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "replay: the path of the data directory is too long");
    koop_status status = koop_find_run(data, name, r->path, &r->hello);
    if (status != KOOP_OK)
        return koop_complain(KOOP_EXIT_NO_RUN, "no file and no run \"%s\" in %s", name, data);
    koop_uuid_text(r->hello.run, uuid);
    koop_wire_safe_name(r->hello.name, safe);
    fprintf(stderr, "run %s, %s\n", safe, uuid);
    return KOOP_PROCEED;
}

static int locate(replaying *r, const char *name) {
    struct stat file;
    const koop_file_kind kind = koop_trajectory_kind(name);
    if (kind == KOOP_FILE_MISSING) return find(r, name);
    if (kind == KOOP_FILE_NPY)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: a .npy array has no times to replay; see koopmon analyze", name);
    if (stat(name, &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0)
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: is empty", name);
    if (kind == KOOP_FILE_OTHER)
        return errno == EACCES ? koop_complain(KOOP_EXIT_USAGE, "%s: %s", name, strerror(errno))
                               : koop_complain(KOOP_EXIT_USAGE, "%s: not a recording", name);
    if (!koop_trajectory_resolve(name, r->path))
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", name, strerror(errno));
    return KOOP_PROCEED;
}

static int refuse(const replaying *r, koop_status status) {
    struct stat file;
    const bool directory = stat(r->path, &file) == 0 && S_ISDIR(file.st_mode);
    if (status == KOOP_NOT_ENOUGH_DATA)
        return koop_complain(KOOP_EXIT_NO_DATA, "%s: holds no snapshot", r->path);
    if (status == KOOP_BAD_SHAPE) return koop_trajectory_refuse_shapeless(r->path);
    if (status == KOOP_BAD_MESSAGE || (status == KOOP_NOT_FOUND && directory))
        return koop_trajectory_refuse_records(r->path);
    if (status == KOOP_TOO_LARGE)
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: a window of %d snapshots is above the limit of %zu MiB; lower "
                             "--window",
                             r->path, r->dmd.pipeline.dmd.span, koop_pipeline_max_bytes >> 20);
    return koop_complain(KOOP_EXIT_USAGE, "%s: %s", r->path, koop_strstatus(status));
}

static void say_damage(const replaying *r, const koop_source *source) {
    const koop_journal_counters *counters = &koop_recorded_survey(source)->counters;
    if (counters->damaged > 0)
        koop_complain(KOOP_EXIT_OK, "%s: %" PRIu64 " damaged range%s passed over", r->path,
                      counters->damaged, counters->damaged == 1 ? " was" : "s were");
    if (counters->torn > 0) koop_complain(KOOP_EXIT_OK, "%s: its last record is cut off", r->path);
}

static int print_status(const replaying *r, koop_source *source, bool as_json) {
    koop_view *view = malloc(sizeof *view);
    if (!view) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    koop_status status = koop_recorded_finish(source);
    if (status == KOOP_OK) status = koop_source_view(source, NULL, 0, view);
    int code = status == KOOP_OK ? KOOP_EXIT_OK : refuse(r, status);
    if (code == KOOP_EXIT_OK && as_json)
        code = koop_print_json(stdout, json_pack("{s:i, s:o}", "schema", KOOP_JSON_SCHEMA, "view",
                                                 koop_view_to_json(view)));
    else if (code == KOOP_EXIT_OK)
        koop_print_view(stdout, view);
    free(view);
    return code;
}

static int show(replaying *r, koop_source *source) {
    char uuid[KOOP_VIEW_UUID_BYTES];
    koop_uuid_text(koop_recorded_survey(source)->hello.run, uuid);
    r->ui.run = uuid;
    if (koop_ui_run(source, &r->ui) == KOOP_OK) return KOOP_EXIT_OK;
    koop_complain(0, "this terminal cannot show the user interface; the final status instead:");
    return print_status(r, source, false);
}

static int replay(replaying *r, bool as_json) {
    koop_source *source = NULL;
    koop_status status = koop_source_recorded(&source, r->path, &r->recorded);
    if (status != KOOP_OK) return refuse(r, status);
    const bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !as_json;
    int code = terminal ? show(r, source) : print_status(r, source, as_json);
    say_damage(r, source);
    koop_source_free(source);
    return code;
}

int koop_command_replay(int argc, char **argv) {
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    replaying *r = calloc(1, sizeof *r);
    if (!r) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    list(r, options);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = settle(r);
    if (code == KOOP_PROCEED) code = locate(r, argv[first]);
    if (code == KOOP_PROCEED) code = replay(r, common.json);
    free(r);
    return code;
}
