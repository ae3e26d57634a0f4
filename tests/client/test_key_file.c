/* key_file and curve: files that are read, files that are not, and which keys a connection gets. */
#include "curve.h"
#include "key_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

enum { PATH = 160 };

static char folder[64], public_file[PATH], secret_file[PATH], error[256];
static koop_keys made, got;

static void put(const char *path, const char *text, size_t size, mode_t mode) {
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, size), size);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void put_keys(const char *path, bool secret, mode_t mode) {
    char text[KOOP_KEYS_FILE_BYTES];
    put(path, text, koop_keys_format(&made, secret, text), mode);
}

static int set_up(void **state) {
    (void)state;
    if (!zmq_has("curve")) return -1;
    strcpy(folder, "/tmp/koop-test-XXXXXX");
    if (!mkdtemp(folder)) return -1;
    char config[PATH - 32];
    snprintf(config, sizeof config, "%s/koopmon", folder);
    mkdir(config, 0700);
    snprintf(config, sizeof config, "%s/koopmon/keys", folder);
    mkdir(config, 0700);
    snprintf(public_file, sizeof public_file, "%s/client.key", config);
    snprintf(secret_file, sizeof secret_file, "%s/client.key_secret", config);
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv("KOOPMON_SERVER_KEY");
    unsetenv("KOOPMON_KEY_FILE");
    made = (koop_keys){.name = "us"};
    zmq_curve_keypair(made.public_key, made.secret_key);
    put_keys(public_file, false, 0644);
    put_keys(secret_file, true, 0600);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    char path[PATH];
    unlink(public_file);
    unlink(secret_file);
    snprintf(path, sizeof path, "%s/koopmon/keys", folder);
    rmdir(path);
    snprintf(path, sizeof path, "%s/koopmon", folder);
    rmdir(path);
    return rmdir(folder);
}

static koop_status read_file(const char *path, bool secret) {
    error[0] = '\0';
    return koop_key_file_read(AT_FDCWD, path, secret, &got, error, sizeof error);
}

static void refused(const char *path, bool secret, koop_status status, const char *word) {
    memset(&got, 'x', sizeof got);
    assert_int_equal(read_file(path, secret), status);
    if (!strstr(error, word) || !strstr(error, path)) fail_msg("\"%s\" lacks %s", error, word);
    assert_int_equal(got.secret_key[0], 'x');
}

static void a_good_pair_is_read(void **state) {
    (void)state;
    assert_int_equal(read_file(secret_file, true), KOOP_OK);
    assert_string_equal(got.secret_key, made.secret_key);
    assert_int_equal(read_file(public_file, false), KOOP_OK);
    assert_string_equal(got.public_key, made.public_key);
    assert_int_equal(read_file(secret_file, false), KOOP_OK);
    assert_string_equal(got.public_key, made.public_key);
    assert_string_equal(got.secret_key, ""); /* not given out where it is not asked for */
}

static void a_secret_that_others_can_touch_is_refused(void **state) {
    (void)state;
    static const struct {
        mode_t mode;
        const char *word;
    } bad[] = {{0640, "read by others"},    {0604, "read by others"},
               {0644, "read by others"},    {0620, "written by others"},
               {0602, "written by others"}, {0666, "written by others"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        chmod(secret_file, bad[i].mode);
        refused(secret_file, true, KOOP_IO_FAILED, bad[i].word);
    }
    chmod(secret_file, 0400);
    assert_int_equal(read_file(secret_file, true), KOOP_OK);
}

static void a_public_key_that_others_can_write_is_refused(void **state) {
    (void)state;
    chmod(public_file, 0664);
    refused(public_file, false, KOOP_IO_FAILED, "written by others");
    chmod(public_file, 0646);
    refused(public_file, false, KOOP_IO_FAILED, "written by others");
}

static void a_file_of_another_user_is_refused(void **state) {
    (void)state;
    if (geteuid() != 0) skip();
    assert_int_equal(chown(secret_file, 12345, 12345), 0);
    refused(secret_file, true, KOOP_IO_FAILED, "another user");
    assert_int_equal(chown(public_file, 12345, 12345), 0);
    refused(public_file, false, KOOP_IO_FAILED, "another user");
}

static void a_link_is_refused(void **state) {
    (void)state;
    char kept[PATH + 8];
    snprintf(kept, sizeof kept, "%s.kept", secret_file);
    assert_int_equal(rename(secret_file, kept), 0);
    assert_int_equal(symlink(kept, secret_file), 0);
    refused(secret_file, true, KOOP_IO_FAILED, "symbolic link");
    unlink(kept);
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state) {
    (void)state;
    unlink(secret_file);
    refused(secret_file, true, KOOP_NOT_FOUND, "No such file");
    assert_int_equal(mkfifo(secret_file, 0600), 0);
    refused(secret_file, true, KOOP_IO_FAILED, "no regular file");
    refused("/tmp", false, KOOP_IO_FAILED, "no regular file");
}

static void a_file_too_large_is_refused(void **state) {
    (void)state;
    static char text[KOOP_KEYS_FILE_BYTES + 1];
    memset(text, '#', sizeof text);
    put(secret_file, text, sizeof text, 0600);
    refused(secret_file, true, KOOP_TOO_LARGE, "too large");
}

static void a_pair_that_is_none_is_refused(void **state) {
    (void)state;
    char other[KOOP_KEY_BYTES];
    refused(public_file, true, KOOP_IO_FAILED, "no secret key");
    chmod(public_file, 0600);
    refused(public_file, true, KOOP_BAD_MESSAGE, "no secret key");
    zmq_curve_keypair(made.public_key, other);
    put_keys(secret_file, true, 0600);
    refused(secret_file, true, KOOP_BAD_MESSAGE, "do not belong together");
}

static koop_status find(const char *endpoint, const char *server, const char *own,
                        koop_curve *out) {
    error[0] = '\0';
    return koop_curve_find(endpoint, server, own, out, error, sizeof error);
}

static void this_machine_needs_no_keys(void **state) {
    (void)state;
    static const char *const here[] = {"ipc:///tmp/x", "tcp://127.0.0.1:5", "tcp://localhost:5",
                                       "tcp://127.9.8.7:5", "tcp://[::1]:5"};
    koop_curve curve;
    for (size_t i = 0; i < sizeof here / sizeof *here; i++) {
        curve.on = true;
        assert_int_equal(find(here[i], NULL, NULL, &curve), KOOP_OK);
        assert_false(curve.on);
    }
    /* the environment of a connection over tcp does not touch one over ipc */
    assert_int_equal(find("ipc:///tmp/x", "no key at all", NULL, &curve), KOOP_OK);
    assert_false(curve.on);
}

static void another_machine_needs_them(void **state) {
    (void)state;
    static const char *const there[] = {"tcp://10.0.0.7:5",     "tcp://example.org:5",
                                        "tcp://[fe80::1]:5",    "tcp://localhost.evil.org:5",
                                        "tcp://127.evil.org:5", "tcp://0.0.0.0:5"};
    koop_curve curve;
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        assert_int_equal(find(there[i], NULL, NULL, &curve), KOOP_DISABLED);
        assert_non_null(strstr(error, "KOOPMON_SERVER_KEY"));
        assert_int_equal(find(there[i], made.public_key, NULL, &curve), KOOP_OK);
        assert_true(curve.on);
    }
}

