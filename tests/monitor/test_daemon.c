#define _GNU_SOURCE /* prlimit */
#include "daemon.h"

#include "serve_kit.h"
#include "source.h"
#include "view_json.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The daemon under test is this very program, started again: main. */

enum { VALUES = 24, STALL_MS = 400 };

extern char **environ;

static char root[64], endpoint[128], data_dir[128];
static pid_t daemon_pid;
static koop_wire_hello hello;

static int serve(const char *at, const char *data, int tcp_port) {
    char error[512] = "", tcp[64];
    koop_daemon_options options = koop_daemon_defaults();
    snprintf(tcp, sizeof tcp, "tcp://127.0.0.1:%d", tcp_port);
    options.endpoint = at;
    options.data_dir = data;
    options.tcp = tcp_port > 0 ? tcp : NULL;
    options.stall_ms = STALL_MS;
    options.quiet = true;
    koop_status status = koop_daemon_run(&options, error, sizeof error);
    if (status != KOOP_OK) fprintf(stderr, "daemon: %s\n", error);
    return status == KOOP_OK ? 0 : 1;
}

static koop_source *new_source(const char *at) {
    koop_source *source = NULL;
    assert_int_equal(koop_source_live(&source, at, NULL), KOOP_OK);
    return source;
}

static json_int_t counter(const char *at, const char *name) {
    koop_source *source = new_source(at);
    json_t *status = NULL;
    json_int_t value = -1;
    if (koop_source_status(source, 100, &status) == KOOP_OK)
        value = json_integer_value(json_object_get(status, name));
    json_decref(status);
    koop_source_free(source);
    return value;
}

static void start_daemon_on(const char *at, int tcp_port) {
    char port[16];
    snprintf(port, sizeof port, "%d", tcp_port);
    char *arguments[] = {"test_daemon", (char *)"--serve", (char *)at, data_dir, port, NULL};
    assert_int_equal(posix_spawn(&daemon_pid, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
    KIT_AWAIT(counter(at, "pid") == daemon_pid);
}

static void start_daemon(void) {
    start_daemon_on(endpoint, 0);
}

/* The wait status. */
static int end_daemon(int with) {
    int status = -1;
    kill(daemon_pid, with);
    assert_int_equal(waitpid(daemon_pid, &status, 0), daemon_pid);
    daemon_pid = 0;
    return status;
}

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/koopmon.sock", root);
    snprintf(data_dir, sizeof data_dir, "%s/data", root);
    kit_hello(&hello, 0xab, "cnn", VALUES);
    start_daemon();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    if (daemon_pid > 0) {
        kill(daemon_pid, SIGKILL);
        waitpid(daemon_pid, NULL, 0);
        daemon_pid = 0;
    }
    kit_remove_tree(root);
    return 0;
}

static void await(kit_trainer *trainer, koop_wire_type type) {
    do assert_true(kit_receive(trainer, KIT_DEADLINE_MS));
    while (trainer->in.type != type);
}

static uint64_t say_hello(kit_trainer *trainer) {
    kit_send_hello(trainer, &hello);
    await(trainer, KOOP_WIRE_WELCOME);
    return trainer->in.as.welcome.acknowledged;
}

static void await_ack(kit_trainer *trainer, uint64_t seq) {
    do await(trainer, KOOP_WIRE_ACK);
    while (trainer->in.as.acknowledged < seq);
}

/* Sends snapshots first..last and waits until they are acknowledged. */
static void publish(kit_trainer *trainer, uint64_t first, uint64_t last) {
    for (uint64_t seq = first; seq <= last; seq++) {
        kit_send_snapshot(trainer, seq, VALUES);
        if (seq % 32 == 0 && seq < last) await_ack(trainer, seq);
    }
    await_ack(trainer, last);
}

/* The run's view once it has `snapshots` and nothing is pending. */
static koop_view *await_view(uint64_t snapshots, koop_run_state state) {
    static koop_view view;
    koop_source *source = new_source(endpoint);
    memset(&view, 0, sizeof view);
    KIT_AWAIT(koop_source_view(source, "cnn", 200, &view) == KOOP_OK &&
              view.run.snapshots == snapshots && view.run.pending == 0 && view.run.state == state);
    koop_source_free(source);
    return &view;
}

/* A view as JSON without what only a running daemon knows. Caller frees. */
static char *lasting(koop_view *view) {
    view->run.state = KOOP_RUN_LIVE;
    view->run.rate = view->run.lag_s = view->eta_s = 0;
    view->run.pending = view->run.refused = 0;
    json_t *json = koop_view_to_json(view);
    char *text = json_dumps(json, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(json);
    assert_non_null(text);
    return text;
}

static void a_trainers_snapshots_become_a_view(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    assert_int_equal(say_hello(trainer), 0);
    publish(trainer, 1, 100);
    const koop_view *view = await_view(100, KOOP_RUN_LIVE);
    assert_int_equal(view->run.step, 1000);
    assert_int_equal(view->run.pid, 42);
    assert_true(view->has_spectrum);
    assert_int_equal(view->n_groups, 1);
    assert_int_equal(counter(endpoint, "snapshots"), 100);
    assert_int_equal(counter(endpoint, "bytes"), 100 * VALUES * 4);
    assert_true(counter(endpoint, "memory") > 0);
    kit_trainer_free(trainer);
}

static void garbage_is_reported_by_status_and_hurts_nobody(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint), *hostile = kit_trainer_new(endpoint);
    say_hello(trainer);
    kit_send_raw(hostile, "\xc1garbage", 8, 0);
    await(hostile, KOOP_WIRE_ERROR);
    assert_int_equal(hostile->in.as.error.code, KOOP_WIRE_ERROR_MALFORMED);
    kit_send_snapshot(trainer, 1, VALUES + 1);
    await(trainer, KOOP_WIRE_ERROR);
    assert_int_equal(trainer->in.as.error.code, KOOP_WIRE_ERROR_SHAPE);
    publish(trainer, 2, 3);
    assert_int_equal(await_view(2, KOOP_RUN_LIVE)->run.refused, 1);
    assert_int_equal(counter(endpoint, "malformed"), 1);
    assert_int_equal(counter(endpoint, "refused"), 1);
    kit_trainer_free(hostile);
    kit_trainer_free(trainer);
}

static void a_dead_trainer_is_stalled_and_one_that_said_goodbye_finished(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 3);
    await_view(3, KOOP_RUN_STALLED);
    kit_send_type(trainer, KOOP_WIRE_PING);
    await_view(3, KOOP_RUN_LIVE);
    kit_send_type(trainer, KOOP_WIRE_BYE);
    await_view(3, KOOP_RUN_FINISHED);
    kit_trainer_free(trainer);
}

