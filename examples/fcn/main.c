/* fcn: trains a fully connected network on digits and publishes its weights at every step; records
 * the last layer of several that differ a little at the start, for one spectrum. */
#include "clock.h"
#include "complain.h"
#include "dataset.h"
#include "outlet.h"
#include "recording.h"
#include "stop.h"
#include "train.h"
#include "tune.h"

#include <math.h>

typedef struct settings {
    long h, inits, batch, seed, steps, images, measure_every;
    double perturb, lr;
    bool shuffle, hold_out;
    const char *data;
    kit_outlet_options outlet;
} settings;

typedef struct session {
    const settings *settings;
    kit_dataset data;
    kit_images images; /* those of data.train that are trained on */
    fcn_train *train;
    kit_outlet *outlet;
    double test_accuracy; /* the latest */
} session;

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    const fcn_train_options standard = fcn_train_defaults();
    *s = (settings){.h = standard.h,
                    .inits = standard.inits,
                    .batch = standard.batch,
                    .steps = 1000,
                    .measure_every = 100,
                    .perturb = standard.perturb,
                    .lr = standard.lr,
                    .outlet = kit_outlet_defaults("fcn", "fc2")};
    const kit_option options[] = {
        {"--h", KIT_COUNT, &s->h, 1, 16384, "N", "hidden units (40)"},
        {"--lr", KIT_REAL, &s->lr, 0, 100, "X", "learning rate (0.1)"},
        {"--batch", KIT_COUNT, &s->batch, 1, FCN_MAX_BATCH, "N", "images a step (60)"},
        {"--shuffle", KIT_ON, &s->shuffle, 0, 0, NULL,
         "shuffle the images every epoch; else they come in their order"},
        {"--steps", KIT_COUNT, &s->steps, 1, 1e9, "N", "at most (1000)"},
        {"--seed", KIT_COUNT, &s->seed, 0, 1e15, "N", "of the weights and the shuffling (0)"},
        {"--inits", KIT_COUNT, &s->inits, 1, KIT_MAX_COPIES, "N",
         "networks trained in lockstep on the same batches (1)"},
        {"--perturb", KIT_REAL, &s->perturb, 0, 1, "X",
         "initial weights of all but the first: times 1 +- X (0.001)"},
        {"--data", KIT_TEXT, &s->data, 0, 0, "DIR",
         "MNIST's files, also .gz; without it the digits are drawn"},
        {"--images", KIT_COUNT, &s->images, 1, 3e5, "N",
         "train on the first N only (all); of drawn ones: so many (8000)"},
        {"--hold-out", KIT_ON, &s->hold_out, 0, 0, NULL,
         "where DIR has only 10,000 images: train on 8,000, test on 2,000"},
        {"--measure-every", KIT_COUNT, &s->measure_every, 1, 1e9, "N",
         "steps between scores on all images (100)"},
        KIT_OUTLET_OPTIONS(&s->outlet, "fc1 fc2 all (fc2)"),
    };
    return kit_options_parse(options, sizeof options / sizeof *options,
                             "usage: fcn [OPTION…]\n\n"
                             "Trains a network of one hidden layer, without biases, on 28 x 28 "
                             "digits and publishes\nits weights.\nThe paper's setting: --h 5, 10 "
                             "or 40 --inits 10",
                             argc, argv, stdout, stderr);
}

/* Whether the weights of all networks, and their gradients, are of a size to be had. */
static bool fits(const settings *s) {
    const double values = 2 * (double)s->inits * (double)s->h * (28 * 28 + 10);
    if (values <= 1e9) return true;
    fprintf(stderr, "fcn: %ld networks of %ld units are too large; lower --inits or --h\n",
            s->inits, s->h);
    return false;
}

static bool load(session *a) {
    kit_dataset_options options = kit_dataset_defaults(KIT_DIGITS);
    options.directory = a->settings->data;
    options.hold_out = a->settings->hold_out;
    if (!options.directory && a->settings->images) options.train = (size_t)a->settings->images;
    char why[KIT_WHY_BYTES];
    if (kit_dataset_load(&a->data, &options, why) != KOOP_OK) {
        fprintf(stderr, "fcn: %s\n", why);
        return false;
    }
    const size_t there = a->data.train.n, batch = (size_t)a->settings->batch;
    const size_t n = a->settings->images ? (size_t)a->settings->images : there;
    if (n > there || n < batch) {
        fprintf(stderr, "fcn: %zu images to train on are too few for --%s\n", n > there ? there : n,
                n > there ? "images" : "batch");
        return false;
    }
    a->images = kit_images_slice(&a->data.train, 0, n);
    return true;
}