static void options_environment_and_files_say_which(void **state) {
    (void)state;
    char other[KOOP_KEY_BYTES], secret[KOOP_KEY_BYTES];
    koop_curve curve;
    zmq_curve_keypair(other, secret);
    setenv("KOOPMON_SERVER_KEY", public_file, 1);
    assert_int_equal(find("tcp://127.0.0.1:5", NULL, NULL, &curve), KOOP_OK);
    assert_true(curve.on);
    assert_string_equal(curve.server_key, made.public_key);
    assert_string_equal(curve.own.secret_key, made.secret_key);
    assert_int_equal(find("tcp://127.0.0.1:5", other, NULL, &curve), KOOP_OK);
    assert_string_equal(curve.server_key, other); /* the option wins */
    koop_curve_forget(&curve);
    assert_string_equal(curve.own.secret_key, "");
    setenv("KOOPMON_KEY_FILE", "/nonexistent", 1);
    assert_int_not_equal(find("tcp://127.0.0.1:5", NULL, NULL, &curve), KOOP_OK);
    assert_non_null(strstr(error, "koopmon keygen --client"));
    assert_int_equal(find("tcp://127.0.0.1:5", NULL, secret_file, &curve), KOOP_OK);
    assert_int_equal(find("tcp://127.0.0.1:5", "nonsense", secret_file, &curve), KOOP_BAD_ARGUMENT);
    assert_non_null(strstr(error, "neither a public key"));
    unsetenv("KOOPMON_KEY_FILE");
    chmod(secret_file, 0644);
    assert_int_equal(find("tcp://127.0.0.1:5", NULL, NULL, &curve), KOOP_IO_FAILED);
    assert_non_null(strstr(error, "read by others"));
}

static void the_directory_follows_the_environment(void **state) {
    (void)state;
    char path[PATH];
    assert_int_equal(koop_key_file_directory(path, sizeof path), KOOP_OK);
    assert_memory_equal(path, folder, strlen(folder));
    setenv("XDG_CONFIG_HOME", "not/absolute", 1);
    setenv("HOME", "/home/ada", 1);
    assert_int_equal(koop_key_file_directory(path, sizeof path), KOOP_OK);
    assert_string_equal(path, "/home/ada/.config/koopmon/keys");
    assert_int_equal(koop_key_file_directory(path, 10), KOOP_TOO_LARGE);
    unsetenv("HOME");
    assert_int_equal(koop_key_file_directory(path, sizeof path), KOOP_NOT_FOUND);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH(a_good_pair_is_read),
        WITH(a_secret_that_others_can_touch_is_refused),
        WITH(a_public_key_that_others_can_write_is_refused),
        WITH(a_file_of_another_user_is_refused),
        WITH(a_link_is_refused),
        WITH(what_is_no_regular_file_is_refused_without_waiting),
        WITH(a_file_too_large_is_refused),
        WITH(a_pair_that_is_none_is_refused),
        WITH(this_machine_needs_no_keys),
        WITH(another_machine_needs_them),
        WITH(options_environment_and_files_say_which),
        WITH(the_directory_follows_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
