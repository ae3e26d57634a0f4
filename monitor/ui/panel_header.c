/* The first row: which run, how it is, how far, and what went wrong on the way.
 *
 * Fields stand in a fixed order; where the row is too narrow the least important ones are left out,
 * never half shown. A daemon that does not answer takes the row over: then all else is old. */
#include "panel.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS = 20, FIELD_BYTES = 96 };

typedef struct field {
    char text[FIELD_BYTES];
    koop_style style;
    int weight; /* 0: always shown; else the smaller the sooner it is left out */
    bool badge; /* a word on a coloured ground */
    bool shown;
} field;

typedef struct fields {
    field list[FIELDS];
    int n;
} fields;

static field *add(fields *f, int weight, koop_style style) {
    field *new = &f->list[f->n++];
    *new = (field){.style = style, .weight = weight, .shown = true};
    return new;
}

static void add_badge(fields *f, int weight, koop_role role, const char *text) {
    field *word = add(f, weight, role | KOOP_BOLD | KOOP_REVERSE);
    word->badge = true;
    snprintf(word->text, FIELD_BYTES, "%s", text);
}

/* By koop_run_state. */
static const char *const words[] = {"LIVE", "STALLED", "FINISHED"};
static const koop_role styles[] = {KOOP_ROLE_GOOD, KOOP_ROLE_WATCH, KOOP_ROLE_TEXT};

/* Of a recording: how it plays; how the run was left, at the end only. */
static void add_playback(fields *f, const koop_playback *playback, koop_run_state state) {
    char speed[KOOP_TEXT_BYTES], count[KOOP_TEXT_BYTES], text[FIELD_BYTES];
    if (isinf(playback->speed))
        snprintf(speed, sizeof speed, "max");
    else if (playback->speed >= 1000)
        snprintf(speed, sizeof speed, "×%s", koop_text_count(count, (int64_t)playback->speed));
    else
        snprintf(speed, sizeof speed, "×%.3g", playback->speed);
    snprintf(text, sizeof text, "REPLAY %s", playback->finished ? "END" : speed);
    add_badge(f, 100, KOOP_ROLE_TEXT, text);
    if (playback->finished)
        add_badge(f, 99, styles[state], words[state]);
    else if (playback->paused && !playback->seeking)
        add_badge(f, 99, KOOP_ROLE_WATCH, "PAUSED");
    if (!playback->finished) strcpy(add(f, 65, 0)->text, koop_text_percent(text, playback->share));
}

static void add_state(fields *f, const koop_scene *scene) {
    koop_run_state state = scene->view->run.state;
    add_badge(f, 100, styles[state], words[state]);
    if (scene->control->paused) add_badge(f, 99, KOOP_ROLE_WATCH, "PAUSED");
}

/* A count that is only worth its columns when it is not zero. */
static void add_trouble(fields *f, int weight, koop_role role, const char *name, uint64_t count) {
    char number[KOOP_TEXT_BYTES];
    if (count == 0) return;
    field *new = add(f, weight, role | KOOP_BOLD);
    int64_t shown = count > INT64_MAX ? INT64_MAX : (int64_t)count;
    snprintf(new->text, FIELD_BYTES, "%s %s", name, koop_text_count(number, shown));
}

static void add_pace(fields *f, const koop_scene *scene) {
    const koop_view *view = scene->view;
    char text[KOOP_TEXT_BYTES];
    snprintf(add(f, 60, 0)->text, FIELD_BYTES, "step %s", koop_text_count(text, view->run.step));
    field *window = add(f, 20, 0);
    if (view->filled < view->window)
        snprintf(window->text, FIELD_BYTES, "window %d/%d", view->filled, view->window);
    else
        snprintf(window->text, FIELD_BYTES, "window %d", view->window);
    if (view->run.state != KOOP_RUN_LIVE || scene->playback != NULL) return;
    snprintf(add(f, 40, 0)->text, FIELD_BYTES, "%s/s", koop_text_value(text, view->run.rate));
    snprintf(add(f, 30, 0)->text, FIELD_BYTES, "lag %s", koop_text_duration(text, view->run.lag_s));
}

