/* sweep: a real daemon and real trainers, once for every k: its k-th call of a kind fails.
 *
 *     sweep build=DIR dir=DIR what=alloc|write|sync|open|fd|path|thread [from=1] [to=2000] [step=1]
 *           [parallel=8] [publishers=2] [count=200] [floats=16] [fails=1] [errno=EIO] [half=1]
 *           [own=1] [startup=1] [stride=4] [rate=0] [trainer=1]
 *
 * A trial: a daemon with shim_fail preloaded starts; its calls count from when it serves, or with
 * startup=1 from its first instruction; publishers (publisher.c) send `count` snapshots each; where
 * the daemon ends, a clean one is started on the same data; when the publishers are done, SIGTERM,
 * and check.c says whether what was acknowledged is in the journals. Trials whose k was beyond the
 * last call are not counted. Prints one line of totals and one for each place in which daemons
 * ended; for each trial that failed a line, and keeps its directory.
 *
 * With trainer=1 it is the first trainer whose calls fail, from its first instruction or, without
 * startup=1, from its first snapshots on; it may disable itself, and nobody else may mind.
 *
 * Exits with 0 when all trials are well, 1 when not, 2 for bad usage. */
#include "shim_fail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PUBLISHERS = 8, PATH_BYTES = 512, MAX_PLACES = 64, PATIENCE_S = 60, TICK_MS = 2 };

typedef struct settings {
    const char *build, *dir, *what, *errno_name;
    double from, to, step, parallel, publishers, count, floats, fails, half, own, startup, stride,
        rate, trainer;
} settings;

typedef enum outcome {
    NOT_REACHED, /* there were fewer calls */
    SURVIVED,
    REFUSED, /* ended by itself, with an exit code and a reason */
    DIED,    /* by a signal */
    BAD      /* from here on failures of the test */
} outcome;

/* What a trial reports, in memory shared with the process that counts. */
typedef struct report {
    outcome outcome;
    bool crashed;     /* not an abort */
    bool own;         /* it died in the program's own code, not in a library that it called */
    char place[96];   /* where it died, or the last word of one that refused */
    char verdict[96]; /* of a bad one */
    uint64_t calls;
    unsigned long long published, acknowledged, journaled, dropped, rejected, torn;
} report;

typedef struct trial {
    const settings *s;
    report *report;
    shim_fail_state *state;
    char dir[PATH_BYTES], endpoint[PATH_BYTES + 16], socket[PATH_BYTES + 8];
    uint64_t k;
    pid_t daemon, publisher[MAX_PUBLISHERS];
    int publishing;
    int daemon_status, trainer_status;
} trial;

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void tick(void) {
    nanosleep(&(struct timespec){.tv_nsec = TICK_MS * 1000000}, NULL);
}

static void bad(trial *t, const char *verdict) {
    if (t->report->outcome != BAD)
        snprintf(t->report->verdict, sizeof t->report->verdict, "%s", verdict);
    t->report->outcome = BAD;
}

__attribute__((format(printf, 2, 3))) static void set_number(const char *name, const char *format,
                                                             ...) {
    char text[32];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    setenv(name, text, 1);
}

/* In a child: its output into the trial's file `name`, then the program. */
static void become(const trial *t, const char *name, char *const argv[]) {
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/%s", t->dir, name);
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log < 0) _exit(126);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    setenv("KOOPMON_ENDPOINT", t->endpoint, 1);
    execv(argv[0], argv);
    _exit(127);
}

static void preload(const trial *t) {
    const settings *s = t->s;
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/fault/shim_fail.so", s->build);
    setenv("LD_PRELOAD", path, 1);
    snprintf(path, sizeof path, "%s/state", t->dir);
    setenv("KOOP_FAIL_STATE", path, 1);
    setenv("KOOP_FAIL", s->what, 1);
    set_number("KOOP_FAIL_AT", "%llu", (unsigned long long)t->k);
    set_number("KOOP_FAIL_COUNT", "%.0f", s->fails);
    if (s->errno_name) setenv("KOOP_FAIL_ERRNO", s->errno_name, 1);
    if (s->half > 0) setenv("KOOP_FAIL_HALF", "1", 1);
    if (s->own > 0) setenv("KOOP_FAIL_WHO", "own", 1);
}

