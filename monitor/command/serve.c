#include "attach.h"
#include "clock.h"
#include "command.h"
#include "daemon.h"
#include "dmd_options.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    OWN_FLAGS = 9,
    FLAGS = KOOP_DMD_OPTIONS - 1 + OWN_FLAGS,
    ERROR_BYTES = 512,
    START_MS = 15000
};

static const koop_usage usage = {
    "serve",
    "",
    "Runs the daemon: takes snapshots from trainers, journals them, and computes spectra and "
    "events.\n"
    "Stays in the foreground until SIGTERM or Ctrl-C, unless --daemonize is given.",
    "The prediction signal needs --center mean, --pca above 0 and no --difference.",
    0,
    0,
    true};

static const char *const ack_words[] = {"written", "fsync", NULL};

typedef struct serving {
    koop_daemon_options daemon;
    koop_dmd_arguments dmd;
    const char *data, *log;
    int acknowledge; /* index in ack_words */
    bool detach;
    char endpoint[KOOP_ENDPOINT_BYTES];
    char data_dir[PATH_MAX], log_path[PATH_MAX];
} serving;

/* The process in the background leaves the working directory, so relative paths are fixed first. */
static bool absolute(const char *path, char out[PATH_MAX]) {
    char here[PATH_MAX] = "";
    if (path[0] != '/' && !getcwd(here, sizeof here)) return false;
    int n = snprintf(out, PATH_MAX, "%s%s%s", here, *here ? "/" : "", path);
    return n > 0 && n < PATH_MAX;
}

static int settle(serving *s, const char *connect) {
    int code = koop_dmd_options_settle(&s->dmd, "serve");
    if (code != KOOP_PROCEED) return code;
    if (s->log && !s->detach)
        return koop_complain(KOOP_EXIT_USAGE, "serve: --log goes with --daemonize");
    code = koop_attach_resolve(connect, s->endpoint);
    if (code != KOOP_EXIT_OK) return code;
    bool fits = s->data ? absolute(s->data, s->data_dir)
                        : koop_daemon_data_dir(s->data_dir, sizeof s->data_dir) == KOOP_OK;
    fits = fits && absolute(s->log ? s->log : "/dev/null", s->log_path);
    if (!fits) return koop_complain(KOOP_EXIT_USAGE, "serve: path of --data or --log is too long");
    s->daemon.endpoint = s->endpoint;
    s->daemon.data_dir = s->data_dir;
    s->daemon.journal.ack_synced = s->acknowledge == 1;
    s->daemon.pipeline = s->dmd.pipeline;
    return KOOP_PROCEED;
}

/* To the waiting parent. That it may be gone by now changes nothing. */
static void tell(int report, const char *why) {
    ssize_t written = write(report, why, strlen(why));
    (void)written;
}

static int serve(const serving *s, int report) {
    char error[ERROR_BYTES] = "";
    koop_status status = koop_daemon_run(&s->daemon, error, sizeof error);
    if (status == KOOP_OK) return KOOP_EXIT_OK;
    const char *why = *error ? error : koop_strstatus(status);
    if (report >= 0) tell(report, why);
    return koop_complain(KOOP_EXIT_USAGE, "%s", why);
}

