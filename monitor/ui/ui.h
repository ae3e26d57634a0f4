/* ui: the terminal user interface, attached to a source of views.
 *
 * Owns the terminal from koop_ui_run's call to its return. One thread. It asks the source a few
 * times a second and on keys; a daemon that does not answer is shown as such, never waited for
 * longer than a quarter of a second. */
#ifndef KOOP_UI_H
#define KOOP_UI_H

#include "source.h"

#include <stdbool.h>

typedef struct koop_ui_options {
    const char *run;      /* to select first, by name or uuid; NULL: the newest */
    const char *endpoint; /* to show; borrowed */
    bool ascii;           /* no characters beyond ASCII */
    bool no_color;        /* also when NO_COLOR is set */
} koop_ui_options;

/* Returns KOOP_OK when the user detached, KOOP_IO_FAILED when there is no usable terminal. */
koop_status koop_ui_run(koop_source *source, const koop_ui_options *options);

#endif
