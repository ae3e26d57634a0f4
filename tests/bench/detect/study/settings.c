#include "settings.h"

#include "names.h"
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "bench_detect"

typedef struct texts { /* NULL: not given */
    const char *seeds, *tuning, *models, *optimizers, *schedules, *changes, *only;
    bool quick, no_rivals;
} texts;

static const char usage[] =
    "usage: " PROGRAM " [OPTION…]\n\n"
    "Trains networks, in most of which something changes at step 1500, and others in which "
    "nothing\n"
    "does; feeds their weights to koopmon's detector as it is shipped, and their losses, "
    "gradients\n"
    "and spectra to others; prints what was detected, how late, and how many alarms were false.\n\n"
    "Seeds 900 to 1002 were used while the detector was made. Seeds 2000 to 2009 are those of the\n"
    "report. Detectors that are compared get their thresholds on quiet runs of --tuning.";

static kit_parsed parse(bench_settings *s, texts *t, int argc, char **argv) {
    const kit_option options[] = {
        {"--seeds", KIT_TEXT, &t->seeds, 0, 0, "A..B", "of the runs that are judged (2000..2009)"},
        {"--tuning", KIT_TEXT, &t->tuning, 0, 0, "A..B", "of those of the thresholds (900..901)"},
        {"--models", KIT_TEXT, &t->models, 0, 0, "A,B", "mlp, lenet (both)"},
        {"--optimizers", KIT_TEXT, &t->optimizers, 0, 0, "A,B", "sgd, momentum, adam (all)"},
        {"--schedules", KIT_TEXT, &t->schedules, 0, 0, "A,B",
         "of quiet runs: constant, cosine, warm-up (all)"},
        {"--changes", KIT_TEXT, &t->changes, 0, 0, "A,B", "as koop-planted has them (all)"},
        {"--only", KIT_TEXT, &t->only, 0, 0, "SET", "planted, quiet or synthetic (all three)"},
        {"--quiet-steps", KIT_COUNT, &s->quiet_steps, 1001, 1e5, "N", "of a quiet run (4000)"},
        {"--synthetic", KIT_COUNT, &s->synthetic_runs, 1, 1e6, "N",
         "synthetic runs of each noise (2000)"},
        {"--no-rivals", KIT_ON, &t->no_rivals, 0, 0, NULL, "koopmon alone, no tuning runs"},
        {"--quick", KIT_ON, &t->quick, 0, 0, NULL,
         "seeds 1000..1001, tuning 900..900, mlp, 100 synthetic runs"},
        {"--details", KIT_ON, &s->details, 0, 0, NULL, "list missed runs and false alarms"},
        {"--jobs", KIT_COUNT, &s->jobs, 1, BENCH_JOBS_AT_A_TIME, "N",
         "trainings at a time (one a processor)"},
        {"--out", KIT_TEXT, &s->out, 0, 0, "DIR",
         "keep the runs there; what is there is not made again"},
    };
    return kit_options_parse(options, sizeof options / sizeof *options, usage, argc, argv, stdout,
                             stderr);
}

static bool read_range(const char *option, const char *text, bench_range *out) {
    char *end;
    errno = 0;
    out->first = strtol(text, &end, 10);
    bool ok = end != text && !strncmp(end, "..", 2);
    if (ok) {
        const char *second = end + 2;
        out->last = strtol(second, &end, 10);
        ok = end != second && !*end && errno == 0 && out->first >= 0 && out->last >= out->first &&
             out->last - out->first < 1000;
    }
    if (!ok) fprintf(stderr, PROGRAM ": %s wants A..B, A up to B, not \"%s\"\n", option, text);
    return ok;
}

static int find(const char *const *names, int n, const char *text, size_t length) {
    for (int i = 0; i < n; i++)
        if (strlen(names[i]) == length && !strncmp(names[i], text, length)) return i;
    return -1;
}

/* Names with commas between, as bits. */
static bool read_names(const char *option, const char *text, const char *const *names, int n,
                       unsigned *out) {
    *out = 0;
    while (true) {
        const size_t length = strcspn(text, ",");
        const int i = find(names, n, text, length);
        if (i < 0) {
            fprintf(stderr, PROGRAM ": %s wants some of:", option);
            for (int k = 0; k < n; k++) fprintf(stderr, " %s", names[k]);
            fprintf(stderr, ", not \"%.*s\"\n", (int)length, text);
            return false;
        }
        *out |= 1u << i;
        if (!text[length]) return true;
        text += length + 1;
    }
}

static bool read_sets(const char *text, bench_settings *s) {
    static const char *const names[] = {"planted", "quiet", "synthetic"};
    unsigned sets = 7;
    if (text && !read_names("--only", text, names, 3, &sets)) return false;
    s->planted = sets & 1;
    s->quiet = sets & 2;
    s->synthetic = sets & 4;
    return true;
}

static void fill_defaults(texts *t, bench_settings *s) {
    if (!t->seeds) t->seeds = t->quick ? "1000..1001" : "2000..2009";
    if (!t->tuning) t->tuning = t->quick ? "900..900" : "900..901";
    if (!t->models) t->models = t->quick ? "mlp" : "mlp,lenet";
    if (!s->synthetic_runs) s->synthetic_runs = t->quick ? 100 : 2000;
    s->rivals = !t->no_rivals;
}

kit_parsed bench_settings_parse(bench_settings *s, int argc, char **argv) {
    texts t = {0};
    *s = (bench_settings){.quiet_steps = BENCH_QUIET_STEPS,
                          .optimizers = (1u << PLANTED_OPTIMIZERS) - 1,
                          .schedules = (1u << PLANTED_SCHEDULES) - 1,
                          .changes = (1u << PLANTED_CHANGES) - 2};
    const kit_parsed parsed = parse(s, &t, argc, argv);
    if (parsed != KIT_GO) return parsed;
    fill_defaults(&t, s);
    if (!s->jobs) {
        const long processors = sysconf(_SC_NPROCESSORS_ONLN);
        s->jobs = processors < 1                      ? 1
                  : processors > BENCH_JOBS_AT_A_TIME ? BENCH_JOBS_AT_A_TIME
                                                      : processors;
    }
    bool ok = read_range("--seeds", t.seeds, &s->seeds) &&
              read_range("--tuning", t.tuning, &s->tuning) && read_sets(t.only, s) &&
              read_names("--models", t.models, planted_models, PLANTED_MODELS, &s->models);
    if (ok && t.optimizers)
        ok = read_names("--optimizers", t.optimizers, planted_optimizers, PLANTED_OPTIMIZERS,
                        &s->optimizers);
    if (ok && t.schedules)
        ok = read_names("--schedules", t.schedules, planted_schedules, PLANTED_SCHEDULES,
                        &s->schedules);
    if (ok && t.changes)
        ok = read_names("--changes", t.changes, planted_changes, PLANTED_CHANGES, &s->changes);
    s->changes &= ~1u; /* none is no change */
    if (ok && s->rivals && s->seeds.first <= s->tuning.last && s->tuning.first <= s->seeds.last) {
        fprintf(stderr, PROGRAM ": --seeds and --tuning have seeds in common\n");
        ok = false;
    }
    return ok ? KIT_GO : KIT_USAGE;
}
