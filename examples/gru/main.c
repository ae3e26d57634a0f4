/* gru: trains a small recurrent network to recall the first symbol of a string at its end, and
 * publishes its weights at every step: it sits at chance for long, and then breaks through. */
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

typedef struct settings {
    long symbols, length, units, batch, seed, steps, every, delay_ms;
    double lr, weight_decay, clip;
    bool random_answers, early_stop, quiet;
    const char *record, *record_group, *name;
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
        {"--record", KIT_TEXT, &s->record, 0, 0, "FILE.npy",
         "write the weights of every step: steps x values"},
        {"--record-group", KIT_TEXT, &s->record_group, 0, 0, "NAME",
         "gru.in gru.rec (each also .bias) out out.bias all (all)"},
        {"--every", KIT_COUNT, &s->every, 1, 1e9, "N", "publish every N steps (1)"},
        {"--delay-ms", KIT_COUNT, &s->delay_ms, 0, 60000, "N",
         "pause after every step, to watch in comfort (0)"},
        {"--name", KIT_TEXT, &s->name, 0, 0, "RUN", "the run's name (KOOPMON_RUN, else gru)"},
        {"--quiet", KIT_ON, &s->quiet, 0, 0, NULL, "print errors only"},
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

/* The group of that name, GRU_GROUPS for "all", -1 for none. */
static int group_named(const char *name) {
    const gru_shape any = {.symbols = 2, .units = 1};
    for (int g = 0; g < GRU_GROUPS; g++)
        if (!strcmp(name, gru_group_layout(&any, (gru_group)g).name)) return g;
    return strcmp(name, "all") ? -1 : GRU_GROUPS;
}

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    const gru_train_options standard = gru_train_defaults();
    *s = (settings){.symbols = standard.task.symbols,
                    .length = standard.task.length,
                    .units = standard.units,
                    .batch = standard.batch,
                    .steps = 4000,
                    .every = 1,
                    .lr = standard.lr,
                    .weight_decay = standard.weight_decay,
                    .clip = standard.clip,
                    .early_stop = true,
                    .record_group = "all"};
    kit_parsed parsed = parse(s, argc, argv);
    if (parsed != KIT_GO) return parsed;
    if (group_named(s->record_group) < 0) {
        fputs("--record-group names no group of weights (see --help)\n", stderr);
        return KIT_USAGE;
    }
    return KIT_GO;
}

static koop_status open_client(const settings *s, const kit_params *params, koop_client **client) {
    char symbols[16], length[16], units[16], batch[16], lr[32], seed[24];
    snprintf(symbols, sizeof symbols, "%ld", s->symbols);
    snprintf(length, sizeof length, "%ld", s->length);
    snprintf(units, sizeof units, "%ld", s->units);
    snprintf(batch, sizeof batch, "%ld", s->batch);
    snprintf(lr, sizeof lr, "%g", s->lr);
    snprintf(seed, sizeof seed, "%ld", s->seed);
    const char *answers = s->random_answers ? "random" : "the first symbol";
    const char *const metadata[] = {"model", "GRU", "symbols", symbols, "length", length,
                                    "units", units, "batch",   batch,   "lr",     lr,
                                    "seed",  seed,  "answers", answers, NULL};
    return kit_publisher_open(client, &(kit_publisher_options){"gru", s->name, metadata, s->quiet},
                              params);
}

static void publish(koop_client *client, const settings *s, const kit_params *params,
                    const gru_progress *progress) {
    const koop_scalar scalars[] = {{"loss", progress->batch.loss},
                                   {"test_loss", progress->test.loss},
                                   {"test_accuracy", progress->test.accuracy},
                                   {"grad_norm", progress->grad_norm},
                                   {"lr", s->lr}};
    kit_publish(client, progress->step, params, scalars, sizeof scalars / sizeof *scalars);
}

static koop_status open_recording(const settings *s, const kit_params *params,
                                  kit_recording **recording) {
    int group = group_named(s->record_group);
    bool all = group == GRU_GROUPS;
    size_t n = all ? params->count : kit_group_count(&params->layout[group]);
    const kit_real *values = params->group[all ? 0 : group];
    return kit_recording_open(recording, s->record, n, 1, &values);
}

static void print_progress(const gru_progress *p) {
    printf("step %5ld  loss %.3f  held-out loss %.3f  right %5.1f%%  gradient %.2e\n", p->step,
           p->batch.loss, p->test.loss, 100 * p->test.accuracy, p->grad_norm);
}

static void print_milestone(const char *what, long step) {
    if (step < 0)
        printf("%s: never", what);
    else
        printf("%s at step %ld", what, step);
}

static void print_summary(const gru_progress *p, double elapsed) {
    print_progress(p);
    print_milestone("off chance", p->left);
    print_milestone(", halfway from it to all right", p->half);
    print_milestone(", solved", p->solved);
    printf("; %ld steps in %.1f s\n", p->step, elapsed);
}

static bool failed(const char *what, koop_status status) {
    const char *reason = status == KOOP_IO_FAILED ? strerror(errno) : koop_strstatus(status);
    fprintf(stderr, "gru: %s: %s\n", what, reason);
    return false;
}

/* Trains to the end; false when it could not go on. */
static bool train(const settings *s, gru_train *trainer, koop_client *client,
                  kit_recording *recording) {
    double started = kit_clock_seconds();
    const gru_progress *now;
    for (;; gru_train_advance(trainer)) {
        now = gru_train_measure(trainer);
        bool last = now->step >= s->steps || (s->early_stop && now->settled) || kit_stop_signal() ||
                    !isfinite(now->batch.loss);
        if (now->step % s->every == 0 || last) publish(client, s, gru_train_params(trainer), now);
        if (recording) {
            koop_status status = kit_recording_append(recording);
            if (status != KOOP_OK) return failed(s->record, status);
        }
        if (last) break;
        if (!s->quiet && now->step % 100 == 0) print_progress(now);
        if (s->delay_ms) kit_clock_pause(s->delay_ms);
    }
    if (!s->quiet) print_summary(now, kit_clock_seconds() - started);
    if (isfinite(now->batch.loss)) return true;
    fprintf(stderr, "gru: the loss is not finite at step %ld\n", now->step);
    return false;
}

static bool run(const settings *s) {
    const gru_train_options options = train_options(s);
    gru_train *trainer = NULL;
    koop_client *client = NULL;
    kit_recording *recording = NULL;
    bool ok = false;

    koop_status status = gru_train_new(&trainer, &options);
    if (status != KOOP_OK) {
        failed("cannot train", status);
        goto done;
    }
    if (s->record) {
        status = open_recording(s, gru_train_params(trainer), &recording);
        if (status != KOOP_OK) {
            failed(s->record, status);
            goto done;
        }
    }
    status = open_client(s, gru_train_params(trainer), &client);
    if (status != KOOP_OK) {
        failed("cannot publish", status);
        goto done;
    }
    ok = train(s, trainer, client, recording);
done:
    if (recording) {
        status = kit_recording_close(&recording);
        if (status != KOOP_OK) ok = failed(s->record, status);
    }
    if (client) koop_close(&client, 1000);
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
    bool ok = run(&s);
    if (kit_stop_signal()) return 128 + kit_stop_signal();
    return ok ? 0 : 1;
}