/* The background half: a session of its own, standard streams away from the terminal. */
static int serve_detached(const serving *s, int report) {
    int null = open("/dev/null", O_RDWR);
    int log = open(s->log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (null < 0 || log < 0) {
        char why[PATH_MAX + 64];
        snprintf(why, sizeof why, "%s: %s", s->log_path, strerror(errno));
        tell(report, why);
        return KOOP_EXIT_USAGE;
    }
    setsid();
    if (chdir("/") != 0) return KOOP_EXIT_USAGE;
    dup2(null, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    if (null > STDERR_FILENO) close(null);
    if (log > STDERR_FILENO) close(log);
    return serve(s, report);
}

static bool answers(koop_source *source, pid_t child) {
    json_t *status = NULL;
    if (koop_source_status(source, 200, &status) != KOOP_OK) return false;
    bool mine = json_integer_value(json_object_get(status, "pid")) == child;
    json_decref(status);
    return mine;
}

/* Waits until the child answers on the view endpoint, or has ended and said why. */
static int await_child(const serving *s, pid_t child, int report) {
    koop_attach attach = {.source = NULL};
    int64_t deadline = koop_clock_ms() + START_MS;
    int code = koop_attach_open(s->endpoint, &attach), ended;
    while (code == KOOP_EXIT_OK) {
        if (answers(attach.source, child)) {
            printf("koopmon daemon, pid %ld, serves %s\n", (long)child, s->endpoint);
            break;
        }
        if (waitpid(child, &ended, WNOHANG) == child) {
            char why[ERROR_BYTES] = "the daemon ended without a word";
            ssize_t n = read(report, why, sizeof why - 1);
            if (n > 0) why[n] = '\0';
            code = koop_complain(KOOP_EXIT_USAGE, "%s", why);
        } else if (koop_clock_ms() > deadline) {
            code = koop_complain(KOOP_EXIT_NO_DAEMON, "the daemon (pid %ld) does not answer yet",
                                 (long)child);
        } else {
            nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
        }
    }
    koop_attach_close(&attach);
    return code;
}

/* Forks before any thread exists; ZeroMQ contexts are made afterwards, one in each process. */
static int detach(const serving *s) {
    int report[2];
    fflush(NULL);
    if (pipe(report) != 0) return koop_complain(KOOP_EXIT_USAGE, "serve: %s", strerror(errno));
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child < 0) return koop_complain(KOOP_EXIT_USAGE, "serve: %s", strerror(errno));
    if (child == 0) {
        close(report[0]);
        return serve_detached(s, report[1]);
    }
    close(report[1]);
    int code = await_child(s, child, report[0]);
    close(report[0]);
    return code;
}

static void list(serving *s, koop_option *options) {
    koop_dmd_options_list(&s->dmd, options);
    const koop_option own[OWN_FLAGS] = {
        {"data", KOOP_OPTION_TEXT, &s->data, "DIR", "journals ($XDG_STATE_HOME/koopmon)", 0, 0,
         NULL, NULL},
        {"ack", KOOP_OPTION_CHOICE, &s->acknowledge, NULL,
         "acknowledge what is written (default) or what is synced", 0, 0, ack_words, NULL},
        {"keep", KOOP_OPTION_SIZE, &s->daemon.journal.keep_bytes, "SIZE",
         "of a run's journal (10G, 500M); older segments go (all are kept)", 1 << 20, 1e18, NULL,
         NULL},
        {"keep-days", KOOP_OPTION_WHOLE, &s->daemon.journal.keep_days, "N",
         "older segments, and runs, go (all are kept)", 1, 36500, NULL, NULL},
        {"tcp", KOOP_OPTION_WHOLE, &s->daemon.tcp_port, "PORT",
         "also listen on 127.0.0.1:PORT (views on PORT+1)", 1, 65534, NULL, NULL},
        {"stall-ms", KOOP_OPTION_WHOLE, &s->daemon.stall_ms, "MS",
         "heartbeat missing for so long: stalled (3000)", 100, 3600000, NULL, NULL},
        {"quiet", KOOP_OPTION_FLAG, &s->daemon.quiet, NULL, "log errors only", 0, 0, NULL, NULL},
        {"daemonize", KOOP_OPTION_FLAG, &s->detach, NULL,
         "go to the background once the daemon answers", 0, 0, NULL, NULL},
        {"log", KOOP_OPTION_TEXT, &s->log, "FILE", "with --daemonize: append the log to FILE", 0, 0,
         NULL, NULL},
    };
    /* --batch, the last of the decomposition's options, makes no sense here and is written over. */
    memcpy(options + KOOP_DMD_OPTIONS - 1, own, sizeof own);
}

int koop_command_serve(int argc, char **argv) {
    koop_option options[FLAGS + 1];
    koop_common common = {false, NULL};
    serving *s = calloc(1, sizeof *s);
    if (!s) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    s->daemon = koop_daemon_defaults();
    list(s, options);
    int first, code = koop_options_parse(&usage, options, FLAGS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = settle(s, common.connect);
    if (code == KOOP_PROCEED) code = s->detach ? detach(s) : serve(s, -1);
    free(s);
    return code;
}