static bool open_outlet(session *a) {
    const settings *s = a->settings;
    kit_metadata of = {0};
    kit_metadata_add(&of, "model", "fully connected network");
    kit_metadata_add(&of, "h", "%ld", s->h);
    kit_metadata_add(&of, "lr", "%g", s->lr);
    kit_metadata_add(&of, "batch", "%ld", s->batch);
    kit_metadata_add(&of, "seed", "%ld", s->seed);
    kit_metadata_add(&of, "data", "%s", a->data.train.source);
    kit_metadata_add(&of, "images", "%zu", a->images.n);
    const kit_params *params[KIT_MAX_COPIES];
    for (int i = 0; i < (int)s->inits; i++) params[i] = fcn_train_params(a->train, i);
    return kit_outlet_open(&a->outlet, &s->outlet, params, (int)s->inits, &of);
}

static bool open_all(session *a) {
    const settings *s = a->settings;
    if (!load(a)) return false;
    const fcn_train_options options = {.h = (int)s->h,
                                       .inits = (int)s->inits,
                                       .perturb = s->perturb,
                                       .lr = s->lr,
                                       .batch = (int)s->batch,
                                       .shuffle = s->shuffle,
                                       .seed = (uint64_t)s->seed};
    koop_status status = fcn_train_new(&a->train, &options, &a->images);
    if (status != KOOP_OK) return kit_complain("fcn", "cannot train", status);
    return open_outlet(a);
}

/* Scores on all images, of every network. */
static void measure(session *a, long step) {
    const kit_images *test = &a->data.test;
    for (int i = 0; i < (int)a->settings->inits; i++) {
        if (a->settings->outlet.quiet && i > 0) break;
        kit_score on_test = {0};
        if (test->n) on_test = fcn_train_evaluate(a->train, i, test);
        if (i == 0) a->test_accuracy = on_test.accuracy;
        if (a->settings->outlet.quiet) continue;
        kit_score score = fcn_train_evaluate(a->train, i, &a->images);
        printf("step %5ld  network %d  loss %.5g  accuracy %6.2f%%", step, i, score.loss,
               100 * score.accuracy);
        if (test->n) printf("  test loss %.5g  test %6.2f%%", on_test.loss, 100 * on_test.accuracy);
        putchar('\n');
    }
}

static bool take(session *a, long step, const kit_score *score, bool last) {
    const koop_scalar scalars[] = {{"loss", score->loss},
                                   {"train_accuracy", score->accuracy},
                                   {"lr", a->settings->lr},
                                   {"test_accuracy", a->test_accuracy}};
    const size_t n = sizeof scalars / sizeof *scalars - (a->data.test.n ? 0 : 1);
    return kit_outlet_take(a->outlet, step, last, scalars, n);
}

/* Trains to the end; false when it could not go on. */
static bool train(session *a) {
    const settings *s = a->settings;
    const double started = kit_clock_seconds();
    measure(a, 0);
    for (long step = 1;; step++) {
        const kit_score score = fcn_train_step(a->train);
        const bool finite = isfinite(score.loss);
        const bool last = step >= s->steps || kit_stop_signal() || !finite;
        if (step % s->measure_every == 0 || last) measure(a, step);
        if (!take(a, step, &score, last)) return false;
        if (!finite) fprintf(stderr, "fcn: the loss is not finite at step %ld\n", step);
        if (last && !s->outlet.quiet)
            printf("%ld steps of %ld on %zu images (%s) in %.1f s\n", step, s->batch, a->images.n,
                   a->data.train.source, kit_clock_seconds() - started);
        if (last) return finite;
    }
}

int main(int argc, char **argv) {
    settings s;
    kit_parsed parsed = read_settings(&s, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;
    if (!fits(&s)) return 2;

    setvbuf(stdout, NULL, _IOLBF, 0);
    kit_stop_catch();
    kit_tune();
    session a = {.settings = &s};
    bool ok = open_all(&a) && train(&a);
    ok = kit_outlet_close(&a.outlet) && ok;
    fcn_train_free(a.train);
    kit_dataset_free(&a.data);
    return kit_stop_exit_code(ok);
}
