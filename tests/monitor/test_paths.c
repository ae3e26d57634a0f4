#include "paths.h"

#include "serve_kit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char root[64];

static int set_up(void **state) {
    (void)state;
    kit_make_directory(root);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    kit_remove_tree(root);
    return 0;
}

static void in_root(char out[256], const char *name) {
    snprintf(out, 256, "%s/%s", root, name);
}

static void missing_parents_are_made_private(void **state) {
    (void)state;
    char path[256], error[256] = "";
    struct stat about;
    in_root(path, "a/b/c");
    assert_int_equal(koop_paths_make_private(path, error, sizeof error), KOOP_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    in_root(path, "a");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    in_root(path, "a/b/c");
    assert_int_equal(koop_paths_make_private(path, error, sizeof error), KOOP_OK);
    assert_string_equal(error, "");
}

static void a_directory_that_others_can_write_is_refused(void **state) {
    (void)state;
    char path[256], error[256] = "";
    in_root(path, "open");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(koop_paths_make_private(path, error, sizeof error), KOOP_IO_FAILED);
    assert_non_null(strstr(error, path));
    assert_non_null(strstr(error, "writable by others"));
}

static void a_directory_of_another_user_is_refused(void **state) {
    (void)state;
    char error[256] = "";
    char path[256];
    if (geteuid() == 0) { /* only root can give a directory away */
        in_root(path, "theirs");
        assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(chown(path, 12345, 12345), 0);
    } else {
        snprintf(path, sizeof path, "/");
    }
    assert_int_equal(koop_paths_make_private(path, error, sizeof error), KOOP_IO_FAILED);
    assert_non_null(strstr(error, "another user"));
}

static void a_file_in_the_way_is_named(void **state) {
    (void)state;
    char path[256], error[256] = "";
    in_root(path, "file");
    close(open(path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(koop_paths_make_private(path, error, sizeof error), KOOP_IO_FAILED);
    assert_non_null(strstr(error, "not a directory"));
    in_root(path, "file/below");
    assert_int_equal(koop_paths_make_private(path, error, sizeof error), KOOP_IO_FAILED);
    assert_non_null(strstr(error, "cannot make"));
}

static void a_lock_is_held_once_and_names_its_holder(void **state) {
    (void)state;
    char path[256];
    int first = -1, second = -1;
    long holder = 0;
    in_root(path, "lock");
    assert_int_equal(koop_paths_lock(path, &first, &holder), KOOP_OK);
    assert_int_equal(koop_paths_lock(path, &second, &holder), KOOP_DISABLED);
    assert_int_equal(holder, getpid());
    assert_int_equal(second, -1);
    koop_paths_unlock(first);
    assert_int_equal(koop_paths_lock(path, &second, &holder), KOOP_OK);
    koop_paths_unlock(second);
}

static void a_lock_ends_with_its_process(void **state) {
    (void)state;
    char path[256];
    int fd = -1;
    long holder = 0;
    in_root(path, "lock-of-the-dead");
    pid_t child = fork();
    if (child == 0) _exit(koop_paths_lock(path, &fd, &holder) == KOOP_OK ? 0 : 1);
    int ended = -1;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_int_equal(ended, 0);
    assert_int_equal(koop_paths_lock(path, &fd, &holder), KOOP_OK);
    koop_paths_unlock(fd);
}

/* The number of a process that has ended. */
static pid_t dead(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return child;
}

static void a_lock_names_its_holder_not_the_one_that_was_killed(void **state) {
    (void)state;
    char path[256], text[32];
    int out[2];
    long holder = 0;
    in_root(path, "lock-of-two");
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_true(dprintf(fd, "%ld\n", (long)dead()) > 0);
    assert_int_equal(pipe(out), 0);
    pid_t child = fork();
    if (child == 0) {
        int none = -1;
        koop_status status = koop_paths_lock(path, &none, &holder);
        bool told = write(out[1], &holder, sizeof holder) == sizeof holder;
        _exit(status == KOOP_DISABLED && told ? 0 : 1);
    }
    nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, text, (size_t)n, 0), n);
    assert_int_equal(read(out[0], &holder, sizeof holder), sizeof holder);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(holder, getpid());
    close(out[0]);
    close(out[1]);
    close(fd);
}

static void a_lock_does_not_follow_links(void **state) {
    (void)state;
    char path[256], target[256];
    int fd = -1;
    long holder = 0;
    in_root(path, "link");
    in_root(target, "target");
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(koop_paths_lock(path, &fd, &holder), KOOP_IO_FAILED);
    assert_int_equal(access(target, F_OK), -1);
}

static void a_lock_is_no_file_of_others(void **state) {
    (void)state;
    char path[256];
    int fd = -1;
    long holder = 0;
    in_root(path, "lock");
    int made = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(made >= 0);
    for (mode_t mode = 0602; mode <= 0620; mode += 016) { /* 0602 and 0620 */
        assert_int_equal(fchmod(made, mode), 0);
        assert_int_equal(koop_paths_lock(path, &fd, &holder), KOOP_IO_FAILED);
        assert_int_equal(errno, EPERM);
    }
    assert_int_equal(fchmod(made, 0600), 0);
    if (geteuid() == 0) {
        assert_int_equal(fchown(made, 12345, 12345), 0);
        assert_int_equal(koop_paths_lock(path, &fd, &holder), KOOP_IO_FAILED);
        assert_int_equal(fchown(made, 0, 0), 0);
    }
    close(made);
    assert_int_equal(koop_paths_lock(path, &fd, &holder), KOOP_OK);
    koop_paths_unlock(fd);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(koop_paths_lock(path, &fd, &holder), KOOP_IO_FAILED);
    unlink(path);
}

static void free_descriptors_are_counted(void **state) {
    (void)state;
    struct rlimit before, low;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(koop_paths_can_open(8));
    low = before;
    low.rlim_cur = 16;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    bool many = koop_paths_can_open(64), few = koop_paths_can_open(4);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_false(many);
    assert_true(few);
}

static void closed_standard_descriptors_are_filled(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 0; fd <= 2; fd++) close(fd);
        bool filled = koop_paths_fill_standard() == KOOP_OK;
        int next = open("/dev/null", O_RDONLY);
        _exit(filled && next > 2 && write(2, "x", 1) == 1 ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_parents_are_made_private),
        cmocka_unit_test(a_directory_that_others_can_write_is_refused),
        cmocka_unit_test(a_directory_of_another_user_is_refused),
        cmocka_unit_test(a_file_in_the_way_is_named),
        cmocka_unit_test(a_lock_is_held_once_and_names_its_holder),
        cmocka_unit_test(a_lock_ends_with_its_process),
        cmocka_unit_test(a_lock_names_its_holder_not_the_one_that_was_killed),
        cmocka_unit_test(a_lock_does_not_follow_links),
        cmocka_unit_test(a_lock_is_no_file_of_others),
        cmocka_unit_test(closed_standard_descriptors_are_filled),
        cmocka_unit_test(free_descriptors_are_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