static void start_daemon(trial *t, bool clean) {
    char program[PATH_BYTES + 16], data[PATH_BYTES + 16], stride[16];
    t->daemon = fork();
    if (t->daemon != 0) return;
    snprintf(program, sizeof program, "%s/koopmon", t->s->build);
    snprintf(data, sizeof data, "%s/data", t->dir);
    snprintf(stride, sizeof stride, "%.0f", t->s->stride);
    if (!clean && t->s->trainer == 0) preload(t);
    become(t, clean ? "clean.log" : "daemon.log",
           (char *[]){program, "serve", "--quiet", "--data", data, "--stride", stride, NULL});
}

static bool is_victim(const trial *t, int i) {
    return t->s->trainer > 0 && i == 0;
}

static void start_publisher(trial *t, int i) {
    char program[PATH_BYTES + 32], name[32], log[PATH_BYTES + 32], count[32], floats[32], slots[32],
        rate[32];
    t->publisher[i] = fork();
    if (t->publisher[i] != 0) return;
    snprintf(program, sizeof program, "%s/fault/publisher", t->s->build);
    snprintf(name, sizeof name, "name=p%d", i);
    snprintf(log, sizeof log, "log=%s/p%d.log", t->dir, i);
    snprintf(count, sizeof count, "count=%.0f", t->s->count);
    snprintf(floats, sizeof floats, "floats=%.0f", t->s->floats);
    snprintf(rate, sizeof rate, "rate=%.0f", t->s->rate);
    snprintf(slots, sizeof slots, "slots=%.0f", t->s->count + 16);
    if (is_victim(t, i)) preload(t);
    become(t, is_victim(t, i) ? "trainer.log" : "publishers.log",
           (char *[]){program, name, log, count, floats,
                      is_victim(t, i) ? "flush=1000" : "flush=60000", slots, rate, NULL});
}

/* Takes note of whoever ended. */
static void reap(trial *t) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == t->daemon) {
            t->daemon = 0;
            t->daemon_status = status;
        }
        for (int i = 0; i < MAX_PUBLISHERS; i++) {
            if (pid != t->publisher[i]) continue;
            t->publisher[i] = 0;
            t->publishing--;
            if (is_victim(t, i))
                t->trainer_status = status;
            else if (status != 0)
                bad(t, "a publisher did not end well");
        }
    }
}

static bool is_served(const trial *t) {
    struct stat about;
    return stat(t->socket, &about) == 0;
}

/* Waits for it to serve or to end. */
static void await_daemon(trial *t) {
    double deadline = now_s() + PATIENCE_S;
    while (t->daemon && !is_served(t)) {
        if (now_s() > deadline) {
            bad(t, "the daemon neither serves nor ends");
            kill(t->daemon, SIGKILL);
        }
        tick();
        reap(t);
    }
}

/* The module of the first frame of the crash that is not the C library's or the shim's. */
static void find_place(trial *t) {
    char path[PATH_BYTES + 32], line[512], last[96] = "";
    bool after = false, placed = false;
    const char *program = t->s->trainer > 0 ? "/publisher" : "/koopmon";
    snprintf(path, sizeof path, "%s/%s.log", t->dir, t->s->trainer > 0 ? "trainer" : "daemon");
    FILE *file = fopen(path, "r");
    if (!file) return;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        bool frame = line[0] == '/' && strchr(line, '[');
        if (strncmp(line, "shim_fail: abort", 16) == 0) after = true;
        if (strncmp(line, "shim_fail: crash", 16) == 0) after = t->report->crashed = true;
        if (!frame && strncmp(line, "shim_fail", 9) != 0)
            snprintf(last, sizeof last, "%.90s", line);
        if (!after || placed || !frame) continue;
        if (strstr(line, "libc.so") || strstr(line, "shim_fail.so") || strstr(line, "libstdc++"))
            continue;
        char *name = strrchr(line, '/');
        /* without offsets one library is one place */
        t->report->own = strncmp(name, program, strlen(program)) == 0;
        if (!t->report->own) name[strcspn(name, "(")] = '\0';
        snprintf(t->report->place, sizeof t->report->place, "%.90s", name + 1);
        placed = true;
    }
    fclose(file);
    char *own = strstr(last, t->dir); /* the same words in every trial */
    if (own) memmove(own, own + strlen(t->dir), strlen(own + strlen(t->dir)) + 1);
    if (!placed) snprintf(t->report->place, sizeof t->report->place, "%s", last);
}

