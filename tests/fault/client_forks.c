/* client_forks: trainers that fork, spawn, exit without closing, or open clients by the hundred.
 * KOOPMON_ENDPOINT is a daemon's that runs. */
#include "client_case.h"

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>

extern char **environ;

static trainer t;

/* The status with which the child ended, or -1. */
static int wait_for(pid_t child) {
    int status = -1;
    if (child < 0) complain("no child: %s", strerror(errno));
    if (child > 0 && !has_ended(child, &status)) complain("a child hangs");
    if (child > 0 && status != 0) complain("a child ended with %x", (unsigned)status);
    return status;
}

static void open_here(void) {
    koop_options options = trainer_options();
    trainer_open(&t, &options);
    trainer_publish(&t, 10);
}

/* What was published has arrived, and the parent is unharmed. */
static void go_on_and_close(void) {
    trainer_publish(&t, 10);
    trainer_flush(&t, 20000);
    trainer_close(&t, 1000);
    if (report->reason[0]) complain("the parent is disabled");
}

static void use_inherited(void) {
    static float weights[CASE_VALUES];
    const void *const groups[] = {weights};
    if (koop_publish(t.client, 1, groups, NULL, 0) != KOOP_DISABLED) exit(21);
    if (koop_flush(t.client, 60000) != KOOP_DISABLED) exit(22);
    if (koop_get_counters(t.client).published < 10 || !koop_reason(t.client)) exit(23);
}

static void child_publishes(int unused) {
    (void)unused;
    open_here();
    for (int i = 0; i < (case_long() ? 200 : 10); i++) {
        pid_t child = fork();
        if (child == 0) {
            use_inherited();
            exit(0); /* with everything that runs at exit */
        }
        wait_for(child);
        trainer_publish(&t, 1);
    }
    go_on_and_close();
}

static void child_closes(int unused) {
    (void)unused;
    open_here();
    pid_t child = fork();
    if (child == 0) {
        koop_close(&t.client, 60000);
        exit(t.client != NULL);
    }
    wait_for(child);
    go_on_and_close();
}

static void child_opens_its_own(int closes_first) {
    static trainer own;
    koop_options options = trainer_options();
    open_here();
    pid_t child = fork();
    if (child == 0) {
        if (closes_first) koop_close(&t.client, 0);
        trainer_open(&own, &options);
        trainer_publish(&own, 10);
        trainer_flush(&own, 20000);
        trainer_close(&own, 1000);
        exit(0);
    }
    wait_for(child);
    go_on_and_close();
}

static void fork_before_open(int unused) {
    (void)unused;
    pid_t child = fork();
    if (child == 0) {
        open_here();
        go_on_and_close();
        exit(0);
    }
    open_here();
    wait_for(child);
    go_on_and_close();
}

static void double_fork(int unused) {
    (void)unused;
    open_here();
    pid_t child = fork();
    if (child == 0) {
        pid_t grandchild = fork();
        if (grandchild == 0) use_inherited();
        exit(grandchild > 0 ? wait_for(grandchild) : 0);
    }
    wait_for(child);
    go_on_and_close();
}

/* How many descriptors a program started so finds. */
static int execute(const char *how) {
    char *const arguments[] = {"/bin/sh", "-c", "set -- /proc/self/fd/*; exit $#", NULL};
    pid_t child = -1;
    int status = 0;
    if (how[0] == 's') {
        if (posix_spawn(&child, arguments[0], NULL, NULL, arguments, environ) != 0) child = -1;
    } else {
        child = how[0] == 'v' ? vfork() : fork();
        if (child == 0) {
            execve(arguments[0], arguments, environ);
            _exit(1);
        }
    }
    if (child < 0 || !has_ended(child, &status) || !WIFEXITED(status)) complain("no program ran");
    return WEXITSTATUS(status);
}

static void child_executes(int how) {
    const char *word = (const char *[]){"fork", "vfork", "spawn"}[how];
    int before = execute(word);
    open_here();
    trainer_flush(&t, 20000); /* connected: now it has all its descriptors */
    int inherited = execute(word) - before;
    if (inherited != 0) complain("the program inherits %d descriptors", inherited);
    if (system("exit 0") != 0) complain("system failed");
    go_on_and_close();
}

static atomic_bool stop;

static void *publish_on(void *unused) {
    static float weights[CASE_VALUES];
    const void *const groups[] = {weights};
    (void)unused;
    for (int64_t i = 0; !atomic_load(&stop); i++)
        if (koop_publish(t.client, i, groups, NULL, 0) != KOOP_OK) complain("publish failed");
    return NULL;
}

static void fork_while_others_publish(int unused) {
    (void)unused;
    pthread_t threads[3];
    open_here();
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, publish_on, NULL);
    for (int i = 0; i < (case_long() ? 500 : 30); i++) {
        pid_t child = fork();
        if (child == 0) {
            use_inherited();
            koop_close(&t.client, 60000);
            exit(0);
        }
        wait_for(child);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    go_on_and_close();
}

