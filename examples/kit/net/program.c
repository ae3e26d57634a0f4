#include "program.h"

#include "clock.h"
#include "complain.h"
#include "onednn.h"
#include "outlet.h"
#include "stop.h"
#include "tune.h"

#include <math.h>

typedef struct settings {
    const kit_program *program;
    kit_training_options training;
    kit_outlet_options outlet;
    long batch, seed, steps, train, test, threads;
    const char *data;
} settings;

/* All that a run owns. */
typedef struct session {
    kit_dataset dataset;
    kit_network *network;
    kit_training *training;
    kit_outlet *outlet;
} session;

static kit_parsed parse(settings *s, int argc, char **argv) {
    kit_training_options *t = &s->training;
    const kit_option options[] = {
        {"--data", KIT_TEXT, &s->data, 0, 0, "DIR", "where the data is (none: generated images)"},
        {"--train", KIT_COUNT, &s->train, 1, 1e6, "N", "generated images to train on"},
        {"--test", KIT_COUNT, &s->test, 1, 1e6, "N", "generated images to test on"},
        {"--epochs", KIT_COUNT, &t->epochs, 1, 1e6, "N", "passes over the training images"},
        {"--steps", KIT_COUNT, &s->steps, 0, 1e9, "N", "stop after so many steps, if before"},
        {"--batch", KIT_COUNT, &s->batch, 1, 4096, "N", "images a step"},
        {"--lr", KIT_REAL, &t->lr, 0, 100, "X", "learning rate"},
        {"--momentum", KIT_REAL, &t->momentum, 0, 1, "X", "of SGD"},
        {"--weight-decay", KIT_REAL, &t->weight_decay, 0, 100, "X", "L2"},
        {"--drops", KIT_ON, &t->drops, 0, 0, NULL,
         "divide the learning rate by ten at half and at three quarters of the epochs"},
        {"--no-drops", KIT_OFF, &t->drops, 0, 0, NULL, "keep the learning rate"},
        {"--augment", KIT_ON, &t->augment, 0, 0, NULL, "shift and mirror the training images"},
        {"--no-augment", KIT_OFF, &t->augment, 0, 0, NULL, "take them as they are"},
        {"--seed", KIT_COUNT, &s->seed, 0, 1e15, "N", "of weights and order (0)"},
        {"--threads", KIT_COUNT, &s->threads, 0, 1024, "N",
         "to compute on; 0: OMP_NUM_THREADS, else one a processor"},
        KIT_OUTLET_OPTIONS(&s->outlet, s->program->groups),
    };
    return kit_options_parse(options, sizeof options / sizeof *options, s->program->usage, argc,
                             argv, stdout, stderr);
}

static bool load(const settings *s, kit_dataset *dataset) {
    kit_dataset_options options = kit_dataset_defaults(s->program->data);
    options.directory = s->data;
    if (s->train) options.train = (size_t)s->train;
    if (s->test) options.test = (size_t)s->test;
    char why[KIT_WHY_BYTES] = "";
    koop_status status = kit_dataset_load(dataset, &options, why);
    if (status != KOOP_OK) {
        fprintf(stderr, "%s: --data: %s\n", s->program->name, *why ? why : koop_strstatus(status));
        return false;
    }
    if (dataset->train.n >= (size_t)s->batch) return true;
    fprintf(stderr, "%s: --batch: there are only %zu images to train on\n", s->program->name,
            dataset->train.n);
    return false;
}

/* Weights and order come from generators of their own. */
static bool make(const settings *s, session *now) {
    const kit_program *program = s->program;
    koop_status status = program->make(&now->network, (int)s->batch, 2 * (uint64_t)s->seed);
    kit_training_options options = s->training;
    options.seed = 2 * (uint64_t)s->seed + 1;
    if (status == KOOP_OK)
        status = kit_training_new(&now->training, now->network, &now->dataset, &options);
    return status == KOOP_OK || kit_complain(program->name, "cannot train", status);
}

static bool open_outlet(const settings *s, session *now) {
    const kit_training_options *t = &s->training;
    kit_metadata of = {0};
    kit_metadata_add(&of, "model", "%s", s->program->model);
    kit_metadata_add(&of, "data", "%s", now->dataset.train.source);
    kit_metadata_add(&of, "batch", "%ld", s->batch);
    kit_metadata_add(&of, "lr", "%g", t->lr);
    kit_metadata_add(&of, "momentum", "%g", t->momentum);
    kit_metadata_add(&of, "weight_decay", "%g", t->weight_decay);
    kit_metadata_add(&of, "seed", "%ld", s->seed);
    return kit_outlet_open(&now->outlet, &s->outlet, (const kit_params *[]){&now->network->params},
                           1, &of);
}

