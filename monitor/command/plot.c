/* Pictures: which kind is meant, and what all kinds share. */
#include "command.h"
#include "daemon.h"
#include "find_run.h"
#include "output_file.h"
#include "plot_command.h"
#include "print.h"
#include "trajectory.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_SIZE = 160, MOST_SIZE = 20000 };

static const koop_usage overview = {
    "plot",
    "spectrum|curves|trajectory|heatmap|histogram FILE…",
    "Draws a picture as SVG, which browsers open and printers print.\n"
    "  spectrum   eigenvalues of files on the complex plane with the unit circle\n"
    "  curves     scalars and signals of a recording over its steps, with its events\n"
    "  trajectory weights over the snapshots, and their paths in the plane where they move most\n"
    "  heatmap    a matrix, or the distances between the spectra of a recording's windows\n"
    "  histogram  the distributions of .npy values over one another\n"
    "koopmon plot KIND --help lists the options of one kind. All take:",
    "JSON: {\"schema\":1,\"kind\",\"file\",\"bytes\",\"shows\"}",
    1,
    INT_MAX,
    false};

static const struct {
    const char *name;
    koop_plot_function *run;
} kinds[] = {{"spectrum", koop_plot_spectrum},
             {"curves", koop_plot_curves},
             {"trajectory", koop_plot_trajectory},
             {"heatmap", koop_plot_heatmap},
             {"histogram", koop_plot_histogram}};

enum { KINDS = sizeof kinds / sizeof *kinds };

void koop_plot_options_list(koop_plot_arguments *a, koop_option *options) {
    *a = (koop_plot_arguments){.output = NULL};
    const koop_option list[KOOP_PLOT_OPTIONS] = {
        {"output", KOOP_OPTION_TEXT, &a->output, "FILE",
         "(-o) where the picture goes; -: standard output", 0, 0, NULL, NULL},
        {"o", KOOP_OPTION_TEXT, &a->output, "FILE", NULL, 0, 0, NULL, NULL},
        {"force", KOOP_OPTION_FLAG, &a->force, NULL, "replace a file that is there", 0, 0, NULL,
         NULL},
        {"title", KOOP_OPTION_TEXT, &a->title, "TEXT", "what stands above the picture", 0, 0, NULL,
         NULL},
        {"width", KOOP_OPTION_WHOLE, &a->width, "N", "of the picture, pixels", LEAST_SIZE,
         MOST_SIZE, NULL, NULL},
        {"height", KOOP_OPTION_WHOLE, &a->height, "N", "of the picture, pixels", LEAST_SIZE,
         MOST_SIZE, NULL, NULL},
    };
    memcpy(options, list, sizeof list);
}

static bool to_standard_output(const koop_plot_arguments *a) {
    return strcmp(a->output, "-") == 0;
}

int koop_plot_settle(const koop_plot_arguments *a, const koop_usage *usage,
                     const koop_common *common) {
    if (!a->output)
        return koop_complain_of(usage->command, KOOP_EXIT_USAGE,
                                "say where the picture goes: -o FILE.svg, or -o - for standard "
                                "output");
    if (to_standard_output(a) && common->json)
        return koop_complain_of(usage->command, KOOP_EXIT_USAGE,
                                "--json and the picture cannot both go to standard output");
    if (to_standard_output(a)) return KOOP_PROCEED;
    return koop_output_check(usage->command, a->output, a->force);
}

koop_scene_frame koop_plot_frame(const koop_plot_arguments *a, const char *title) {
    return (koop_scene_frame){a->width, a->height, a->title ? a->title : title};
}

const char *koop_plot_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

void koop_plot_names(char *const *paths, int n, const char **names) {
    bool same = false;
    for (int i = 0; i < n; i++) names[i] = koop_plot_name(paths[i]);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) same |= strcmp(names[i], names[j]) == 0;
    for (int i = 0; same && i < n; i++) names[i] = paths[i];
}

