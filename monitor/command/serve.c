#include "attach.h"
#include "clock.h"
#include "command.h"
#include "paths.h"
#include "printable.h"
#include "reload.h"
#include "serve_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ERROR_BYTES = 512, START_MS = 15000, REPORT = STDERR_FILENO + 1 };

typedef koop_serve_arguments serving;

static const koop_usage usage = {
    "serve",
    "",
    "Runs the daemon: takes snapshots from trainers, journals them, and computes spectra and "
    "events.\n"
    "Stays in the foreground until SIGTERM or Ctrl-C, unless --daemonize is given.",
    "The prediction signal needs --center mean, --pca above 0 and no --difference.\n"
    "SIGHUP reads the [alert] sections of the configuration file again.\n"
    "A daemon started with other --window, --stride, … computes the runs' history anew by them.",
    0,
    0,
    true};

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

/* Nothing that was open is kept, but `report`, as REPORT: a descriptor may be worth more than what
 * this process may open. */
static void drop_descriptors(int report) {
    if (report != REPORT) dup2(report, REPORT);
    fcntl(REPORT, F_SETFD, FD_CLOEXEC);
    closefrom(REPORT + 1);
}

/* A log that others can write or read away is none; a device, such as /dev/null, is the user's choice. */
static bool is_a_log(int fd) {
    struct stat about;
    return koop_paths_is_own_file(fd) || (fstat(fd, &about) == 0 && S_ISCHR(about.st_mode));
}

/* The background half: a session of its own, standard streams away from the terminal. */
static int serve_detached(const serving *s, int report) {
    int null = open("/dev/null", O_RDWR);
    int log = open(s->log_path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK, 0600);
    const bool strange = log >= 0 && !is_a_log(log);
    if (null < 0 || log < 0 || strange) {
        char why[PATH_MAX + 64];
        snprintf(why, sizeof why, "%s: %s", s->log_path,
                 strange          ? "is no file of this user's alone"
                 : errno == ELOOP ? "is a symbolic link; give the file itself"
                                  : strerror(errno));
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
    int code = koop_attach_open(&(koop_common){.connect = s->endpoint}, &attach), ended;
    while (code == KOOP_EXIT_OK) {
        if (answers(attach.source, child)) {
            char endpoint[4 * KOOP_ENDPOINT_BYTES];
            printf("koopmon daemon, pid %ld, serves %s\n", (long)child,
                   koop_printable(s->endpoint, endpoint, sizeof endpoint));
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
    koop_paths_fill_standard(); /* so that the pipe is behind them */
    if (pipe(report) != 0) return koop_complain(KOOP_EXIT_USAGE, "serve: %s", strerror(errno));
    fcntl(report[0], F_SETFD, FD_CLOEXEC);
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child < 0) return koop_complain(KOOP_EXIT_USAGE, "serve: %s", strerror(errno));
    if (child == 0) {
        drop_descriptors(report[1]);
        return serve_detached(s, REPORT);
    }
    close(report[1]);
    int code = await_child(s, child, report[0]);
    close(report[0]);
    return code;
}

/* The rules of the configuration, and of what it will be when SIGHUP comes. */
static int settle_alerts(serving *s, koop_reload *reload) {
    const koop_settings *settings = koop_options_settings();
    reload->before = settings;
    reload->named = koop_settings_is_named(settings);
    if (!koop_serve_options_absolute(koop_settings_path(settings), reload->path))
        return koop_complain(KOOP_EXIT_USAGE, "serve: path of --config is too long");
    s->daemon.rules = koop_settings_rules(settings);
    s->daemon.reload = koop_reload_rules;
    s->daemon.context = reload;
    return KOOP_PROCEED;
}

int koop_command_serve(int argc, char **argv) {
    koop_option options[KOOP_SERVE_OPTIONS];
    koop_common common = {.json = false};
    koop_reload reload;
    serving *s = malloc(sizeof *s);
    if (!s) return koop_complain(KOOP_EXIT_USAGE, "out of memory");
    koop_serve_options_list(s, options);
    int first,
        code = koop_options_parse(&usage, options, KOOP_SERVE_OPTIONS, argc, argv, &common, &first);
    if (code == KOOP_PROCEED) code = koop_serve_options_settle(s, common.connect);
    if (code == KOOP_PROCEED) code = settle_alerts(s, &reload);
    if (code == KOOP_PROCEED) code = s->detach ? detach(s) : serve(s, -1);
    free(s);
    return code;
}
