#include "daemon_internal.h"

#include "clock.h"
#include "log.h"

#include <malloc.h>
#include <sys/resource.h>

enum {
    LOOK_EVERY_MS = 50,
    TRIM_EVERY_MS = 250,
    TRIM_IDLE_MS = 1000,
    KEPT_BYTES = 64 << 20,
    LOG_EVERY_MS = 1000,
    ALLOWANCE_BYTES = 128 << 20,
    RESERVED_DESCRIPTORS = 64 + 2 * KOOP_VIEW_RUNS, /* libraries, and each run's journal */
    MIN_CONNECTIONS = 16,
    VIEW_ASKS_BURST = 128, /* a UI asks some ten times a second */
    VIEW_ASKS_PER_S = 64,
    NEVER_MS = 1000
};

/* Trainers and views share what the journals leave. */
static int connections_allowed(void) {
    struct rlimit limit;
    int wanted = koop_guard_defaults().connections;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
    int64_t left = (int64_t)limit.rlim_cur, reserved = RESERVED_DESCRIPTORS;
    if (reserved > left / 2) reserved = left / 2;
    left = (left - reserved) / 2;
    return left < MIN_CONNECTIONS ? MIN_CONNECTIONS : left < wanted ? (int)left : wanted;
}

koop_status koop_daemon_guard_new(koop_daemon *daemon) {
    koop_guard_limits limits = koop_guard_defaults();
    limits.connections = connections_allowed();
    if (limits.new_burst > limits.connections) limits.new_burst = limits.connections;
    daemon->pressure.allowance = ALLOWANCE_BYTES;
    koop_status status = koop_guard_new(&daemon->trainers, &limits, NULL, NULL);
    limits.asks_burst = VIEW_ASKS_BURST;
    limits.asks_per_s = VIEW_ASKS_PER_S;
    return status == KOOP_OK ? koop_guard_new(&daemon->views, &limits, NULL, NULL) : status;
}

void koop_daemon_guard_free(koop_daemon *daemon) {
    koop_guard_free(daemon->trainers);
    koop_guard_free(daemon->views);
}

int koop_daemon_guard_wait_ms(const koop_daemon *daemon) {
    int n = koop_guard_connections(daemon->trainers) + koop_guard_connections(daemon->views);
    return n > 0 ? LOOK_EVERY_MS : NEVER_MS;
}

/* Of the pipelines, what has been written to. */
static uint64_t pipeline_bytes(const koop_daemon *daemon) {
    int capacity = koop_signals_window_capacity(&daemon->options.pipeline.dmd,
                                                daemon->options.pipeline.stride);
    uint64_t filled = koop_runs_window_bytes(daemon->runs, capacity);
    uint64_t held = koop_runs_get_totals(daemon->runs).pipeline_bytes;
    return filled < held ? filled : held;
}

static int level_now(koop_daemon *daemon, int64_t now_ms) {
    uint64_t accounted = koop_queue_bytes(daemon->queue) + koop_ingest_unfinished(daemon->ingest) +
                         pipeline_bytes(daemon);
    return koop_pressure_level(&daemon->pressure, koop_daemon_resident_bytes(), accounted, now_ms);
}

static void tell(koop_daemon *daemon, int level, int64_t now_ms) {
    uint64_t cut = koop_guard_total_cut(daemon->trainers) + koop_guard_total_cut(daemon->views);
    if (cut == daemon->cut_told || now_ms < daemon->log_ms) return;
    koop_log(KOOP_LOG_WARNING, "%llu connection%s cut%s",
             (unsigned long long)(cut - daemon->cut_told), cut - daemon->cut_told == 1 ? "" : "s",
             level > 0 ? ", memory presses" : "");
    daemon->cut_told = cut;
    daemon->log_ms = now_ms + LOG_EVERY_MS;
}

/* Whether much is resident that is not in use: libzmq frees what a peer sent, glibc keeps it. */
static bool keeps_much(void) {
#ifdef __GLIBC__
    uint64_t resident = koop_daemon_resident_bytes();
    if (resident < KEPT_BYTES) return false;
    struct mallinfo2 info = mallinfo2();
    return resident > info.uordblks + info.hblkhd + KEPT_BYTES;
#else
    return false;
#endif
}

static void give_back(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/* What was freed is given back to the system before anyone is cut for it, and later where it is
 * much. */
void koop_daemon_guard_look(koop_daemon *daemon) {
    int64_t now_ms = koop_clock_ms();
    koop_guard_read(daemon->trainers, now_ms);
    koop_guard_read(daemon->views, now_ms);
    if (now_ms < daemon->look_ms) return;
    int level = level_now(daemon, now_ms);
    bool due = now_ms - daemon->trim_ms >= (level > 0 ? TRIM_EVERY_MS : TRIM_IDLE_MS);
    if (due) daemon->trim_ms = now_ms;
    if (due && (level > 0 || keeps_much())) {
        give_back();
        now_ms = koop_clock_ms();
        level = level_now(daemon, now_ms);
    }
    /* Views first: who loses one asks again, and loses nothing. */
    koop_guard_look(daemon->views, level > 0 ? level + 1 : 0, now_ms);
    koop_guard_look(daemon->trainers, level, now_ms);
    daemon->look_ms = koop_clock_ms() + LOOK_EVERY_MS;
    tell(daemon, level, now_ms);
}
