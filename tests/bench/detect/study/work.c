#include "work.h"

#include "clock.h"
#include "stop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct state {
    const bench_work *work;
    size_t begun, done;
    int running;
    pid_t pid[BENCH_JOBS_AT_A_TIME]; /* 0: free */
    size_t job[BENCH_JOBS_AT_A_TIME];
    double started;
    size_t made; /* of those done; the others were there */
    bool failed;
} state;

static void path_of(const bench_work *w, size_t job, const char *suffix, char path[PATH_MAX]) {
    char name[BENCH_JOB_NAME];
    w->name(w->context, job, name);
    snprintf(path, PATH_MAX, "%s/%s%s", w->directory, name, suffix);
}

static bool complain(const bench_work *w, size_t job, const char *what) {
    char name[BENCH_JOB_NAME];
    w->name(w->context, job, name);
    fprintf(stderr, "\nbench_detect: %s: %s\n", name, what);
    return false;
}

/* In the child: the file appears when it is whole. */
static int make(const bench_work *w, size_t job) {
    char part[PATH_MAX], path[PATH_MAX];
    path_of(w, job, ".part", part);
    path_of(w, job, "", path);
    FILE *file = fopen(part, "wb");
    if (!file) return complain(w, job, strerror(errno)), 1;
    bool ok = w->make(w->context, job, file);
    ok = fclose(file) == 0 && ok;
    if (ok && rename(part, path) == 0) return 0;
    unlink(part);
    return complain(w, job, "could not be made"), 1;
}

static bool take(const bench_work *w, size_t job) {
    char path[PATH_MAX];
    path_of(w, job, "", path);
    FILE *file = fopen(path, "rb");
    if (!file) return complain(w, job, strerror(errno));
    const bool ok = w->take(w->context, job, file);
    fclose(file);
    if (!w->keep) unlink(path);
    return ok || complain(w, job, "its file is not of these options; remove it");
}

static void progress(const state *s) {
    const double passed = kit_clock_seconds() - s->started;
    fprintf(stderr, "\r%s: %zu of %zu, %.0f s", s->work->title, s->done, s->work->count, passed);
    if (s->made > 0 && s->done < s->work->count)
        fprintf(stderr, ", some %.0f s left ",
                passed / (double)s->made * (double)(s->work->count - s->done));
    else
        fprintf(stderr, "%20s", "");
    if (s->done == s->work->count) fprintf(stderr, "\n");
    fflush(stderr);
}

static void finish(state *s, size_t job, bool ok) {
    s->failed = !(ok && take(s->work, job)) || s->failed;
    s->done++;
    progress(s);
}

static void begin(state *s, size_t job) {
    char path[PATH_MAX];
    path_of(s->work, job, "", path);
    if (access(path, R_OK) == 0) {
        finish(s, job, true);
        return;
    }
    int slot = 0;
    while (s->pid[slot]) slot++;
    fflush(NULL);
    const pid_t pid = fork();
    if (pid == 0) {
        signal(SIGINT, SIG_DFL); /* the parent's are for it to end in good order */
        signal(SIGTERM, SIG_DFL);
        _exit(make(s->work, job));
    }
    if (pid < 0) {
        finish(s, job, complain(s->work, job, strerror(errno)));
        return;
    }
    s->pid[slot] = pid;
    s->job[slot] = job;
    s->running++;
}

static void remove_part(const bench_work *w, size_t job) {
    char part[PATH_MAX];
    path_of(w, job, ".part", part);
    unlink(part);
}

static void end_all(state *s) {
    s->failed = true;
    for (int slot = 0; slot < s->work->at_a_time; slot++)
        if (s->pid[slot]) kill(s->pid[slot], SIGTERM);
}

static void await_one(state *s) {
    int code;
    const pid_t pid = waitpid(-1, &code, 0);
    if (pid < 0) {
        if (errno != EINTR) s->running = 0;
        return;
    }
    for (int slot = 0; slot < s->work->at_a_time; slot++) {
        if (s->pid[slot] != pid) continue;
        const bool ok = WIFEXITED(code) && WEXITSTATUS(code) == 0;
        s->pid[slot] = 0;
        s->running--;
        s->made++;
        if (!ok) remove_part(s->work, s->job[slot]);
        if (WIFSIGNALED(code)) complain(s->work, s->job[slot], strsignal(WTERMSIG(code)));
        finish(s, s->job[slot], ok);
    }
}

bool bench_work_do(const bench_work *work) {
    state s = {.work = work, .started = kit_clock_seconds()};
    while ((s.begun < work->count && !s.failed) || s.running > 0) {
        if (kit_stop_signal()) end_all(&s);
        if (s.begun < work->count && !s.failed && s.running < work->at_a_time)
            begin(&s, s.begun++);
        else
            await_one(&s);
    }
    return !s.failed;
}
