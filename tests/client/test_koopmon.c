#define _GNU_SOURCE /* SCHED_BATCH */
#include "client_kit.h"
#include "sketch.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Of this process: how many threads there are, and how many of them yield to others. */
static int count_threads(int *batch) {
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    int n = 0;
    *batch = 0;
    for (const struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        *batch += sched_getscheduler(atoi(task->d_name)) == SCHED_BATCH;
        n++;
    }
    closedir(tasks);
    return n;
}

static void its_threads_yield_to_the_trainers(void **state) {
    (void)state;
    koop_options options = options_here();
    int batch, before, after;
    fake_start(fake);
    before = count_threads(&batch);
    assert_int_equal(batch, 0);
    open_small(&options);
    after = count_threads(&batch);
    assert_int_equal(batch, after - before);
    assert_true(batch >= 3); /* ours, and libzmq's two */
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

static void what_is_published_arrives_as_it_was(void **state) {
    (void)state;
    koop_options options = options_here();
    options.metadata = (const char *const[]){"optimizer", "sgd", NULL};
    fake_start(fake);
    open_small(&options);
    publish_many(1, 10);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.taken, 10);
    assert_int_equal(seen.gaps + seen.duplicates + seen.misplaced, 0);
    assert_string_equal(seen.hello.name, "test run");
    assert_int_equal(seen.hello.pid, getpid());
    assert_int_equal(seen.hello.dtype, 4);
    assert_int_equal(seen.hello.n_groups, 2);
    assert_string_equal(seen.hello.groups[1].name, "b");
    assert_int_equal(seen.hello.groups[1].offset, 3);
    assert_string_equal(seen.hello.metadata[0].value, "sgd");
    assert_int_equal(seen.snapshot.step, 10);
    assert_int_equal(seen.snapshot.total, 20);
    assert_int_equal(seen.snapshot.n_scalars, 2);
    assert_true(seen.snapshot.scalars[0].value == 0.1 && isnan(seen.snapshot.scalars[1].value));
    float values[5];
    memcpy(values, fake->data, sizeof values);
    assert_true(values[0] == 10 && values[2] == 30 && isnan(values[3]) && values[4] == -10);
    koop_client_counters c = koop_get_counters(client);
    assert_int_equal(c.acknowledged, 10);
    assert_int_equal(c.sent, 10);
    assert_int_equal(c.reconnects, 0);
}

static void without_a_daemon_the_oldest_are_dropped_and_counted(void **state) {
    (void)state;
    koop_options options = options_here();
    options.ring_slots = 8;
    open_small(&options);
    publish_many(1, 100);
    koop_client_counters c = koop_get_counters(client);
    assert_int_equal(c.published, 100);
    assert_int_equal(c.dropped, 92);
    assert_int_equal(c.sent, 0);
    fake_start(fake);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.taken, 8);
    assert_int_equal(seen.gaps, 92);
    assert_int_equal(seen.last, 100);
    assert_int_equal(seen.snapshot.dropped, 92);
    assert_all_accounted_for();
}

static void ring_bytes_bounds_the_slots(void **state) {
    (void)state;
    koop_options options = options_here();
    options.ring_bytes = 5 * 20 + 19; /* a snapshot has 20 bytes */
    open_small(&options);
    publish_many(1, 10);
    assert_int_equal(koop_get_counters(client).dropped, 5);
    koop_close(&client, 0);
    options.ring_bytes = 2 * 20;
    open_small(&options);
    publish_many(1, 10);
    assert_int_equal(koop_get_counters(client).dropped, 8);
    koop_close(&client, 0);
    options.ring_slots = 1; /* the least is two */
    open_small(&options);
    publish_many(1, 10);
    assert_int_equal(koop_get_counters(client).dropped, 8);
}

