#include "command.h"
#include "palette.h"
#include "plane.h"
#include "plot_command.h"
#include "plot_data.h"
#include "trajectory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWN = 5, FLAGS = KOOP_PLOT_OPTIONS + OWN, USUAL_WEIGHTS = 2, NAME_BYTES = 32 };

static const koop_usage usage = {
    "plot trajectory",
    "FILE…",
    "Draws how weights move: the curves of a few of them over the snapshots, those that move "
    "most,\n"
    "and beside them the paths of all in the plane of the first two principal components, from a\n"
    "hollow mark on. A FILE is a .npy trajectory (T×n, or T×D×N: N starts), a recording, a "
    "journal\n"
    "directory or a run of the data directory; all of them have the same number of values.",
    "The weights drawn are the same in all files; they are counted from 0 on. The components are\n"
    "those of all files together, of at most 1,000 of their snapshots.\n"
    "JSON: {\"schema\":1,\"kind\",\"file\",\"bytes\",\"shows\"}",
    1,
    KOOP_PALETTE_SERIES,
    false};

typedef struct input {
    double *x; /* T×D×N, owned, as what follows */
    size_t shape[3];
    double *weights, *plane;
} input;

typedef struct plotting {
    koop_plot_arguments plot;
    const char *data, *pick;
    int most, start; /* weights; the only start to draw, −1: all */
    bool no_plane;
    int n;
    input inputs[KOOP_PALETTE_SERIES];
    koop_scene_path paths[KOOP_PALETTE_SERIES];
    int n_weights;
    size_t weights[KOOP_SCENE_MAX_WEIGHTS];
} plotting;

static int no_memory(void) {
    return koop_complain(KOOP_EXIT_USAGE, "out of memory");
}

/* Leaves only one of the N trajectories. */
static int choose_start(const plotting *p, const char *path, input *in) {
    const size_t count = in->shape[2], rows = in->shape[0] * in->shape[1];
    if (p->start < 0) return KOOP_EXIT_OK;
    if ((size_t)p->start >= count)
        return koop_complain_of(usage.command, KOOP_EXIT_USAGE, "%s: %zu start%s, and --start %d",
                                path, count, count == 1 ? "" : "s", p->start);
    for (size_t row = 0; row < rows; row++) in->x[row] = in->x[row * count + (size_t)p->start];
    in->shape[2] = 1;
    return KOOP_EXIT_OK;
}

static int load(plotting *p, const char *operand, int i) {
    char path[PATH_MAX];
    koop_trajectory trajectory;
    input *in = &p->inputs[i];
    int code = koop_plot_locate(operand, p->data, path);
    if (code != KOOP_PROCEED) return code;
    code = koop_trajectory_load(path, &in->x, in->shape, &trajectory);
    if (code == KOOP_EXIT_OK && in->shape[0] == 0)
        code = koop_complain_of(usage.command, KOOP_EXIT_NO_DATA, "%s: no snapshots", path);
    if (code == KOOP_EXIT_OK) code = choose_start(p, path, in);
    if (code == KOOP_EXIT_OK && in->shape[1] != p->inputs[0].shape[1])
        code = koop_complain_of(usage.command, KOOP_EXIT_USAGE,
                                "%s: snapshots of %zu values, and of %zu in the first file", path,
                                in->shape[1], p->inputs[0].shape[1]);
    const size_t rows = code == KOOP_EXIT_OK ? in->shape[0] * in->shape[1] * in->shape[2] : 0;
    for (size_t j = 0; j < rows && !p->no_plane; j++)
        if (!isfinite(in->x[j]))
            return koop_complain_of(usage.command, KOOP_EXIT_USAGE,
                                    "%s: holds NaN or infinity; --no-plane draws it, with gaps",
                                    path);
    return code;
}

/* How far a weight moves: the ranges of its values along each trajectory, together. */
static double movement(const plotting *p, size_t weight) {
    double sum = 0;
    for (int i = 0; i < p->n; i++) {
        const input *in = &p->inputs[i];
        const size_t count = in->shape[2];
        for (size_t k = 0; k < count; k++) {
            double low = INFINITY, high = -INFINITY;
            for (size_t t = 0; t < in->shape[0]; t++) {
                const double value = in->x[(t * in->shape[1] + weight) * count + k];
                if (!isfinite(value)) continue;
                low = fmin(low, value);
                high = fmax(high, value);
            }
            if (low <= high) sum += high - low;
        }
    }
    return sum;
}

