#include "dmd_options.h"
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const centers[] = {
    [KOOP_CENTER_NONE] = "none", [KOOP_CENTER_MEAN] = "mean", [KOOP_CENTER_FIRST] = "first", NULL};

const char *koop_dmd_options_center_name(koop_center center) {
    return centers[center];
}

void koop_dmd_options_list(koop_dmd_arguments *a, koop_option *options) {
    *a = (koop_dmd_arguments){.pipeline = koop_pipeline_defaults()};
    const koop_dmd_options *dmd = &a->pipeline.dmd;
    a->delays = dmd->delays;
    a->rank = dmd->rank;
    a->pca = dmd->pca;
    a->center = (int)dmd->center;
    a->energy = dmd->energy;
    a->difference = dmd->difference;
    koop_option list[KOOP_DMD_OPTIONS] = {
        {"window", KOOP_OPTION_WHOLE, &a->pipeline.dmd.span, "N", "snapshots a spectrum is of (64)",
         3, KOOP_MAX_WINDOW, NULL, &a->given.window},
        {"delays", KOOP_OPTION_WHOLE, &a->delays, "D", "delays (4; with --batch 0)", 0,
         KOOP_MAX_WINDOW, NULL, &a->given.delays},
        {"rank", KOOP_OPTION_WHOLE, &a->rank, "R", "modes; 0: all above the noise floor (8)", 0,
         KOOP_MAX_RANK, NULL, &a->given.rank},
        {"pca", KOOP_OPTION_WHOLE, &a->pca, "P", "principal coordinates first; 0: none (8)", 0,
         KOOP_MAX_WINDOW, NULL, &a->given.pca},
        {"center", KOOP_OPTION_CHOICE, &a->center, NULL, "reference of the snapshots (mean)", 0, 0,
         centers, &a->given.center},
        {"stride", KOOP_OPTION_WHOLE, &a->pipeline.stride, "S", "snapshots between spectra (4)", 1,
         1000000, NULL, &a->given.stride},
        {"energy", KOOP_OPTION_REAL, &a->energy, "E", "instead of --rank: share of energy to keep",
         0.001, 0.999999999999, NULL, &a->given.energy},
        {"difference", KOOP_OPTION_FLAG, &a->difference, NULL, "of increments instead of snapshots",
         0, 0, NULL, &a->given.difference},
        {"batch", KOOP_OPTION_FLAG, &a->batch, NULL, "one spectrum of the whole trajectory, by SVD",
         0, 0, NULL, NULL},
    };
    for (int i = 0; i < KOOP_DMD_OPTIONS; i++) options[i] = list[i];
}

koop_option koop_dmd_options_false_alarms(koop_dmd_arguments *a) {
    return (koop_option){.name = "false-alarms",
                         .kind = KOOP_OPTION_REAL,
                         .value = &a->pipeline.false_alarms,
                         .argument = "N",
                         .help = "events by chance, at most, in 10,000 snapshots (1)",
                         .min = 0.001,
                         .max = 100};
}

/* The paper's settings, and what was asked for: a configuration file is for streams. */
static void apply_batch(koop_dmd_arguments *a) {
    koop_dmd_options *dmd = &a->pipeline.dmd;
    dmd->delays = a->given.delays ? a->delays : 0;
    dmd->rank = a->given.rank ? a->rank : 0;
    dmd->pca = a->given.pca ? a->pca : 0;
    dmd->center = a->given.center ? (koop_center)a->center : KOOP_CENTER_NONE;
    dmd->energy = a->given.energy ? a->energy : 0;
    dmd->difference = a->given.difference && a->difference;
    dmd->floor = 0;
}

static void apply(koop_dmd_arguments *a) {
    koop_dmd_options *dmd = &a->pipeline.dmd;
    /* A given rank goes before a share of energy that was not given but configured. */
    const bool share = a->energy > 0 && (a->given.energy || !a->given.rank);
    dmd->delays = a->delays;
    dmd->rank = share ? 0 : a->rank;
    dmd->energy = share ? a->energy : 0;
    dmd->pca = a->pca;
    dmd->center = (koop_center)a->center;
    dmd->difference = a->difference;
}

__attribute__((format(printf, 2, 3))) static bool refuse(char why[KOOP_DMD_OPTIONS_WHY_BYTES],
                                                         const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, KOOP_DMD_OPTIONS_WHY_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

bool koop_dmd_options_fit(koop_dmd_arguments *a, char why[KOOP_DMD_OPTIONS_WHY_BYTES]) {
    const koop_dmd_options *dmd = &a->pipeline.dmd;
    const char *dashes = a->configured ? "" : "--";
    if (a->batch && (a->given.window || a->given.stride))
        return refuse(why, "--batch takes the whole trajectory, without --%s",
                      a->given.window ? "window" : "stride");
    if (a->given.energy && a->given.rank && a->rank > 0)
        return refuse(why, "choose one of %srank and %senergy", dashes, dashes);
    if (a->batch) {
        apply_batch(a);
        return true;
    }
    apply(a);
    if (dmd->span - dmd->delays < 2)
        return refuse(why, "%swindow %d leaves no pair after %d delays", dashes, dmd->span,
                      dmd->delays);
    if (koop_signals_window_capacity(dmd, a->pipeline.stride) > KOOP_MAX_WINDOW)
        return refuse(why, "%swindow %d with %sstride %d needs more than %d snapshots", dashes,
                      dmd->span, dashes, a->pipeline.stride, KOOP_MAX_WINDOW);
    koop_dmd *trial;
    const koop_status status = koop_dmd_new(&trial, dmd);
    if (status == KOOP_NO_MEMORY) return refuse(why, "out of memory");
    if (status != KOOP_OK)
        return refuse(why, "window %d, delays %d, rank %d and pca %d do not fit together",
                      dmd->span, dmd->delays, dmd->rank, dmd->pca);
    koop_dmd_free(trial);
    return true;
}

int koop_dmd_options_settle(koop_dmd_arguments *a, const char *command) {
    char why[KOOP_DMD_OPTIONS_WHY_BYTES];
    if (koop_dmd_options_fit(a, why)) return KOOP_PROCEED;
    return koop_complain(KOOP_EXIT_USAGE, "%s: %s", command, why);
}
