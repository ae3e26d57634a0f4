/* gate: real sockets with and without keys at one ROUTER; and key_store, whose list it reads. */
#include "gate.h"

#include "key_store.h"
#include "log.h"
#include "serve_kit.h"

#include <stdbool.h>
#include <sys/stat.h>

enum { SOON_MS = 300 }; /* in which nothing may come */

static char root[64], keys_dir[128], ipc[128], tcp[128], error[512];
static void *zmq, *outside, *router;
static koop_gate *gate;
static koop_keys server, client, stranger;

static void make_keys(koop_keys *keys, const char *name) {
    *keys = (koop_keys){.name = ""};
    snprintf(keys->name, sizeof keys->name, "%s", name);
    assert_int_equal(zmq_curve_keypair(keys->public_key, keys->secret_key), 0);
}

static void allow(koop_keys *keys) {
    if (koop_key_store_allow(keys_dir, keys, error, sizeof error) != KOOP_OK) fail_msg("%s", error);
}

static int set_up(void **state) {
    (void)state;
    koop_log_set_level(KOOP_LOG_ERROR);
    kit_make_directory(root);
    snprintf(keys_dir, sizeof keys_dir, "%s/keys", root);
    snprintf(ipc, sizeof ipc, "ipc://%s/s", root);
    if (koop_key_store_make(keys_dir, KOOP_KEY_STORE_SERVER, "us", false, &server, error,
                            sizeof error) != KOOP_OK)
        return -1;
    make_keys(&client, "client");
    make_keys(&stranger, "stranger");
    zmq = zmq_ctx_new();
    outside = zmq_ctx_new(); /* what connects has no part in our ZAP */
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    if (router) zmq_close(router);
    koop_gate_free(gate);
    router = gate = NULL;
    zmq_ctx_term(zmq);
    zmq_ctx_term(outside);
    kit_remove_tree(root);
    return 0;
}

/* The gate and a ROUTER behind it, on ipc and on a free port. */
static void open_gate(void) {
    const int none = 0, wait_ms = SOON_MS;
    size_t size = sizeof tcp;
    if (koop_gate_new(&gate, zmq, keys_dir, error, sizeof error) != KOOP_OK) fail_msg("%s", error);
    router = zmq_socket(zmq, ZMQ_ROUTER);
    zmq_setsockopt(router, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(router, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    assert_int_equal(koop_gate_bind(gate, router, ipc), 0);
    assert_int_equal(koop_gate_bind(gate, router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, tcp, &size), 0);
}

typedef enum how { WITH_NOTHING, WITH_PASSWORD, WITH_KEYS } how;

static void *dial(const char *endpoint, how with, const koop_keys *own, const char *their_key) {
    const int none = 0;
    void *dealer = zmq_socket(outside, ZMQ_DEALER);
    zmq_setsockopt(dealer, ZMQ_LINGER, &none, sizeof none);
    if (with == WITH_PASSWORD) {
        zmq_setsockopt(dealer, ZMQ_PLAIN_USERNAME, "root", 4);
        zmq_setsockopt(dealer, ZMQ_PLAIN_PASSWORD, "root", 4);
    } else if (with == WITH_KEYS) {
        zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, their_key, KOOP_KEY_BYTES);
        zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, own->public_key, KOOP_KEY_BYTES);
        zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, own->secret_key, KOOP_KEY_BYTES);
    }
    assert_int_equal(zmq_connect(dealer, endpoint), 0);
    return dealer;
}

/* Whether a message came, and whether the gate still admits it. */
static bool hears(bool *admitted) {
    zmq_msg_t id, message;
    zmq_msg_init(&id);
    zmq_msg_init(&message);
    bool came = zmq_msg_recv(&id, router, 0) >= 0 && zmq_msg_recv(&message, router, 0) >= 0;
    if (came) *admitted = koop_gate_admits(gate, &message);
    zmq_msg_close(&id);
    zmq_msg_close(&message);
    return came;
}

static void assert_heard(void *dealer) {
    bool admitted = false;
    assert_int_equal(zmq_send(dealer, "hi", 2, 0), 2);
    KIT_AWAIT(hears(&admitted));
    assert_true(admitted);
}

static void assert_not_heard(void *dealer) {
    bool admitted;
    zmq_send(dealer, "hi", 2, ZMQ_DONTWAIT);
    for (int i = 0; i < 3; i++) assert_false(hears(&admitted));
    zmq_close(dealer);
}