static void a_second_daemon_is_refused_with_the_pid_of_the_first(void **state) {
    (void)state;
    char error[512] = "", pid[64], other[160];
    koop_daemon_options options = koop_daemon_defaults();
    options.endpoint = endpoint;
    options.data_dir = root; /* another than the first one's */
    options.quiet = true;
    snprintf(pid, sizeof pid, "(pid %ld) serves", (long)daemon_pid);
    assert_int_equal(koop_daemon_run(&options, error, sizeof error), KOOP_DISABLED);
    assert_non_null(strstr(error, pid));
    assert_non_null(strstr(error, endpoint));
    snprintf(other, sizeof other, "%s.view", endpoint); /* the first one's views */
    options.endpoint = other;
    assert_int_equal(koop_daemon_run(&options, error, sizeof error), KOOP_DISABLED);
    assert_non_null(strstr(error, pid));
    snprintf(other, sizeof other, "ipc://%s/run/other.sock", root);
    options.data_dir = data_dir;
    snprintf(pid, sizeof pid, "(pid %ld) keeps its journals", (long)daemon_pid);
    assert_int_equal(koop_daemon_run(&options, error, sizeof error), KOOP_DISABLED);
    assert_non_null(strstr(error, pid));
    assert_int_equal(counter(endpoint, "pid"), daemon_pid);
}

static void without_keys_only_this_machine_is_served(void **state) {
    (void)state;
    static const char *const open[] = {"tcp://0.0.0.0:5555", "tcp://example.org:5555",
                                       "tcp://127.evil.org:5555", "tcp://localhost.org:5555"};
    char error[512], data[160];
    koop_daemon_options options = koop_daemon_defaults();
    snprintf(data, sizeof data, "%s/other", root);
    options.data_dir = options.keys_dir = data;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        options.endpoint = open[i];
        koop_status named = i == 0 ? KOOP_NOT_FOUND : KOOP_BAD_ARGUMENT;
        assert_int_equal(koop_daemon_run(&options, error, sizeof error), named);
        assert_non_null(strstr(error, i == 0 ? "koopmon keygen" : "names a host"));
    }
}

static void a_file_where_the_socket_should_be_is_left_alone(void **state) {
    (void)state;
    char error[512] = "", path[160], at[192];
    struct stat about;
    koop_daemon_options options = koop_daemon_defaults();
    snprintf(path, sizeof path, "%s/run/precious", root);
    snprintf(at, sizeof at, "ipc://%s", path);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    options.endpoint = at;
    options.data_dir = root;
    assert_int_equal(koop_daemon_run(&options, error, sizeof error), KOOP_IO_FAILED);
    assert_non_null(strstr(error, "no socket"));
    assert_int_equal(stat(path, &about), 0);
}

