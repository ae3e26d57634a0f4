/* grok: trains a one-layer transformer on modular addition and publishes its weights at every step:
 * it memorises within some hundred steps, sits on a plateau, and groks. */
#include "clock.h"
#include "options.h"
#include "publisher.h"
#include "recording.h"
#include "stop.h"
#include "train.h"
#include "tune.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef KIT_REAL_DOUBLE
#define PROGRAM "grok64"
#else
#define PROGRAM "grok"
#endif

typedef struct settings {
    long p, d, mlp, seed, inits, steps, every, delay_ms;
    double frac, lr, perturb;
    double weight_decay, alpha; /* negative: not given */
    bool random_labels, constrain_norm, early_stop, quiet;
    const char *record, *record_group, *name;
} settings;

static kit_parsed parse(settings *s, int argc, char **argv) {
    const kit_option options[] = {
        {"--p", KIT_COUNT, &s->p, 2, GROK_MAX_P, "N", "modulus (53)"},
        {"--d", KIT_COUNT, &s->d, 4, 4096, "N", "width, a multiple of 4 (128)"},
        {"--mlp", KIT_COUNT, &s->mlp, 1, 16384, "N", "width of the MLP (256)"},
        {"--lr", KIT_REAL, &s->lr, 0, 10, "X", "learning rate (0.002)"},
        {"--frac", KIT_REAL, &s->frac, 0, 1, "X", "share of the pairs to train on (0.4)"},
        {"--weight-decay", KIT_REAL, &s->weight_decay, 0, 100, "X",
         "decoupled weight decay (1; 0 with --constrain-norm)"},
        {"--random-labels", KIT_ON, &s->random_labels, 0, 0, NULL,
         "control: answers are random, so nothing can be grokked"},
        {"--constrain-norm", KIT_ON, &s->constrain_norm, 0, 0, NULL,
         "keep the norm of all weights at alpha times its initial value"},
        {"--alpha", KIT_REAL, &s->alpha, 0, 100, "X", "for --constrain-norm (0.8)"},
        {"--seed", KIT_COUNT, &s->seed, 0, 1e15, "N", "of the split and the weights (0)"},
        {"--inits", KIT_COUNT, &s->inits, 1, KIT_MAX_COPIES, "N",
         "train N initialisations side by side, the first and perturbations of it (1)"},
        {"--perturb", KIT_REAL, &s->perturb, 0, 1, "X",
         "of them, largest relative change of a weight (0.001)"},
        {"--steps", KIT_COUNT, &s->steps, 0, 1e9, "N", "at most (6000)"},
        {"--no-early-stop", KIT_OFF, &s->early_stop, 0, 0, NULL,
         "make all steps; else stop 400 after grokking"},
        {"--record", KIT_TEXT, &s->record, 0, 0, "FILE.npy",
         "write the weights of every step: steps x values (x inits)"},
        {"--record-group", KIT_TEXT, &s->record_group, 0, 0, "NAME",
         "embed pos attn.q .k .v .o mlp.in .out unembed all (mlp.out)"},
        {"--every", KIT_COUNT, &s->every, 1, 1e9, "N", "publish every N steps (1)"},
        {"--delay-ms", KIT_COUNT, &s->delay_ms, 0, 60000, "N",
         "pause after every step, to watch in comfort (0)"},
        {"--name", KIT_TEXT, &s->name, 0, 0, "RUN",
         "the run's name (KOOPMON_RUN, else " PROGRAM ")"},
        {"--quiet", KIT_ON, &s->quiet, 0, 0, NULL, "print errors only"},
    };
    return kit_options_parse(options, sizeof options / sizeof *options,
                             "usage: " PROGRAM " [OPTION…]\n\n"
                             "Trains a one-layer transformer on a + b mod p and publishes its "
                             "weights\n(of the first initialisation).\nThe paper's setting: --p "
                             "113 --d 128 --mlp 512 --lr 1e-3 "
                             "--frac 0.3 --steps 20000",
                             argc, argv, stdout, stderr);
}

