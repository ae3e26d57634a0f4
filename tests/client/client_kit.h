/* client_kit: a client with two small groups, a fake daemon for it, and the lines that it logged;
 * what the tests of koopmon.c and of sender.c share. */
#ifndef KOOP_TEST_CLIENT_KIT_H
#define KOOP_TEST_CLIENT_KIT_H

#include "fake_daemon.h"
#include "koopmon.h"

#include <math.h>

/* libzmq's own synchronisation is invisible to the thread sanitizer. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "called_from_lib:libzmq.so\n";
}

static char folder[64], endpoint[128];
static fake_daemon *fake;
static koop_client *client;
static atomic_int log_lines;
static char last_line[512];

static inline void take_line(void *context, const char *line) {
    (void)context;
    snprintf(last_line, sizeof last_line, "%s", line);
    atomic_fetch_add(&log_lines, 1);
}

static inline int set_up(void **state) {
    (void)state;
    strcpy(folder, "/tmp/koop-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/socket", folder);
    unsetenv("KOOPMON_MODE");
    unsetenv("KOOPMON_RUN");
    unsetenv("KOOPMON_ENDPOINT");
    atomic_store(&log_lines, 0);
    fake = fake_new(endpoint);
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    koop_close(&client, 0);
    fake_free(fake);
    zmq_ctx_term(fake_context);
    fake_context = NULL;
    char path[160];
    snprintf(path, sizeof path, "%s/socket", folder);
    unlink(path);
    return rmdir(folder);
}

static inline koop_options options_here(void) {
    koop_options options = koop_defaults();
    options.endpoint = endpoint;
    options.run = "test run";
    options.log = take_line;
    return options;
}

/* A client with two float32 groups of 3 and 2 values. */
static inline void open_small(const koop_options *options) {
    assert_int_equal(koop_open(&client, options), KOOP_OK);
    assert_int_equal(koop_declare(client, "a", KOOP_DTYPE_FLOAT32, 1, (size_t[]){3}), KOOP_OK);
    assert_int_equal(koop_declare(client, "b", KOOP_DTYPE_FLOAT32, 2, (size_t[]){2, 1}), KOOP_OK);
}

static inline koop_status publish_small(int64_t step) {
    const float s = (float)step, a[3] = {s, 2 * s, 3 * s}, b[2] = {NAN, -s};
    const koop_scalar scalars[2] = {{"loss", 1.0 / (double)step}, {"accuracy", NAN}};
    return koop_publish(client, step, (const void *const[]){a, b}, scalars, 2);
}

static inline void publish_many(int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; step++) assert_int_equal(publish_small(step), KOOP_OK);
}

static inline void assert_all_accounted_for(void) {
    koop_client_counters c = koop_get_counters(client);
    assert_int_equal(c.published, c.acknowledged + c.dropped + c.rejected);
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
