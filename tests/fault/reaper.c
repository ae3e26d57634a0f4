/* reaper: starts a daemon, kills it (SIGKILL) at a random moment, starts it at once again, and so on.
 *
 *     reaper DATA REPORT kills=N [seed=1] [least=300] [most=1500] [early=0] [aim=0]
 *            [torn=0] [log=FILE]... -- COMMAND...
 *
 * COMMAND is the daemon, which keeps its journals in DATA. It lives `least` to `most` ms each time;
 * with early=P, 5 to 50 ms with probability P, so that it dies while it recovers. aim=BYTES: then
 * the blow falls when a segment has just grown by less than BYTES, the size of a record: in the midst
 * of a write. torn=N: it is enough when so many ends were torn. log=FILE, of a
 * publisher: before every other life is measured all of them are to have caught up, so that what they
 * suffer depends on the outages and not on the machine. Between death and start the reaper reads the end of every journal. After the last
 * kill COMMAND is started once more and left running until the reaper gets SIGTERM, which it hands
 * on; it exits as COMMAND did. REPORT then appears:
 *
 *     kills N · early N · aimed N · torn N · damaged N
 *
 * torn: ends that a kill tore within a record (each counted once). A command that ends by itself is
 * reported as `ended CODE` at once, and the reaper exits with 1. */
#include "journal.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    MAX_RUNS = 64,
    MAX_LOGS = 16,
    AIM_MS = 2000,
    CATCH_UP_MS = 60000,
    BEHIND = 256, /* snapshots held by who has not caught up */
    PATH_BYTES = 4096
};

typedef struct settings {
    const char *data, *report;
    double kills, seed, least, most, early, aim, torn;
    char **command;
    const char *logs[MAX_LOGS];
    int n_logs;
} settings;

/* The end of a run's journal. */
typedef struct tail {
    char run[33], path[PATH_BYTES];
    int64_t size;
    int64_t torn_size; /* as it was when it was last found torn */
} tail;

static struct {
    tail tails[MAX_RUNS];
    int n;
    uint64_t random, kills, early, aimed, torn, damaged;
} state;

static volatile sig_atomic_t told_to_end;

static void on_end(int number) {
    (void)number;
    told_to_end = 1;
}

static double now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static void sleep_ms(double ms) {
    struct timespec wait = {.tv_sec = (time_t)(ms / 1000)};
    wait.tv_nsec = (long)((ms - (double)wait.tv_sec * 1000) * 1e6);
    if (ms > 0) nanosleep(&wait, NULL);
}

/* Between low and high: xorshift64*, Vigna, 2016. */
static double draw(double low, double high) {
    uint64_t x = state.random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    state.random = x;
    return low + (high - low) * (double)((x * 0x2545f4914f6cdd1du) >> 11) * 0x1p-53;
}

static pid_t start(const settings *s) {
    fflush(NULL);
    pid_t self = getpid(), child = fork();
    if (child != 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == self) execvp(s->command[0], s->command);
    _exit(127);
}

/* The name of the newest segment, or false. */
static bool newest_segment(const char *run, char *name, size_t size) {
    DIR *directory = opendir(run);
    *name = '\0';
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        size_t length = strlen(entry->d_name);
        if (length < 6 || strcmp(entry->d_name + length - 5, ".koop") != 0) continue;
        if (strcmp(entry->d_name, name) > 0) snprintf(name, size, "%s", entry->d_name);
    }
    if (directory) closedir(directory);
    return *name != '\0';
}

static tail *tail_of(const char *run, const char *path) {
    int i = 0;
    while (i < state.n && strcmp(state.tails[i].run, run) != 0) i++;
    if (i == MAX_RUNS) return NULL;
    tail *end = &state.tails[i];
    if (i < state.n && strcmp(end->path, path) == 0) return end;
    *end = (tail){.size = -1, .torn_size = -1}; /* a new run or a new segment */
    memcpy(end->run, run, sizeof end->run);
    snprintf(end->path, sizeof end->path, "%s", path);
    if (i == state.n) state.n++;
    return end;
}

/* Calls `visit` for the end of every run's journal. */
static void visit_tails(const settings *s, void visit(tail *end)) {
    char runs[PATH_BYTES / 2], name[64], run[PATH_BYTES - 64], path[PATH_BYTES];
    snprintf(runs, sizeof runs, "%s/runs", s->data);
    DIR *directory = opendir(runs);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        if (strlen(entry->d_name) != 32) continue;
        snprintf(run, sizeof run, "%s/%.32s", runs, entry->d_name);
        if (!newest_segment(run, name, sizeof name)) continue;
        snprintf(path, sizeof path, "%s/%s", run, name);
        tail *end = tail_of(entry->d_name, path);
        if (end) visit(end);
    }
    if (directory) closedir(directory);
}

static int64_t size_of(const tail *end) {
    struct stat about;
    return stat(end->path, &about) == 0 ? (int64_t)about.st_size : -1;
}

static void note_size(tail *end) {
    end->size = size_of(end);
}