static grok_train_options train_options(const settings *s) {
    return (grok_train_options){.shape = {.p = (int)s->p, .d = (int)s->d, .mlp = (int)s->mlp},
                                .frac = s->frac,
                                .lr = s->lr,
                                .weight_decay = s->weight_decay,
                                .random_labels = s->random_labels,
                                .constrain_norm = s->constrain_norm,
                                .alpha = s->alpha,
                                .seed = (uint64_t)s->seed,
                                .perturb = s->perturb};
}

static kit_parsed refuse(const char *why) {
    fprintf(stderr, "%s (see --help)\n", why);
    return KIT_USAGE;
}

/* The group of that name, GROK_GROUPS for "all", -1 for none. */
static int group_named(const char *name) {
    const grok_shape any = grok_train_defaults().shape;
    for (int g = 0; g < GROK_GROUPS; g++)
        if (!strcmp(name, grok_group_layout(&any, (grok_group)g).name)) return g;
    return strcmp(name, "all") ? -1 : GROK_GROUPS;
}

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    const grok_train_options standard = grok_train_defaults();
    *s = (settings){.p = standard.shape.p,
                    .d = standard.shape.d,
                    .mlp = standard.shape.mlp,
                    .steps = 6000,
                    .inits = 1,
                    .every = 1,
                    .perturb = standard.perturb,
                    .frac = standard.frac,
                    .lr = standard.lr,
                    .weight_decay = -1,
                    .alpha = -1,
                    .early_stop = true,
                    .record_group = "mlp.out"};
    kit_parsed parsed = parse(s, argc, argv);
    if (parsed != KIT_GO) return parsed;
    if (s->alpha >= 0 && !s->constrain_norm) return refuse("--alpha wants --constrain-norm");
    if (s->d % GROK_HEADS) return refuse("--d wants a multiple of 4");
    double pairs = (double)(s->p * s->p);
    if (s->frac * pairs < 1 || s->frac * pairs >= pairs)
        return refuse("--frac leaves no pairs to train on, or none to test");
    if (group_named(s->record_group) < 0) return refuse("--record-group names no group of weights");
    if (s->alpha < 0) s->alpha = standard.alpha;
    if (s->weight_decay < 0) s->weight_decay = s->constrain_norm ? 0 : standard.weight_decay;
    return KIT_GO;
}

static koop_status open_client(const settings *s, const kit_params *params, koop_client **client) {
    char p[16], d[16], mlp[16], lr[32], decay[32], seed[24];
    snprintf(p, sizeof p, "%ld", s->p);
    snprintf(d, sizeof d, "%ld", s->d);
    snprintf(mlp, sizeof mlp, "%ld", s->mlp);
    snprintf(lr, sizeof lr, "%g", s->lr);
    snprintf(decay, sizeof decay, "%g", s->weight_decay);
    snprintf(seed, sizeof seed, "%ld", s->seed);
    const char *labels = s->random_labels ? "random" : "a + b mod p";
    const char *norm = s->constrain_norm ? "constrained" : "free";
    const char *const metadata[] = {
        "model", "one-layer transformer", "p",   p,      "d",  d,        "mlp",  mlp,    "lr",
        lr,      "weight_decay",          decay, "seed", seed, "labels", labels, "norm", norm,
        NULL};
    return kit_publisher_open(
        client, &(kit_publisher_options){PROGRAM, s->name, metadata, s->quiet}, params);
}

static void publish(koop_client *client, const settings *s, const kit_params *params,
                    const grok_progress *progress) {
    const koop_scalar scalars[] = {{"loss", progress->train.loss},
                                   {"train_accuracy", progress->train.accuracy},
                                   {"test_loss", progress->test.loss},
                                   {"test_accuracy", progress->test.accuracy},
                                   {"lr", s->lr}};
    kit_publish(client, progress->step, params, scalars, sizeof scalars / sizeof *scalars);
}

/* The trainers of all initialisations, and what the first of them publishes. */
typedef struct session {
    const settings *s;
    grok_train *trainers[KIT_MAX_COPIES];
    koop_client *client;
    kit_recording *recording; /* NULL: none */
} session;

static koop_status open_recording(session *x) {
    const kit_real *values[KIT_MAX_COPIES];
    int group = group_named(x->s->record_group);
    bool all = group == GROK_GROUPS;
    const kit_params *params = grok_train_params(x->trainers[0]);
    size_t n = all ? params->count : kit_group_count(&params->layout[group]);
    for (int k = 0; k < x->s->inits; k++)
        values[k] = grok_train_params(x->trainers[k])->group[all ? 0 : group];
    return kit_recording_open(&x->recording, x->s->record, n, (int)x->s->inits, values);
}