static void large_groups_are_sketched_at_their_offset(void **state) {
    (void)state;
    enum { VALUES = 5000, K = 128 };
    static double values[VALUES], small[10], expected[K], got[K + 10];
    koop_options options = options_here();
    options.sketch_size = K;
    fake_start(fake);
    for (int i = 0; i < VALUES; i++) values[i] = sin(i);
    small[9] = 7;
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_int_equal(koop_declare(client, "bias", KOOP_DTYPE_FLOAT64, 1, (size_t[]){10}), KOOP_OK);
    assert_int_equal(koop_declare(client, "w", KOOP_DTYPE_FLOAT64, 2, (size_t[]){50, 100}),
                     KOOP_OK);
    assert_int_equal(koop_publish(client, 1, (const void *const[]){small, values}, NULL, 0),
                     KOOP_OK);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_state seen = fake_get(fake);
    assert_int_equal(seen.hello.groups[1].sketch, K);
    assert_int_equal(seen.hello.groups[1].length, K);
    memset(expected, 0, sizeof expected);
    koop_sketch_add_f64(seen.hello.seed, 10, values, VALUES, expected, K);
    memcpy(got, fake->data, sizeof got);
    assert_memory_equal(got, small, sizeof small);
    assert_memory_equal(got + 10, expected, sizeof expected);
}

static void a_group_is_not_sketched_to_as_many_values_as_it_has(void **state) {
    (void)state;
    static const float a[100], b[64], c[65];
    koop_options options = options_here();
    options.sketch_above = 10;
    options.sketch_size = 64;
    fake_start(fake);
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 1, (size_t[]){11}), KOOP_OK);
    assert_int_equal(koop_declare(client, "b", KOOP_DTYPE_FLOAT32, 1, (size_t[]){64}), KOOP_OK);
    assert_int_equal(koop_declare(client, "c", KOOP_DTYPE_FLOAT32, 1, (size_t[]){65}), KOOP_OK);
    assert_int_equal(koop_publish(client, 1, (const void *const[]){a, b, c}, NULL, 0), KOOP_OK);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    fake_state seen = fake_get(fake);
    const uint64_t expected[] = {0, 0, 64};
    for (int g = 0; g < 3; g++) assert_int_equal(seen.hello.groups[g].sketch, expected[g]);
    assert_int_equal(seen.snapshot.total, 4 * (11 + 64 + 64));
}

static void *publish_hundred(void *context) {
    uint64_t *failed = context;
    for (int64_t i = 1; i <= 100; i++) *failed += publish_small(i) != KOOP_OK;
    return NULL;
}

static void several_threads_may_publish(void **state) {
    (void)state;
    koop_options options = options_here();
    pthread_t threads[4];
    uint64_t failed[4] = {0};
    fake_start(fake);
    open_small(&options);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, publish_hundred, &failed[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_int_equal(fake_get(fake).taken, 400);
    assert_int_equal(fake_get(fake).gaps, 0);
}

static void closing_without_a_daemon_ends_by_its_deadline(void **state) {
    (void)state;
    koop_options options = options_here();
    struct timespec before, after;
    open_small(&options);
    publish_many(1, 10);
    clock_gettime(CLOCK_MONOTONIC, &before);
    koop_close(&client, 100);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_null(client);
    assert_in_range(after.tv_sec - before.tv_sec, 0, 10); /* a hang, not a measurement */
}

static atomic_int log_state; /* 1: the user's function was entered; 2: and left */

static void log_slowly(void *context, const char *line) {
    (void)context, (void)line;
    atomic_store(&log_state, 1);
    fake_sleep_ms(300); /* longer than a sender is waited for */
    atomic_store(&log_state, 2);
}

static void nothing_is_logged_once_the_client_is_closed(void **state) {
    (void)state;
    koop_options options = options_here();
    options.log = log_slowly;
    atomic_store(&log_state, 0);
    fake->refuse = 1;
    fake_start(fake);
    open_small(&options);
    publish_many(1, 1);
    WAIT_FOR(atomic_load(&log_state) == 1);
    koop_close(&client, 0);
    assert_int_equal(atomic_load(&log_state), 2);
}

/* What a child does with the client it inherited; its exit status says at which step it failed. */
static int use_in_child(void) {
    if (publish_small(1) != KOOP_DISABLED) return 1;
    if (koop_flush(client, 60000) != KOOP_DISABLED) return 2;
    if (!koop_reason(client)) return 3;
    if (koop_get_counters(client).published < 10) return 4;
    koop_close(&client, 60000);
    return client ? 5 : 0;
}

static void a_forked_child_is_disabled_and_the_parent_goes_on(void **state) {
    (void)state;
    koop_options options = options_here();
    fake_start(fake);
    open_small(&options);
    publish_many(1, 10);
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) _exit(use_in_child());
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        publish_many(11 + i, 11 + i);
    }
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_null(koop_reason(client));
    assert_int_equal(fake_get(fake).taken, 15);
    assert_int_equal(fake_get(fake).byes, 0);
}

