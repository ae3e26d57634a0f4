/* client_case: what the client_*.c programs share: each case is a trainer in a process of its own,
 * and one line of a table says how that ended.
 *
 * A case fails when the trainer is killed, hangs or exits other than with 0, when anything reaches
 * stdout or stderr, when a call changes errno, signal mask, handlers, umask or locale, when
 * threads or descriptors are left, or when closing takes much longer than its deadline. */
#ifndef KOOP_FAULT_CLIENT_CASE_H
#define KOOP_FAULT_CLIENT_CASE_H

#include <koopmon.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    CASE_VALUES = 512,         /* a snapshot of 2 KB */
    CASE_PATIENCE_MS = 60000,  /* then it hangs */
    CASE_CLOSE_SLACK_MS = 5000 /* of a loaded machine; the table shows what it was */
};

/* In memory shared by the case and the program that waits for it. */
typedef struct case_report {
    char reason[256], complaint[256];
    double worst_ms; /* of koop_close, beyond its deadline */
    int lines;       /* logged */
} case_report;

static case_report *report;
static int failures;

static double case_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static inline void case_sleep_ms(long ms) {
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static inline bool case_long(void) {
    return getenv("KOOP_LONG") != NULL;
}

/* The first complaint is the one that counts. */
static void complain(const char *format, ...) {
    va_list arguments;
    if (report->complaint[0]) return;
    va_start(arguments, format);
    vsnprintf(report->complaint, sizeof report->complaint, format, arguments);
    va_end(arguments);
}

static int count_entries(const char *folder) {
    DIR *entries = opendir(folder);
    int n = 0;
    if (!entries) return -1;
    while (readdir(entries)) n++;
    closedir(entries);
    return n;
}

/* Of a trainer, what a library must leave alone. */
typedef struct trainer_state {
    sigset_t mask;
    struct sigaction actions[32];
    mode_t umask;
    char locale[128];
    struct rlimit limits[2];
    int threads, descriptors;
} trainer_state;

static void look_at_trainer(trainer_state *state) {
    memset(state, 0, sizeof *state);
    sigprocmask(SIG_SETMASK, NULL, &state->mask);
    for (int s = 1; s < 32; s++) sigaction(s, NULL, &state->actions[s]);
    state->umask = umask(022);
    umask(state->umask);
    snprintf(state->locale, sizeof state->locale, "%s", setlocale(LC_ALL, NULL));
    getrlimit(RLIMIT_NOFILE, &state->limits[0]);
    getrlimit(RLIMIT_STACK, &state->limits[1]);
    state->threads = count_entries("/proc/self/task");
    state->descriptors = count_entries("/proc/self/fd");
}

static void compare_trainer(const trainer_state *a, const trainer_state *b) {
    for (int s = 1; s < 32; s++) {
        if (sigismember(&a->mask, s) != sigismember(&b->mask, s)) complain("signal mask changed");
        if (a->actions[s].sa_handler != b->actions[s].sa_handler)
            complain("handler of signal %d changed", s);
    }
    if (a->umask != b->umask) complain("umask changed");
    if (strcmp(a->locale, b->locale) != 0) complain("locale changed");
    if (memcmp(a->limits, b->limits, sizeof a->limits) != 0) complain("rlimits changed");
    if (a->threads > 0 && b->threads > 0 && b->threads > a->threads)
        complain("%d threads left", b->threads - a->threads);
    if (a->descriptors > 0 && b->descriptors > a->descriptors)
        complain("%d descriptors left", b->descriptors - a->descriptors);
}

typedef struct trainer {
    koop_client *client;
    trainer_state before;
    int64_t step;
    float weights[CASE_VALUES];
} trainer;

static void count_line(void *context, const char *line) {
    (void)context, (void)line;
    report->lines++;
}

static inline koop_options trainer_options(void) {
    koop_options options = koop_defaults();
    options.log = count_line;
    return options;
}

static void check_errno(const char *call) {
    if (errno != EXDEV) complain("%s changed errno to %d", call, errno);
}

static void note_reason(const trainer *t) {
    const char *reason = koop_reason(t->client);
    if (reason) snprintf(report->reason, sizeof report->reason, "%s", reason);
    if (reason && report->lines != 1) complain("disabled with %d lines logged", report->lines);
}

static void trainer_open(trainer *t, const koop_options *options) {
    memset(t, 0, sizeof *t);
    look_at_trainer(&t->before);
    errno = EXDEV;
    if (koop_open(&t->client, options) != KOOP_OK || !t->client) complain("koop_open failed");
    check_errno("koop_open");
    koop_status status =
        koop_declare(t->client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){CASE_VALUES});
    if (status != KOOP_OK && status != KOOP_DISABLED) complain("koop_declare: %d", status);
    note_reason(t);
}

