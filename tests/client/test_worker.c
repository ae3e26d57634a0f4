/* The thread that is not done by its deadline, by itself and behind koop_close. This program's
 * getaddrinfo takes the place of libc's, and answers when the test says so. */
#include "client_kit.h"
#include "worker.h"

#include <netdb.h>
#include <sys/eventfd.h>

static atomic_bool hold;
static atomic_int entered, released;

static void hold_on(void) {
    atomic_fetch_add(&entered, 1);
    while (atomic_load(&hold)) fake_sleep_ms(1);
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out) {
    (void)name, (void)service, (void)hints, (void)out;
    hold_on();
    atomic_fetch_add(&released, 1);
    return EAI_NONAME;
}

static void run_held(void *state) {
    (void)state;
    hold_on();
}

static void free_nothing(void *state) {
    (void)state;
}

static void count_release(void *owner) {
    (void)owner;
    atomic_fetch_add(&released, 1);
}

static void start_held(koop_worker *worker) {
    atomic_store(&hold, true);
    atomic_store(&entered, 0);
    atomic_store(&released, 0);
    *worker = (koop_worker){.release = count_release};
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(koop_ring_new(&worker->ring, worker->wake_fd), KOOP_OK);
    assert_int_equal(koop_worker_start(worker, (koop_task){run_held, free_nothing, NULL}), KOOP_OK);
    WAIT_FOR(atomic_load(&entered) == 1);
}

static void end_held(koop_worker *worker) {
    koop_ring_free(worker->ring);
    close(worker->wake_fd);
}

static void a_thread_that_is_not_done_is_abandoned_and_releases_its_owner(void **state) {
    (void)state;
    static koop_worker worker;
    start_held(&worker);
    assert_false(koop_worker_stop(&worker, 0, koop_worker_now_ms() + 20));
    assert_int_equal(atomic_load(&released), 0);
    atomic_store(&hold, false);
    WAIT_FOR(atomic_load(&released) == 1);
    end_held(&worker);
}

static void a_thread_that_is_done_is_joined_and_releases_nothing(void **state) {
    (void)state;
    static koop_worker worker;
    start_held(&worker);
    atomic_store(&hold, false);
    assert_true(koop_worker_stop(&worker, 0, koop_worker_now_ms() + 20000));
    assert_int_equal(atomic_load(&released), 0);
    end_held(&worker);
}

/* libzmq's thread hangs in the look-up, and its context does not end before that. */
static void closing_does_not_wait_for_a_name_server(void **state) {
    (void)state;
    koop_options options = options_here();
    options.endpoint = "tcp://localhost:5555";
    atomic_store(&hold, true);
    atomic_store(&entered, 0);
    atomic_store(&released, 0);
    open_small(&options);
    publish_many(1, 3);
    WAIT_FOR(atomic_load(&entered) == 1);
    koop_close(&client, 50);
    assert_null(client);
    assert_int_equal(atomic_load(&released), 0); /* it returned while the server was silent */
    atomic_store(&hold, false);
    WAIT_FOR(atomic_load(&released) > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_thread_that_is_not_done_is_abandoned_and_releases_its_owner),
        CLIENT_TEST(a_thread_that_is_done_is_joined_and_releases_nothing),
        CLIENT_TEST(closing_does_not_wait_for_a_name_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
