/* systems: publishes (and records) Lorenz's chaotic system and a noisy linear one, each as a run of
 * its own: where Koopman theory strains, and where it holds and noise comes in. */
#include "clock.h"
#include "dynamics.h"
#include "koopmon.h"
#include "npy.h"
#include "options.h"
#include "stop.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct settings {
    dynamics_options dynamics;
    long steps, observables, seed, delay_ms;
    const char *record; /* directory, or NULL */
    bool publish, quiet;
} settings;

static kit_parsed parse(settings *s, int argc, char **argv) {
    const kit_option options[] = {
        {"--steps", KIT_COUNT, &s->steps, 1, 1e9, "N", "snapshots of each system (1000)"},
        {"--skip", KIT_COUNT, &s->dynamics.skip, 0, 1e9, "N",
         "steps before the first snapshot (0)"},
        {"--dt", KIT_REAL, &s->dynamics.dt, 1e-6, 100, "X",
         "time between two snapshots of Lorenz (0.05)"},
        {"--rho", KIT_REAL, &s->dynamics.rho, 0, 1000, "X", "of Lorenz (28)"},
        {"--process-noise", KIT_REAL, &s->dynamics.process_noise, 0, 100, "X",
         "deviation of what is added to each coordinate of the state, every step (0)"},
        {"--observation-noise", KIT_REAL, &s->dynamics.observation_noise, 0, 100, "X",
         "deviation of what is added to each value that is seen (0)"},
        {"--observables", KIT_COUNT, &s->observables, 0, DYNAMICS_MAX_OBSERVABLES, "N",
         "see N >= 5 random functions of the state (0: the state): cosines of "
         "Lorenz's, orthonormal linear ones of the linear system's"},
        {"--seed", KIT_COUNT, &s->seed, 0, 1e15, "N", "of starts, functions and noise (0)"},
        {"--record", KIT_TEXT, &s->record, 0, 0, "DIR",
         "write lorenz.npy and linear.npy: N x values float64"},
        {"--publish", KIT_ON, &s->publish, 0, 0, NULL, "publish runs lorenz and linear (default)"},
        {"--no-publish", KIT_OFF, &s->publish, 0, 0, NULL, "do not publish"},
        {"--delay-ms", KIT_COUNT, &s->delay_ms, 0, 60000, "N",
         "pause between published snapshots (20)"},
        {"--quiet", KIT_ON, &s->quiet, 0, 0, NULL, "print errors only"},
    };
    return kit_options_parse(options, sizeof options / sizeof *options,
                             "usage: systems [OPTION…]\n\n"
                             "Lorenz's system (sigma 10, beta 8/3) and a linear one with the "
                             "eigenvalues\n0.995 e^(+-0.3i), 0.97 e^(+-0.9i) and 0.9.",
                             argc, argv, stdout, stderr);
}

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    *s =
        (settings){.dynamics = dynamics_defaults(), .steps = 1000, .delay_ms = 20, .publish = true};
    kit_parsed parsed = parse(s, argc, argv);
    if (parsed != KIT_GO) return parsed;
    if (s->observables > 0 && s->observables < 5) {
        fprintf(stderr, "--observables wants 0 or at least 5 (see --help)\n");
        return KIT_USAGE;
    }
    s->dynamics.observables = (int)s->observables;
    s->dynamics.seed = (uint64_t)s->seed;
    return KIT_GO;
}

static bool fails(const char *what, koop_status status) {
    fprintf(stderr, "systems: %s: %s\n", what,
            status == KOOP_IO_FAILED && errno ? strerror(errno) : koop_strstatus(status));
    return false;
}

static koop_status record_rows(const settings *s, dynamics *d, double *y, kit_npy *npy) {
    koop_status status = KOOP_OK;
    for (long t = 0; t < s->steps && status == KOOP_OK; t++) {
        status = dynamics_next(d, y);
        if (status == KOOP_OK) status = kit_npy_append(npy, y);
    }
    return status;
}

