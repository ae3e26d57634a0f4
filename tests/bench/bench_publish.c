/* bench_publish: what a call of koop_publish costs a trainer, whatever the daemon does.
 *
 * For snapshots of 2 KB at 1 and 10 kHz (and 100 Hz, where each call has to wake the sender) and of
 * 1 MB at 50 Hz, with the daemon running, stopped by
 * SIGSTOP, absent, and unable to write (RLIMIT_FSIZE of 64 KB, SIGXFSZ ignored, on its process
 * alone: every write beyond fails as on a full disk), it prints percentiles of the call's duration
 * in microseconds, three rounds each, beside limits measured in the same loop: copying
 * the same bytes between two looks at the clock ("copy"), and two looks alone ("clock"), which show
 * what the machine does to any call. The ratio is p99 over the copy's p99. */
#include <koopmon.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 3, MAX_CALLS = 20000 };

typedef enum daemon_state { RUNNING, STOPPED, ABSENT, FULL } daemon_state;

static const char *const state_names[] = {"running", "stopped", "absent", "disk full"};
static char folder[64], program[4096];
static float us[MAX_CALLS], limit_us[2][MAX_CALLS];

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void sleep_until(double at_us) {
    struct timespec t = {.tv_sec = (time_t)(at_us / 1e6)};
    t.tv_nsec = (long)((at_us - (double)t.tv_sec * 1e6) * 1e3);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static int compare(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void sort(float *values, int n) {
    qsort(values, (size_t)n, sizeof *values, compare);
}

static void print_percentiles(const char *what, const float *v, int n) {
    printf("    %-9s %8.2f %8.2f %8.2f %9.1f", what, (double)v[n / 2], (double)v[n * 99 / 100],
           (double)v[n * 999L / 1000], (double)v[n - 1]);
}

/* koopmon stands beside the folder of this program. */
static int find_program(void) {
    ssize_t size = readlink("/proc/self/exe", program, sizeof program - 16);
    if (size <= 0) return -1;
    program[size] = '\0';
    for (int i = 0; i < 2; i++) {
        char *slash = strrchr(program, '/');
        if (slash) *slash = '\0';
    }
    strcat(program, "/koopmon");
    return access(program, X_OK);
}

static pid_t start_daemon(daemon_state state) {
    char data[128];
    snprintf(data, sizeof data, "%s/state", folder);
    fflush(NULL);
    pid_t child = fork();
    if (child != 0) return child;
    int nowhere = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(nowhere, i);
    if (state == FULL) {
        struct rlimit small = {64 << 10, 64 << 10};
        setrlimit(RLIMIT_FSIZE, &small);
        signal(SIGXFSZ, SIG_IGN);
    }
    setenv("XDG_STATE_HOME", data, 1);
    execl(program, "koopmon", "serve", (char *)NULL);
    _exit(127);
}

static void stop_daemon(pid_t daemon) {
    char command[160];
    if (daemon <= 0) return;
    kill(daemon, SIGKILL);
    waitpid(daemon, NULL, 0);
    snprintf(command, sizeof command, "rm -rf %s/state %s/k.sock*", folder, folder);
    if (system(command) != 0) fprintf(stderr, "cannot empty %s\n", folder);
}

/* The client with the daemon in the state that is to be measured. */
static koop_client *open_client(size_t bytes, daemon_state state, pid_t daemon, void *weights) {
    koop_client *client = NULL;
    koop_options options = koop_defaults();
    options.sketch_above = 0;
    koop_open(&client, &options);
    koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){bytes / 4});
    koop_publish(client, 0, (const void *const[]){weights}, NULL, 0);
    if (state == RUNNING || state == STOPPED) koop_flush(client, 20000);
    if (state == FULL) /* until the ring is touched and the daemon refuses */
        for (int i = 0; i < 200; i++)
            koop_publish(client, i, (const void *const[]){weights}, NULL, 0);
    sleep_until(now_us() + 5e5);
    if (state == STOPPED) kill(daemon, SIGSTOP);
    return client;
}

