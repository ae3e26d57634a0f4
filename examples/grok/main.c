/* grok: trains a one-layer transformer on modular addition and publishes its weights at every step:
 * it memorises within some hundred steps, sits on a plateau, and groks. */
#include "clock.h"
#include "complain.h"
#include "milestone.h"
#include "outlet.h"
#include "recording.h"
#include "stop.h"
#include "train.h"
#include "tune.h"

#include <math.h>

#ifdef KIT_REAL_DOUBLE
#define PROGRAM "grok64"
#else
#define PROGRAM "grok"
#endif

typedef struct settings {
    long p, d, mlp, seed, inits, steps;
    double frac, lr, perturb;
    double weight_decay, alpha; /* negative: not given */
    bool random_labels, constrain_norm, early_stop;
    kit_outlet_options outlet;
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
        KIT_OUTLET_OPTIONS(&s->outlet,
                           "embed pos attn.q .k .v .o mlp.in .out unembed all (mlp.out)"),
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

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    const grok_train_options standard = grok_train_defaults();
    *s = (settings){.p = standard.shape.p,
                    .d = standard.shape.d,
                    .mlp = standard.shape.mlp,
                    .steps = 6000,
                    .inits = 1,
                    .perturb = standard.perturb,
                    .frac = standard.frac,
                    .lr = standard.lr,
                    .weight_decay = -1,
                    .alpha = -1,
                    .early_stop = true,
                    .outlet = kit_outlet_defaults(PROGRAM, "mlp.out")};
    kit_parsed parsed = parse(s, argc, argv);
    if (parsed != KIT_GO) return parsed;
    if (s->alpha >= 0 && !s->constrain_norm) return refuse("--alpha wants --constrain-norm");
    if (s->d % GROK_HEADS) return refuse("--d wants a multiple of 4");
    double pairs = (double)(s->p * s->p);
    if (s->frac * pairs < 1 || s->frac * pairs >= pairs)
        return refuse("--frac leaves no pairs to train on, or none to test");
    if (s->alpha < 0) s->alpha = standard.alpha;
    if (s->weight_decay < 0) s->weight_decay = s->constrain_norm ? 0 : standard.weight_decay;
    return KIT_GO;
}

/* The trainers of all initialisations, and what the first of them publishes. */
typedef struct session {
    const settings *s;
    grok_train *trainers[KIT_MAX_COPIES];
    kit_outlet *outlet;
} session;

static bool open_outlet(session *x) {
    const settings *s = x->s;
    kit_metadata of = {0};
    kit_metadata_add(&of, "model", "one-layer transformer");
    kit_metadata_add(&of, "p", "%ld", s->p);
    kit_metadata_add(&of, "d", "%ld", s->d);
    kit_metadata_add(&of, "mlp", "%ld", s->mlp);
    kit_metadata_add(&of, "lr", "%g", s->lr);
    kit_metadata_add(&of, "weight_decay", "%g", s->weight_decay);
    kit_metadata_add(&of, "seed", "%ld", s->seed);
    kit_metadata_add(&of, "labels", s->random_labels ? "random" : "a + b mod p");
    kit_metadata_add(&of, "norm", s->constrain_norm ? "constrained" : "free");
    const kit_params *params[KIT_MAX_COPIES];
    for (int k = 0; k < s->inits; k++) params[k] = grok_train_params(x->trainers[k]);
    return kit_outlet_open(&x->outlet, &s->outlet, params, (int)s->inits, &of);
}

static bool take(session *x, const grok_progress *progress, bool last) {
    const koop_scalar scalars[] = {{"loss", progress->train.loss},
                                   {"train_accuracy", progress->train.accuracy},
                                   {"test_loss", progress->test.loss},
                                   {"test_accuracy", progress->test.accuracy},
                                   {"lr", x->s->lr}};
    return kit_outlet_take(x->outlet, progress->step, last, scalars,
                           sizeof scalars / sizeof *scalars);
}

static void print_progress(const grok_progress *p) {
    printf("step %5ld  loss %.2e  train %5.1f%%  test loss %.2e  test %5.1f%%\n", p->step,
           p->train.loss, 100 * p->train.accuracy, p->test.loss, 100 * p->test.accuracy);
}

static void print_summary(const grok_progress *p, double elapsed) {
    print_progress(p);
    kit_milestone_print("memorised", p->memorised);
    kit_milestone_print(", half of the test pairs right", p->half);
    kit_milestone_print(", grokked", p->grokked);
    printf("; %ld steps in %.1f s\n", p->step, elapsed);
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
        if (!s->outlet.quiet && now->step % 100 == 0 && !last) print_progress(now);
        if (!take(x, now, last)) return false;
        if (last) break;
        for (int k = 0; k < s->inits; k++) grok_train_advance(x->trainers[k]);
    }
    if (!s->outlet.quiet) print_summary(now, kit_clock_seconds() - started);
    if (isfinite(now->train.loss)) return true;
    fprintf(stderr, PROGRAM ": the loss is not finite at step %ld\n", now->step);
    return false;
}

static bool make_trainers(session *x) {
    grok_train_options options = train_options(x->s);
    for (options.copy = 0; options.copy < x->s->inits; options.copy++) {
        koop_status status = grok_train_new(&x->trainers[options.copy], &options);
        if (status != KOOP_OK) return kit_complain(PROGRAM, "cannot train", status);
    }
    return true;
}

static bool run(const settings *s) {
    session x = {.s = s};
    bool ok = make_trainers(&x) && open_outlet(&x) && train(&x);
    ok = kit_outlet_close(&x.outlet) && ok;
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
    return kit_stop_exit_code(run(&s));
}
