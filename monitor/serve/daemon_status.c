#include "daemon_internal.h"

#include "clock.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t koop_daemon_resident_bytes(void) {
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    if (fscanf(file, "%*s %llu", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

/* JSON is UTF-8; a path need not be. */
static json_t *path_text(const char *path) {
    json_t *text = json_string(path);
    return text ? text : json_string("(not UTF-8)");
}

json_t *koop_daemon_status(void *context) {
    const koop_daemon *daemon = context;
    koop_runs_totals totals = koop_runs_get_totals(daemon->runs);
    double uptime_s = (double)(koop_clock_ms() - daemon->started_ms) / 1000;
    return json_pack(
        "{s:s, s:I, s:f, s:o, s:s?, s:o, s:i, s:I, s:I, s:I, s:I, s:i, s:i, s:I, s:I, "
        "s:I, s:I, s:I, s:I, s:I, s:f, s:i, s:I, s:o}",
        "version", KOOP_VERSION, "pid", (json_int_t)getpid(), "uptime_s", uptime_s, "endpoint",
        path_text(daemon->claim.trainers[0]), "tcp",
        daemon->claim.n > 1 ? daemon->claim.trainers[1] : NULL, "data_dir",
        path_text(daemon->options.data_dir), "runs", totals.runs, "snapshots",
        (json_int_t)totals.snapshots, "bytes", (json_int_t)totals.bytes, "malformed",
        (json_int_t)totals.malformed, "refused", (json_int_t)totals.refused, "cut",
        (json_int_t)(koop_guard_total_cut(daemon->trainers) + koop_guard_total_cut(daemon->views)),
        "journals_failing", totals.failing, "followers", koop_publish_followers(daemon->publish),
        "follower_drops", (json_int_t)koop_publish_dropped(daemon->publish), "requests_discarded",
        (json_int_t)koop_publish_discarded(daemon->publish), "queue_bytes",
        (json_int_t)koop_queue_bytes(daemon->queue), "pipeline_bytes",
        (json_int_t)totals.pipeline_bytes, "memory_limit", (json_int_t)daemon->options.memory_bytes,
        "memory", (json_int_t)koop_daemon_resident_bytes(), "cpu_s", cpu_seconds(), "keys_allowed",
        koop_gate_allowed(daemon->gate), "handshakes_refused",
        (json_int_t)koop_gate_refused(daemon->gate), "alerts", koop_daemon_alerts_status(daemon));
}