/* Calls and copies in turn, each half a period after the other, so that both meet the same machine;
 * the copies go round as many slots as the ring has, so that both meet the same caches. */
static void publish_and_copy(koop_client *client, size_t bytes, double period, int calls,
                             const void *weights) {
    size_t slots = ((size_t)64 << 20) / bytes < 1024 ? ((size_t)64 << 20) / bytes : 1024;
    unsigned char *ring = calloc(slots, bytes);
    double next = now_us();
    if (!ring) exit(1);
    for (int i = 0; i < calls; i++) {
        sleep_until(next += period / 2);
        double t0 = now_us();
        koop_publish(client, i, (const void *const[]){weights}, NULL, 0);
        us[i] = (float)(now_us() - t0);
        sleep_until(next += period / 2);
        t0 = now_us();
        memcpy(ring + (size_t)i % slots * bytes, weights, bytes);
        double t1 = now_us();
        limit_us[0][i] = (float)(t1 - t0);
        limit_us[1][i] = (float)(now_us() - t1);
    }
    free(ring);
    sort(us, calls);
    sort(limit_us[0], calls);
    sort(limit_us[1], calls);
}

static void measure(size_t bytes, double hertz, double seconds, daemon_state state) {
    int calls = (int)(hertz * seconds);
    double period = 1e6 / hertz;
    float *weights = malloc(bytes);
    if (!weights) exit(1);
    for (size_t i = 0; i < bytes / 4; i++) weights[i] = (float)i;
    printf("%zu bytes at %.0f Hz, daemon %s\n", bytes, hertz, state_names[state]);
    for (int round = 0; round < ROUNDS; round++) {
        pid_t daemon = state == ABSENT ? 0 : start_daemon(state);
        koop_client *client = open_client(bytes, state, daemon, weights);
        publish_and_copy(client, bytes, period, calls, weights);
        koop_client_counters c = koop_get_counters(client);
        if (state == STOPPED) kill(daemon, SIGCONT);
        koop_close(&client, 0);
        stop_daemon(daemon);
        print_percentiles("clock", limit_us[1], calls);
        printf("\n");
        print_percentiles("copy", limit_us[0], calls);
        printf("\n");
        print_percentiles("publish", us, calls);
        printf(" %7.1f  %llu of %llu acknowledged, %llu dropped\n",
               (double)us[calls * 99 / 100] / (double)limit_us[0][calls * 99 / 100],
               (unsigned long long)c.acknowledged, (unsigned long long)c.published,
               (unsigned long long)c.dropped);
    }
    free(weights);
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;
    bool small = argc < 3 || strcmp(argv[2], "2048") == 0;
    bool large = argc < 3 || strcmp(argv[2], "1048576") == 0;
    char endpoint[128], command[80];
    strcpy(folder, "/tmp/koop-bench-XXXXXX");
    if (!(small || large) || seconds <= 0 || seconds * 10000 > MAX_CALLS || find_program() != 0 ||
        !mkdtemp(folder)) {
        fprintf(stderr, "usage: bench_publish [SECONDS up to 2 [2048|1048576]], beside koopmon\n");
        return 2;
    }
    snprintf(endpoint, sizeof endpoint, "ipc://%s/k.sock", folder);
    setenv("KOOPMON_ENDPOINT", endpoint, 1);
    unsetenv("KOOPMON_MODE");
    printf("koop_publish, microseconds  p50      p99    p99.9       max   ratio\n");
    for (daemon_state state = RUNNING; state <= FULL; state++) {
        if (small && state == RUNNING) measure(2048, 100, 5 * seconds, state);
        if (small) measure(2048, 1000, seconds, state);
        if (small) measure(2048, 10000, seconds, state);
        if (large) measure(1 << 20, 50, 2 * seconds, state);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) != 0;
}
