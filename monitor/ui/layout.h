/* layout: which panels a terminal of some size shows, and where. Pure arithmetic.
 *
 * Any size from 1×1 up gets a layout; panels never overlap and never leave the screen. What does
 * not fit is left out (zero rows): first layers, then runs, spectrum, timeline, keys, now; the
 * header stays. A wide terminal gets a third column with the layers and the events. */
#ifndef KOOP_LAYOUT_H
#define KOOP_LAYOUT_H

#include "canvas.h"

typedef enum koop_slot {
    KOOP_SLOT_HEADER,
    KOOP_SLOT_SPECTRUM,
    KOOP_SLOT_NOW,
    KOOP_SLOT_RUNS,
    KOOP_SLOT_GROUPS,
    KOOP_SLOT_EVENTS,
    KOOP_SLOT_TIMELINE,
    KOOP_SLOT_KEYS,
    KOOP_SLOT_PAGE, /* what a page other than the overview fills */
    KOOP_SLOT_COUNT
} koop_slot;

typedef struct koop_layout {
    koop_rect at[KOOP_SLOT_COUNT]; /* rows 0: not shown */
} koop_layout;

/* The overview for a terminal of rows×cols and a list of n_runs. */
koop_layout koop_layout_overview(int rows, int cols, int n_runs);

/* A page of one panel between header and keys: help, events, waiting. */
koop_layout koop_layout_page(int rows, int cols);

static inline int koop_layout_has(const koop_layout *layout, koop_slot slot) {
    return layout->at[slot].rows > 0 && layout->at[slot].cols > 0;
}

#endif
