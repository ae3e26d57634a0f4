#include "command.h"
#include "npy_output.h"
#include "output_file.h"
#include "print.h"
#include "sides.h"
#include "view_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWN = 4, FLAGS = KOOP_DMD_OPTIONS + OWN };

static const koop_usage usage = {
    "spectra",
    "FILE|RUN...",
    "Writes the spectra of many files to one .npy file, a row each, which compare, distances and\n"
    "plot read. Each operand is read as compare reads it: a .npy trajectory, a recording, a "
    "journal\n"
    "directory (the last spectrum, with --batch the one of the whole), a .npy of eigenvalues\n"
    "(complex; all its rows), or a run of the daemon.",
    "The file is rows×modes complex128, rows in the order of the operands, eigenvalues by falling\n"
    "modulus. All spectra must have the same number of eigenvalues: --rank gives one. Residuals\n"
    "and energies are not kept: analyze has them.\n"
    "JSON: {\"schema\":1,\"file\",\"rows\",\"modes\"}",
    1,
    KOOP_SIDE_MAX_LIST,
    false};

typedef struct arguments {
    koop_dmd_arguments dmd;
    koop_common common;
    const char *output;
    int pools;
    bool force;
} arguments;

static void list_options(arguments *a, koop_option *options) {
    koop_dmd_options_list(&a->dmd, options);
    const koop_option own[OWN] = {
        {"output", KOOP_OPTION_TEXT, &a->output, "FILE.npy", "(-o) where the spectra go", 0, 0,
         NULL, NULL},
        {"o", KOOP_OPTION_TEXT, &a->output, "FILE.npy", NULL, 0, 0, NULL, NULL},
        {"force", KOOP_OPTION_FLAG, &a->force, NULL, "replace a file that is there", 0, 0, NULL,
         NULL},
        {"pools", KOOP_OPTION_WHOLE, &a->pools, "N",
         "with --batch: N spectra of N pools of trajectories (1)", 1, KOOP_SIDE_MAX_LIST, NULL,
         NULL},
    };
    memcpy(options + KOOP_DMD_OPTIONS, own, sizeof own);
}

static int check(const arguments *a) {
    if (!a->output || strcmp(a->output, "-") == 0)
        return koop_complain(KOOP_EXIT_USAGE, "spectra: say where they go: -o FILE.npy");
    if (a->pools > 1 && !a->dmd.batch)
        return koop_complain(KOOP_EXIT_USAGE, "spectra: --pools is for --batch");
    return koop_output_check("spectra", a->output, a->force);
}

static int check_sizes(const koop_side *side) {
    for (int i = 1; i < side->n; i++)
        if (side->items[i].modes != side->items[0].modes)
            return koop_complain(
                KOOP_EXIT_USAGE,
                "spectra: %s has %d eigenvalues and %s has %d, which make no rows of one file",
                side->operands[side->items[0].operand], side->items[0].modes,
                side->operands[side->items[i].operand], side->items[i].modes);
    return KOOP_EXIT_OK;
}

static int write_rows(const arguments *a, const koop_side *side) {
    const size_t row = 2 * (size_t)side->items[0].modes;
    double *rows = malloc((size_t)side->n * row * sizeof *rows);
    if (!rows) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    for (int i = 0; i < side->n; i++)
        memcpy(rows + (size_t)i * row, side->items[i].points, row * sizeof *rows);
    const int code =
        koop_npy_output("spectra", a->output, a->force, side->n, side->items[0].modes, true, rows);
    free(rows);
    return code;
}

static int print(const arguments *a, const koop_side *side) {
    char path[KOOP_PRINT_PATH_BYTES];
    const int modes = side->items[0].modes;
    if (a->common.json)
        return koop_print_json(stdout, json_pack("{s:i, s:o, s:i, s:i}", "schema", KOOP_JSON_SCHEMA,
                                                 "file", koop_print_string(a->output), "rows",
                                                 side->n, "modes", modes));
    printf("%s: %d spectr%s of %d eigenvalue%s\n", koop_print_path(a->output, path), side->n,
           side->n == 1 ? "um" : "a", modes, modes == 1 ? "" : "s");
    return KOOP_EXIT_OK;
}

int koop_command_spectra(int argc, char **argv) {
    arguments a = {.pools = 1};
    koop_option options[FLAGS];
    list_options(&a, options);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &a.common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&a.dmd, "spectra");
    if (code == KOOP_PROCEED) code = check(&a);
    if (code != KOOP_PROCEED) return code;
    koop_side side = {.command = "spectra",
                      .most = KOOP_SIDE_MAX_LIST,
                      .pools = a.pools,
                      .operands = argv + first,
                      .n_operands = argc - first};
    code = koop_side_load(&side, &a.dmd, &a.common, false);
    if (code == KOOP_EXIT_OK) code = check_sizes(&side);
    if (code == KOOP_EXIT_OK) code = write_rows(&a, &side);
    if (code == KOOP_EXIT_OK) code = print(&a, &side);
    koop_side_free(&side);
    return code;
}