static void an_allowed_key_is_let_in_and_no_other(void **state) {
    (void)state;
    allow(&client);
    open_gate();
    void *dealer = dial(tcp, WITH_KEYS, &client, server.public_key);
    assert_heard(dealer);
    zmq_close(dealer);
    assert_int_equal(koop_gate_refused(gate), 0);
    assert_not_heard(dial(tcp, WITH_KEYS, &stranger, server.public_key));
    KIT_AWAIT(koop_gate_refused(gate) > 0);
    assert_int_equal(koop_gate_allowed(gate), 1);
}

static void tcp_takes_nothing_but_keys_and_ipc_stays_as_it_was(void **state) {
    (void)state;
    allow(&client);
    open_gate();
    assert_not_heard(dial(tcp, WITH_NOTHING, NULL, NULL));
    assert_not_heard(dial(tcp, WITH_PASSWORD, NULL, NULL));
    assert_not_heard(dial(tcp, WITH_KEYS, &client, stranger.public_key));
    void *dealer = dial(ipc, WITH_NOTHING, NULL, NULL);
    assert_heard(dealer);
    zmq_close(dealer);
}

static void a_list_that_changes_counts_at_once(void **state) {
    (void)state;
    bool admitted = true;
    allow(&stranger);
    open_gate();
    allow(&client);
    void *dealer = dial(tcp, WITH_KEYS, &client, server.public_key);
    assert_heard(dealer);
    assert_int_equal(koop_key_store_remove(keys_dir, "client", error, sizeof error), KOOP_OK);
    KIT_AWAIT(koop_gate_allowed(gate) == 1);
    zmq_send(dealer, "hi", 2, 0); /* the connection is open, but nobody listens */
    KIT_AWAIT(hears(&admitted));
    assert_false(admitted);
    allow(&client);
    KIT_AWAIT(koop_gate_allowed(gate) == 2);
    assert_heard(dealer);
    zmq_close(dealer);
}

/* A file that is written anew changes its directory's time not at all. */
static void a_key_that_is_replaced_in_its_file_is_out(void **state) {
    (void)state;
    char path[192], text[KOOP_KEYS_FILE_BYTES];
    allow(&client);
    open_gate();
    void *dealer = dial(tcp, WITH_KEYS, &client, server.public_key);
    assert_heard(dealer);
    snprintf(path, sizeof path, "%s/allowed/client.key", keys_dir);
    size_t size = koop_keys_format(&stranger, false, text);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(ftruncate(fileno(file), (off_t)size), 0);
    fclose(file);
    for (bool admitted = true; admitted;) {
        zmq_send(dealer, "hi", 2, 0);
        KIT_AWAIT(hears(&admitted));
    }
    zmq_close(dealer);
}

static void a_list_that_others_may_write_is_empty(void **state) {
    (void)state;
    char path[160];
    bool admitted = true;
    allow(&client);
    open_gate();
    void *dealer = dial(tcp, WITH_KEYS, &client, server.public_key);
    assert_heard(dealer);
    snprintf(path, sizeof path, "%s/allowed", keys_dir);
    assert_int_equal(chmod(path, 0770), 0);
    KIT_AWAIT(koop_gate_allowed(gate) == 0);
    zmq_send(dealer, "hi", 2, 0);
    KIT_AWAIT(hears(&admitted));
    assert_false(admitted);
    zmq_close(dealer);
}

static void without_its_handler_it_lets_nobody_in(void **state) {
    (void)state;
    allow(&client);
    open_gate();
    koop_gate_free(gate);
    gate = NULL;
    assert_not_heard(dial(tcp, WITH_KEYS, &client, server.public_key));
}

static void refused_to_open(koop_status status, const char *word) {
    assert_int_equal(koop_gate_new(&gate, zmq, keys_dir, error, sizeof error), status);
    if (!strstr(error, word)) fail_msg("\"%s\" says nothing of %s", error, word);
}

static void it_does_not_open_without_keys_that_can_be_trusted(void **state) {
    (void)state;
    char path[192];
    refused_to_open(KOOP_NOT_FOUND, "koopmon allow");
    allow(&client);
    snprintf(path, sizeof path, "%s/server.key_secret", keys_dir);
    chmod(path, 0640);
    refused_to_open(KOOP_IO_FAILED, "read by others");
    unlink(path);
    refused_to_open(KOOP_NOT_FOUND, "koopmon keygen");
    chmod(keys_dir, 0777);
    refused_to_open(KOOP_IO_FAILED, "others may write");
}

/* Sends a request of `n` frames as libzmq would, and gives the status code of the answer, "" where
 * there is none. */
