#define _GNU_SOURCE /* pipe2, posix_spawn_file_actions_addclosefrom_np */
#include "exec.h"

#include "clock.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 20, TAIL_BYTES = 160, ONE_READ = 4096, READS = 16 };

extern char **environ;

typedef struct child {
    pid_t pid;
    int input, said; /* read end for its standard input, and ours of its standard error; −1: none */
    int input_end, said_end;   /* their other ends */
    char tail[TAIL_BYTES + 1]; /* of what it said */
    size_t n_tail;
} child;

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

static bool open_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    *read_end = ends[0];
    *write_end = ends[1];
    return true;
}

/* The whole alert goes into the pipe before the program is there: an alert is shorter than any pipe
 * is long, so that one that never reads holds up nothing, and one that ends early raises no SIGPIPE. */
static bool give_alert(child *c, const koop_alert *alert) {
    char *line = koop_alert_to_line(alert);
    const size_t size = line ? strlen(line) : 0;
    bool given = line != NULL && size < KOOP_ALERT_JSON_BYTES;
    if (given) {
        line[size] = '\n';
        fcntl(c->input_end, F_SETFL, O_NONBLOCK);
        given = write(c->input_end, line, size + 1) == (ssize_t)size + 1;
    }
    free(line);
    close_end(&c->input_end);
    return given;
}

static int set_actions(posix_spawn_file_actions_t *actions, const child *c) {
    int failed = posix_spawn_file_actions_adddup2(actions, c->input, STDIN_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!failed) failed = posix_spawn_file_actions_adddup2(actions, c->said_end, STDERR_FILENO);
    if (!failed) failed = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    return failed;
}

static void set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETSIGDEF);
}

/* 0, or errno. */
static int start(child *c, const koop_rule *rule) {
    const char *words[KOOP_RULE_WORDS_MAX + 1];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    koop_words_list(rule->words, rule->n_words, words);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed) return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        set_attributes(&attributes);
        failed = set_actions(&actions, c);
        if (!failed)
            failed = posix_spawn(&c->pid, words[0], &actions, &attributes, (char **)words, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    close_end(&c->input);
    close_end(&c->said_end);
    return failed;
}

/* Reads what is there of its standard error, and keeps the end of it. */
static void listen(child *c) {
    char bytes[ONE_READ];
    for (int i = 0; i < READS && c->said >= 0; i++) {
        const ssize_t n = read(c->said, bytes, sizeof bytes);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {
            close_end(&c->said);
            return;
        }
        const size_t new = (size_t)n < TAIL_BYTES ? (size_t)n : TAIL_BYTES;
        const size_t kept = c->n_tail + new <= TAIL_BYTES ? c->n_tail : TAIL_BYTES - new;
        memmove(c->tail, c->tail + c->n_tail - kept, kept);
        memcpy(c->tail + kept, bytes + (size_t)n - new, new);
        c->n_tail = kept + new;
    }
}

/* Waits until the program has ended; it stays a zombie, so that its group keeps its number. */
static bool wait_for_end(child *c, int64_t deadline_ms, const atomic_bool *stop) {
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        struct pollfd said = {.fd = c->said, .events = POLLIN};
        const int failed = waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT);
        if (failed || info.si_pid == c->pid) return true;
        if (koop_clock_ms() >= deadline_ms || (stop && atomic_load(stop))) return false;
        poll(&said, 1, LOOK_MS);
        listen(c);
    }
}

static void end_group(child *c) {
    kill(-c->pid, SIGTERM);
    wait_for_end(c, koop_clock_ms() + KOOP_EXEC_KILL_MS, NULL);
    kill(-c->pid, SIGKILL);
    wait_for_end(c, koop_clock_ms() + KOOP_EXEC_KILL_MS, NULL);
}

/* The last line of what it said that is not empty. */
static const char *last_line(child *c) {
    while (c->n_tail > 0 && strchr("\n\r ", c->tail[c->n_tail - 1])) c->n_tail--;
    c->tail[c->n_tail] = '\0';
    for (size_t i = 0; i < c->n_tail; i++)
        if (c->tail[i] == '\0') c->tail[i] = ' ';
    const char *newline = strrchr(c->tail, '\n');
    return newline ? newline + 1 : c->tail;
}

static void tell_end(child *c, koop_outcome *outcome) {
    int status;
    listen(c);
    const char *said = last_line(c), *colon = *said ? ": " : "";
    if (waitpid(c->pid, &status, WNOHANG) != c->pid)
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "its exit code is not known");
    else if (WIFSIGNALED(status))
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "ended by signal %d%s%s", WTERMSIG(status),
                         colon, said);
    else if (WEXITSTATUS(status) != 0)
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "exit code %d%s%s", WEXITSTATUS(status),
                         colon, said);
    else
        koop_outcome_set(outcome, KOOP_DELIVERED, "exit code 0");
}

static void run(child *c, const koop_rule *rule, const atomic_bool *stop, koop_outcome *outcome) {
    fcntl(c->said, F_SETFL, O_NONBLOCK);
    const bool ended = wait_for_end(c, koop_clock_ms() + rule->timeout_s * INT64_C(1000), stop);
    if (!ended) end_group(c);
    tell_end(c, outcome);
    if (ended) return;
    if (stop && atomic_load(stop))
        koop_outcome_set(outcome, KOOP_DELIVERY_STOPPED, "stopped");
    else
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "had not ended after %d s",
                         rule->timeout_s);
}

void koop_exec_deliver(const koop_rule *rule, const koop_alert *alert, const atomic_bool *stop,
                       koop_outcome *outcome) {
    child c = {.input = -1, .said = -1, .input_end = -1, .said_end = -1};
    int failed = 0;
    if (!open_pipe(&c.input, &c.input_end) || !open_pipe(&c.said, &c.said_end)) failed = errno;
    if (failed) {
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "no pipe: %s", strerror(failed));
    } else if (!give_alert(&c, alert)) {
        koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "the alert cannot be written");
    } else {
        failed = start(&c, rule);
        if (failed)
            koop_outcome_set(outcome, KOOP_DELIVERY_FAILED, "cannot be started: %s",
                             strerror(failed));
        else
            run(&c, rule, stop, outcome);
    }
    close_end(&c.input);
    close_end(&c.input_end);
    close_end(&c.said);
    close_end(&c.said_end);
}
