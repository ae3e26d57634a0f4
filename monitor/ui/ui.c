#include "ui.h"

#include "panel.h"
#include "screen.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The view of a living run four times a second, everything else once: a view is some tens of
 * kilobytes, and the daemon's machine also trains. Two requests wait a quarter of a second at most.
 */
enum { LIVE_MS = 250, IDLE_MS = 1000, WAIT_MS = 120, REPLAY_MS = 100, KEY_MS = 20 };

typedef struct ui {
    koop_source *source;
    koop_control control;
    koop_scene scene;
    koop_canvas canvas;
    koop_view view;
    koop_playback playback; /* of a recorded source */
    const char *wanted; /* the run asked for on the command line, until it was seen; else NULL */
    koop_run_summary runs[KOOP_VIEW_RUNS];
    char shown[KOOP_VIEW_UUID_BYTES];      /* the run of `view` */
    bool answers;                          /* the last request was answered */
    bool has_answered;                     /* one ever was */
    double answered, next_runs, next_view; /* seconds of the monotonic clock */
} ui;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* One late answer is not yet a silence. */
static void note_answer(ui *u, koop_status status) {
    u->answers = status != KOOP_TIMED_OUT && status != KOOP_REFUSED && status != KOOP_IO_FAILED;
    if (u->answers) {
        u->answered = now_s();
        u->has_answered = true;
    }
    double silent = now_s() - u->answered;
    bool hiccup = u->has_answered && silent < 1.5 * IDLE_MS / 1000;
    u->scene.silent_s = u->answers || hiccup ? 0 : floor(silent) + 1;
}

static void ask_runs(ui *u) {
    int n;
    koop_status status = koop_source_runs(u->source, WAIT_MS, u->runs, KOOP_VIEW_RUNS, &n);
    if (status == KOOP_OK) u->scene.n_runs = n;
    note_answer(u, status);
    u->next_runs = now_s() + IDLE_MS / 1000.;
}

/* The run to ask for, or NULL while there is none. */
static const char *run_to_ask(const ui *u) {
    if (u->wanted != NULL) return u->wanted;
    if (u->control.run[0] != '\0') return u->control.run;
    return u->scene.n_runs > 0 ? u->runs[0].uuid : NULL;
}

/* A recording is at hand: its picture follows closely. */
static void ask_playback(ui *u) {
    if (u->scene.playback == NULL) return;
    koop_source_playback(u->source, &u->playback);
    u->next_view = now_s() + REPLAY_MS / 1000.;
}

static void ask_view(ui *u) {
    const char *run = run_to_ask(u);
    u->next_view = now_s() + IDLE_MS / 1000.;
    ask_playback(u);
    if (run == NULL) return;
    koop_status status = koop_source_view(u->source, run, WAIT_MS, &u->view);
    note_answer(u, status);
    if (status == KOOP_OK) {
        u->scene.view = &u->view;
        u->wanted = NULL;
        memcpy(u->shown, u->view.run.uuid, sizeof u->shown);
        memcpy(u->control.run, u->shown, sizeof u->control.run);
        koop_control_view(&u->control, &u->view);
        if (u->view.run.state == KOOP_RUN_LIVE && u->scene.playback == NULL)
            u->next_view = now_s() + LIVE_MS / 1000.;
    } else if (status == KOOP_NOT_FOUND) {
        u->wanted = NULL;
        u->scene.view = NULL; /* gone from the daemon: the newest is next */
        u->control.run[0] = '\0';
    }
}

/* A paused picture is held, unless another run was selected. */
static bool is_held(const ui *u) {
    return u->control.paused && u->scene.view != NULL && strcmp(u->control.run, u->shown) == 0;
}

/* Asks the source for what is due. While no daemon answers, only for the list of runs. */
static void poll_source(ui *u) {
    if (now_s() >= u->next_runs) ask_runs(u);
    if (u->answers && !is_held(u) && now_s() >= u->next_view) ask_view(u);
}

static int ms_to_next_poll(const ui *u) {
    double next = u->next_runs;
    if (u->answers && !is_held(u) && u->next_view < next) next = u->next_view;
    double wait = 1000 * (next - now_s());
    return wait > 0 ? (int)wait + 1 : 0;
}

static koop_status draw(ui *u) {
    int rows, cols;
    koop_screen_size(&rows, &cols);
    if (rows != u->canvas.rows || cols != u->canvas.cols) {
        koop_status status = koop_canvas_resize(&u->canvas, rows, cols);
        if (status != KOOP_OK) return status;
    }
    koop_scene_draw(&u->scene, &u->canvas);
    u->control.help_last =
        koop_panel_help_rows(&u->scene, cols) - u->scene.layout.at[KOOP_SLOT_PAGE].rows;
    if (u->control.redraw) koop_screen_redraw();
    u->control.redraw = false;
    koop_screen_show(&u->canvas);
    return KOOP_OK;
}

static void take_key(ui *u, int key) {
    char before[KOOP_VIEW_UUID_BYTES];
    memcpy(before, u->control.run, sizeof before);
    koop_control_key(&u->control, key, u->runs, u->scene.n_runs, u->scene.view);
    if (u->control.play != KOOP_PLAY_NONE) {
        koop_source_play(u->source, u->control.play);
        u->control.play = KOOP_PLAY_NONE;
        u->next_view = now_s() + KEY_MS / 1000.;
    }
    if (strcmp(before, u->control.run) == 0) return;
    u->wanted = NULL;
    u->next_view = 0;
}

static koop_status loop(ui *u) {
    for (;;) {
        poll_source(u);
        koop_status status = draw(u);
        if (status != KOOP_OK) return status;
        /* Keys that are waiting already are taken together, before the next drawing. */
        int key = koop_screen_key(ms_to_next_poll(u));
        for (; key != KOOP_KEY_NONE; key = koop_screen_key(0)) {
            take_key(u, key);
            if (u->control.detach) return KOOP_OK;
        }
        if (koop_screen_signal() != 0 || koop_screen_gone()) return KOOP_OK;
    }
}

koop_status koop_ui_run(koop_source *source, const koop_ui_options *options) {
    const char *no_color = getenv("NO_COLOR");
    ui *u = calloc(1, sizeof *u);
    if (u == NULL) return KOOP_NO_MEMORY;
    koop_status status =
        koop_screen_open(options->no_color || (no_color != NULL && no_color[0] != '\0'));
    if (status != KOOP_OK) {
        free(u);
        return status;
    }
    u->source = source;
    u->answered = now_s();
    u->canvas.glyphs = options->ascii ? KOOP_GLYPHS_ASCII : koop_screen_glyphs();
    u->scene.control = &u->control;
    u->scene.runs = u->runs;
    u->scene.endpoint = options->endpoint != NULL ? options->endpoint : "";
    u->wanted = options->run;
    u->control.replay = koop_source_playback(source, &u->playback) == KOOP_OK;
    if (u->control.replay) u->scene.playback = &u->playback;
    status = loop(u);
    bool detached = u->control.detach && !u->control.replay;
    koop_canvas_free(&u->canvas);
    free(u);
    koop_screen_close();
    if (detached) puts("detached; the daemon goes on: koopmon to come back");
    return status;
}