static koop_status pass(void *context, const koop_wire_message *message) {
    (void)context;
    (void)message;
    return KOOP_OK;
}

static void inspect(tail *end) {
    koop_journal_counters counters = {0};
    int64_t size = size_of(end);
    koop_journal_read(end->path, pass, NULL, &counters);
    state.damaged += counters.damaged;
    if (counters.torn > 0 && size != end->torn_size) state.torn++;
    end->torn_size = counters.torn > 0 ? size : -1;
}

/* Waits for a journal to grow by part of a record. */
static bool await_write(const settings *s) {
    double until = now_ms() + AIM_MS, look_at = 0;
    while (now_ms() < until) {
        if (now_ms() >= look_at) { /* segments come and go */
            visit_tails(s, note_size);
            look_at = now_ms() + 20;
        }
        for (int i = 0; i < state.n; i++) {
            tail *end = &state.tails[i];
            int64_t before = end->size;
            end->size = size_of(end);
            if (before > 0 && end->size > before && (double)(end->size - before) < s->aim)
                return true;
        }
    }
    return false;
}

/* The number behind `word` in a publisher's log, 0 without one. */
static uint64_t read_log(const char *path, const char *word) {
    char line[256], name[32];
    uint64_t value = 0, found = 0;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "%31s %" SCNu64, name, &value) == 2 && strcmp(name, word) == 0)
            found = value;
    if (file) fclose(file);
    return found;
}

static void await_publishers(const settings *s) {
    double until = now_ms() + CATCH_UP_MS;
    for (int i = 0; i < s->n_logs; i++) {
        uint64_t before = read_log(s->logs[i], "promised");
        while (now_ms() < until && (read_log(s->logs[i], "promised") == before ||
                                    read_log(s->logs[i], "held") >= BEHIND))
            sleep_ms(20);
    }
}

static void kill_once(const settings *s, pid_t daemon) {
    bool early = draw(0, 1) < s->early;
    if (!early && state.kills % 2 == 0) await_publishers(s);
    sleep_ms(early ? draw(5, 50) : draw(s->least, s->most));
    bool aimed = !early && s->aim > 0 && await_write(s);
    int status;
    if (waitpid(daemon, &status, WNOHANG) == daemon) {
        printf("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        exit(1);
    }
    kill(daemon, SIGKILL);
    waitpid(daemon, &status, 0);
    state.kills++;
    state.early += early;
    state.aimed += aimed;
    visit_tails(s, inspect);
}

static bool is_enough(const settings *s) {
    if (s->torn > 0 && (double)state.torn >= s->torn) return true;
    return (double)state.kills >= s->kills;
}

static bool report(const settings *s) {
    FILE *file = fopen(s->report, "w");
    if (!file) return false;
    fprintf(file,
            "kills %" PRIu64 " early %" PRIu64 " aimed %" PRIu64 " torn %" PRIu64
            " damaged %" PRIu64 "\n",
            state.kills, state.early, state.aimed, state.torn, state.damaged);
    return fclose(file) == 0;
}

/* Until SIGTERM. The daemon's exit code. */
static int hand_over(pid_t daemon) {
    int status;
    sigset_t end, before;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, &before);
    while (!told_to_end) sigsuspend(&before);
    sigprocmask(SIG_SETMASK, &before, NULL);
    kill(daemon, SIGTERM);
    if (waitpid(daemon, &status, 0) != daemon) return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool parse(settings *s, int argc, char **argv) {
    const struct {
        const char *name;
        double *value;
    } numbers[] = {{"kills", &s->kills}, {"seed", &s->seed},   {"least", &s->least},
                   {"most", &s->most},   {"early", &s->early}, {"aim", &s->aim},
                   {"torn", &s->torn}};
    if (argc < 3) return false;
    s->data = argv[1];
    s->report = argv[2];
    int i = 3;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        char *value = strchr(argv[i], '='), *end = NULL;
        if (!value) return false;
        *value++ = '\0';
        if (strcmp(argv[i], "log") == 0 && s->n_logs < MAX_LOGS) {
            s->logs[s->n_logs++] = value;
            continue;
        }
        for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++)
            if (strcmp(argv[i], numbers[j].name) == 0) *numbers[j].value = strtod(value, &end);
        if (!end || end == value || *end) return false;
    }
    s->command = argv + i + 1;
    return i + 1 < argc && s->kills >= 0 && s->most >= s->least;
}

int main(int argc, char **argv) {
    settings s = {.seed = 1, .least = 300, .most = 1500};
    if (!parse(&s, argc, argv)) {
        fprintf(stderr, "usage: reaper DATA REPORT kills=N [seed=…] … -- COMMAND...\n");
        return 2;
    }
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_end}, NULL);
    state.random = (uint64_t)s.seed * 0x9e3779b97f4a7c15u + 1;
    pid_t daemon = start(&s);
    while (!is_enough(&s) && daemon > 0) {
        kill_once(&s, daemon);
        daemon = start(&s);
    }
    if (daemon <= 0 || !report(&s)) return 1;
    return hand_over(daemon);
}