/* By the shim, as asked. */
static bool is_killed(const trial *t) {
    return t->s->errno_name && strcmp(t->s->errno_name, "kill") == 0;
}

static void note_end(trial *t) {
    report *r = t->report;
    if (WIFSIGNALED(t->daemon_status)) {
        if (r->outcome != BAD) r->outcome = DIED;
    } else if (WEXITSTATUS(t->daemon_status) == 0) {
        bad(t, "the daemon ended with 0, unasked");
    } else if (r->outcome != BAD) {
        r->outcome = REFUSED;
    }
    find_place(t);
    if (r->outcome == DIED && !*r->place && !is_killed(t)) bad(t, "it died without a word");
}

static void note_trainer(trial *t) {
    report *r = t->report;
    if (t->trainer_status == 0 || r->outcome == BAD) return;
    r->outcome = WIFSIGNALED(t->trainer_status) ? DIED : REFUSED;
    find_place(t);
    if (r->outcome == DIED && !*r->place) bad(t, "the trainer died without a word");
}

static void arm(trial *t) {
    __atomic_store_n(&t->state->armed, 1, __ATOMIC_SEQ_CST);
}

/* Whether publisher i has written down anything. */
static bool has_log(const trial *t, int i) {
    char path[PATH_BYTES + 32];
    struct stat about;
    snprintf(path, sizeof path, "%s/p%d.log", t->dir, i);
    return stat(path, &about) == 0;
}

static void publish_all(trial *t) {
    bool clean = false;
    double deadline = now_s() + PATIENCE_S;
    t->publishing = (int)t->s->publishers;
    for (int i = 0; i < t->publishing; i++) start_publisher(t, i);
    while (t->publishing > 0) {
        if (t->s->trainer > 0 && has_log(t, 0)) arm(t);
        if (!t->daemon && !clean) {
            note_end(t);
            clean = true;
            start_daemon(t, true);
        }
        if (!t->daemon) {
            bad(t, "the clean daemon ended");
            return;
        }
        if (now_s() > deadline) {
            bad(t, "the publishers do not come to an end");
            return;
        }
        tick();
        reap(t);
    }
    double grace = now_s() + PATIENCE_S;
    bool asked = t->daemon != 0;
    if (asked) kill(t->daemon, SIGTERM);
    while (t->daemon && now_s() < grace) {
        tick();
        reap(t);
    }
    if (t->daemon) bad(t, "SIGTERM does not end the daemon");
    bool died = !asked || t->daemon_status != 0;
    if (!t->daemon && died && clean) bad(t, "the clean daemon did not end well");
    if (!t->daemon && died && !clean) note_end(t);
}

static void kill_all(trial *t) {
    if (t->daemon) kill(t->daemon, SIGKILL);
    for (int i = 0; i < MAX_PUBLISHERS; i++)
        if (t->publisher[i]) kill(t->publisher[i], SIGKILL);
    while (wait(NULL) > 0) continue;
}

static void check(trial *t) {
    char command[8 * PATH_BYTES], line[1024] = "";
    int n = snprintf(command, sizeof command, "%s/fault/check %s/data", t->s->build, t->dir);
    for (int i = 0; i < (int)t->s->publishers; i++)
        if (!is_victim(t, i) || has_log(t, i))
            n += snprintf(command + n, sizeof command - (size_t)n, " %s/p%d.log", t->dir, i);
    snprintf(command + n, sizeof command - (size_t)n, " 2>&1 | tee %s/check.log", t->dir);
    FILE *pipe = popen(command, "r");
    report *r = t->report;
    while (pipe && fgets(line, sizeof line, pipe)) continue;
    if (pipe) pclose(pipe);
    unsigned long long wrong[5] = {0};
    int got = sscanf(line,
                     "all published %llu acknowledged %llu journaled %llu dropped %llu "
                     "rejected %llu held %*u missing %llu duplicated %llu "
                     "altered %llu astray %llu torn %llu damaged %llu",
                     &r->published, &r->acknowledged, &r->journaled, &r->dropped, &r->rejected,
                     &wrong[0], &wrong[1], &wrong[2], &wrong[3], &r->torn, &wrong[4]);
    if (got != 11) bad(t, "nothing could be checked");
    if (r->rejected) bad(t, "a good snapshot was refused");
    for (int i = 0; i < 5; i++)
        if (wrong[i]) bad(t, "the journals are not as they should be");
}

