#include "tables.h"

#include "interval.h"
#include "names.h"
#include "plan.h"

#include <inttypes.h>
#include <math.h>

static const char *const fed[BENCH_FEEDINGS] = {"weights", "weights and scalars"};

static const bench_filter any = {-1, -1, -1, -1};

static void print_number(double x, int digits) {
    if (isnan(x))
        printf(" – |");
    else
        printf(" %.*f |", digits, x);
}

static void print_share(int hits, int of) {
    if (of == 0)
        printf(" – |");
    else
        printf(" %.1f%% |", 100.0 * hits / of);
}

/* Events per 10,000 snapshots, with the exact Poisson interval. */
static void print_rate(int events, double exposure) {
    bench_interval interval;
    if (bench_interval_rate((uint64_t)events, exposure / 1e4, 0.95, &interval) != KOOP_OK)
        printf(" – | – |");
    else
        printf(" %.2f | %.2f to %.2f |", events * 1e4 / exposure, interval.lower, interval.upper);
}

/* Changes */

static void print_planted_row(const bench_findings *f, bench_filter filter, const char *change,
                              const char *model) {
    const bench_summary s = bench_summarise(f, &filter);
    if (s.runs == 0) return;
    printf("| %s | %s | %d |", change, model, s.runs);
    print_share(s.detected, s.runs);
    print_number(s.mean_delay, 1);
    print_number(s.median_delay, 1);
    print_number((double)s.extra / s.runs, 2);
    print_number(s.median_onset_error, 1);
    printf("\n");
}

static void print_models(const bench_findings *f, bench_filter filter, const char *change) {
    for (int m = 0; m < PLANTED_MODELS; m++) {
        filter.model = m;
        print_planted_row(f, filter, change, planted_models[m]);
    }
}

static void print_early(const bench_findings *f, bench_filter filter) {
    const bench_summary s = bench_summarise(f, &filter);
    const double exposure = (double)s.runs * (BENCH_CHANGE_AT - BENCH_QUIET_FROM);
    bench_interval interval;
    if (bench_interval_rate((uint64_t)s.early, exposure / 1e4, 0.95, &interval) != KOOP_OK) return;
    printf("\nFalse alarms in the %d snapshots before each change: %d in %.0f, %.2f per 10,000 "
           "(95%% interval %.2f to %.2f).\n",
           BENCH_CHANGE_AT - BENCH_QUIET_FROM, s.early, exposure, s.early * 1e4 / exposure,
           interval.lower, interval.upper);
}

void bench_print_planted(const bench_findings *f, const bench_settings *settings) {
    for (int source = 0; source < BENCH_FEEDINGS; source++) {
        bench_filter filter = any;
        filter.source = source;
        printf(
            "\n## Changes at step %d, koopmon fed with %s\n\n"
            "| change | model | runs | detected | mean delay | median delay | extra events a run "
            "| onset error, median |\n|---|---|---|---|---|---|---|---|\n",
            BENCH_CHANGE_AT, fed[source]);
        for (int c = 1; c < PLANTED_CHANGES; c++) {
            if (!(settings->changes & 1u << c)) continue;
            filter.change = c;
            print_models(f, filter, planted_changes[c]);
        }
        filter.change = -1;
        print_models(f, filter, "all");
        filter.model = -1;
        print_planted_row(f, filter, "all", "all");
        print_early(f, filter);
    }
}

/* Quiet runs */

static void print_quiet_row(const bench_findings *f, const bench_filter *filter, const char *model,
                            const char *schedule) {
    const bench_quiet_summary s = bench_summarise_quiet(f, filter);
    if (s.runs == 0) return;
    printf("| %s | %s | %s | %d | %" PRId64 " | %d |", fed[filter->source], model, schedule, s.runs,
           s.exposure, s.alarms);
    print_rate(s.alarms, (double)s.exposure);
    printf(" %d | %d | %d |\n", s.events[KOOP_EVENT_SCHEDULE], s.events[KOOP_EVENT_SETTLED],
           s.events[KOOP_EVENT_GROKKING]);
}

