/* view_state: what of a view a pipeline makes, saved and loaded. */
#ifndef KOOP_VIEW_STATE_H
#define KOOP_VIEW_STATE_H

#include "view.h"

/* Of a view that already has its run, groups and options; `begun`: with a history. */
void koop_view_exchange(koop_view *view, bool begun, koop_state *state);

#endif
