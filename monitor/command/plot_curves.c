#include "command.h"
#include "dmd_options.h"
#include "journal.h"
#include "plot_command.h"
#include "plot_data.h"
#include "printable.h"
#include "trajectory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --batch, the last of the decomposition's options, has no place on an axis of steps. */
enum { OWN = 3, FLAGS = KOOP_DMD_OPTIONS - 1 + KOOP_PLOT_OPTIONS + OWN };
enum { MOST_SCALARS = 5, SIGNALS = 3, MOST_EVENTS = 512 };

static const koop_usage usage = {
    "plot curves",
    "FILE",
    "Draws a recording over its steps: the trainer's scalars, the loss first, below them the "
    "signals\n"
    "(speed of the weights, error of prediction, distance between spectra), and the events, which\n"
    "are numbered and listed. FILE is a recording, a journal directory, a run of the data "
    "directory\n"
    "by name or uuid, or a .npy trajectory (which has no scalars).",
    "Signals have logarithmic axes. Without --scalar, the first five scalars are drawn.\n"
    "JSON: {\"schema\":1,\"kind\",\"file\",\"bytes\",\"shows\"}",
    1,
    1,
    false};

/* One curve as it grows. */
typedef struct growing {
    char name[KOOP_WIRE_SCALAR_BYTES];
    size_t n, capacity;
    int64_t *steps;
    double *values;
} growing;

typedef struct plotting {
    koop_dmd_arguments dmd;
    koop_plot_arguments plot;
    bool log;
    const char *scalar, *data;
    int n_scalars, n_events, more_events;
    growing scalars[MOST_SCALARS], signals[SIGNALS];
    koop_event *events; /* MOST_EVENTS of them */
    koop_scene_event marks[MOST_EVENTS];
    char run[KOOP_WIRE_NAME_BYTES];
    bool failed; /* no memory */
} plotting;

static void push(plotting *p, growing *curve, int64_t step, double value) {
    if (curve->n == curve->capacity) {
        const size_t capacity = 2 * curve->capacity + 1024;
        int64_t *steps = realloc(curve->steps, capacity * sizeof *steps);
        if (steps) curve->steps = steps;
        double *values = realloc(curve->values, capacity * sizeof *values);
        if (values) curve->values = values;
        p->failed |= !steps || !values;
        if (p->failed) return;
        curve->capacity = capacity;
    }
    /* A trainer that went back to an earlier step is drawn from there on at the latest one. */
    if (curve->n > 0 && step < curve->steps[curve->n - 1]) step = curve->steps[curve->n - 1];
    curve->steps[curve->n] = step;
    curve->values[curve->n++] = value;
}

/* The curve of that scalar, a new one if need be; NULL: it is not to be drawn. */
static growing *scalar_of(plotting *p, const char *name) {
    if (p->scalar && strcmp(name, p->scalar) != 0) return NULL;
    for (int k = 0; k < p->n_scalars; k++)
        if (strcmp(p->scalars[k].name, name) == 0) return &p->scalars[k];
    if (p->n_scalars == MOST_SCALARS) return NULL;
    growing *curve = &p->scalars[p->n_scalars++];
    snprintf(curve->name, sizeof curve->name, "%s", name);
    return curve;
}

static koop_status take_record(void *context, const koop_wire_message *message) {
    plotting *p = context;
    if (message->type == KOOP_WIRE_HELLO && !*p->run)
        koop_wire_safe_name(message->as.hello.name, p->run);
    if (message->type != KOOP_WIRE_SNAPSHOT) return KOOP_OK;
    const koop_wire_snapshot *snapshot = &message->as.snapshot;
    for (uint32_t i = 0; i < snapshot->n_scalars; i++) {
        growing *curve = scalar_of(p, snapshot->scalars[i].name);
        if (curve) push(p, curve, snapshot->step, snapshot->scalars[i].value);
    }
    return p->failed ? KOOP_NO_MEMORY : KOOP_OK;
}

static void take_update(void *context, const koop_update *update) {
    static const koop_signal drawn[SIGNALS] = {KOOP_SIGNAL_SPEED, KOOP_SIGNAL_PREDICTION,
                                               KOOP_SIGNAL_DISTANCE};
    plotting *p = context;
    if (update->event && p->n_events == MOST_EVENTS)
        p->more_events++;
    else if (update->event)
        p->events[p->n_events++] = *update->event;
    for (int k = 0; update->signals && k < SIGNALS; k++) {
        if (!(update->signals->available & 1u << drawn[k])) continue;
        const double value = update->signals->value[drawn[k]];
        /* Speed and prediction are logarithms. */
        push(p, &p->signals[k], update->step,
             drawn[k] == KOOP_SIGNAL_DISTANCE ? value : exp(value));
    }
}