static void print_schedules(const bench_findings *f, bench_filter filter,
                            const bench_settings *settings, const char *model) {
    for (int k = 0; k < PLANTED_SCHEDULES; k++) {
        if (!(settings->schedules & 1u << k)) continue;
        filter.schedule = k;
        print_quiet_row(f, &filter, model, planted_schedules[k]);
    }
}

void bench_print_quiet(const bench_findings *f, const bench_settings *settings) {
    printf("\n## Quiet runs of %ld steps, from step %d on\n\n"
           "Counted: `transition` and `diverging`. The learning rate is told.\n\n"
           "| fed with | model | schedule | runs | snapshots | false alarms | per 10,000 "
           "| 95%% interval | schedule | settled | grokking? |\n"
           "|---|---|---|---|---|---|---|---|---|---|---|\n",
           settings->quiet_steps, BENCH_QUIET_FROM);
    const bool several = settings->models & (settings->models - 1);
    for (int source = 0; source < BENCH_FEEDINGS; source++) {
        bench_filter filter = any;
        filter.source = source;
        for (int m = 0; m < PLANTED_MODELS; m++) {
            filter.model = m;
            print_schedules(f, filter, settings, planted_models[m]);
        }
        filter.model = -1;
        if (several) print_schedules(f, filter, settings, "all");
        print_quiet_row(f, &filter, "all", "all");
    }
}

/* Comparison */

static const char *name_of(int source, const bench_rivals *rivals) {
    static const char *const own[BENCH_FEEDINGS] = {"**koopmon, weights**",
                                                    "**koopmon, weights and scalars**"};
    return source < BENCH_FEEDINGS ? own[source] : rivals->rival[source - BENCH_FEEDINGS].name;
}

void bench_print_leads(const bench_findings *f, const bench_rivals *rivals) {
    printf("\n## Lead before the loss blows up (lr-ramp)\n\n"
           "Blow-up: the first step at which the mean loss of 8 steps is not finite, or more than "
           "twice its median over the 200 steps before the change. Without an alarm before it the "
           "lead is 0.\n\n"
           "| detector | runs that blew up | warned before | median lead, steps |\n"
           "|---|---|---|---|\n");
    for (int source = 0; source < BENCH_FEEDINGS + rivals->n; source++) {
        bench_filter filter = any;
        filter.source = source;
        filter.change = PLANTED_LR_RAMP;
        const bench_summary s = bench_summarise(f, &filter);
        if (source >= BENCH_FEEDINGS && rivals->rival[source - BENCH_FEEDINGS].afterwards) continue;
        printf("| %s | %d of %d |", name_of(source, rivals), s.blown_up, s.runs);
        print_share(s.warned, s.blown_up);
        print_number(s.median_lead, 1);
        printf("\n");
    }
}

static void print_threshold(int source, const bench_rivals *rivals) {
    if (source < BENCH_FEEDINGS) {
        printf(" shipped |");
        return;
    }
    const bench_rival *rival = &rivals->rival[source - BENCH_FEEDINGS];
    if (!rival->calibrated)
        printf(" %.3g, published |", rival->threshold);
    else if (rival->holds)
        printf(" %.3g |", rival->threshold);
    else
        printf(" none holds |");
}

static void print_summaries(const bench_findings *f, const bench_rivals *rivals) {
    printf("\n## Beside other detectors, same runs\n\n"
           "| detector | threshold | detected | mean delay | median delay | extra alarms a run "
           "| onset error, median | false alarms per 10,000, quiet runs | 95%% interval |\n"
           "|---|---|---|---|---|---|---|---|---|\n");
    for (int source = 0; source < BENCH_FEEDINGS + rivals->n; source++) {
        bench_filter filter = any;
        filter.source = source;
        const bench_summary s = bench_summarise(f, &filter);
        const bench_quiet_summary q = bench_summarise_quiet(f, &filter);
        printf("| %s |", name_of(source, rivals));
        print_threshold(source, rivals);
        print_share(s.detected, s.runs);
        print_number(s.mean_delay, 1);
        print_number(s.median_delay, 1);
        print_number(s.runs ? (double)s.extra / s.runs : NAN, 2);
        print_number(s.median_onset_error, 1);
        print_rate(q.alarms, (double)q.exposure);
        printf("\n");
    }
}