/* Those that move most, the first of them first; of equal ones, the lower. */
static void choose_weights(plotting *p) {
    double moves[KOOP_SCENE_MAX_WEIGHTS];
    for (size_t weight = 0; weight < p->inputs[0].shape[1] && p->most > 0; weight++) {
        const double here = movement(p, weight);
        int at = p->n_weights;
        if (at == p->most && here <= moves[at - 1]) continue;
        if (at < p->most) p->n_weights++;
        if (at == p->most) at--;
        for (; at > 0 && moves[at - 1] < here; at--) {
            moves[at] = moves[at - 1];
            p->weights[at] = p->weights[at - 1];
        }
        moves[at] = here;
        p->weights[at] = weight;
    }
}

/* "3,17": those. */
static int pick_weights(plotting *p) {
    char list[128];
    const size_t values = p->inputs[0].shape[1];
    const size_t length = strlen(p->pick);
    if (length >= sizeof list)
        return koop_complain_of(usage.command, KOOP_EXIT_USAGE, "--pick has up to %d weights",
                                KOOP_SCENE_MAX_WEIGHTS);
    memcpy(list, p->pick, length + 1);
    for (char *word = list; word;) {
        char *comma = strchr(word, ',');
        long index;
        if (comma) *comma++ = '\0';
        if (!koop_options_whole(word, 0, LONG_MAX, &index) || (size_t)index >= values)
            return koop_complain_of(usage.command, KOOP_EXIT_USAGE,
                                    "--pick wants weights from 0 to %zu, with commas between them",
                                    values - 1);
        if (p->n_weights == KOOP_SCENE_MAX_WEIGHTS)
            return koop_complain_of(usage.command, KOOP_EXIT_USAGE, "--pick has up to %d weights",
                                    KOOP_SCENE_MAX_WEIGHTS);
        p->weights[p->n_weights++] = (size_t)index;
        word = comma;
    }
    return KOOP_EXIT_OK;
}

static int take_weights(plotting *p, int i) {
    input *in = &p->inputs[i];
    const size_t count = in->shape[2], weights = (size_t)p->n_weights;
    in->weights = malloc(in->shape[0] * weights * count * sizeof(double) + 1);
    if (!in->weights) return no_memory();
    for (size_t t = 0; t < in->shape[0]; t++)
        for (size_t w = 0; w < weights; w++)
            memcpy(in->weights + (t * weights + w) * count,
                   in->x + (t * in->shape[1] + p->weights[w]) * count, count * sizeof(double));
    return KOOP_EXIT_OK;
}

static int find_plane(plotting *p, double shares[2]) {
    koop_plane_part parts[KOOP_PALETTE_SERIES];
    double *points[KOOP_PALETTE_SERIES];
    for (int i = 0; i < p->n; i++) {
        input *in = &p->inputs[i];
        parts[i] = (koop_plane_part){in->x, in->shape[0], in->shape[2]};
        in->plane = malloc(2 * in->shape[0] * in->shape[2] * sizeof(double));
        if (!in->plane) return no_memory();
        points[i] = in->plane;
    }
    const koop_status status = koop_plane(parts, p->n, p->inputs[0].shape[1], points, shares);
    if (status == KOOP_NOT_ENOUGH_DATA || status == KOOP_RANK_ZERO)
        return koop_complain_of(
            usage.command, KOOP_EXIT_NO_DATA, "%s; --no-plane draws the weights alone",
            status == KOOP_RANK_ZERO ? "no plane: the snapshots do not move"
                                     : "a plane needs two values and three snapshots");
    if (status != KOOP_OK)
        return koop_complain_of(usage.command, KOOP_EXIT_USAGE, "%s", koop_strstatus(status));
    return KOOP_EXIT_OK;
}