static bool prepare(trial *t) {
    char path[PATH_BYTES + 32];
    int n = snprintf(t->dir, sizeof t->dir, "%s/%s-%llu", t->s->dir, t->s->what,
                     (unsigned long long)t->k);
    snprintf(t->socket, sizeof t->socket, "%s/run/k", t->dir);
    snprintf(t->endpoint, sizeof t->endpoint, "ipc://%s", t->socket);
    snprintf(path, sizeof path, "%s/run", t->dir);
    if (n < 0 || (size_t)n >= sizeof t->dir - 32 || mkdir(t->dir, 0700) != 0 ||
        mkdir(path, 0700) != 0)
        return false;
    snprintf(path, sizeof path, "%s/state", t->dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, 4096) != 0) return false;
    t->state = mmap(NULL, sizeof *t->state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return t->state != MAP_FAILED;
}

static void run_trial(const settings *s, uint64_t k, report *r) {
    trial t = {.s = s, .report = r, .k = k};
    r->outcome = SURVIVED;
    if (!prepare(&t)) {
        bad(&t, "the trial's directory cannot be made");
        return;
    }
    if (s->startup > 0) arm(&t);
    start_daemon(&t, false);
    await_daemon(&t);
    if (s->trainer == 0) arm(&t);
    publish_all(&t);
    note_trainer(&t);
    kill_all(&t);
    check(&t);
    r->calls = t.state->calls;
    if (r->outcome == SURVIVED && t.state->failed == 0) r->outcome = NOT_REACHED;
    if (r->outcome == BAD) return;
    char command[PATH_BYTES + 32];
    snprintf(command, sizeof command, "rm -rf '%s'", t.dir);
    if (system(command) != 0) bad(&t, "the trial's directory cannot be removed");
}

typedef struct totals {
    uint64_t trials[BAD + 1], own;
    uint64_t published, acknowledged, journaled, dropped, rejected, torn, most_calls;
    int n_places;
    struct {
        char what[128];
        uint64_t times;
    } place[MAX_PLACES];
} totals;

static void add_place(totals *all, const report *r) {
    char what[128];
    snprintf(what, sizeof what, "%s %s",
             r->outcome == REFUSED ? "refused:"
             : r->crashed          ? "crash in"
                                   : "abort in",
             r->place);
    int i = 0;
    while (i < all->n_places && strcmp(all->place[i].what, what) != 0) i++;
    if (i == MAX_PLACES) return;
    if (i == all->n_places) snprintf(all->place[all->n_places++].what, sizeof what, "%s", what);
    all->place[i].times++;
}

static void add(totals *all, const settings *s, uint64_t k, const report *r) {
    all->trials[r->outcome]++;
    if (r->calls > all->most_calls) all->most_calls = r->calls;
    if (r->outcome == NOT_REACHED) return;
    all->published += r->published;
    all->acknowledged += r->acknowledged;
    all->journaled += r->journaled;
    all->dropped += r->dropped;
    all->rejected += r->rejected;
    all->torn += r->torn;
    if (r->own) all->own++;
    if (r->outcome == REFUSED || (r->outcome == DIED && *r->place)) add_place(all, r);
    if (r->outcome == BAD || r->own)
        printf("%s k=%llu: %s%s (%s)\n", s->what, (unsigned long long)k, r->verdict,
               r->own ? " died in its own code" : "", r->place);
    fflush(stdout);
}