static int read_all(plotting *p, const char *path) {
    koop_trajectory trajectory;
    char resolved[PATH_MAX];
    koop_status status = KOOP_OK;
    int code = koop_trajectory_stream(path, &p->dmd.pipeline, take_update, p, &trajectory, NULL);
    if (code != KOOP_EXIT_OK) return code;
    if (koop_trajectory_kind(path) == KOOP_FILE_RECORDS)
        status = koop_trajectory_resolve(path, resolved)
                     ? koop_journal_read(resolved, take_record, p, NULL)
                     : KOOP_IO_FAILED;
    if (p->failed) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    if (status != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "%s: %s", path, koop_strstatus(status));
    if (p->more_events)
        koop_complain(KOOP_EXIT_OK, "%s: the last %d events are left out", path, p->more_events);
    return KOOP_EXIT_OK;
}

static bool has_positive(const growing *curve) {
    for (size_t i = 0; i < curve->n; i++)
        if (curve->values[i] > 0) return true;
    return false;
}

/* Loss first; then as the trainer names them. */
static void order(plotting *p) {
    for (int k = 1; k < p->n_scalars; k++)
        if (strcmp(p->scalars[k].name, "loss") == 0) {
            const growing loss = p->scalars[k];
            memmove(p->scalars + 1, p->scalars, (size_t)k * sizeof *p->scalars);
            p->scalars[0] = loss;
        }
}

static int list(plotting *p, koop_scene_curve *curves) {
    static const char *const names[SIGNALS] = {"speed", "prediction", "distance"};
    int n = 0;
    order(p);
    for (int k = 0; k < p->n_scalars; k++) {
        const growing *curve = &p->scalars[k];
        /* An accuracy is a share of one: nothing of it is far below the rest. */
        const bool log = p->log && !strstr(curve->name, "acc") && has_positive(curve);
        curves[n++] = (koop_scene_curve){.name = curve->name,
                                         .n = curve->n,
                                         .steps = curve->steps,
                                         .values = curve->values,
                                         .log = log};
    }
    for (int k = 0; k < SIGNALS; k++) {
        const growing *curve = &p->signals[k];
        if (curve->n == 0) continue;
        curves[n++] = (koop_scene_curve){.name = names[k],
                                         .n = curve->n,
                                         .steps = curve->steps,
                                         .values = curve->values,
                                         .log = has_positive(curve),
                                         .has_level = k == 1, /* "nothing moves" */
                                         .level = 1};
    }
    for (int i = 0; i < p->n_events; i++)
        p->marks[i] = (koop_scene_event){p->events[i].step, p->events[i].sentence};
    return n;
}

static int run(plotting *p, const char *operand, const koop_common *common) {
    char path[PATH_MAX], what[96];
    koop_scene_curve curves[MOST_SCALARS + SIGNALS];
    koop_svg svg = {.text = NULL};
    int code = koop_plot_locate(operand, p->data, path);
    if (code != KOOP_PROCEED) return code;
    code = read_all(p, path);
    if (code != KOOP_EXIT_OK) return code;
    if (p->scalar && p->n_scalars == 0)
        return koop_complain(KOOP_EXIT_USAGE, "%s: has no scalar \"%s\"", path, p->scalar);
    const int n = list(p, curves);
    if (n == 0)
        return koop_complain(
            KOOP_EXIT_NO_DATA,
            "%s: no scalars, and no signals: too few snapshots (--window), or they do "
            "not move",
            path);
    const koop_scene_frame frame =
        koop_plot_frame(&p->plot, *p->run ? p->run : koop_plot_name(operand));
    const koop_status status = koop_scene_curves(&svg, &frame, curves, n, p->marks, p->n_events);
    snprintf(what, sizeof what, "%d curve%s, %d event%s", n, n == 1 ? "" : "s", p->n_events,
             p->n_events == 1 ? "" : "s");
    return koop_plot_finish(&p->plot, &usage, common, &svg, status, what);
}

static void free_curve(growing *curve) {
    free(curve->steps);
    free(curve->values);
}

int koop_plot_curves(int argc, char **argv) {
    koop_option options[FLAGS + 1];
    koop_common common = {.json = false};
    plotting *p = calloc(1, sizeof *p);
    if (p) p->events = malloc(MOST_EVENTS * sizeof *p->events);
    if (!p || !p->events) {
        free(p);
        return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    }
    const koop_option own[OWN] = {{"scalar", KOOP_OPTION_TEXT, &p->scalar, "NAME",
                                   "of the scalars only this one", 0, 0, NULL, NULL},
                                  {"log", KOOP_OPTION_FLAG, &p->log, NULL,
                                   "logarithmic axes for the scalars (not for accuracies)", 0, 0,
                                   NULL, NULL},
                                  koop_plot_data_option(&p->data)};
    koop_plot_options_list(&p->plot, options);
    koop_dmd_options_list(&p->dmd, options + KOOP_PLOT_OPTIONS);
    memcpy(options + FLAGS - OWN, own, sizeof own);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&p->dmd, usage.command);
    if (code == KOOP_PROCEED) code = koop_plot_settle(&p->plot, &usage, &common);
    if (code == KOOP_PROCEED) code = run(p, argv[first], &common);
    for (int k = 0; k < MOST_SCALARS; k++) free_curve(&p->scalars[k]);
    for (int k = 0; k < SIGNALS; k++) free_curve(&p->signals[k]);
    free(p->events);
    free(p);
    return code;
}