static bool take(const session *now, const kit_training_progress *p, bool last) {
    const koop_scalar scalars[] = {{"loss", p->train.loss},
                                   {"train_accuracy", p->train.accuracy},
                                   {"lr", p->lr},
                                   {"test_loss", p->test.loss},
                                   {"test_accuracy", p->test.accuracy}};
    return kit_outlet_take(now->outlet, p->step, last, scalars, now->dataset.test.n ? 5 : 3);
}

static void print_epoch(const kit_training_progress *p, bool tests, double seconds) {
    printf("epoch %3ld  step %6ld  lr %-7g", p->epoch, p->step, p->lr);
    if (p->step)
        printf("  loss %.4f  train %5.1f%%", p->passed.loss, 100 * p->passed.accuracy);
    else
        printf("  loss %.4f  train %5.1f%%", p->train.loss, 100 * p->train.accuracy);
    if (tests) printf("  test loss %.4f  test %5.1f%%", p->test.loss, 100 * p->test.accuracy);
    printf("  %.1f s\n", seconds);
}

static void print_summary(const session *now, const kit_training_progress *p, double seconds) {
    const kit_dataset *d = &now->dataset;
    const kit_score train = kit_training_score(now->network, &d->train);
    printf("%ld steps in %.1f s; %.2f%% of %zu training images right", p->step, seconds,
           100 * train.accuracy, d->train.n);
    if (d->test.n) {
        const kit_score test = kit_training_score(now->network, &d->test);
        const size_t n = d->train.n + d->test.n;
        const double all =
            (train.accuracy * (double)d->train.n + test.accuracy * (double)d->test.n) / (double)n;
        printf(", %.2f%% of %zu test images, %.2f%% of all %zu", 100 * test.accuracy, d->test.n,
               100 * all, n);
    }
    printf("\n");
}

/* Trains to the end; false when it could not go on. */
static bool train(const settings *s, session *now) {
    const double started = kit_clock_seconds();
    const long planned = kit_training_steps(now->training);
    const long steps = s->steps && s->steps < planned ? s->steps : planned;
    const kit_training_progress *p;
    for (;; kit_training_advance(now->training)) {
        koop_status status = kit_training_measure(now->training, &p);
        if (status != KOOP_OK) return kit_complain(s->program->name, "oneDNN", status);
        const bool last = p->step >= steps || kit_stop_signal() || !isfinite(p->train.loss);
        if (!s->outlet.quiet && p->tested)
            print_epoch(p, now->dataset.test.n > 0, kit_clock_seconds() - started);
        if (!take(now, p, last)) return false;
        if (last) break;
    }
    const double seconds = kit_clock_seconds() - started;
    if (!isfinite(p->train.loss)) {
        fprintf(stderr, "%s: the loss is not finite at step %ld\n", s->program->name, p->step);
        return false;
    }
    if (!s->outlet.quiet && !kit_stop_signal()) print_summary(now, p, seconds);
    return true;
}

static bool run(const settings *s) {
    session now = {.outlet = NULL};
    bool ok = load(s, &now.dataset) && make(s, &now);
    if (ok && !s->outlet.quiet)
        printf("%s; trains on %s\n", s->program->model, now.dataset.train.source);
    ok = ok && open_outlet(s, &now) && train(s, &now);
    ok = kit_outlet_close(&now.outlet) && ok;
    kit_training_free(now.training);
    kit_network_free(now.network);
    kit_dataset_free(&now.dataset);
    return ok;
}

int kit_program_run(const kit_program *program, int argc, char **argv) {
    settings s = {.program = program,
                  .training = program->training,
                  .batch = program->batch,
                  .threads = program->threads,
                  .outlet = kit_outlet_defaults(program->name, program->record_group)};
    kit_parsed parsed = parse(&s, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;
    if (s.data && (s.train || s.test)) {
        fprintf(stderr, "%s: --train and --test are of generated images, not of --data\n",
                program->name);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    kit_stop_catch();
    kit_tune();
    if (s.threads) kit_onednn_use_threads((int)s.threads);
    return kit_stop_exit_code(run(&s));
}
