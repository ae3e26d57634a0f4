/* bench_detect: does koopmon tell changes of a training, how soon, and how often for nothing; beside
 * what others make of the same runs. README.md says what is measured, and how.
 *
 * Seeds 900 to 999 and 1000 to 1002 were used while the detector was made (tuning); 2000 to 2009 are
 * those of the report, and for nothing else. */
#include "clock.h"
#include "linalg.h"
#include "onednn.h"
#include "plan.h"
#include "stop.h"
#include "tables.h"
#include "training.h"
#include "tune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { IMAGES = 4000, SYNTHETIC_BATCH = 50 };

typedef struct study {
    bench_settings settings;
    const char *directory;
    kit_images images;
    bench_plan plan;
    bench_record *tuning; /* as many as the plan of the thresholds has */
    bench_rivals rivals;
    bench_findings findings;
    bench_synthetic_tally synthetic[BENCH_NOISES];
} study;

static bool complain(const char *what, koop_status status) {
    fprintf(stderr, "bench_detect: %s: %s\n", what, koop_strstatus(status));
    return false;
}

static void name_training(const void *context, size_t job, char name[BENCH_JOB_NAME]) {
    const study *s = context;
    bench_plan_name(&s->plan.runs[job], name);
}

static bool make_training(void *context, size_t job, FILE *file) {
    study *s = context;
    bench_record record;
    const koop_status status = bench_train(&record, &s->plan.runs[job], &s->images);
    if (status != KOOP_OK) return complain("cannot train", status);
    bool saved = bench_redetect_agrees(&record);
    if (saved)
        saved = bench_record_save(&record, file);
    else
        fprintf(stderr, "bench_detect: the detector did not say again what it said live\n");
    bench_record_free(&record);
    return saved;
}

static bool take_tuning(void *context, size_t job, FILE *file) {
    study *s = context;
    return bench_record_load(&s->tuning[job], &s->plan.runs[job], file) == KOOP_OK;
}

static bool take_judged(void *context, size_t job, FILE *file) {
    study *s = context;
    bench_record record;
    koop_status status = bench_record_load(&record, &s->plan.runs[job], file);
    if (status != KOOP_OK) return false;
    status = bench_findings_take(&s->findings, &record, &s->rivals);
    bench_record_free(&record);
    return status == KOOP_OK;
}

static bool train_all(study *s, const char *title, bool (*take)(void *, size_t, FILE *)) {
    const bench_work work = {.title = title,
                             .directory = s->directory,
                             .keep = s->settings.out != NULL,
                             .count = s->plan.count,
                             .at_a_time = (int)s->settings.jobs,
                             .context = s,
                             .name = name_training,
                             .make = make_training,
                             .take = take};
    return bench_work_do(&work);
}

static bool calibrate(study *s) {
    koop_status status = bench_plan_new(&s->plan, &s->settings, s->settings.tuning, false, true);
    bench_series *series = NULL;
    bool ok = status == KOOP_OK;
    if (ok) {
        s->tuning = calloc(s->plan.count + 1, sizeof *s->tuning);
        series = calloc(s->plan.count + 1, sizeof *series);
        ok = s->tuning && series && train_all(s, "tuning", take_tuning);
    }
    for (size_t k = 0; k < s->plan.count && ok; k++) series[k] = bench_record_series(&s->tuning[k]);
    if (ok) status = bench_rivals_new(&s->rivals);
    if (ok && status == KOOP_OK)
        status = bench_rivals_calibrate(&s->rivals, series, s->plan.count, 1);
    if (status != KOOP_OK) ok = complain("cannot choose thresholds", status);
    for (size_t k = 0; k < s->plan.count && s->tuning; k++) bench_record_free(&s->tuning[k]);
    free(s->tuning);
    s->tuning = NULL;
    free(series);
    bench_plan_free(&s->plan);
    return ok;
}

static bool judge(study *s) {
    const koop_status status = bench_plan_new(&s->plan, &s->settings, s->settings.seeds,
                                              s->settings.planted, s->settings.quiet);
    const bool ok = status == KOOP_OK && train_all(s, "judged", take_judged);
    bench_plan_free(&s->plan);
    return ok;
}

/* Synthetic runs, a batch of one noise a job. */

static long batches(const study *s) {
    return (s->settings.synthetic_runs + SYNTHETIC_BATCH - 1) / SYNTHETIC_BATCH;
}

static void name_synthetic(const void *context, size_t job, char name[BENCH_JOB_NAME]) {
    const study *s = context;
    const size_t n = (size_t)batches(s);
    snprintf(name, BENCH_JOB_NAME, "synthetic-%zu-%ld-%zu-of-%ld", job / n, s->settings.seeds.first,
             job % n, s->settings.synthetic_runs);
}