void bench_print_rivals(const bench_findings *f, const bench_rivals *rivals,
                        const bench_settings *settings) {
    print_summaries(f, rivals);
    if (f->n_findings == 0) return;
    printf("\nDetected, and median delay, by change:\n\n| detector |");
    for (int c = 1; c < PLANTED_CHANGES; c++)
        if (settings->changes & 1u << c) printf(" %s |", planted_changes[c]);
    printf("\n|---|");
    for (int c = 1; c < PLANTED_CHANGES; c++)
        if (settings->changes & 1u << c) printf("---|");
    printf("\n");
    for (int source = 0; source < BENCH_FEEDINGS + rivals->n; source++) {
        printf("| %s |", name_of(source, rivals));
        for (int c = 1; c < PLANTED_CHANGES; c++) {
            if (!(settings->changes & 1u << c)) continue;
            const bench_filter filter = {source, -1, c, -1};
            const bench_summary s = bench_summarise(f, &filter);
            if (s.runs) printf(" %.0f%%", 100.0 * s.detected / s.runs);
            if (isnan(s.median_delay))
                printf(" |");
            else
                printf(", %.0f |", s.median_delay);
        }
        printf("\n");
    }
}

/* The rest */

void bench_print_synthetic(const bench_synthetic_tally tallies[BENCH_NOISES], long runs) {
    printf("\n## Synthetic signals in which nothing changes\n\n"
           "%ld runs of %d updates each, straight into the detector; the bound is the exact 95%% "
           "upper one.\n\n"
           "| noise | snapshots | alarms | per 10,000 | upper bound | other events |\n"
           "|---|---|---|---|---|---|\n",
           runs, BENCH_SYNTHETIC_UPDATES);
    for (int k = 0; k < BENCH_NOISES; k++) {
        const bench_synthetic_tally *t = &tallies[k];
        double bound = NAN;
        const double exposure = (double)t->exposure / 1e4;
        if (bench_interval_rate_bound(t->alarms, exposure, 0.95, &bound) != KOOP_OK) bound = NAN;
        printf("| %s | %" PRIu64 " | %" PRIu64 " | %.3f |", bench_noise_names[k], t->exposure,
               t->alarms, (double)t->alarms / exposure);
        print_number(bound, 3);
        printf(" %" PRIu64 " |\n", t->others);
    }
}

void bench_print_cost(const bench_findings *f) {
    printf(
        "\n## What detection costs\n\n"
        "Microseconds a snapshot, over all runs; an update is pushing its snapshots, the fit and "
        "reading the signals.\n\n"
        "| model | push | fit | signals | detection | detection over the others |\n"
        "|---|---|---|---|---|---|\n");
    for (int m = 0; m < PLANTED_MODELS; m++) {
        const bench_cost *c = &f->cost[m];
        const double scale = 1e6 / f->snapshots[m];
        if (!(f->snapshots[m] > 0)) continue;
        printf("| %s | %.1f | %.1f | %.1f | %.1f | %.1f%% |\n", planted_models[m], c->push * scale,
               c->fit * scale, c->read * scale, c->detect * scale,
               100 * c->detect / (c->push + c->fit + c->read));
    }
}

void bench_print_details(const bench_findings *f) {
    char name[BENCH_JOB_NAME];
    printf("\n## Missed, and false\n\n");
    for (size_t i = 0; i < f->n_findings; i++) {
        const bench_finding *one = &f->findings[i];
        if (one->source >= BENCH_FEEDINGS || (one->verdict.detected && one->verdict.early == 0))
            continue;
        bench_plan_name(&one->options, name);
        if (!one->verdict.detected) printf("- %s, %s: missed\n", name, fed[one->source]);
        if (one->verdict.early) printf("- %s, %s: before the change\n", name, fed[one->source]);
    }
    for (size_t i = 0; i < f->n_quiets; i++) {
        const bench_quiet *one = &f->quiets[i];
        if (one->source >= BENCH_FEEDINGS || one->alarms == 0) continue;
        bench_plan_name(&one->options, name);
        printf("- %s, %s: alarms at", name, fed[one->source]);
        for (size_t k = 0; k < sizeof one->at / sizeof *one->at && (int)k < one->alarms; k++)
            printf(" %" PRId64, one->at[k]);
        printf("\n");
    }
}