static bool record(const settings *s, dynamics_kind kind) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s.npy", s->record, dynamics_name(kind));
    if (length < 0 || (size_t)length >= sizeof path) return fails("--record", KOOP_TOO_LARGE);
    dynamics *d;
    koop_status status = dynamics_new(&d, kind, &s->dynamics);
    if (status != KOOP_OK) return fails(dynamics_name(kind), status);
    const size_t values = (size_t)dynamics_values(d);
    double *y = calloc(values, sizeof *y);
    kit_npy *npy = NULL;
    errno = 0;
    status = y ? kit_npy_create(&npy, path, KOOP_DTYPE_FLOAT64, 1, &values) : KOOP_NO_MEMORY;
    if (status == KOOP_OK) status = record_rows(s, d, y, npy);
    koop_status closed = kit_npy_close(&npy);
    if (status == KOOP_OK) status = closed;
    free(y);
    dynamics_free(d);
    if (status != KOOP_OK) return fails(path, status);
    if (!s->quiet) printf("wrote %s: %ld x %zu\n", path, s->steps, values);
    return true;
}

/* A run that is being published. */
typedef struct run {
    dynamics *dynamics;
    double *y;
    koop_client *client;
} run;

static koop_status open_run(const settings *s, dynamics_kind kind, run *r) {
    koop_status status = dynamics_new(&r->dynamics, kind, &s->dynamics);
    if (status != KOOP_OK) return status;
    const size_t values = (size_t)dynamics_values(r->dynamics);
    r->y = calloc(values, sizeof *r->y);
    if (!r->y) return KOOP_NO_MEMORY;
    char rho[32], dt[32], process[32], observation[32], seed[24];
    snprintf(rho, sizeof rho, "%g", s->dynamics.rho);
    snprintf(dt, sizeof dt, "%g", s->dynamics.dt);
    snprintf(process, sizeof process, "%g", s->dynamics.process_noise);
    snprintf(observation, sizeof observation, "%g", s->dynamics.observation_noise);
    snprintf(seed, sizeof seed, "%ld", s->seed);
    const char *const metadata[] = {
        "rho",       rho,    "dt", dt,  "process_noise", process, "observation_noise",
        observation, "seed", seed, NULL};
    koop_options options = koop_defaults();
    options.run = dynamics_name(kind);
    options.metadata = kind == DYNAMICS_LORENZ ? metadata : metadata + 4;
    status = koop_open(&r->client, &options);
    if (status != KOOP_OK) return status;
    status = koop_declare(r->client, "state", KOOP_DTYPE_FLOAT64, 1, &values);
    return status == KOOP_DISABLED ? KOOP_OK : status;
}

static void close_run(const settings *s, run *r) {
    const char *reason = r->client ? koop_reason(r->client) : NULL;
    if (reason && !s->quiet) fprintf(stderr, "systems: not publishing: %s\n", reason);
    koop_close(&r->client, 500);
    free(r->y);
    dynamics_free(r->dynamics);
}

static bool all_disabled(const run *runs) {
    for (int k = 0; k < DYNAMICS_KINDS; k++)
        if (!koop_reason(runs[k].client)) return false;
    return true;
}

static koop_status publish_rows(const settings *s, run *runs) {
    koop_status status = KOOP_OK;
    for (long t = 0; t < s->steps && status == KOOP_OK && !all_disabled(runs); t++) {
        for (int k = 0; k < DYNAMICS_KINDS && status == KOOP_OK; k++) {
            status = dynamics_next(runs[k].dynamics, runs[k].y);
            if (status == KOOP_OK)
                (void)koop_publish(runs[k].client, t, (const void *[]){runs[k].y}, NULL, 0);
        }
        if (kit_stop_signal()) break;
        if (t + 1 < s->steps) kit_clock_pause(s->delay_ms);
    }
    return status;
}

static bool publish(const settings *s) {
    run runs[DYNAMICS_KINDS] = {{.client = NULL}};
    koop_status status = KOOP_OK;
    for (int k = 0; k < DYNAMICS_KINDS && status == KOOP_OK; k++)
        status = open_run(s, (dynamics_kind)k, &runs[k]);
    if (status == KOOP_OK) status = publish_rows(s, runs);
    for (int k = 0; k < DYNAMICS_KINDS; k++) close_run(s, &runs[k]);
    return status == KOOP_OK || fails("publishing", status);
}

int main(int argc, char **argv) {
    settings s;
    kit_parsed parsed = read_settings(&s, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;
    if (s.record && mkdir(s.record, 0777) != 0 && errno != EEXIST)
        return fails(s.record, KOOP_IO_FAILED), 1;
    for (int k = 0; s.record && k < DYNAMICS_KINDS; k++)
        if (!record(&s, (dynamics_kind)k)) return 1;
    kit_stop_catch();
    if (s.publish && !publish(&s)) return 1;
    return kit_stop_signal() ? 128 + kit_stop_signal() : 0;
}
