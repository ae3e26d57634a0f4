#include "cluster.h"
#include "command.h"
#include "distances_print.h"
#include "output_file.h"
#include "print.h"
#include "trajectory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OWN = 6, FLAGS = KOOP_DMD_OPTIONS + OWN };

static const koop_usage usage = {
    "distances",
    "FILE|RUN...",
    "Measures how far every two of many spectra are apart, and puts those side by side that are "
    "near.\n"
    "Each operand is read as compare reads it: a .npy of eigenvalues (complex; 1-D, or 2-D with a\n"
    "spectrum a row: FILE#0, FILE#1, ...), what analyze --json printed, a .npy trajectory, a\n"
    "recording, a journal directory (the last spectrum, with --batch the one of the whole), or a\n"
    "run of the daemon. Up to 20 spectra are printed as a table, more are summed up.",
    "Distances: assignment, mean distance of the best pairing of eigenvalues (of unequal numbers:\n"
    "transport); residual, transport with weights 1/(residual + 0.05).\n"
    "The clustering order is that of the leaves of the average-linkage tree, turned so that\n"
    "neighbours are near. Table, JSON and .npy have rows and columns in the order asked for.\n"
    "With --windows the intervals stand in the order of time; the ends in the JSON are the "
    "numbers\n"
    "of snapshots up to their last. Of more than 256 every 2nd, 4th, ... is taken.\n"
    "JSON: {\"schema\":1,\"names\":[...],\"distance\",\"modes\":[...],\"matrix\":[[...],...],\n"
    "\"order\":[...]}; order: which spectrum, as given, each row is of, from 0 on; with --windows\n"
    "also \"ends\":[...].",
    1,
    KOOP_SIDE_MAX_LIST,
    false};

static const char *const distances[] = {"assignment", "residual", NULL}; /* as koop_distance */
static const char *const orders[] = {"clustering", "given", NULL};
enum { UNSAID = -1, CLUSTERING, GIVEN };

typedef struct arguments {
    koop_dmd_arguments dmd;
    koop_common common;
    int distance, order, threads;
    const char *npy;
    bool windows, force;
} arguments;

static void list_options(arguments *a, koop_option *options) {
    koop_dmd_options_list(&a->dmd, options);
    const koop_option own[OWN] = {
        {"distance", KOOP_OPTION_CHOICE, &a->distance, NULL, "which distance (assignment)", 0, 0,
         distances, NULL},
        {"windows", KOOP_OPTION_FLAG, &a->windows, NULL,
         "between the intervals of one trajectory, of --window snapshots each", 0, 0, NULL, NULL},
        {"order", KOOP_OPTION_CHOICE, &a->order, NULL,
         "of rows and columns (clustering; with --windows: given)", 0, 0, orders, NULL},
        {"threads", KOOP_OPTION_WHOLE, &a->threads, "N",
         "that pairs are spread over (one a processor)", 1, KOOP_DISTANCE_MAX_THREADS, NULL, NULL},
        {"npy", KOOP_OPTION_TEXT, &a->npy, "FILE", "write the matrix to a .npy file as well", 0, 0,
         NULL, NULL},
        {"force", KOOP_OPTION_FLAG, &a->force, NULL, "replace a file that is there", 0, 0, NULL,
         NULL},
    };
    memcpy(options + KOOP_DMD_OPTIONS, own, sizeof own);
}

static int processors(void) {
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (n < 1) return 1;
    return n > KOOP_DISTANCE_MAX_THREADS ? KOOP_DISTANCE_MAX_THREADS : (int)n;
}

static int check_npy(const arguments *a) {
    if (!a->npy) return KOOP_PROCEED;
    if (strcmp(a->npy, "-") == 0)
        return koop_complain(KOOP_EXIT_USAGE, "distances: --npy wants a file: standard output has "
                                              "the distances in words or as JSON");
    return koop_output_check("distances", a->npy, a->force);
}

static int check_windows(const arguments *a, int n, char *const *operands) {
    if (!a->windows) return KOOP_PROCEED;
    if (a->dmd.batch)
        return koop_complain(KOOP_EXIT_USAGE, "distances: --windows and --batch exclude each "
                                              "other: --batch makes one spectrum of the whole");
    if (n > 1)
        return koop_complain(KOOP_EXIT_USAGE, "distances: --windows wants one trajectory alone");
    const koop_file_kind kind = koop_trajectory_kind(operands[0]);
    if (kind == KOOP_FILE_MISSING || kind == KOOP_FILE_OTHER)
        return koop_trajectory_refuse(operands[0]);
    if (!koop_side_has_windows(operands[0]))
        return koop_complain(KOOP_EXIT_USAGE,
                             "%s: holds spectra; --windows wants a trajectory, a recording or a "
                             "journal directory",
                             operands[0]);
    return KOOP_PROCEED;
}

