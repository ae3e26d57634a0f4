#include "endpoint.h"
#include "golden.h"

#include <sys/stat.h>
#include <unistd.h>

static char out[KOOP_ENDPOINT_BYTES];

static void assert_refused(const char *option, koop_status expected) {
    strcpy(out, "untouched");
    assert_int_equal(koop_endpoint_resolve(option, out), expected);
    assert_string_equal(out, "untouched");
}

static void an_option_wins_over_the_environment(void **state) {
    (void)state;
    setenv("KOOPMON_ENDPOINT", "tcp://from.environment:1", 1);
    assert_int_equal(koop_endpoint_resolve("tcp://node-3:7411", out), KOOP_OK);
    assert_string_equal(out, "tcp://node-3:7411");
    assert_int_equal(koop_endpoint_resolve(NULL, out), KOOP_OK);
    assert_string_equal(out, "tcp://from.environment:1");
}

static void the_default_lies_in_the_runtime_directory(void **state) {
    (void)state;
    char expected[KOOP_ENDPOINT_BYTES];
    unsetenv("KOOPMON_ENDPOINT");
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    assert_int_equal(koop_endpoint_resolve(NULL, out), KOOP_OK);
    assert_string_equal(out, "ipc:///run/user/7/koopmon/koopmon.sock");
    unsetenv("XDG_RUNTIME_DIR");
    setenv("KOOPMON_ENDPOINT", "", 1);
    assert_int_equal(koop_endpoint_resolve(NULL, out), KOOP_OK);
    snprintf(expected, sizeof expected, "ipc:///tmp/koopmon-%lu/koopmon.sock",
             (unsigned long)getuid());
    assert_string_equal(out, expected);
}

static void malformed_endpoints_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",           "ipc",           "ipc://",           "ipc://relative", "ipc:///",
        "ipc:///a/",  "ipc:///a\nb",   "tcp://",           "tcp://host",     "tcp://host:",
        "tcp://:1",   "tcp://host:0",  "tcp://host:65535", "tcp://host:1x",  "tcp://host:999999",
        "tcp://*:1",  "tcp://a b:1",   "udp://host:1",     "host:1",         "tcp://a:1:2",
        "tcp://h:-1", "tcp://h:1;x:2", "inproc://x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_refused(bad[i], KOOP_BAD_ARGUMENT);
}

static void a_path_must_fit_a_socket_address(void **state) {
    (void)state;
    char option[200] = "ipc:///";
    memset(option + 7, 'x', 99); /* a path of 100 bytes */
    assert_int_equal(koop_endpoint_resolve(option, out), KOOP_OK);
    option[106] = 'x';
    assert_refused(option, KOOP_TOO_LARGE);
    char huge[1000] = "tcp://";
    memset(huge + 6, 'x', 900);
    assert_refused(huge, KOOP_TOO_LARGE);
}

static void views_are_beside_the_endpoint(void **state) {
    (void)state;
    assert_int_equal(koop_endpoint_view("ipc:///a/b.sock", out), KOOP_OK);
    assert_string_equal(out, "ipc:///a/b.sock.view");
    assert_int_equal(koop_endpoint_view("tcp://h:65534", out), KOOP_OK);
    assert_string_equal(out, "tcp://h:65535");
    assert_int_equal(koop_endpoint_view("tcp://h", out), KOOP_BAD_ARGUMENT);
}

static void only_ipc_has_a_path(void **state) {
    (void)state;
    assert_string_equal(koop_endpoint_path("ipc:///a/b.sock"), "/a/b.sock");
    assert_null(koop_endpoint_path("tcp://h:1"));
}

static void a_directory_that_others_may_write_to_is_not_trusted(void **state) {
    (void)state;
    char folder[] = "/tmp/koop-endpoint-XXXXXX", link[64], endpoint[128], linked[128];
    assert_non_null(mkdtemp(folder));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/sock", folder);
    assert_int_equal(koop_endpoint_trusted(endpoint), KOOP_OK);
    snprintf(link, sizeof link, "%s.link", folder);
    snprintf(linked, sizeof linked, "ipc://%s/sock", link);
    assert_int_equal(symlink(folder, link), 0);
    assert_int_equal(koop_endpoint_trusted(linked), KOOP_OK);
    assert_int_equal(chmod(folder, 0770), 0);
    assert_int_equal(koop_endpoint_trusted(endpoint), KOOP_DISABLED);
    assert_int_equal(koop_endpoint_trusted(linked), KOOP_DISABLED);
    assert_int_equal(koop_endpoint_trusted("ipc:///tmp/sock"), KOOP_DISABLED);
    unlink(link);
    rmdir(folder);
    assert_int_equal(koop_endpoint_trusted(endpoint), KOOP_NOT_FOUND);
    assert_int_equal(koop_endpoint_trusted("ipc:///sock"), KOOP_OK); /* root's */
    assert_int_equal(koop_endpoint_trusted("tcp://h:1"), KOOP_OK);
}

/* Needs root, to make one. */
static void a_directory_of_another_user_is_not_trusted(void **state) {
    (void)state;
    char folder[] = "/tmp/koop-endpoint-XXXXXX", endpoint[128];
    if (geteuid() != 0) skip();
    assert_non_null(mkdtemp(folder));
    snprintf(endpoint, sizeof endpoint, "ipc://%s/sock", folder);
    assert_int_equal(chown(folder, 12345, 12345), 0);
    assert_int_equal(koop_endpoint_trusted(endpoint), KOOP_DISABLED);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_wins_over_the_environment),
        cmocka_unit_test(the_default_lies_in_the_runtime_directory),
        cmocka_unit_test(malformed_endpoints_are_refused),
        cmocka_unit_test(a_path_must_fit_a_socket_address),
        cmocka_unit_test(views_are_beside_the_endpoint),
        cmocka_unit_test(only_ipc_has_a_path),
        cmocka_unit_test(a_directory_that_others_may_write_to_is_not_trusted),
        cmocka_unit_test(a_directory_of_another_user_is_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
