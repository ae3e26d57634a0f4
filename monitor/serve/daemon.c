#include "daemon_internal.h"

#include "clock.h"
#include "log.h"
#include "memory.h"
#include "paths.h"
#include "session.h"
#include "work.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum {
    QUEUE_BYTES = 64 << 20,
    FEED_BYTES = 4 << 20,
    FREE_DESCRIPTORS = 64,
    WANTED_DESCRIPTORS = 65536,
    INGEST_MS = 100, /* longest wait of a round; also how late a stop may be noticed */
    FOLLOWED_MS = 50,
    IDLE_MS = 1000,
    GRACE_MS = 1000 /* for what is queued when the daemon ends */
};

koop_daemon_options koop_daemon_defaults(void) {
    return (koop_daemon_options){.stall_ms = 2500,
                                 .memory_bytes = koop_memory_machine() / 2,
                                 .journal = koop_journal_defaults(),
                                 .pipeline = koop_pipeline_defaults()};
}

koop_status koop_daemon_data_dir(char *out, size_t size) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    const struct passwd *user = NULL;
    int n;
    if (!home || home[0] != '/') user = getpwuid(getuid());
    if (user) home = user->pw_dir;
    if (state && state[0] == '/') {
        n = snprintf(out, size, "%s/koopmon", state);
    } else {
        n = snprintf(out, size, "%s/.local/state/koopmon", home ? home : "");
    }
    return n >= 0 && (size_t)n < size ? KOOP_OK : KOOP_TOO_LARGE;
}

static void *ingest_main(void *context) {
    koop_daemon *daemon = context;
    while (!atomic_load(&daemon->stop)) {
        if (koop_ingest_step(daemon->ingest, INGEST_MS) == KOOP_OK) continue;
        atomic_store(&daemon->ingest_failed, true);
        break;
    }
    return NULL;
}

static void *compute_main(void *context) {
    koop_daemon *daemon = context;
    koop_compute_run(daemon->compute);
    return NULL;
}

static koop_status check_descriptors(char *error, size_t error_size) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < WANTED_DESCRIPTORS) {
        limit.rlim_cur = limit.rlim_max < WANTED_DESCRIPTORS ? limit.rlim_max : WANTED_DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (koop_paths_can_open(FREE_DESCRIPTORS)) return KOOP_OK;
    snprintf(error, error_size, "fewer than %d file descriptors are free", FREE_DESCRIPTORS);
    return KOOP_IO_FAILED;
}

/* What a run shows before its first view: the options, as a pipeline of one value has them. */
static koop_status make_blank(const koop_pipeline_options *options, koop_view *blank) {
    koop_pipeline *pipeline = NULL;
    koop_wire_hello *hello = calloc(1, sizeof *hello);
    if (!hello) return KOOP_NO_MEMORY;
    hello->version = KOOP_WIRE_VERSION;
    hello->dtype = 4;
    hello->n_groups = 1;
    hello->groups[0] = (koop_wire_group){.name = "all", .dimensions = 1, .shape = {1}, .length = 1};
    koop_status status = koop_pipeline_new(&pipeline, options, hello, NULL, NULL);
    if (status == KOOP_OK) {
        *blank = *koop_pipeline_view(pipeline);
        memset(&blank->run, 0, sizeof blank->run);
        blank->parameters = blank->length = 0;
        blank->n_groups = 0;
        snprintf(blank->reason, sizeof blank->reason, "waiting for its turn to be computed");
    }
    koop_pipeline_free(pipeline);
    free(hello);
    return status;
}

static koop_status make_state(koop_daemon *daemon, char *error, size_t error_size) {
    koop_view *blank = malloc(sizeof *blank);
    koop_status status = blank ? make_blank(&daemon->options.pipeline, blank) : KOOP_NO_MEMORY;
    if (status == KOOP_OK) status = koop_runs_new(&daemon->runs, blank);
    if (status == KOOP_OK) status = koop_queue_new(&daemon->queue, QUEUE_BYTES);
    if (status == KOOP_OK) status = koop_feed_new(&daemon->feed, FEED_BYTES);
    if (status == KOOP_OK) {
        const koop_compute_options options = {.pipeline = daemon->options.pipeline,
                                              .memory_bytes = daemon->options.memory_bytes,
                                              .data_dir = daemon->options.data_dir,
                                              .queue = daemon->queue,
                                              .runs = daemon->runs,
                                              .feed = daemon->feed,
                                              .alerts = daemon->alerts};
        status = koop_compute_new(&daemon->compute, &options);
    }
    if (status == KOOP_OK) {
        koop_daemon_prune(daemon);
        status = koop_daemon_recover(daemon);
    }
    if (status != KOOP_OK) snprintf(error, error_size, "cannot start: %s", koop_strstatus(status));
    free(blank);
    return status;
}

