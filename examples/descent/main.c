/* descent: publishes (and records) online mirror descent, online gradient descent and bisection,
 * each as a run of its own, so that their spectra can be watched and compared. */
#include "clock.h"
#include "descent.h"
#include "koopmon.h"
#include "npy.h"
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct settings {
    const char *record; /* directory, or NULL */
    bool publish, quiet;
    long delay_ms;
} settings;

static kit_parsed read_settings(settings *s, int argc, char **argv) {
    *s = (settings){.publish = true, .delay_ms = 50};
    const kit_option options[] = {
        {"--publish", KIT_ON, &s->publish, 0, 0, NULL, "publish runs omd, ogd and bm (default)"},
        {"--no-publish", KIT_OFF, &s->publish, 0, 0, NULL, "do not publish"},
        {"--delay-ms", KIT_COUNT, &s->delay_ms, 0, 60000, "N",
         "pause between published snapshots (default 50)"},
        {"--record", KIT_TEXT, &s->record, 0, 0, "DIR",
         "write omd.npy, ogd.npy, bm.npy: 100 x 2 x 25 float64"},
        {"--quiet", KIT_ON, &s->quiet, 0, 0, NULL, "print errors only"},
    };
    return kit_options_parse(options, sizeof options / sizeof *options,
                             "usage: descent [OPTION…]\n\n"
                             "Minimises f(x) = tan x1 + tan x2 from 25 starts by online mirror "
                             "descent (omd) and\nonline gradient descent in log x (ogd), and "
                             "finds its zero by bisection (bm).",
                             argc, argv, stdout, stderr);
}

static bool record(const settings *s, descent_method method, const double *x) {
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/%s.npy", s->record, descent_name(method));
    if (length < 0 || (size_t)length >= sizeof path) {
        fprintf(stderr, "descent: --record: the path is too long\n");
        return false;
    }
    kit_npy *npy;
    const size_t shape[] = {DESCENT_D, DESCENT_N};
    koop_status status = kit_npy_create(&npy, path, KOOP_DTYPE_FLOAT64, 2, shape);
    if (status == KOOP_OK) {
        for (int t = 0; t < DESCENT_T && status == KOOP_OK; t++)
            status = kit_npy_append(npy, x + (size_t)t * DESCENT_ROW);
        koop_status closed = kit_npy_close(&npy);
        if (status == KOOP_OK) status = closed;
    }
    if (status != KOOP_OK) {
        fprintf(stderr, "descent: %s: %s\n", path,
                errno ? strerror(errno) : koop_strstatus(status));
        return false;
    }
    if (!s->quiet) printf("wrote %s\n", path);
    return true;
}

static koop_status open_run(descent_method method, koop_client **client) {
    koop_options options = koop_defaults();
    options.run = descent_name(method);
    koop_status status = koop_open(client, &options);
    if (status != KOOP_OK) return status;
    const size_t shape[] = {DESCENT_D, DESCENT_N};
    status = koop_declare(*client, "state", KOOP_DTYPE_FLOAT64, 2, shape);
    return status == KOOP_DISABLED ? KOOP_OK : status;
}

static bool all_disabled(koop_client *const *clients) {
    for (int m = 0; m < DESCENT_METHODS; m++)
        if (!koop_reason(clients[m])) return false;
    return true;
}

static bool publish(const settings *s, double (*x)[DESCENT_VALUES]) {
    koop_client *clients[DESCENT_METHODS] = {NULL};
    koop_status status = KOOP_OK;
    for (int m = 0; m < DESCENT_METHODS && status == KOOP_OK; m++)
        status = open_run((descent_method)m, &clients[m]);
    bool listening = status == KOOP_OK && !all_disabled(clients);
    for (int t = 0; t < DESCENT_T && listening; t++) {
        for (int m = 0; m < DESCENT_METHODS; m++) {
            const double *row = x[m] + t * DESCENT_ROW;
            koop_scalar loss = {"loss", descent_loss((descent_method)m, row)};
            (void)koop_publish(clients[m], t, (const void *[]){row}, &loss, 1);
        }
        if (t + 1 < DESCENT_T) kit_clock_pause(s->delay_ms);
    }
    if (status != KOOP_OK) fprintf(stderr, "descent: %s\n", koop_strstatus(status));
    for (int m = 0; m < DESCENT_METHODS; m++) {
        if (!clients[m]) continue;
        if (koop_reason(clients[m]) && !s->quiet)
            fprintf(stderr, "descent: not publishing: %s\n", koop_reason(clients[m]));
        koop_close(&clients[m], 500);
    }
    return status == KOOP_OK;
}

int main(int argc, char **argv) {
    settings s;
    kit_parsed parsed = read_settings(&s, argc, argv);
    if (parsed != KIT_GO) return parsed == KIT_HELP ? 0 : 2;

    static double x[DESCENT_METHODS][DESCENT_VALUES];
    for (int m = 0; m < DESCENT_METHODS; m++) {
        descent_run((descent_method)m, x[m]);
        if (s.quiet) continue;
        const double *last = x[m] + (DESCENT_T - 1) * DESCENT_ROW;
        printf("%-3s  mean f %+.6f -> %+.6f in %d steps from %d starts\n",
               descent_name((descent_method)m), descent_loss((descent_method)m, x[m]),
               descent_loss((descent_method)m, last), DESCENT_T - 1, DESCENT_N);
    }
    if (s.record && mkdir(s.record, 0777) != 0 && errno != EEXIST) {
        fprintf(stderr, "descent: %s: %s\n", s.record, strerror(errno));
        return 1;
    }
    errno = 0;
    for (int m = 0; s.record && m < DESCENT_METHODS; m++)
        if (!record(&s, (descent_method)m, x[m])) return 1;
    if (s.publish && !publish(&s, x)) return 1;
    return 0;
}