/* The matrix between the items in the order given. */
static int measure(const arguments *a, koop_distances *d) {
    const size_t n = (size_t)d->n;
    const koop_side_item **items = malloc(n * sizeof *items);
    d->matrix = malloc(n * n * sizeof *d->matrix);
    koop_status status = items && d->matrix ? KOOP_OK : KOOP_NO_MEMORY;
    int code = KOOP_EXIT_OK;
    for (int i = 0; i < d->n && status == KOOP_OK && code == KOOP_EXIT_OK; i++) {
        items[i] = &d->side->items[i];
        if (!koop_distance_known(items[i], d->distance))
            code = koop_distance_refuse("distances", d->distance);
    }
    if (status == KOOP_OK && code == KOOP_EXIT_OK)
        status = koop_distance_matrix(items, d->n, d->distance, a->threads, d->matrix);
    free(items);
    if (status != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "distances: %s", koop_strstatus(status));
    return code;
}

/* Puts rows and columns into the order asked for. */
static int arrange(const arguments *a, koop_distances *d) {
    const size_t n = (size_t)d->n;
    d->order = malloc(n * sizeof *d->order);
    if (!d->order) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    for (int i = 0; i < d->n; i++) d->order[i] = i;
    if (a->order == GIVEN || (a->order == UNSAID && a->windows)) return KOOP_EXIT_OK;
    const koop_status status = koop_cluster_average(d->matrix, d->n, NULL, d->order);
    if (status != KOOP_OK)
        return koop_complain(KOOP_EXIT_USAGE, "distances: %s", koop_strstatus(status));
    double *ordered = malloc(n * n * sizeof *ordered);
    if (!ordered) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            ordered[i * n + j] = d->matrix[(size_t)d->order[i] * n + (size_t)d->order[j]];
    free(d->matrix);
    d->matrix = ordered;
    return KOOP_EXIT_OK;
}

static int print(const arguments *a, const koop_distances *d) {
    char path[KOOP_PRINT_PATH_BYTES];
    if (a->common.json) return koop_distances_print_json(d);
    const int code = koop_distances_print_text(d);
    if (code == KOOP_EXIT_OK && a->npy) printf("  written to %s\n", koop_print_path(a->npy, path));
    return code;
}

static int run(const arguments *a, koop_side *side) {
    koop_distances d = {
        .side = side, .distance = (koop_distance)a->distance, .windows = a->windows};
    int code = koop_side_load(side, &a->dmd, &a->common, a->windows);
    if (code != KOOP_EXIT_OK) return code;
    d.n = side->n;
    if (d.n < 2 && a->windows)
        return koop_complain(KOOP_EXIT_NO_DATA,
                             "%s: has no two intervals of %d snapshots (--window) that move",
                             side->operands[0], a->dmd.pipeline.dmd.span);
    if (d.n < 2)
        return koop_complain(KOOP_EXIT_USAGE, "distances: one spectrum alone; give at least two");
    code = measure(a, &d);
    if (code == KOOP_EXIT_OK) code = arrange(a, &d);
    if (code == KOOP_EXIT_OK && a->npy) code = koop_distances_write_npy(&d, a->npy, a->force);
    if (code == KOOP_EXIT_OK) code = print(a, &d);
    free(d.matrix);
    free(d.order);
    return code;
}

int koop_command_distances(int argc, char **argv) {
    arguments a = {.order = UNSAID, .threads = processors()};
    koop_option options[FLAGS];
    koop_side side = {.command = "distances", .most = KOOP_SIDE_MAX_LIST, .pools = 1};
    list_options(&a, options);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &a.common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&a.dmd, "distances");
    if (code == KOOP_PROCEED) code = check_windows(&a, argc - first, argv + first);
    if (a.windows) a.dmd.pipeline.stride = a.dmd.pipeline.dmd.span;
    if (code == KOOP_PROCEED) code = check_npy(&a);
    if (code != KOOP_PROCEED) return code;
    side.operands = argv + first;
    side.n_operands = argc - first;
    code = run(&a, &side);
    koop_side_free(&side);
    return code;
}