static void assert_disabled_for(const char *word) {
    assert_non_null(client);
    assert_non_null(koop_reason(client));
    assert_non_null(strstr(koop_reason(client), word));
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 0, NULL), KOOP_DISABLED);
    assert_int_equal(publish_small(1), KOOP_DISABLED);
    assert_int_equal(koop_flush(client, 60000), KOOP_DISABLED);
    assert_int_equal(koop_get_counters(client).published, 0);
    assert_int_equal(strlen(koop_run_uuid(client)), 32);
    assert_int_equal(atomic_load(&log_lines), 1);
    assert_non_null(strstr(last_line, word));
    atomic_store(&log_lines, 0);
    koop_close(&client, 60000);
}

static void few_file_descriptors_disable_and_do_not_abort(void **state) {
    (void)state;
    koop_options options = options_here();
    struct rlimit before, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int lowest = dup(0);
    assert_true(lowest >= 0);
    close(lowest);
    few = before;
    for (rlim_t room = 0; room <= 16; room += 4) {
        few.rlim_cur = (rlim_t)lowest + room;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        koop_status status = koop_open(&client, &options);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(status, KOOP_OK);
        assert_disabled_for("file descriptor");
    }
}

static void a_bad_endpoint_disables(void **state) {
    (void)state;
    koop_options options = options_here();
    options.endpoint = "http://somewhere";
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_disabled_for("endpoint");
}

static void modes_switch_off(void **state) {
    (void)state;
    koop_options options = options_here();
    options.mode = KOOP_MODE_DISABLED;
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_disabled_for("switched off");
    options.mode = KOOP_MODE_ENVIRONMENT;
    setenv("KOOPMON_MODE", "disabled", 1);
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_disabled_for("switched off");
    setenv("KOOPMON_MODE", "of", 1);
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_disabled_for("KOOPMON_MODE");
    options.mode = KOOP_MODE_AUTO; /* an option that is set wins */
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_null(koop_reason(client));
}

static void the_environment_names_run_and_endpoint(void **state) {
    (void)state;
    setenv("KOOPMON_RUN", "from environment", 1);
    setenv("KOOPMON_ENDPOINT", endpoint, 1);
    fake_start(fake);
    open_small(NULL);
    publish_many(1, 1);
    assert_int_equal(koop_flush(client, 20000), KOOP_OK);
    assert_string_equal(fake_get(fake).hello.name, "from environment");
}

static void bad_arguments_are_refused_and_harm_nothing(void **state) {
    (void)state;
    koop_options options = options_here();
    koop_client *none = NULL;
    assert_int_equal(koop_open(NULL, &options), KOOP_BAD_ARGUMENT);
    options.sketch_size = 100;
    assert_int_equal(koop_open(&none, &options), KOOP_BAD_ARGUMENT);
    options = options_here();
    options.metadata = (const char *const[]){"key without value", NULL};
    assert_int_equal(koop_open(&none, &options), KOOP_BAD_ARGUMENT);
    assert_null(none);
    options = options_here();
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    const size_t shape[] = {2, 0}, huge[] = {SIZE_MAX, SIZE_MAX};
    assert_int_equal(koop_publish(client, 1, (const void *const[]){shape}, NULL, 0),
                     KOOP_BAD_ARGUMENT); /* nothing declared */
    assert_int_equal(koop_declare(client, "", KOOP_DTYPE_FLOAT32, 1, shape), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_declare(client, "a", (koop_dtype)2, 1, shape), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 2, shape), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 2, huge), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 9, shape), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 1, shape), KOOP_OK);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 1, shape), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_declare(client, "b", KOOP_DTYPE_FLOAT64, 1, shape), KOOP_BAD_ARGUMENT);
    const float a[2] = {1, 2};
    const void *const groups[] = {a}, *const no_group[] = {NULL};
    const koop_scalar long_name = {"a scalar's name has at most 32 bytes", 1}, good = {"x", 1};
    assert_int_equal(koop_publish(client, 1, NULL, NULL, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_publish(client, 1, no_group, NULL, 0), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_publish(client, 1, groups, &long_name, 1), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_publish(client, 1, groups, &good, 33), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_publish(client, 1, groups, &good, 1), KOOP_OK);
    assert_int_equal(koop_declare(client, "b", KOOP_DTYPE_FLOAT32, 1, shape), KOOP_BAD_ARGUMENT);
    assert_int_equal(koop_get_counters(client).published, 1);
}

