/* dmd_options: the options of the decomposition, as serve, analyze and compare take them.
 *
 * Streaming starts from koop_pipeline_defaults. --batch starts from the paper's settings instead:
 * no principal components, no delays, no centring, untruncated. */
#ifndef KOOP_DMD_OPTIONS_H
#define KOOP_DMD_OPTIONS_H

#include "options.h"
#include "pipeline.h"

enum { KOOP_DMD_OPTIONS = 9, KOOP_DMD_OPTIONS_WHY_BYTES = 160 };

typedef struct koop_dmd_arguments {
    koop_pipeline_options pipeline; /* what results, after _fit */
    bool batch, configured;         /* of a file: complaints say its keys */
    struct {
        bool window, delays, rank, energy, pca, center, difference, stride;
    } given;
    int delays, rank, pca, center; /* as parsed; before that the defaults of streaming */
    double energy;
    bool difference;
} koop_dmd_arguments;

/* Initialises `arguments` and fills `options` with KOOP_DMD_OPTIONS entries that write to it, of
 * which --batch is the last. */
void koop_dmd_options_list(koop_dmd_arguments *arguments, koop_option *options);

/* One more, for those who detect: --false-alarms. */
koop_option koop_dmd_options_false_alarms(koop_dmd_arguments *arguments);

/* After parsing: applies what was given to the defaults. false, with `why`: it does not fit together. */
bool koop_dmd_options_fit(koop_dmd_arguments *arguments, char why[KOOP_DMD_OPTIONS_WHY_BYTES]);

/* The same, with a complaint. KOOP_PROCEED or an exit code. */
int koop_dmd_options_settle(koop_dmd_arguments *arguments, const char *command);

const char *koop_dmd_options_center_name(koop_center center); /* "none", "mean", "first" */

#endif