static void sigterm_ends_it_cleanly(void **state) {
    (void)state;
    char path[192];
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 10);
    int status = end_daemon(SIGTERM);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    snprintf(path, sizeof path, "%s", koop_endpoint_path(endpoint));
    assert_int_equal(access(path, F_OK), -1);
    strcat(path, ".view");
    assert_int_equal(access(path, F_OK), -1);
    kit_trainer_free(trainer);
}

static void restarted_it_has_the_same_view(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 150);
    kit_send_type(trainer, KOOP_WIRE_BYE);
    char *before = lasting(await_view(150, KOOP_RUN_FINISHED));
    assert_int_equal(end_daemon(SIGTERM), 0);
    start_daemon();
    char *after = lasting(await_view(150, KOOP_RUN_FINISHED));
    assert_string_equal(before, after);
    free(before);
    free(after);
    kit_trainer_free(trainer);
}

static void killed_it_keeps_all_that_it_acknowledged(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    uint64_t published = 0;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(say_hello(trainer), published);
        publish(trainer, published + 1, published + 40);
        published += 40;
        end_daemon(SIGKILL);
        start_daemon();
        await_view(published, KOOP_RUN_STALLED);
        /* What the trainer says to the new daemon first: it is not known there. */
        kit_send_type(trainer, KOOP_WIRE_PING);
        await(trainer, KOOP_WIRE_ERROR);
        assert_int_equal(trainer->in.as.error.code, KOOP_WIRE_ERROR_NO_HELLO);
    }
    assert_int_equal(say_hello(trainer), published);
    publish(trainer, published + 1, published + 1);
    await_view(published + 1, KOOP_RUN_LIVE);
    kit_trainer_free(trainer);
}

static void a_run_interrupted_by_a_restart_goes_on_as_if_nothing_had_been(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 90);
    end_daemon(SIGKILL);
    start_daemon();
    kit_send_type(trainer, KOOP_WIRE_PING);
    await(trainer, KOOP_WIRE_ERROR);
    say_hello(trainer); /* while the journal may still be read back */
    publish(trainer, 91, 160);
    char *interrupted = lasting(await_view(160, KOOP_RUN_LIVE));
    assert_int_equal(end_daemon(SIGTERM), 0);
    kit_remove_tree(data_dir);
    start_daemon();
    kit_trainer_free(trainer);
    trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 160);
    char *whole = lasting(await_view(160, KOOP_RUN_LIVE));
    assert_string_equal(interrupted, whole);
    free(interrupted);
    free(whole);
    kit_trainer_free(trainer);
}

static void a_finished_run_that_comes_back_goes_on(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 70);
    kit_send_type(trainer, KOOP_WIRE_BYE);
    await_view(70, KOOP_RUN_FINISHED);
    assert_int_equal(say_hello(trainer), 70);
    publish(trainer, 71, 72);
    assert_true(await_view(72, KOOP_RUN_LIVE)->has_spectrum);
    kit_trainer_free(trainer);
}

static void a_follower_gets_updates_as_they_happen(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    koop_source *source = new_source(endpoint);
    say_hello(trainer);
    assert_int_equal(koop_source_follow(source, "cnn", KIT_DEADLINE_MS), KOOP_OK);
    publish(trainer, 1, 80);
    json_int_t last = 0;
    for (int updates = 0; updates < 3;) {
        json_t *line = NULL;
        assert_int_equal(koop_source_next(source, KIT_DEADLINE_MS, &line), KOOP_OK);
        if (strcmp(json_string_value(json_object_get(line, "type")), "update") == 0) {
            json_int_t step = json_integer_value(json_object_get(line, "step"));
            assert_true(step > last);
            last = step;
            assert_true(json_array_size(json_object_get(line, "eigenvalues")) > 0);
            assert_true(json_is_object(json_object_get(line, "signals")));
            assert_string_equal(json_string_value(json_object_get(line, "name")), "cnn");
            updates++;
        }
        json_decref(line);
    }
    koop_source_free(source);
    kit_trainer_free(trainer);
}

/* A port that was free a moment ago, and the one above it. */
static int free_port(void) {
    for (int attempt = 0; attempt < 50; attempt++) {
        int taken = 0, port = 20000 + (int)((getpid() * 2 + attempt * 2) % 30000);
        for (int i = 0; i < 2; i++) {
            struct sockaddr_in at = {.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)(port + i))};
            at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            int fd = socket(AF_INET, SOCK_STREAM, 0);
            taken |= bind(fd, (struct sockaddr *)&at, sizeof at) != 0;
            close(fd);
        }
        if (!taken) return port;
    }
    return 0;
}