static void print_progress(const grok_progress *p) {
    printf("step %5ld  loss %.2e  train %5.1f%%  test loss %.2e  test %5.1f%%\n", p->step,
           p->train.loss, 100 * p->train.accuracy, p->test.loss, 100 * p->test.accuracy);
}

static void print_milestone(const char *what, long step) {
    if (step < 0)
        printf("%s: never", what);
    else
        printf("%s at step %ld", what, step);
}

static void print_summary(const grok_progress *p, double elapsed) {
    print_progress(p);
    print_milestone("memorised", p->memorised);
    print_milestone(", half of the test pairs right", p->half);
    print_milestone(", grokked", p->grokked);
    printf("; %ld steps in %.1f s\n", p->step, elapsed);
}

static bool failed(const char *what, koop_status status) {
    const char *reason = status == KOOP_IO_FAILED ? strerror(errno) : koop_strstatus(status);
    fprintf(stderr, PROGRAM ": %s: %s\n", what, reason);
    return false;
}

/* Measures all, and returns what the first is at, unless the loss of another is not finite: then
 * that. */
static const grok_progress *measure(session *x) {
    const grok_progress *shown = grok_train_measure(x->trainers[0]);
    for (int k = 1; k < x->s->inits; k++) {
        const grok_progress *now = grok_train_measure(x->trainers[k]);
        if (!isfinite(now->train.loss)) shown = now;
    }
    return shown;
}

/* Trains to the end; false when it could not go on. */
static bool train(session *x) {
    const settings *s = x->s;
    double started = kit_clock_seconds();
    const grok_progress *now;
    for (;;) {
        now = measure(x);
        bool last = now->step >= s->steps || (s->early_stop && now->settled) || kit_stop_signal() ||
                    !isfinite(now->train.loss);
        if (now->step % s->every == 0 || last)
            publish(x->client, s, grok_train_params(x->trainers[0]), now);
        if (x->recording) {
            koop_status status = kit_recording_append(x->recording);
            if (status != KOOP_OK) return failed(s->record, status);
        }
        if (last) break;
        if (!s->quiet && now->step % 100 == 0) print_progress(now);
        if (s->delay_ms) kit_clock_pause(s->delay_ms);
        for (int k = 0; k < s->inits; k++) grok_train_advance(x->trainers[k]);
    }
    if (!s->quiet) print_summary(now, kit_clock_seconds() - started);
    if (isfinite(now->train.loss)) return true;
    fprintf(stderr, PROGRAM ": the loss is not finite at step %ld\n", now->step);
    return false;
}

static bool open_session(session *x) {
    grok_train_options options = train_options(x->s);
    for (options.copy = 0; options.copy < x->s->inits; options.copy++) {
        koop_status status = grok_train_new(&x->trainers[options.copy], &options);
        if (status != KOOP_OK) return failed("cannot train", status);
    }
    koop_status status = x->s->record ? open_recording(x) : KOOP_OK;
    if (status != KOOP_OK) return failed(x->s->record, status);
    status = open_client(x->s, grok_train_params(x->trainers[0]), &x->client);
    return status == KOOP_OK || failed("cannot publish", status);
}

static bool run(const settings *s) {
    session x = {.s = s};
    bool ok = open_session(&x) && train(&x);
    if (x.recording) {
        koop_status status = kit_recording_close(&x.recording);
        if (status != KOOP_OK) ok = failed(s->record, status);
    }
    if (x.client) koop_close(&x.client, 1000);
    for (int k = 0; k < s->inits; k++) grok_train_free(x.trainers[k]);
    return ok;
}

int main(int argc, char **argv) {
    settings s;
    kit_parsed parsed = read_settings(&s, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;

    setvbuf(stdout, NULL, _IOLBF, 0);
    kit_stop_catch();
    kit_tune();
    bool ok = run(&s);
    if (kit_stop_signal()) return 128 + kit_stop_signal();
    return ok ? 0 : 1;
}
