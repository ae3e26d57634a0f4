/* panel: one element of the screen: a const descriptor with a function that draws it.
 *
 * Drawing is a pure function of the scene into an area; it never leaves the area and needs no
 * terminal. A panel draws what fits and is given an area of any size. */
#ifndef KOOP_PANEL_H
#define KOOP_PANEL_H

#include "canvas.h"
#include "control.h"
#include "layout.h"

/* Everything that the screen shows. Borrowed. */
typedef struct koop_scene {
    const koop_view *view; /* NULL: none yet */
    const koop_run_summary *runs;
    int n_runs;
    const koop_control *control;
    const char *endpoint;          /* where trainers publish */
    double silent_s;               /* since the daemon last answered; 0: it answers */
    const koop_playback *playback; /* of a recording; NULL: live */
    koop_layout layout;            /* filled by koop_scene_draw */
} koop_scene;

typedef struct koop_panel {
    const char *name;
    void (*draw)(const koop_scene *scene, koop_area area);
} koop_panel;

extern const koop_panel koop_panel_header, koop_panel_spectrum, koop_panel_now, koop_panel_runs,
    koop_panel_groups, koop_panel_timeline, koop_panel_events, koop_panel_keys, koop_panel_help,
    koop_panel_wait;

/* Draws the whole screen: lays it out for the canvas's size and draws every panel in its place. */
void koop_scene_draw(koop_scene *scene, koop_canvas *canvas);

/* Rows of the whole help on a screen of `cols` columns. */
int koop_panel_help_rows(const koop_scene *scene, int cols);

/* The first row of a panel: its title, a rule, and a note at the right end (NULL: none). */
void koop_panel_heading(koop_area area, const char *title, const char *note);

koop_style koop_panel_phase_style(koop_phase phase);
char koop_panel_phase_letter(koop_phase phase); /* w s d T D = N */

/* printf into the area, as koop_area_fit does, up to its right edge; the column after it. */
int koop_panel_print(koop_area area, int row, int col, koop_style style, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 5, 6)))
#endif
    ;

#endif
