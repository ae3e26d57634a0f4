#include "synthetic.h"

#include "detect.h"
#include "rng.h"

#include <math.h>

enum { GROUPS = 6, SERIES = 5 + GROUPS };

const char *const bench_noise_names[BENCH_NOISES] = {"iid",        "AR(1) 0.3",    "AR(1) 0.7",
                                                     "Student t5", "linear drift", "slow sine"};

static const char *const names[GROUPS] = {"a", "b", "c", "d", "e", "f"};

typedef struct series {
    bench_noise noise;
    double last;        /* of AR(1) */
    double sign, phase; /* of the drift */
} series;

static double student(kit_rng *rng) {
    double square = 0;
    for (int i = 0; i < 5; i++) {
        const double x = kit_rng_normal(rng);
        square += x * x;
    }
    return kit_rng_normal(rng) / sqrt(square / 5) / sqrt(5.0 / 3);
}

static double correlated(series *s, double rho, kit_rng *rng) {
    s->last = rho * s->last + sqrt(1 - rho * rho) * kit_rng_normal(rng);
    return s->last;
}

static double next(series *s, double time, kit_rng *rng) { /* time 0..1 */
    const double turn = 6.283185307179586;
    switch (s->noise) {
    case BENCH_AR_03:
        return correlated(s, 0.3, rng);
    case BENCH_AR_07:
        return correlated(s, 0.7, rng);
    case BENCH_T5:
        return student(rng);
    case BENCH_LINEAR:
        return kit_rng_normal(rng) + 5 * s->sign * time;
    case BENCH_SINE:
        return kit_rng_normal(rng) + 2 * sin(turn * (time + s->phase));
    case BENCH_IID:
    case BENCH_NOISES:
        break;
    }
    return kit_rng_normal(rng);
}

static void begin(series s[SERIES], bench_noise noise, kit_rng *rng) {
    for (int k = 0; k < SERIES; k++) {
        s[k] = (series){.noise = noise, .last = kit_rng_normal(rng)};
        s[k].sign = kit_rng_symmetric(rng) < 0 ? -1 : 1;
        s[k].phase = kit_rng_symmetric(rng);
    }
}

static void fill(koop_signals *out, series s[SERIES], double time, kit_rng *rng) {
    static const koop_signal told[] = {KOOP_SIGNAL_PREDICTION, KOOP_SIGNAL_SPEED,
                                       KOOP_SIGNAL_RADIAL, KOOP_SIGNAL_ALIGNMENT,
                                       KOOP_SIGNAL_PERSISTENCE};
    static const double level[] = {-0.3, -5, 0.02, 0.1, 0.1};
    static const double deviation[] = {0.1, 0.1, 0.05, 0.05, 0.05};
    double sum = 0;
    *out = (koop_signals){.n_groups = GROUPS};
    for (int k = 0; k < 5; k++) {
        out->available |= 1u << told[k];
        out->value[told[k]] = level[k] + deviation[k] * next(&s[k], time, rng);
    }
    for (int g = 0; g < GROUPS; g++) {
        const double share = 0.1 * next(&s[5 + g], time, rng) - log(GROUPS) / 2;
        out->group_speed[g] = out->value[KOOP_SIGNAL_SPEED] + share;
        out->group_share[g] = exp(2 * share);
        sum += out->group_share[g];
    }
    for (int g = 0; g < GROUPS; g++) out->group_share[g] /= sum;
}

static koop_status run(bench_noise noise, uint64_t seed, bench_synthetic_tally *tally) {
    const koop_detect_options options = koop_detect_defaults();
    kit_rng rng = kit_rng_seed(seed);
    series s[SERIES];
    koop_detect *detect;
    koop_status status = koop_detect_new(&detect, &options, names, GROUPS);
    if (status != KOOP_OK) return status;
    begin(s, noise, &rng);
    for (int k = 0; k < BENCH_SYNTHETIC_UPDATES && status == KOOP_OK; k++) {
        koop_signals signals;
        koop_event event;
        bool fired;
        fill(&signals, s, (double)k / BENCH_SYNTHETIC_UPDATES, &rng);
        const int64_t step = (int64_t)(k + 1) * options.stride;
        for (int i = 1; i <= options.stride; i++)
            koop_detect_snapshot(detect, step - options.stride + i);
        status = koop_detect_update(detect, step, &signals, NULL, &fired, &event);
        const bool alarm =
            fired && (event.kind == KOOP_EVENT_TRANSITION || event.kind == KOOP_EVENT_DIVERGING);
        tally->alarms += alarm;
        tally->others += fired && !alarm;
        if (k * options.stride >= options.warm_up) tally->exposure += (uint64_t)options.stride;
    }
    koop_detect_free(detect);
    return status;
}

koop_status bench_synthetic(bench_noise noise, uint64_t seed, uint64_t first, uint64_t n,
                            bench_synthetic_tally *tally) {
    koop_status status = KOOP_OK;
    for (uint64_t k = first; k < first + n && status == KOOP_OK; k++)
        status = run(noise, (seed * BENCH_NOISES + (uint64_t)noise) * 1000000 + k, tally);
    return status;
}