static void trainer_publish(trainer *t, int count) {
    for (int i = 0; i < count; i++) {
        t->weights[0] = (float)++t->step;
        errno = EXDEV;
        koop_status status =
            koop_publish(t->client, t->step, (const void *const[]){t->weights}, NULL, 0);
        check_errno("koop_publish");
        if (status != KOOP_OK && status != KOOP_DISABLED) complain("koop_publish: %d", status);
        if (status == KOOP_DISABLED) break;
    }
    note_reason(t);
}

static void trainer_close(trainer *t, int deadline_ms) {
    koop_client_counters c = koop_get_counters(t->client);
    if (c.acknowledged + c.dropped + c.rejected > c.published) complain("counters do not add up");
    note_reason(t);
    double start = case_now_ms();
    errno = EXDEV;
    koop_close(&t->client, deadline_ms);
    check_errno("koop_close");
    double beyond = case_now_ms() - start - deadline_ms;
    if (beyond > report->worst_ms) report->worst_ms = beyond;
    if (beyond > CASE_CLOSE_SLACK_MS) complain("koop_close took %.0f ms too long", beyond);
    trainer_state after;
    look_at_trainer(&after);
    /* on a loaded machine the sender may have been abandoned: it ends by itself */
    for (int i = 0; i < 2000 && after.threads > t->before.threads; i++) {
        case_sleep_ms(10);
        look_at_trainer(&after);
    }
    compare_trainer(&t->before, &after);
}

static inline void trainer_flush(trainer *t, int deadline_ms) {
    koop_status status = koop_flush(t->client, deadline_ms);
    if (status != KOOP_OK) complain("koop_flush: %s", koop_strstatus(status));
}

/* Opens, publishes, waits a little, closes: what most cases let a trainer do. */
static inline void train_a_little(const koop_options *options) {
    static trainer t;
    trainer_open(&t, options);
    trainer_publish(&t, 20);
    case_sleep_ms(case_long() ? 1000 : 100);
    trainer_publish(&t, 20);
    trainer_close(&t, 100);
}

static bool has_ended(pid_t child, int *status) {
    for (double end = case_now_ms() + CASE_PATIENCE_MS; case_now_ms() < end; case_sleep_ms(2))
        if (waitpid(child, status, WNOHANG) == child) return true;
    kill(child, SIGKILL);
    waitpid(child, status, 0);
    return false;
}

static void say_result(const char *name, bool ended, int status, off_t printed) {
    char result[64] = "ok";
    if (!ended)
        snprintf(result, sizeof result, "HANGS");
    else if (WIFSIGNALED(status))
        snprintf(result, sizeof result, "SIGNAL %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        snprintf(result, sizeof result, "EXIT %d", WEXITSTATUS(status));
    else if (printed > 0)
        snprintf(result, sizeof result, "PRINTS %d", (int)printed);
    else if (report->complaint[0])
        snprintf(result, sizeof result, "WRONG");
    if (strcmp(result, "ok") != 0) failures++;
    printf("%-54s %-9s %7.1f  %s%s%s\n", name, result, report->worst_ms,
           report->reason[0] ? report->reason : "works", report->complaint[0] ? "; " : "",
           report->complaint);
}

/* Runs `body` as a trainer of its own. `name` stands in the table. */
static void run_case(const char *name, void (*body)(int), int argument) {
    char path[] = "/tmp/koop-case-XXXXXX";
    int output = mkstemp(path), status = 0;
    struct stat about = {0};
    if (!report)
        report =
            mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (output < 0 || report == MAP_FAILED) exit(2);
    unlink(path);
    memset(report, 0, sizeof *report);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(output, 1);
        dup2(output, 2);
        close(output);
        body(argument);
        exit(0);
    }
    bool ended = has_ended(child, &status);
    fstat(output, &about);
    if (about.st_size > 0) {
        char text[200] = "";
        ssize_t got = pread(output, text, sizeof text - 1, 0);
        complain("printed: %.*s", got > 0 ? (int)strcspn(text, "\n") : 0, text);
    }
    close(output);
    say_result(name, ended, status, about.st_size);
}

static inline void say_heading(const char *what) {
    printf("%-54s %-9s %7s  %s\n", what, "result", "beyond*", "koop_reason");
}

static inline int finish_cases(void) {
    printf("* of koop_close after its deadline, ms, the worst\n");
    return failures > 0;
}

#endif