static void without_a_client_every_call_is_harmless(void **state) {
    (void)state;
    assert_int_equal(koop_publish(NULL, 1, NULL, NULL, 0), KOOP_DISABLED);
    assert_int_equal(koop_declare(NULL, "a", KOOP_DTYPE_FLOAT32, 0, NULL), KOOP_DISABLED);
    assert_int_equal(koop_flush(NULL, 1), KOOP_DISABLED);
    assert_int_equal(koop_get_counters(NULL).published, 0);
    assert_non_null(koop_reason(NULL));
    koop_close(NULL, 1);
    koop_close(&client, 1);
}

static void a_snapshot_beyond_a_gibibyte_disables(void **state) {
    (void)state;
    koop_options options = options_here();
    const float one = 1; /* never read: the size is refused first */
    options.sketch_above = 0;
    assert_int_equal(koop_open(&client, &options), KOOP_OK);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 1, (size_t[]){(size_t)1 << 28}),
                     KOOP_OK);
    assert_int_equal(koop_publish(client, 1, (const void *const[]){&one}, NULL, 0), KOOP_DISABLED);
    assert_disabled_for("1 GiB");
}

static void a_ring_too_small_for_two_snapshots_disables_and_says_the_ways_out(void **state) {
    (void)state;
    koop_options options = options_here();
    options.ring_bytes = 2 * 20 - 1;
    open_small(&options);
    assert_int_equal(publish_small(1), KOOP_DISABLED);
    assert_non_null(strstr(koop_reason(client), "20 bytes"));
    assert_non_null(strstr(koop_reason(client), "ring_bytes = 39"));
    assert_non_null(strstr(last_line, "sketching on"));
    assert_disabled_for("raise ring_bytes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(what_is_published_arrives_as_it_was),
        CLIENT_TEST(without_a_daemon_the_oldest_are_dropped_and_counted),
        CLIENT_TEST(ring_bytes_bounds_the_slots),
        CLIENT_TEST(a_ring_too_small_for_two_snapshots_disables_and_says_the_ways_out),
        CLIENT_TEST(large_groups_are_sketched_at_their_offset),
        CLIENT_TEST(a_group_is_not_sketched_to_as_many_values_as_it_has),
        CLIENT_TEST(several_threads_may_publish),
        CLIENT_TEST(closing_without_a_daemon_ends_by_its_deadline),
        CLIENT_TEST(nothing_is_logged_once_the_client_is_closed),
        CLIENT_TEST(a_forked_child_is_disabled_and_the_parent_goes_on),
        CLIENT_TEST(few_file_descriptors_disable_and_do_not_abort),
        CLIENT_TEST(a_bad_endpoint_disables),
        CLIENT_TEST(its_threads_yield_to_the_trainers),
        CLIENT_TEST(modes_switch_off),
        CLIENT_TEST(the_environment_names_run_and_endpoint),
        CLIENT_TEST(bad_arguments_are_refused_and_harm_nothing),
        CLIENT_TEST(without_a_client_every_call_is_harmless),
        CLIENT_TEST(a_snapshot_beyond_a_gibibyte_disables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