static void it_also_listens_on_the_loopback(void **state) {
    (void)state;
    char tcp[64];
    int port = free_port();
    if (port == 0) skip();
    assert_int_equal(end_daemon(SIGTERM), 0);
    start_daemon_on(endpoint, port);
    snprintf(tcp, sizeof tcp, "tcp://localhost:%d", port);
    kit_trainer *trainer = kit_trainer_new(tcp);
    say_hello(trainer);
    publish(trainer, 1, 2);
    await_view(2, KOOP_RUN_LIVE);
    assert_int_equal(counter(tcp, "pid"), daemon_pid);
    assert_int_equal(end_daemon(SIGTERM), 0);
    start_daemon_on(tcp, 0);
    assert_int_equal(counter(tcp, "runs"), 1);
    kit_trainer_free(trainer);
}

static void *serve_in_thread(void *context) {
    (void)context;
    return serve(endpoint, data_dir, 0) == 0 ? NULL : (void *)"failed";
}

static void limit_daemon(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(prlimit(daemon_pid, RLIMIT_FSIZE, NULL, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(prlimit(daemon_pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static void a_limit_of_file_sizes_is_like_a_full_disk(void **state) {
    (void)state;
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 1);
    limit_daemon(1);
    kit_send_snapshot(trainer, 2, VALUES);
    KIT_AWAIT(counter(endpoint, "journals_failing") == 1);
    limit_daemon(RLIM_INFINITY);
    await_ack(trainer, 2);
    kit_trainer_free(trainer);
    assert_int_equal(end_daemon(SIGTERM), 0);
}

static void it_gives_back_all_it_took(void **state) {
    (void)state;
    pthread_t thread;
    void *complaint = NULL;
    struct sigaction before, after;
    assert_int_equal(end_daemon(SIGTERM), 0);
    sigaction(SIGTERM, NULL, &before);
    /* In this process, so that a leak checker sees what is left. */
    assert_int_equal(pthread_create(&thread, NULL, serve_in_thread, NULL), 0);
    KIT_AWAIT(counter(endpoint, "pid") == getpid());
    kit_trainer *trainer = kit_trainer_new(endpoint);
    say_hello(trainer);
    publish(trainer, 1, 70);
    kit_trainer_free(trainer);
    kill(getpid(), SIGTERM);
    pthread_join(thread, &complaint);
    assert_null(complaint);
    sigaction(SIGTERM, NULL, &after);
    assert_true(before.sa_handler == after.sa_handler);
}

static void the_data_directory_follows_the_environment(void **state) {
    (void)state;
    char out[256];
    setenv("XDG_STATE_HOME", "/state", 1);
    assert_int_equal(koop_daemon_data_dir(out, sizeof out), KOOP_OK);
    assert_string_equal(out, "/state/koopmon");
    assert_int_equal(koop_daemon_data_dir(out, 8), KOOP_TOO_LARGE);
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", "/home/me", 1);
    assert_int_equal(koop_daemon_data_dir(out, sizeof out), KOOP_OK);
    assert_string_equal(out, "/home/me/.local/state/koopmon");
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv) {
    if (argc == 5 && strcmp(argv[1], "--serve") == 0)
        return serve(argv[2], argv[3], (int)strtol(argv[4], NULL, 10));
    const struct CMUnitTest tests[] = {
        WITH(a_trainers_snapshots_become_a_view),
        WITH(garbage_is_reported_by_status_and_hurts_nobody),
        WITH(a_dead_trainer_is_stalled_and_one_that_said_goodbye_finished),
        WITH(a_second_daemon_is_refused_with_the_pid_of_the_first),
        WITH(without_keys_only_this_machine_is_served),
        WITH(a_file_where_the_socket_should_be_is_left_alone),
        WITH(sigterm_ends_it_cleanly),
        WITH(restarted_it_has_the_same_view),
        WITH(killed_it_keeps_all_that_it_acknowledged),
        WITH(a_run_interrupted_by_a_restart_goes_on_as_if_nothing_had_been),
        WITH(a_finished_run_that_comes_back_goes_on),
        WITH(a_follower_gets_updates_as_they_happen),
        WITH(it_also_listens_on_the_loopback),
        WITH(a_limit_of_file_sizes_is_like_a_full_disk),
        WITH(it_gives_back_all_it_took),
        cmocka_unit_test(the_data_directory_follows_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
