/* plot_command: what the kinds of `koopmon plot` share: their options, and where the picture goes.
 *
 * Every kind takes -o, --force, --width, --height and --title besides its own. A picture is written
 * when all of it is there; a file that is there already stays as it is without --force. */
#ifndef KOOP_PLOT_COMMAND_H
#define KOOP_PLOT_COMMAND_H

#include "options.h"
#include "scene.h"

#include <limits.h>

enum { KOOP_PLOT_OPTIONS = 6 };

typedef struct koop_plot_arguments {
    const char *output; /* NULL: not given; "-": standard output */
    bool force;
    const char *title;
    int width, height; /* 0: not given */
} koop_plot_arguments;

/* Zeroes `arguments` and fills `options` with KOOP_PLOT_OPTIONS entries that write to it. */
void koop_plot_options_list(koop_plot_arguments *arguments, koop_option *options);

/* After parsing, before anything is computed: refuses what can be refused by now. KOOP_PROCEED or an
 * exit code. */
int koop_plot_settle(const koop_plot_arguments *arguments, const koop_usage *usage,
                     const koop_common *common);

/* The frame that the arguments ask for; `title` where they have none. */
koop_scene_frame koop_plot_frame(const koop_plot_arguments *arguments, const char *title);

/* Writes the picture that a scene drew with `status`, and says on standard output what it shows
 * (`what`, one line; as JSON with --json). Takes what `svg` owns. 0, or an exit code after a
 * complaint. */
int koop_plot_finish(const koop_plot_arguments *arguments, const koop_usage *usage,
                     const koop_common *common, koop_svg *svg, koop_status status,
                     const char *what);

/* What names an input in a picture: the last part of its path; of several, their whole paths where
 * two would have one name. Borrowed from the paths. */
const char *koop_plot_name(const char *path);
void koop_plot_names(char *const *paths, int n, const char **names);

/* The path of `operand` itself, or of the run of the data directory (NULL: the standard one) that it
 * names. KOOP_PROCEED or an exit code. */
int koop_plot_locate(const char *operand, const char *data, char path[PATH_MAX]);

typedef int koop_plot_function(int argc, char **argv);
koop_plot_function koop_plot_spectrum, koop_plot_curves, koop_plot_trajectory, koop_plot_heatmap,
    koop_plot_histogram;

#endif