static void add_counts(fields *f, const koop_view *view) {
    if (view->run.failing) strcpy(add(f, 95, KOOP_ROLE_ALARM | KOOP_BOLD)->text, "journal failing");
    if (view->run.dropped == 0)
        strcpy(add(f, 15, KOOP_DIM)->text, "drops 0");
    else
        add_trouble(f, 80, KOOP_ROLE_WATCH, "drops", view->run.dropped);
    add_trouble(f, 81, KOOP_ROLE_ALARM, "damaged", view->run.damaged);
    add_trouble(f, 82, KOOP_ROLE_ALARM, "lost", view->run.lost);
    add_trouble(f, 85, KOOP_ROLE_ALARM, "not finite", view->run.not_finite);
    add_trouble(f, 50, KOOP_ROLE_WATCH, "refused", view->run.refused);
    if (view->run.pending > 64) add_trouble(f, 45, KOOP_ROLE_WATCH, "behind", view->run.pending);
    field *events = add(f, 70, view->run.n_events > 0 ? KOOP_BOLD : KOOP_DIM);
    snprintf(events->text, FIELD_BYTES, "%d event%s", view->run.n_events,
             view->run.n_events == 1 ? "" : "s");
}

static int columns_of(const field *f, koop_glyphs glyphs) {
    return koop_glyph_columns(f->text, glyphs) + 2 + (f->badge ? 2 : 0);
}

/* Leaves out the lightest field until the rest fits. */
static void choose(fields *f, int cols, koop_glyphs glyphs) {
    for (;;) {
        int total = 0, lightest = -1;
        for (int i = 0; i < f->n; i++) {
            if (!f->list[i].shown) continue;
            total += columns_of(&f->list[i], glyphs);
            if (f->list[i].weight > 0 &&
                (lightest < 0 || f->list[i].weight < f->list[lightest].weight))
                lightest = i;
        }
        if (total - 1 <= cols || lightest < 0) return;
        f->list[lightest].shown = false;
    }
}

static void draw_fields(fields *f, koop_area area) {
    choose(f, area.rect.cols, area.canvas->glyphs);
    int col = area.rect.cols >= 40;
    for (int i = 0; i < f->n; i++) {
        const field *item = &f->list[i];
        if (!item->shown) continue;
        col = koop_panel_print(area, 0, col, item->style, item->badge ? " %s " : "%s", item->text);
        col += 2;
    }
}

static void draw_silence(const koop_scene *scene, koop_area area) {
    char since[KOOP_TEXT_BYTES];
    koop_style style = KOOP_ROLE_ALARM | KOOP_BOLD | KOOP_REVERSE;
    koop_text_duration(since, scene->silent_s);
    koop_area_fill(area, 0, 0, area.rect.cols, ' ', style);
    if (area.rect.cols >= 60)
        koop_panel_print(area, 0, 1, style, "NO DAEMON ANSWERS for %s%s%s", since,
                         scene->view != NULL ? "; this is the last view of " : "",
                         scene->view != NULL ? scene->view->run.name : "");
    else
        koop_panel_print(area, 0, 0, style, "NO DAEMON for %s", since);
}

static void draw(const koop_scene *scene, koop_area area) {
    fields f = {.n = 0};
    if (scene->silent_s > 0) {
        draw_silence(scene, area);
        return;
    }
    if (scene->view == NULL) {
        koop_panel_print(area, 0, area.rect.cols >= 40, KOOP_BOLD, "koopmon");
        return;
    }
    strcpy(add(&f, 0, KOOP_BOLD)->text, scene->view->run.name);
    if (scene->playback != NULL)
        add_playback(&f, scene->playback, scene->view->run.state);
    else
        add_state(&f, scene);
    if (!koop_layout_has(&scene->layout, KOOP_SLOT_NOW))
        strcpy(add(&f, 90, koop_panel_phase_style(scene->view->run.phase) | KOOP_BOLD)->text,
               koop_phase_name(scene->view->run.phase));
    add_pace(&f, scene);
    add_counts(&f, scene->view);
    draw_fields(&f, area);
}

const koop_panel koop_panel_header = {"header", draw};
