/* planted: trains a network on digits, changes something at a known step, and publishes the weights
 * of every step, to watch the change being marked. */
#include "clock.h"
#include "complain.h"
#include "names.h"
#include "onednn.h"
#include "outlet.h"
#include "stop.h"
#include "strength.h"
#include "tune.h"

#define PROGRAM "koop-planted"

typedef struct settings {
    planted_options options;
    const char *model, *optimizer, *schedule, *change;
    long seed, images;
    kit_outlet_options outlet;
} settings;

static kit_parsed parse(settings *s, int argc, char **argv) {
    planted_options *o = &s->options;
    const kit_option options[] = {
        {"--model", KIT_TEXT, &s->model, 0, 0, "NAME", "mlp or lenet (mlp)"},
        {"--optimizer", KIT_TEXT, &s->optimizer, 0, 0, "NAME", "sgd, momentum or adam (sgd)"},
        {"--schedule", KIT_TEXT, &s->schedule, 0, 0, "NAME",
         "of the learning rate: constant, cosine or warm-up (constant)"},
        {"--change", KIT_TEXT, &s->change, 0, 0, "NAME", "see above (none)"},
        {"--at", KIT_COUNT, &o->at, 1, 1e9, "N", "first step of the change (1500)"},
        {"--strength", KIT_REAL, &o->strength, 0, 100, "X", "of the change (0: as above)"},
        {"--steps", KIT_COUNT, &o->steps, 1, 1e9, "N", "in all (2500)"},
        {"--warm-up", KIT_COUNT, &o->warm_up, 1, 1e9, "N", "steps of that schedule (500)"},
        {"--images", KIT_COUNT, &s->images, 320, 1e5, "N", "drawn digits (4000)"},
        {"--seed", KIT_COUNT, &s->seed, 0, 1e15, "N",
         "of weights, order of images and random labels (0)"},
        KIT_OUTLET_OPTIONS(&s->outlet,
                           "fc1 fc2 fc3, of lenet conv1 conv2, each also .bias; or all (all)"),
    };
    return kit_options_parse(
        options, sizeof options / sizeof *options,
        "usage: " PROGRAM " [OPTION…]\n\n"
        "Trains a network on drawn digits, a tenth of whose labels are random, and plants a\n"
        "change. Batches of 32; the learning rate is 0.1 (sgd), 0.02 (momentum), 0.001 (adam).\n\n"
        "  --change               --strength\n"
        "  none\n"
        "  lr-drop                factor of the learning rate (0.3)\n"
        "  lr-ramp                factor of the learning rate, once more every step (1.01)\n"
        "  to-adam                (none) the optimiser becomes Adam; adam becomes sgd\n"
        "  batch-up               factor of the batch (4)\n"
        "  batch-down             divisor of the batch, which begins at 128 (4)\n"
        "  label-noise            share of labels that are drawn at random (0.5)\n"
        "  weight-decay           share of itself that a weight loses a step (0.002)\n"
        "  dying-relus            share of the units of fc1 that die, over 20 steps (0.333)\n"
        "  class-subset           classes that are left in the batches (5)",
        argc, argv, stdout, stderr);
}

/* The name that was given, into *out; or one line that lists those there are. */
static bool choose(const char *option, const char *const *names, int n, const char *name,
                   int *out) {
    *out = planted_find(names, n, name);
    if (*out >= 0) return true;
    fprintf(stderr, PROGRAM ": %s wants one of:", option);
    for (int i = 0; i < n; i++) fprintf(stderr, " %s", names[i]);
    fprintf(stderr, ", not \"%s\"\n", name);
    return false;
}

static bool choose_all(settings *s) {
    int model, optimizer, schedule, change;
    if (!choose("--model", planted_models, PLANTED_MODELS, s->model, &model) ||
        !choose("--optimizer", planted_optimizers, PLANTED_OPTIMIZERS, s->optimizer, &optimizer) ||
        !choose("--schedule", planted_schedules, PLANTED_SCHEDULES, s->schedule, &schedule) ||
        !choose("--change", planted_changes, PLANTED_CHANGES, s->change, &change))
        return false;
    s->options.model = (planted_model)model;
    s->options.optimizer = (planted_optimizer)optimizer;
    s->options.schedule = (planted_schedule)schedule;
    s->options.change = (planted_change)change;
    s->options.seed = (uint64_t)s->seed;
    return true;
}

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    *s = (settings){.options = planted_defaults(),
                    .model = "mlp",
                    .optimizer = "sgd",
                    .schedule = "constant",
                    .change = "none",
                    .images = 4000,
                    .outlet = kit_outlet_defaults(PROGRAM, "all")};
    kit_parsed parsed = parse(s, argc, argv);
    if (parsed != KIT_GO) return parsed;
    if (!choose_all(s)) return KIT_USAGE;
    const planted_options *o = &s->options;
    if (o->change != PLANTED_NONE && o->at > o->steps) {
        fprintf(stderr, PROGRAM ": --at %ld is behind the last of %ld steps\n", o->at, o->steps);
        return KIT_USAGE;
    }
    if (planted_strength_fits(o->change, o->strength)) return KIT_GO;
    fprintf(stderr, PROGRAM ": %s cannot have the strength %g (see --help)\n", s->change,
            o->strength);
    return KIT_USAGE;
}

