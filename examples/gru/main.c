/* gru: trains a small recurrent network to recall the first symbol of a string at its end, and
 * publishes its weights at every step: it sits at chance for long, and then breaks through. */
#include "clock.h"
#include "complain.h"
#include "milestone.h"
#include "outlet.h"
#include "stop.h"
#include "train.h"
#include "tune.h"

#include <math.h>

typedef struct settings {
    long symbols, length, units, batch, seed, steps;
    double lr, weight_decay, clip;
    bool random_answers, early_stop;
    kit_outlet_options outlet;
} settings;

static kit_parsed parse(settings *s, int argc, char **argv) {
    const kit_option options[] = {
        {"--symbols", KIT_COUNT, &s->symbols, 2, GRU_MAX_SYMBOLS, "N", "different symbols (8)"},
        {"--length", KIT_COUNT, &s->length, 1, GRU_MAX_LENGTH, "N", "symbols in a string (16)"},
        {"--units", KIT_COUNT, &s->units, 1, GRU_MAX_UNITS, "N", "of the recurrent layer (32)"},
        {"--batch", KIT_COUNT, &s->batch, 1, GRU_MAX_STRINGS, "N", "strings a step (64)"},
        {"--lr", KIT_REAL, &s->lr, 1e-9, 10, "X", "learning rate (0.003)"},
        {"--weight-decay", KIT_REAL, &s->weight_decay, 0, 100, "X", "decoupled weight decay (0)"},
        {"--clip", KIT_REAL, &s->clip, 1e-9, 1e9, "X", "largest norm of the gradient (1)"},
        {"--random-answers", KIT_ON, &s->random_answers, 0, 0, NULL,
         "control: answers are random, so nothing can be learnt"},
        {"--seed", KIT_COUNT, &s->seed, 0, 1e15, "N", "of the strings and the weights (0)"},
        {"--steps", KIT_COUNT, &s->steps, 0, 1e9, "N", "at most (4000)"},
        {"--no-early-stop", KIT_OFF, &s->early_stop, 0, 0, NULL,
         "make all steps; else stop 300 after it is solved"},
        KIT_OUTLET_OPTIONS(&s->outlet, "gru.in gru.rec (each also .bias) out out.bias all (all)"),
    };
    return kit_options_parse(options, sizeof options / sizeof *options,
                             "usage: gru [OPTION…]\n\n"
                             "Trains a gated recurrent network to recall, at the end of a string "
                             "of random symbols,\nits first one, and publishes its weights. "
                             "Controls: --random-answers; --length 40.",
                             argc, argv, stdout, stderr);
}

static gru_train_options train_options(const settings *s) {
    return (gru_train_options){.task = {.symbols = (int)s->symbols,
                                        .length = (int)s->length,
                                        .random_answers = s->random_answers},
                               .units = (int)s->units,
                               .batch = (int)s->batch,
                               .lr = s->lr,
                               .weight_decay = s->weight_decay,
                               .clip = s->clip,
                               .seed = (uint64_t)s->seed};
}

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    const gru_train_options standard = gru_train_defaults();
    *s = (settings){.symbols = standard.task.symbols,
                    .length = standard.task.length,
                    .units = standard.units,
                    .batch = standard.batch,
                    .steps = 4000,
                    .lr = standard.lr,
                    .weight_decay = standard.weight_decay,
                    .clip = standard.clip,
                    .early_stop = true,
                    .outlet = kit_outlet_defaults("gru", "all")};
    return parse(s, argc, argv);
}

static kit_metadata metadata(const settings *s) {
    kit_metadata of = {0};
    kit_metadata_add(&of, "model", "GRU");
    kit_metadata_add(&of, "symbols", "%ld", s->symbols);
    kit_metadata_add(&of, "length", "%ld", s->length);
    kit_metadata_add(&of, "units", "%ld", s->units);
    kit_metadata_add(&of, "batch", "%ld", s->batch);
    kit_metadata_add(&of, "lr", "%g", s->lr);
    kit_metadata_add(&of, "seed", "%ld", s->seed);
    kit_metadata_add(&of, "answers", s->random_answers ? "random" : "the first symbol");
    return of;
}

static bool take(kit_outlet *outlet, const settings *s, const gru_progress *progress, bool last) {
    const koop_scalar scalars[] = {{"loss", progress->batch.loss},
                                   {"test_loss", progress->test.loss},
                                   {"test_accuracy", progress->test.accuracy},
                                   {"grad_norm", progress->grad_norm},
                                   {"lr", s->lr}};
    return kit_outlet_take(outlet, progress->step, last, scalars, sizeof scalars / sizeof *scalars);
}

static void print_progress(const gru_progress *p) {
    printf("step %5ld  loss %.3f  held-out loss %.3f  right %5.1f%%  gradient %.2e\n", p->step,
           p->batch.loss, p->test.loss, 100 * p->test.accuracy, p->grad_norm);
}

static void print_summary(const gru_progress *p, double elapsed) {
    print_progress(p);
    kit_milestone_print("off chance", p->left);
    kit_milestone_print(", halfway from it to all right", p->half);
    kit_milestone_print(", solved", p->solved);
    printf("; %ld steps in %.1f s\n", p->step, elapsed);
}

/* Trains to the end; false when it could not go on. */
static bool train(const settings *s, gru_train *trainer, kit_outlet *outlet) {
    const bool quiet = s->outlet.quiet;
    double started = kit_clock_seconds();
    const gru_progress *now;
    for (;; gru_train_advance(trainer)) {
        now = gru_train_measure(trainer);
        bool last = now->step >= s->steps || (s->early_stop && now->settled) || kit_stop_signal() ||
                    !isfinite(now->batch.loss);
        if (!quiet && now->step % 100 == 0 && !last) print_progress(now);
        if (!take(outlet, s, now, last)) return false;
        if (last) break;
    }
    if (!quiet) print_summary(now, kit_clock_seconds() - started);
    if (isfinite(now->batch.loss)) return true;
    fprintf(stderr, "gru: the loss is not finite at step %ld\n", now->step);
    return false;
}

static bool run(const settings *s) {
    const gru_train_options options = train_options(s);
    const kit_metadata of = metadata(s);
    gru_train *trainer = NULL;
    koop_status status = gru_train_new(&trainer, &options);
    if (status != KOOP_OK) return kit_complain("gru", "cannot train", status);
    kit_outlet *outlet = NULL;
    bool ok = kit_outlet_open(&outlet, &s->outlet,
                              (const kit_params *[]){gru_train_params(trainer)}, 1, &of) &&
              train(s, trainer, outlet);
    ok = kit_outlet_close(&outlet) && ok;
    gru_train_free(trainer);
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