/* The largest snapshot of which a window can be held. */
static uint64_t largest_snapshot(const koop_pipeline_options *options) {
    int capacity = koop_signals_window_capacity(&options->dmd, options->stride);
    uint64_t bytes = koop_pipeline_max_bytes / (uint64_t)(capacity > 0 ? capacity : 1);
    return bytes < KOOP_SESSION_MAX_BYTES ? bytes : KOOP_SESSION_MAX_BYTES;
}

/* Before the runs are recovered, which may take a while: what is wrong with keys is told at once. */
static koop_status make_transport(koop_daemon *daemon, char *error, size_t error_size) {
    daemon->zmq = zmq_ctx_new();
    if (!daemon->zmq) {
        snprintf(error, error_size, "cannot start: %s", zmq_strerror(zmq_errno()));
        return KOOP_IO_FAILED;
    }
    /* One for each socket: those who watch hold up no trainer. */
    zmq_ctx_set(daemon->zmq, ZMQ_IO_THREADS, 2);
    if (!daemon->claim.guarded) return KOOP_OK;
    return koop_gate_new(&daemon->gate, daemon->zmq, daemon->options.keys_dir, error, error_size);
}

static koop_status bind_endpoints(koop_daemon *daemon, char *error, size_t error_size) {
    const char *trainers[KOOP_CLAIM_ENDPOINTS], *views[KOOP_CLAIM_ENDPOINTS];
    for (int i = 0; i < daemon->claim.n; i++) {
        trainers[i] = daemon->claim.trainers[i];
        views[i] = daemon->claim.views[i];
    }
    koop_status status = KOOP_OK;
    const koop_ingest_options ingest = {.zmq = daemon->zmq,
                                        .gate = daemon->gate,
                                        .endpoints = trainers,
                                        .n_endpoints = daemon->claim.n,
                                        .data_dir = daemon->options.data_dir,
                                        .journal = daemon->options.journal,
                                        .stall_ms = daemon->options.stall_ms,
                                        .max_snapshot_bytes =
                                            largest_snapshot(&daemon->options.pipeline),
                                        .queue = daemon->queue,
                                        .runs = daemon->runs,
                                        .guard = daemon->trainers,
                                        .io_threads = 1};
    const koop_publish_options publish = {.zmq = daemon->zmq,
                                          .gate = daemon->gate,
                                          .endpoints = views,
                                          .n_endpoints = daemon->claim.n,
                                          .runs = daemon->runs,
                                          .feed = daemon->feed,
                                          .guard = daemon->views,
                                          .io_threads = 2,
                                          .status = koop_daemon_status,
                                          .context = daemon};
    /* Views first: a trainer that connects is never ahead of those who want to watch it. */
    if (status == KOOP_OK) status = koop_publish_new(&daemon->publish, &publish);
    if (status == KOOP_OK) status = koop_ingest_new(&daemon->ingest, &ingest);
    if (status != KOOP_OK)
        snprintf(error, error_size, "cannot serve %s%s%s: %s", trainers[0],
                 daemon->claim.n > 1 ? " and " : "", daemon->claim.n > 1 ? trainers[1] : "",
                 zmq_strerror(zmq_errno()));
    return status;
}

static koop_status start_threads(koop_daemon *daemon, char *error, size_t error_size) {
    daemon->computing = pthread_create(&daemon->compute_thread, NULL, compute_main, daemon) == 0;
    daemon->ingesting =
        daemon->computing && pthread_create(&daemon->ingest_thread, NULL, ingest_main, daemon) == 0;
    if (daemon->ingesting) return KOOP_OK;
    snprintf(error, error_size, "cannot start a thread");
    return KOOP_NO_MEMORY;
}