static const char *ask(void *dealer, const char *const *frames, int n) {
    static char code[64];
    const int wait_ms = SOON_MS;
    int more = 1;
    zmq_setsockopt(dealer, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    for (int i = 0; i < n; i++)
        zmq_send(dealer, frames[i], strlen(frames[i]), i + 1 < n ? ZMQ_SNDMORE : 0);
    code[0] = '\0';
    for (int i = 0; more; i++) {
        char frame[64];
        size_t size = sizeof more;
        int got = zmq_recv(dealer, frame, sizeof frame - 1, 0);
        if (got < 0) break;
        frame[got] = '\0';
        if (i == 1) assert_string_equal(frame, "1.0");
        if (i == 3) snprintf(code, sizeof code, "%s", frame);
        zmq_getsockopt(dealer, ZMQ_RCVMORE, &more, &size);
    }
    return code;
}

static void only_well_formed_requests_are_answered(void **state) {
    (void)state;
    static const char key[] = "a key of thirty-two bytes, no more";
    char bytes[33];
    memcpy(bytes, key, 32);
    bytes[32] = '\0';
    const char *good[] = {"", "1.0", "1", "koopmon", "10.0.0.7", "", "CURVE", bytes};
    const char *old[] = {"", "0.9", "1", "koopmon", "10.0.0.7", "", "CURVE", bytes};
    const char *plain[] = {"", "1.0", "1", "koopmon", "10.0.0.7", "", "PLAIN", "root", "root"};
    const char *null[] = {"", "1.0", "1", "koopmon", "10.0.0.7", "", "NULL"};
    const char *other[] = {"", "1.0", "1", "elsewhere", "10.0.0.7", "", "CURVE", bytes};
    const char *longer[] = {"", "1.0", "1", "koopmon", "a", "", "CURVE", bytes, "x", "y", "z"};
    char large[1000];
    memset(large, 'a', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    const char *wide[] = {"", "1.0", "1", "koopmon", large, "", "CURVE", bytes};
    allow(&client);
    open_gate();
    void *dealer = zmq_socket(zmq, ZMQ_DEALER);
    assert_int_equal(zmq_connect(dealer, "inproc://zeromq.zap.01"), 0);
    assert_string_equal(ask(dealer, good, 8), "400"); /* unknown */
    assert_string_equal(ask(dealer, null, 7), "400");
    assert_string_equal(ask(dealer, other, 8), "400");
    assert_string_equal(ask(dealer, good, 3), "");
    assert_string_equal(ask(dealer, good, 1), "");
    assert_string_equal(ask(dealer, old, 8), "");
    assert_string_equal(ask(dealer, longer, 11), "");
    assert_string_equal(ask(dealer, wide, 8), "");
    assert_string_equal(ask(dealer, plain, 9), ""); /* longer than any of ours */
    assert_string_equal(ask(dealer, good, 8), "400");
    zmq_close(dealer);
}

static void loopback_of_ipv6_is_guarded_too(void **state) {
    (void)state;
    size_t size = sizeof tcp;
    const int yes = 1, none = 0;
    allow(&client);
    open_gate();
    if (koop_gate_bind(gate, router, "tcp://[::1]:*") != 0) skip(); /* a machine without IPv6 */
    zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, tcp, &size);
    for (int i = 0; i < 2; i++) {
        void *dealer = zmq_socket(outside, ZMQ_DEALER);
        zmq_setsockopt(dealer, ZMQ_IPV6, &yes, sizeof yes);
        zmq_setsockopt(dealer, ZMQ_LINGER, &none, sizeof none);
        if (i == 0) {
            zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server.public_key, KOOP_KEY_BYTES);
            zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, client.public_key, KOOP_KEY_BYTES);
            zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, client.secret_key, KOOP_KEY_BYTES);
        }
        assert_int_equal(zmq_connect(dealer, tcp), 0);
        if (i == 0) {
            assert_heard(dealer);
            zmq_close(dealer);
        } else {
            assert_not_heard(dealer);
        }
    }
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(an_allowed_key_is_let_in_and_no_other),
        WITH(tcp_takes_nothing_but_keys_and_ipc_stays_as_it_was),
        WITH(a_list_that_changes_counts_at_once),
        WITH(a_key_that_is_replaced_in_its_file_is_out),
        WITH(a_list_that_others_may_write_is_empty),
        WITH(without_its_handler_it_lets_nobody_in),
        WITH(it_does_not_open_without_keys_that_can_be_trusted),
        WITH(only_well_formed_requests_are_answered),
        WITH(loopback_of_ipv6_is_guarded_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