static bool make_synthetic(void *context, size_t job, FILE *file) {
    const study *s = context;
    const long first = (long)(job % (size_t)batches(s)) * SYNTHETIC_BATCH;
    const long left = s->settings.synthetic_runs - first;
    bench_synthetic_tally tally = {0};
    return bench_synthetic((bench_noise)(job / (size_t)batches(s)),
                           (uint64_t)s->settings.seeds.first, (uint64_t)first,
                           (uint64_t)(left < SYNTHETIC_BATCH ? left : SYNTHETIC_BATCH),
                           &tally) == KOOP_OK &&
           fwrite(&tally, sizeof tally, 1, file) == 1;
}

static bool take_synthetic(void *context, size_t job, FILE *file) {
    study *s = context;
    bench_synthetic_tally *sum = &s->synthetic[job / (size_t)batches(s)], tally;
    if (fread(&tally, sizeof tally, 1, file) != 1) return false;
    sum->alarms += tally.alarms;
    sum->others += tally.others;
    sum->exposure += tally.exposure;
    return true;
}

static bool synthesise(study *s) {
    const bench_work work = {.title = "synthetic",
                             .directory = s->directory,
                             .keep = s->settings.out != NULL,
                             .count = (size_t)batches(s) * BENCH_NOISES,
                             .at_a_time = (int)s->settings.jobs,
                             .context = s,
                             .name = name_synthetic,
                             .make = make_synthetic,
                             .take = take_synthetic};
    return bench_work_do(&work);
}

static void print_seeds(const bench_settings *s) {
    printf("# Detection\n\nSeeds %ld to %ld", s->seeds.first, s->seeds.last);
    if (s->seeds.first >= BENCH_REPORTING_FIRST && s->seeds.last <= BENCH_REPORTING_LAST)
        printf(" (reporting)");
    else if (s->seeds.first >= BENCH_TUNING_FIRST && s->seeds.last <= BENCH_TUNING_LAST)
        printf(" (tuning: used while the detector was made)");
    if (s->rivals)
        printf("; thresholds of others from seeds %ld to %ld", s->tuning.first, s->tuning.last);
    printf(". A snapshot is a step; delays, errors and leads are in steps.\n");
}

static void print(const study *s) {
    print_seeds(&s->settings);
    if (s->settings.planted) bench_print_planted(&s->findings, &s->settings);
    if (s->settings.quiet) bench_print_quiet(&s->findings, &s->settings);
    if (s->settings.planted && s->settings.changes & 1u << PLANTED_LR_RAMP)
        bench_print_leads(&s->findings, &s->rivals);
    if (s->settings.rivals && (s->settings.planted || s->settings.quiet))
        bench_print_rivals(&s->findings, &s->rivals, &s->settings);
    if (s->settings.synthetic) bench_print_synthetic(s->synthetic, s->settings.synthetic_runs);
    if (s->settings.planted || s->settings.quiet) bench_print_cost(&s->findings);
    if (s->settings.details) bench_print_details(&s->findings);
}

static bool run(study *s) {
    const bool train = s->settings.planted || s->settings.quiet;
    if (train) {
        const koop_status status = planted_digits(&s->images, IMAGES, 0);
        if (status != KOOP_OK) return complain("cannot draw digits", status);
    }
    const bool ok = (!train || !s->settings.rivals || calibrate(s)) && (!train || judge(s)) &&
                    (!s->settings.synthetic || synthesise(s));
    if (ok) print(s);
    bench_findings_free(&s->findings);
    bench_rivals_free(&s->rivals);
    kit_images_free(&s->images);
    return ok;
}

int main(int argc, char **argv) {
    static study s;
    const kit_parsed parsed = bench_settings_parse(&s.settings, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;
    char temporary[4096];
    const char *tmp = getenv("TMPDIR");
    snprintf(temporary, sizeof temporary, "%s/bench_detect-XXXXXX", tmp ? tmp : "/tmp");
    s.directory = s.settings.out ? s.settings.out : mkdtemp(temporary);
    if (!s.directory || (s.settings.out && mkdir(s.settings.out, 0777) != 0 && errno != EEXIST)) {
        fprintf(stderr, "bench_detect: %s: %s\n", s.settings.out ? s.settings.out : temporary,
                strerror(errno));
        return 1;
    }
    kit_stop_catch();
    kit_tune();
    kit_onednn_use_threads(1);
    koop_linalg_single_thread();
    const double started = kit_clock_seconds();
    const bool ok = run(&s);
    if (!s.settings.out) rmdir(s.directory);
    if (ok) fprintf(stderr, "%.0f s\n", kit_clock_seconds() - started);
    return kit_stop_exit_code(ok);
}