static void print(const totals *all, const settings *s) {
    unsigned long long tried = 0;
    for (int i = SURVIVED; i <= BAD; i++) tried += all->trials[i];
    printf(
        "%-6s%s%s faults %llu survived %llu refused %llu died %llu (in own code %llu) bad %llu | "
        "published %llu acknowledged %llu journaled %llu dropped %llu rejected %llu torn %llu | "
        "not reached "
        "%llu, most calls %llu\n",
        s->what,
        s->trainer > 0 ? " trainer"
        : s->own > 0   ? " own"
                       : "",
        s->startup > 0 ? " from start-up" : "", tried, (unsigned long long)all->trials[SURVIVED],
        (unsigned long long)all->trials[REFUSED], (unsigned long long)all->trials[DIED],
        (unsigned long long)all->own, (unsigned long long)all->trials[BAD],
        (unsigned long long)all->published, (unsigned long long)all->acknowledged,
        (unsigned long long)all->journaled, (unsigned long long)all->dropped,
        (unsigned long long)all->rejected, (unsigned long long)all->torn,
        (unsigned long long)all->trials[NOT_REACHED], (unsigned long long)all->most_calls);
    for (int i = 0; i < all->n_places; i++)
        printf("       %6llu × %s\n", (unsigned long long)all->place[i].times, all->place[i].what);
}

static int sweep(const settings *s) {
    const int parallel = (int)s->parallel;
    report *reports = mmap(NULL, (size_t)parallel * sizeof *reports, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t *pid = calloc((size_t)parallel, sizeof *pid);
    uint64_t *of = calloc((size_t)parallel, sizeof *of);
    totals all = {0};
    if (reports == MAP_FAILED || !pid || !of) return 2;
    int running = 0;
    for (double k = s->from; k <= s->to || running > 0;) {
        int free_slot = 0;
        while (free_slot < parallel && pid[free_slot]) free_slot++;
        if (free_slot < parallel && k <= s->to) {
            memset(&reports[free_slot], 0, sizeof *reports);
            of[free_slot] = (uint64_t)k;
            pid[free_slot] = fork();
            if (pid[free_slot] == 0) {
                run_trial(s, (uint64_t)k, &reports[free_slot]);
                _exit(0);
            }
            running++;
            k += s->step;
            continue;
        }
        pid_t ended = wait(NULL);
        for (int i = 0; i < parallel; i++) {
            if (ended <= 0 || pid[i] != ended) continue;
            pid[i] = 0;
            running--;
            add(&all, s, of[i], &reports[i]);
        }
    }
    print(&all, s);
    return all.trials[BAD] || all.own ? 1 : 0;
}

static bool parse(settings *s, int argc, char **argv) {
    const struct {
        const char *name;
        double *number;
        const char **text;
    } known[] = {{"build", NULL, &s->build},
                 {"dir", NULL, &s->dir},
                 {"what", NULL, &s->what},
                 {"errno", NULL, &s->errno_name},
                 {"from", &s->from, NULL},
                 {"to", &s->to, NULL},
                 {"step", &s->step, NULL},
                 {"parallel", &s->parallel, NULL},
                 {"publishers", &s->publishers, NULL},
                 {"count", &s->count, NULL},
                 {"floats", &s->floats, NULL},
                 {"fails", &s->fails, NULL},
                 {"half", &s->half, NULL},
                 {"own", &s->own, NULL},
                 {"startup", &s->startup, NULL},
                 {"rate", &s->rate, NULL},
                 {"trainer", &s->trainer, NULL},
                 {"stride", &s->stride, NULL}};
    for (int i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        bool found = false;
        if (!value) return false;
        *value++ = '\0';
        for (size_t j = 0; j < sizeof known / sizeof *known; j++) {
            if (strcmp(argv[i], known[j].name) != 0) continue;
            found = true;
            if (known[j].text) *known[j].text = value;
            if (known[j].number) *known[j].number = strtod(value, NULL);
        }
        if (!found) return false;
    }
    return s->build && s->dir && s->what && s->from >= 1 && s->step >= 1 && s->parallel >= 1 &&
           s->publishers >= 1 && s->publishers <= MAX_PUBLISHERS;
}

int main(int argc, char **argv) {
    settings s = {.from = 1, .to = 2000, .step = 1, .parallel = 8, .publishers = 2};
    s.count = 200;
    s.floats = 16;
    s.fails = 1;
    s.stride = 4;
    if (!parse(&s, argc, argv)) {
        fprintf(stderr, "usage: sweep build=DIR dir=DIR what=KIND [from=K] [to=K] [step=N] …\n");
        return 2;
    }
    return sweep(&s);
}