int koop_plot_locate(const char *operand, const char *data, char path[PATH_MAX]) {
    char standard[PATH_MAX];
    koop_wire_hello *hello;
    if (koop_trajectory_kind(operand) != KOOP_FILE_MISSING) {
        if (snprintf(path, PATH_MAX, "%s", operand) < PATH_MAX) return KOOP_PROCEED;
        return koop_complain(KOOP_EXIT_USAGE, "plot: a path is too long");
    }
    if (!data && koop_daemon_data_dir(standard, sizeof standard) != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "plot: the path of the data directory is too long");
    if (!data) data = standard;
    hello = malloc(sizeof *hello);
    if (!hello) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    const koop_status status = koop_find_run(data, operand, path, hello);
    free(hello);
    if (status == KOOP_OK) return KOOP_PROCEED;
    return koop_complain(KOOP_EXIT_NO_RUN, "no file and no run \"%s\" in %s", operand, data);
}

static int refuse_status(const koop_usage *usage, koop_status status) {
    if (status == KOOP_TOO_LARGE)
        return koop_complain_of(usage->command, KOOP_EXIT_USAGE,
                                "the picture does not fit; give a larger --width or --height");
    if (status == KOOP_NOT_ENOUGH_DATA)
        return koop_complain_of(usage->command, KOOP_EXIT_NO_DATA, "there is nothing to draw");
    return koop_complain_of(usage->command, KOOP_EXIT_USAGE, "%s", koop_strstatus(status));
}

int koop_plot_finish(const koop_plot_arguments *a, const koop_usage *usage,
                     const koop_common *common, koop_svg *svg, koop_status status,
                     const char *what) {
    int code = status == KOOP_OK ? KOOP_EXIT_OK : refuse_status(usage, status);
    const size_t bytes = svg->used;
    const bool bare = code == KOOP_EXIT_OK && to_standard_output(a);
    if (bare)
        fwrite(svg->text, 1, svg->used, stdout); /* koop_command_main looks after its errors */
    else if (code == KOOP_EXIT_OK)
        code = koop_output_write(usage->command, a->output, a->force,
                                 &(koop_output_part){svg->text, svg->used}, 1);
    koop_svg_free(svg);
    if (code != KOOP_EXIT_OK || bare) return code;
    if (common->json)
        return koop_print_json(stdout,
                               json_pack("{s:i, s:s, s:o, s:I, s:o}", "schema", KOOP_JSON_SCHEMA,
                                         "kind", usage->command + strlen("plot "), "file",
                                         koop_print_string(a->output), "bytes", (json_int_t)bytes,
                                         "shows", koop_print_string(what)));
    char path[KOOP_PRINT_PATH_BYTES], safe[KOOP_PRINT_PATH_BYTES];
    printf("%s: %s\n", koop_print_path(a->output, path), koop_print_path(what, safe));
    return KOOP_EXIT_OK;
}

static koop_plot_function *find(const char *word) {
    for (int i = 0; i < KINDS; i++)
        if (strcmp(word, kinds[i].name) == 0) return kinds[i].run;
    return NULL;
}

static int refuse_kind(const char *word) {
    const char *names[KINDS];
    for (int i = 0; i < KINDS; i++) names[i] = kinds[i].name;
    const char *near = koop_options_nearest(word, names, KINDS);
    if (near)
        return koop_complain(KOOP_EXIT_USAGE,
                             "plot: no kind of picture \"%s\"; did you mean "
                             "\"%s\"?",
                             word, near);
    return koop_complain(KOOP_EXIT_USAGE,
                         "plot: no kind of picture \"%s\"; there are spectrum, curves, trajectory, "
                         "heatmap and histogram",
                         word);
}

int koop_command_plot(int argc, char **argv) {
    koop_plot_arguments arguments;
    koop_option options[KOOP_PLOT_OPTIONS];
    koop_common common = {.json = false};
    for (int i = 1; i < argc; i++) {
        koop_plot_function *run = find(argv[i]);
        if (!run) continue;
        /* The kind comes first, options before it follow it. */
        char *kind = argv[i];
        memmove(argv + 2, argv + 1, (size_t)(i - 1) * sizeof *argv);
        argv[1] = kind;
        return run(argc - 1, argv + 1);
    }
    koop_plot_options_list(&arguments, options);
    int first, code = koop_options_parse(&overview, options, KOOP_PLOT_OPTIONS, argc, argv, &common,
                                         &first);
    return code == KOOP_PROCEED ? refuse_kind(argv[first]) : code;
}
