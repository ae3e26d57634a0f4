/* client_memory: how much a trainer grows while nobody takes its snapshots.
 *
 *     client_memory BYTES SECONDS [PID]
 *
 * Publishes snapshots of BYTES at 1 kHz, raw; with PID, until 100 were acknowledged, then stops that
 * daemon with SIGSTOP. SECONDS later it prints the growth of its memory beside the bound, twice the
 * ring and 8 MB, and exits with 1 when that was passed. The daemon runs again in any case. */
#include <koopmon.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PERIOD_NS = 1000000, STOP_AFTER = 100, PATIENCE_S = 60 };

/* A field of /proc/self/status, in bytes. */
static size_t status_bytes(const char *field) {
    char line[256];
    size_t kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, field, strlen(field)) == 0)
            kilobytes = strtoul(line + strlen(field) + 1, NULL, 10);
    if (status) fclose(status);
    return kilobytes * 1024;
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Publishes for so long, or until `acknowledged` are (0: never). False: that never came. */
static bool publish_for(koop_client *client, const void *weights, double seconds,
                        uint64_t acknowledged) {
    struct timespec next;
    static int64_t step;
    double end = now_s() + seconds;
    clock_gettime(CLOCK_MONOTONIC, &next);
    while (now_s() < end) {
        koop_publish(client, step++, (const void *const[]){weights}, NULL, 0);
        if (acknowledged && koop_get_counters(client).acknowledged >= acknowledged) return true;
        next.tv_nsec += PERIOD_NS;
        if (next.tv_nsec >= 1000000000) next.tv_sec++, next.tv_nsec -= 1000000000;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return acknowledged == 0;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    size_t bytes = strtoul(argv[1], NULL, 10);
    pid_t daemon = argc > 3 ? (pid_t)atoi(argv[3]) : 0;
    koop_options options = koop_defaults();
    options.sketch_above = 0;
    size_t slots = options.ring_bytes / bytes < options.ring_slots ? options.ring_bytes / bytes
                                                                   : options.ring_slots;
    size_t ring = slots * bytes, bound = 2 * ring + ((size_t)8 << 20);
    unsigned char *weights = malloc(bytes);
    if (!weights) return 2;
    memset(weights, 1, bytes); /* the trainer's own: there before */
    size_t before = status_bytes("VmRSS");
    koop_client *client = NULL;
    koop_open(&client, &options);
    koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){bytes / 4});
    bool reached = !daemon || publish_for(client, weights, PATIENCE_S, STOP_AFTER);
    if (daemon) kill(daemon, SIGSTOP);
    publish_for(client, weights, strtod(argv[2], NULL), 0);
    size_t growth = status_bytes("VmHWM") - before;
    koop_client_counters c = koop_get_counters(client);
    koop_close(&client, 0);
    if (daemon) kill(daemon, SIGCONT);
    printf("%8zu %-8s %10llu %10llu %9.1f %9.1f %9.1f\n", bytes, daemon ? "stopped" : "absent",
           (unsigned long long)c.published, (unsigned long long)c.dropped, (double)ring / 1e6,
           (double)growth / 1e6, (double)bound / 1e6);
    free(weights);
    return !reached || growth > bound;
}