static koop_status serve(koop_daemon *daemon, char *error, size_t error_size) {
    for (;;) {
        zmq_pollitem_t items[] = {
            {.socket = koop_publish_socket(daemon->publish), .events = ZMQ_POLLIN},
            {.fd = daemon->end, .events = ZMQ_POLLIN},
            {.fd = koop_feed_descriptor(daemon->feed), .events = ZMQ_POLLIN},
            {.socket = koop_guard_monitor(daemon->trainers), .events = ZMQ_POLLIN},
            {.socket = koop_guard_monitor(daemon->views), .events = ZMQ_POLLIN},
            {.fd = daemon->again, .events = ZMQ_POLLIN},
        };
        int wait_ms = koop_publish_followers(daemon->publish) > 0 ? FOLLOWED_MS : IDLE_MS;
        int guard_ms = koop_daemon_guard_wait_ms(daemon);
        if (guard_ms < wait_ms) wait_ms = guard_ms;
        int polled = zmq_poll(items, 6, wait_ms);
        if ((polled < 0 && zmq_errno() != EINTR) || atomic_load(&daemon->ingest_failed)) {
            snprintf(error, error_size, "a socket failed: %s", zmq_strerror(zmq_errno()));
            return KOOP_IO_FAILED;
        }
        uint64_t number;
        if (read(daemon->end, &number, sizeof number) == sizeof number) {
            koop_log(KOOP_LOG_INFO, "ends: signal %" PRIu64, number);
            return KOOP_OK;
        }
        if (read(daemon->again, &number, sizeof number) == sizeof number)
            koop_daemon_alerts_reload(daemon);
        koop_daemon_guard_look(daemon);
        koop_publish_serve(daemon->publish);
        koop_daemon_alerts_look(daemon);
        koop_daemon_prune(daemon);
    }
}

/* Everything that may have been started, in order: no more reading; the journals are synced and
 * closed; what is queued is computed while the grace lasts. */
static void stop(koop_daemon *daemon) {
    atomic_store(&daemon->stop, true);
    koop_alerts_stop(daemon->alerts);
    if (daemon->ingesting) pthread_join(daemon->ingest_thread, NULL);
    koop_ingest_free(daemon->ingest);
    if (daemon->queue) koop_queue_close(daemon->queue);
    if (daemon->compute) koop_compute_stop(daemon->compute, GRACE_MS);
    if (daemon->computing) pthread_join(daemon->compute_thread, NULL);
    koop_compute_free(daemon->compute);
    koop_alerts_free(daemon->alerts);
    koop_publish_free(daemon->publish);
    koop_gate_free(daemon->gate);
    koop_daemon_guard_free(daemon);
    if (daemon->zmq) zmq_ctx_term(daemon->zmq);
    koop_feed_free(daemon->feed);
    koop_queue_free(daemon->queue, koop_work_release);
    koop_runs_free(daemon->runs);
    if (daemon->claimed) koop_claim_release(&daemon->claim);
    koop_daemon_give_signals_back(daemon);
}

koop_status koop_daemon_run(const koop_daemon_options *options, char *error, size_t error_size) {
    koop_daemon *daemon = calloc(1, sizeof *daemon);
    if (!daemon) return KOOP_NO_MEMORY;
    daemon->options = *options;
    daemon->end = daemon->again = -1;
    daemon->started_ms = koop_clock_ms();
    mode_t before = umask(077);
    koop_log_set_level(options->quiet ? KOOP_LOG_ERROR : KOOP_LOG_INFO);
    koop_status status = koop_paths_fill_standard();
    if (status == KOOP_OK) status = koop_daemon_take_signals(daemon);
    if (status == KOOP_OK) status = check_descriptors(error, error_size);
    if (status == KOOP_OK) {
        status = koop_claim_take(&daemon->claim, options, error, error_size);
        daemon->claimed = status == KOOP_OK;
    }
    if (status == KOOP_OK) status = make_transport(daemon, error, error_size);
    if (status == KOOP_OK) status = koop_daemon_alerts_new(daemon, error, error_size);
    if (status == KOOP_OK) status = make_state(daemon, error, error_size);
    if (status == KOOP_OK) status = koop_daemon_guard_new(daemon);
    if (status == KOOP_OK) status = bind_endpoints(daemon, error, error_size);
    if (status == KOOP_OK) status = start_threads(daemon, error, error_size);
    if (status == KOOP_OK) {
        koop_log(KOOP_LOG_INFO, "koopmon %s, pid %ld, serves %s%s%s, journals in %s", KOOP_VERSION,
                 (long)getpid(), daemon->claim.trainers[0], daemon->claim.n > 1 ? " and " : "",
                 daemon->claim.n > 1 ? daemon->claim.trainers[1] : "", options->data_dir);
        status = serve(daemon, error, error_size);
    }
    stop(daemon);
    umask(before);
    free(daemon);
    return status;
}
