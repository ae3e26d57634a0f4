#include "command.h"
#include "dmd_options.h"
#include "print.h"
#include "text.h"
#include "trajectory.h"
#include "view_json.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FLAGS = KOOP_DMD_OPTIONS + 2 };

static const koop_usage usage = {
    "analyze",
    "FILE",
    "Computes the spectra and events of a recorded trajectory: a .npy array (T×n, or T×D×N with\n"
    "--batch; float32 or float64, C order), a recording, or a run's journal directory.",
    "--batch follows the paper: one spectrum, N trajectories pooled, untruncated and uncentred, "
    "no\n"
    "delays and no principal components unless asked for. --plain prints a line a mode: step,\n"
    "modulus, re, im, energy, residual.\n"
    "JSON: {\"schema\":1,\"file\",\"snapshots\",\"n\",\"window\",\"delays\",\"rank\",\"center\",\n"
    "\"spectra\":[{\"step\",\"rank\",\"eigenvalues\":[[re,im,energy,residual],…],\"signals\":{…},\n"
    "\"grokking\":{\"acceleration\",\"score\"}}],\n"
    "\"events\":[{\"step\",\"onset\",\"kind\",\"signal\",\"score\",\"reason\",\"groups\"}]}",
    1,
    1,
    false};

typedef enum form { TEXT, PLAIN, JSON } form;

/* What is printed while the snapshots go by. JSON's spectra are written one by one, so that the
 * memory does not grow with them; its events, which are few, wait for the end. */
typedef struct report {
    form form;
    const char *file;
    const koop_dmd_arguments *dmd;
    koop_trajectory trajectory;
    uint64_t spectra;
    json_t *events;
    koop_signals signals; /* of the last spectrum */
} report;

static void open_json(const report *r) {
    const koop_dmd_options *dmd = &r->dmd->pipeline.dmd;
    json_t *file = koop_print_string(r->file);
    fputs("{\"schema\":1,\"file\":", stdout);
    if (file) json_dumpf(file, stdout, JSON_ENCODE_ANY);
    uint64_t window = r->dmd->batch ? r->trajectory.snapshots : (uint64_t)dmd->span;
    printf(",\"n\":%" PRIu64 ",\"window\":%" PRIu64
           ",\"delays\":%d,\"rank\":%d,\"center\":\"%s\",\"spectra\":[",
           r->trajectory.n, window, dmd->delays, dmd->rank,
           koop_dmd_options_center_name(dmd->center));
    json_decref(file);
}

static void close_json(const report *r) {
    fputs("],\"events\":", stdout);
    json_dumpf(r->events, stdout, JSON_COMPACT);
    printf(",\"snapshots\":%" PRIu64 "}\n", r->trajectory.snapshots);
}

static void print_json(report *r, const koop_update *update) {
    const koop_signals *signals = update->signals;
    const koop_grokking_reading *grokking = update->grokking;
    json_t *json =
        json_pack("{s:I, s:i, s:o, s:o}", "step", (json_int_t)update->step, "rank",
                  update->spectrum->rank, "eigenvalues", koop_spectrum_to_json(update->spectrum),
                  "signals", signals ? koop_signals_to_json(signals) : json_object());
    if (json && grokking)
        json_object_set_new(json, "grokking",
                            json_pack("{s:f, s:f}", "acceleration", grokking->acceleration, "score",
                                      grokking->score));
    if (r->spectra == 0) open_json(r);
    if (r->spectra > 0) fputc(',', stdout);
    if (json) json_dumpf(json, stdout, JSON_COMPACT);
    json_decref(json);
}

static void print_plain(int64_t step, const koop_spectrum *spectrum) {
    for (int i = 0; i < spectrum->rank; i++) {
        const koop_mode *m = &spectrum->modes[i];
        printf("%" PRId64 " %.17g %.17g %.17g %.17g %.17g\n", step, koop_mode_modulus(m), m->re,
               m->im, m->energy, m->residual);
    }
}

static void take_update(void *context, const koop_update *update) {
    report *r = context;
    if (update->event && r->form == TEXT) {
        koop_print_event(stdout, update->event);
        fflush(stdout);
    }
    if (update->event && r->form == JSON)
        json_array_append_new(r->events,
                              koop_event_to_json(update->event, update->groups, update->n_groups));
    if (!update->spectrum) return;
    if (r->form == JSON) print_json(r, update);
    if (r->form == PLAIN) print_plain(update->step, update->spectrum);
    r->signals = *update->signals;
    r->spectra++;
}

static void print_summary(const report *r, const koop_spectrum *last) {
    char snapshots[KOOP_TEXT_BYTES], n[KOOP_TEXT_BYTES], file[KOOP_PRINT_PATH_BYTES];
    printf("%s: %s snapshots of %s values, %" PRIu64 " spectr%s\n", koop_print_path(r->file, file),
           koop_text_count(snapshots, (int64_t)r->trajectory.snapshots),
           koop_text_count(n, (int64_t)r->trajectory.n), r->spectra, r->spectra == 1 ? "um" : "a");
    koop_print_spectrum(stdout, last);
    if (!r->signals.available) return;
    fputs("signals: ", stdout);
    koop_print_signals(stdout, &r->signals);
}

static int run(report *r) {
    koop_spectrum *last = calloc(1, sizeof *last);
    r->events = json_array();
    int code = last && r->events ? KOOP_EXIT_OK : koop_complain(KOOP_EXIT_USAGE, "out of memory");
    if (code == KOOP_EXIT_OK && r->dmd->batch) {
        code = koop_trajectory_batch(r->file, &r->dmd->pipeline.dmd, &r->trajectory, last);
        if (code == KOOP_EXIT_OK) {
            static const koop_signals none = {.available = 0};
            take_update(r, &(koop_update){.step = r->trajectory.last_step,
                                          .spectrum = last,
                                          .signals = &none});
        }
    } else if (code == KOOP_EXIT_OK) {
        code = koop_trajectory_stream(r->file, &r->dmd->pipeline, take_update, r, &r->trajectory,
                                      last);
    }
    if (r->form == JSON && r->spectra > 0) close_json(r);
    if (code == KOOP_EXIT_OK && r->form == TEXT) print_summary(r, last);
    json_decref(r->events);
    free(last);
    return code;
}

int koop_command_analyze(int argc, char **argv) {
    koop_dmd_arguments dmd;
    koop_option options[FLAGS];
    koop_common common = {.json = false};
    bool plain = false;
    koop_dmd_options_list(&dmd, options);
    options[FLAGS - 2] = koop_dmd_options_false_alarms(&dmd);
    options[FLAGS - 1] = (koop_option){.name = "plain",
                                       .kind = KOOP_OPTION_FLAG,
                                       .value = &plain,
                                       .help = "print bare numbers, a line a mode"};
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_dmd_options_settle(&dmd, "analyze");
    if (code != KOOP_PROCEED) return code;
    if (plain && common.json)
        return koop_complain(KOOP_EXIT_USAGE, "analyze: choose one of --plain and --json");
    report *r = calloc(1, sizeof *r);
    if (!r) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    r->form = common.json ? JSON : plain ? PLAIN : TEXT;
    r->file = argv[first];
    r->dmd = &dmd;
    code = run(r);
    free(r);
    return code;
}