static int draw(plotting *p, char **operands, const koop_common *common, const double shares[2]) {
    koop_svg svg = {.text = NULL};
    const char *names[KOOP_PALETTE_SERIES], *of_weights[KOOP_SCENE_MAX_WEIGHTS];
    char weights[KOOP_SCENE_MAX_WEIGHTS][NAME_BYTES], what[160];
    size_t trajectories = 0;
    koop_plot_names(operands, p->n, names);
    for (int i = 0; i < p->n; i++) {
        const input *in = &p->inputs[i];
        p->paths[i] =
            (koop_scene_path){names[i], in->shape[0], in->shape[2], in->weights, in->plane};
        trajectories += in->shape[2];
    }
    for (int w = 0; w < p->n_weights; w++) {
        snprintf(weights[w], NAME_BYTES, "weight %zu", p->weights[w]);
        of_weights[w] = weights[w];
    }
    const koop_scene_trajectory scene = {p->n_weights, of_weights, {shares[0], shares[1]}};
    const koop_scene_frame frame = koop_plot_frame(&p->plot, "Trajectory of the weights");
    const koop_status status = koop_scene_trajectories(&svg, &frame, &scene, p->paths, p->n);
    int used = snprintf(what, sizeof what, "%zu trajector%s of %d file%s, %d weight%s",
                        trajectories, trajectories == 1 ? "y" : "ies", p->n, p->n == 1 ? "" : "s",
                        p->n_weights, p->n_weights == 1 ? "" : "s");
    if (!p->no_plane)
        snprintf(what + used, sizeof what - (size_t)used, ", plane of %.3g%% of the variance",
                 100 * (shares[0] + shares[1]));
    return koop_plot_finish(&p->plot, &usage, common, &svg, status, what);
}

static int run(plotting *p, char **operands, const koop_common *common) {
    double shares[2] = {0, 0};
    int code = KOOP_EXIT_OK;
    for (int i = 0; i < p->n && code == KOOP_EXIT_OK; i++) code = load(p, operands[i], i);
    if (code != KOOP_EXIT_OK) return code;
    if (p->pick)
        code = pick_weights(p);
    else
        choose_weights(p);
    for (int i = 0; i < p->n && code == KOOP_EXIT_OK; i++) code = take_weights(p, i);
    if (code == KOOP_EXIT_OK && !p->no_plane) code = find_plane(p, shares);
    return code == KOOP_EXIT_OK ? draw(p, operands, common, shares) : code;
}

static void list_options(plotting *p, koop_option *options) {
    const koop_option own[OWN] = {
        {"weights", KOOP_OPTION_WHOLE, &p->most, "N", "curves of so many; 0: the plane alone (2)",
         0, KOOP_SCENE_MAX_WEIGHTS, NULL, NULL},
        {"pick", KOOP_OPTION_TEXT, &p->pick, "I,J,…", "curves of these weights instead", 0, 0, NULL,
         NULL},
        {"start", KOOP_OPTION_WHOLE, &p->start, "K", "of N starts only this one, from 0 on", 0,
         INT_MAX, NULL, NULL},
        {"no-plane", KOOP_OPTION_FLAG, &p->no_plane, NULL, "the curves alone", 0, 0, NULL, NULL},
        koop_plot_data_option(&p->data)};
    koop_plot_options_list(&p->plot, options);
    memcpy(options + KOOP_PLOT_OPTIONS, own, sizeof own);
}

int koop_plot_trajectory(int argc, char **argv) {
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    plotting *p = calloc(1, sizeof *p);
    if (!p) return no_memory();
    p->most = USUAL_WEIGHTS;
    p->start = -1;
    list_options(p, options);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_plot_settle(&p->plot, &usage, &common);
    if (code == KOOP_PROCEED && p->no_plane && p->most == 0 && !p->pick)
        code = koop_complain_of(usage.command, KOOP_EXIT_USAGE,
                                "--weights 0 and --no-plane leave nothing to draw");
    if (code == KOOP_PROCEED) {
        p->n = argc - first;
        code = run(p, argv + first, &common);
    }
    for (int i = 0; i < KOOP_PALETTE_SERIES; i++) {
        free(p->inputs[i].x);
        free(p->inputs[i].weights);
        free(p->inputs[i].plane);
    }
    free(p);
    return code;
}