static kit_metadata metadata(const settings *s, const kit_images *images) {
    const planted_options *o = &s->options;
    kit_metadata of = {0};
    kit_metadata_add(&of, "model", "%s", s->model);
    kit_metadata_add(&of, "optimizer", "%s", s->optimizer);
    kit_metadata_add(&of, "schedule", "%s", s->schedule);
    kit_metadata_add(&of, "data", "%s", images->source);
    kit_metadata_add(&of, "seed", "%ld", s->seed);
    kit_metadata_add(&of, "planted", "%s", s->change);
    if (o->change != PLANTED_NONE) kit_metadata_add(&of, "planted_at", "%ld", o->at);
    return of;
}

static bool take(kit_outlet *outlet, const planted_progress *now, bool last) {
    const koop_scalar scalars[] = {{"loss", now->loss},
                                   {"accuracy", now->accuracy},
                                   {"grad_norm", now->grad_norm},
                                   {"lr", now->lr}};
    return kit_outlet_take(outlet, now->step, last, scalars, sizeof scalars / sizeof *scalars);
}

static void print_progress(const planted_progress *p) {
    printf("step %5ld  loss %.3f  right %5.1f%%  gradient %.3f  lr %g\n", p->step, p->loss,
           100 * p->accuracy, p->grad_norm, p->lr);
}

static void print_change(const settings *s) {
    const double given = s->options.strength;
    const double strength = given > 0 ? given : planted_default_strength(s->options.change);
    printf("step %5ld  planted: %s", s->options.at, s->change);
    if (strength > 0) printf(" %g", strength);
    printf("\n");
}

/* Trains to the end; false when it could not go on. */
static bool train(const settings *s, planted *run, kit_outlet *outlet) {
    const double started = kit_clock_seconds();
    const planted_progress *now;
    bool last = false, planted_yet = false;
    while (!last) {
        koop_status status = planted_step(run, &now);
        if (status != KOOP_OK) return kit_complain(PROGRAM, "oneDNN", status);
        last = now->step >= s->options.steps || kit_stop_signal() || !now->finite;
        if (!s->outlet.quiet && now->changed && !planted_yet) print_change(s);
        planted_yet = now->changed;
        if (!s->outlet.quiet && (now->step % 100 == 0 || last)) print_progress(now);
        if (!take(outlet, now, last)) return false;
    }
    if (!s->outlet.quiet) printf("%ld steps in %.1f s\n", now->step, kit_clock_seconds() - started);
    if (now->finite) return true;
    fprintf(stderr, PROGRAM ": the loss is not finite at step %ld\n", now->step);
    return false;
}

static bool run(const settings *s) {
    kit_images images = {0};
    koop_status status = planted_digits(&images, (size_t)s->images, 0);
    if (status != KOOP_OK) return kit_complain(PROGRAM, "cannot draw digits", status);
    planted *trainer = NULL;
    kit_outlet *outlet = NULL;
    status = planted_new(&trainer, &s->options, &images);
    bool ok = status == KOOP_OK || kit_complain(PROGRAM, "cannot train", status);
    if (ok) {
        const kit_metadata of = metadata(s, &images);
        ok = kit_outlet_open(&outlet, &s->outlet, (const kit_params *[]){planted_params(trainer)},
                             1, &of) &&
             train(s, trainer, outlet);
    }
    ok = kit_outlet_close(&outlet) && ok;
    planted_free(trainer);
    kit_images_free(&images);
    return ok;
}

int main(int argc, char **argv) {
    settings s;
    kit_parsed parsed = read_settings(&s, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;

    setvbuf(stdout, NULL, _IOLBF, 0);
    kit_stop_catch();
    kit_tune();
    kit_onednn_use_threads(1); /* layers so small lose more than they gain by sharing */
    return kit_stop_exit_code(run(&s));
}