static void fork_in_log(void *context, const char *line) {
    count_line(context, line);
    pid_t child = fork();
    if (child == 0) {
        if (t.client) koop_close(&t.client, 0); /* NULL while koop_open has not returned */
        exit(0);
    }
    wait_for(child);
    if (system("exit 0") != 0) complain("system failed");
}

static void fork_in_the_log_callback(int while_running) {
    koop_options options = trainer_options();
    options.log = fork_in_log;
    options.ring_bytes =
        while_running ? 100 : options.ring_bytes; /* refused at the first publish */
    if (!while_running) options.endpoint = "nonsense";
    trainer_open(&t, &options);
    trainer_publish(&t, 10);
    trainer_close(&t, 100);
}

static void *fork_on(void *unused) {
    (void)unused;
    while (!atomic_load(&stop)) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        wait_for(child);
    }
    return NULL;
}

static void fork_while_it_opens_and_closes(int unused) {
    (void)unused;
    pthread_t thread;
    koop_options options = trainer_options();
    pthread_create(&thread, NULL, fork_on, NULL);
    for (int i = 0; i < (case_long() ? 500 : 30); i++) {
        koop_client *client = NULL;
        static float weights[CASE_VALUES];
        koop_open(&client, &options);
        koop_declare(client, "w", KOOP_DTYPE_FLOAT32, 1, (size_t[]){CASE_VALUES});
        koop_publish(client, 1, (const void *const[]){weights}, NULL, 0);
        koop_close(&client, i % 3);
    }
    atomic_store(&stop, true);
    pthread_join(thread, NULL);
}

static void exit_without_close(int published) {
    koop_options options = trainer_options();
    trainer_open(&t, &options);
    if (published > 0) trainer_publish(&t, published);
    if (published > 100) case_sleep_ms(20); /* the middle of the conversation */
}

static void exit_in_the_midst_often(int unused) {
    (void)unused;
    for (int i = 0; i < (case_long() ? 500 : 20); i++) {
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            open_here();
            trainer_publish(&t, 200);
            case_sleep_ms(i % 10);
            exit(0);
        }
        wait_for(child);
    }
}

static void two_clients(int unused) {
    (void)unused;
    static trainer other;
    koop_options options = trainer_options();
    open_here();
    trainer_flush(&t, 20000);
    trainer_open(&other, &options);
    trainer_publish(&other, 100);
    trainer_publish(&t, 100);
    trainer_flush(&other, 20000);
    trainer_close(&other, 1000);
    go_on_and_close();
}

static size_t resident_kilobytes(void) {
    size_t pages = 0, resident = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%zu %zu", &pages, &resident) != 2) complain("no statm");
    if (statm) fclose(statm);
    return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

static void many_cycles(int unused) {
    (void)unused;
    koop_options options = trainer_options();
    int cycles = case_long() ? 200 : 60; /* a daemon lets few new runs begin in a second */
    size_t before = 0;
    for (int i = 0; i < cycles; i++) {
        trainer_open(&t, &options);
        trainer_publish(&t, 5);
        if (i % 2) trainer_flush(&t, 20000);
        trainer_close(&t, i % 5 ? 1000 : 0);
        if (i == cycles / 4) before = resident_kilobytes();
    }
    size_t after = resident_kilobytes();
    snprintf(report->reason, sizeof report->reason, "%d cycles, the last three quarters +%ld KB",
             cycles, (long)after - (long)before);
    if (after > before + 4096) complain("memory is lost");
}

int main(void) {
    say_heading("forks and exits");
    run_case("fork before open, both publish", fork_before_open, 0);
    run_case("children that publish and exit", child_publishes, 0);
    run_case("a child that closes", child_closes, 0);
    run_case("a child that opens a client of its own", child_opens_its_own, 0);
    run_case("a child that closes, then opens its own", child_opens_its_own, 1);
    run_case("double fork", double_fork, 0);
    run_case("fork and exec, system()", child_executes, 0);
    run_case("vfork and exec", child_executes, 1);
    run_case("posix_spawn", child_executes, 2);
    run_case("fork while three threads publish", fork_while_others_publish, 0);
    run_case("fork in the log callback, in koop_open", fork_in_the_log_callback, 0);
    run_case("fork in the log callback, in koop_publish", fork_in_the_log_callback, 1);
    run_case("fork while another thread opens and closes", fork_while_it_opens_and_closes, 0);
    run_case("exit without close, nothing published", exit_without_close, 0);
    run_case("exit without close, 1000 published", exit_without_close, 1000);
    run_case("exit in the midst, again and again", exit_in_the_midst_often, 0);
    run_case("two clients in one process", two_clients, 0);
    run_case("open and close, again and again", many_cycles, 0);
    return finish_cases();
}
