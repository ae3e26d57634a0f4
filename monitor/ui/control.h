/* control: what the user has chosen, and what a key does to it. Pure: no terminal, no source. */
#ifndef KOOP_CONTROL_H
#define KOOP_CONTROL_H

#include "source.h"
#include "view.h"
#include "zoom.h"

/* Keys: characters as themselves, and these. */
enum {
    KOOP_KEY_NONE = 0,
    KOOP_KEY_TAB = '\t',
    KOOP_KEY_REDRAW = 'L' - '@', /* Ctrl-L */
    KOOP_KEY_ENTER = '\r',
    KOOP_KEY_ESCAPE = 27,
    KOOP_KEY_UP = 0x110000,
    KOOP_KEY_DOWN,
    KOOP_KEY_BACK_TAB,
    KOOP_KEY_HELP,
    KOOP_KEY_RESIZE,
    KOOP_KEY_RIGHT
};

typedef enum koop_page { KOOP_PAGE_OVERVIEW, KOOP_PAGE_EVENTS, KOOP_PAGE_HELP } koop_page;

typedef struct koop_control {
    koop_page page;
    koop_zoom_mode zoom_mode;
    double zoom;                    /* factor near 1 on the screen; 0: none yet */
    char run[KOOP_VIEW_UUID_BYTES]; /* selected, if such a run is listed; empty: the newest */
    int event;               /* selected, counted from 1 since the run began; 0: the latest */
    int help_row, help_last; /* first row of the help shown; the last of use, set by the drawer */
    bool paused;             /* the picture is held; a replay pauses itself instead */
    bool replay;             /* of a recording: keys play it */
    koop_play play;          /* what a key asks of it; whoever did it clears this */
    bool detach;
    bool redraw; /* the screen is to be drawn anew; whoever did clears it */
} koop_control;

/* A key was pressed while this list of runs and this view (NULL: none) were on the screen. */
void koop_control_key(koop_control *control, int key, const koop_run_summary *runs, int n_runs,
                      const koop_view *view);

/* A new view is about to be drawn: keeps zoom and selection fit for it. */
void koop_control_view(koop_control *control, const koop_view *view);

/* Index of the selected run in the list, or -1. */
int koop_control_selected(const koop_control *control, const koop_run_summary *runs, int n_runs);

/* Number (from 1) of the oldest event that the view holds. */
int koop_control_first_event(const koop_view *view);

/* Index in view->events of the event to explain: the selected, else the latest; -1: none. */
int koop_control_event_index(const koop_control *control, const koop_view *view);

#endif
