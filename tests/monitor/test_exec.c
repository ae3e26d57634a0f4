/* Alerts handed to programs that behave well and badly. */
#include "channel.h"

#include "alert_kit.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/koopmon_exec_XXXXXX";
static char path[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(directory)) return 1;
    snprintf(path, sizeof path, "%s/out", directory);
    setenv("OUT", path, 1);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void take_words(koop_rule *rule, const char *const *words) {
    size_t used = 0;
    memset(rule, 0, sizeof *rule);
    rule->timeout_s = 20;
    for (; words[rule->n_words]; rule->n_words++) {
        strcpy(rule->words + used, words[rule->n_words]);
        used += strlen(words[rule->n_words]) + 1;
        assert_true(used <= sizeof rule->words);
    }
}

static koop_outcome run(const char *script, int timeout_s) {
    koop_rule rule;
    koop_outcome outcome;
    const koop_alert alert = a_transition();
    take_words(&rule, (const char *const[]){"/bin/sh", "-c", script, NULL});
    rule.timeout_s = timeout_s;
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    return outcome;
}

static void met(const char *script, koop_delivery delivery, const char *what) {
    const koop_outcome outcome = run(script, 20);
    if (outcome.delivery != delivery || strcmp(outcome.what, what) != 0)
        fail_msg("%s: %s, %s", script, koop_delivery_name(outcome.delivery), outcome.what);
}

/* What the last script wrote into $OUT. */
static const char *written(void) {
    static char text[8192];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void the_alert_is_one_line_of_standard_input(void **state) {
    (void)state;
    const koop_alert alert = a_transition();
    char *line = koop_alert_to_line(&alert), wanted[KOOP_ALERT_JSON_BYTES + 2];
    met("cat >$OUT", KOOP_DELIVERED, "exit code 0");
    snprintf(wanted, sizeof wanted, "%s\n", line);
    assert_string_equal(written(), wanted);
    free(line);
}

static void words_are_arguments_and_no_shell_sees_them(void **state) {
    (void)state;
    koop_rule rule;
    koop_outcome outcome;
    const koop_alert alert = a_transition();
    take_words(&rule, (const char *const[]){"/bin/sh", "-c", "printf '%s|' \"$@\" >$OUT", "sh",
                                            "a b", "", "$HOME;`id`", "*", NULL});
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERED);
    assert_string_equal(written(), "a b||$HOME;`id`|*|");
}

static void a_failure_is_told_with_its_last_words(void **state) {
    (void)state;
    met("exit 3", KOOP_DELIVERY_FAILED, "exit code 3");
    met("echo out; echo a >&2; printf 'no host\\n\\n' >&2; exit 1", KOOP_DELIVERY_FAILED,
        "exit code 1: no host");
    met("printf 'a\\033[2J\\000b' >&2; exit 1", KOOP_DELIVERY_FAILED, "exit code 1: a\\x1b[2J b");
    met("kill -9 $$", KOOP_DELIVERY_FAILED, "ended by signal 9");
    met("echo ignored >&2", KOOP_DELIVERED, "exit code 0");
}

static void a_program_that_is_not_there_is_told(void **state) {
    (void)state;
    koop_rule rule;
    koop_outcome outcome;
    const koop_alert alert = a_transition();
    take_words(&rule, (const char *const[]){"/nonexistent/page", NULL});
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_string_equal(outcome.what, "cannot be started: No such file or directory");
    take_words(&rule, (const char *const[]){"/etc/passwd", NULL});
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_string_equal(outcome.what, "cannot be started: Permission denied");
}

/* A SIGPIPE would end this test. */
static void one_that_does_not_read_is_no_trouble(void **state) {
    (void)state;
    met("exec 0<&-", KOOP_DELIVERED, "exit code 0");
    met(":", KOOP_DELIVERED, "exit code 0");
}

static void one_that_talks_without_end_is_heard_out(void **state) {
    (void)state;
    met("i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; "
        "echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; echo end >&2; exit 1",
        KOOP_DELIVERY_FAILED, "exit code 1: end");
    char tail[160 + 1], wanted[200];
    memset(tail, 'a', 60);
    memset(tail + 60, 'b', 100);
    tail[160] = '\0';
    snprintf(wanted, sizeof wanted, "exit code 1: %s", tail);
    met("printf %0100d 0 | tr 0 a >&2; sleep 0.1; printf %0100d 0 | tr 0 b >&2; exit 1",
        KOOP_DELIVERY_FAILED, wanted);
    met("head -c 300 /dev/zero | tr '\\0' x >&2; exit 1", KOOP_DELIVERY_FAILED,
        "exit code 1: "
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

/* Whether the process whose number $OUT holds is gone, perhaps a zombie of init. */
static bool is_gone(void) {
    char stat[64] = "";
    const int pid = atoi(written());
    assert_true(pid > 1);
    for (int i = 0; i < 1000; i++) {
        char name[64];
        snprintf(name, sizeof name, "/proc/%d/stat", pid);
        FILE *file = fopen(name, "r");
        if (!file) return true;
        stat[fread(stat, 1, sizeof stat - 1, file)] = '\0';
        fclose(file);
        if (strstr(stat, ") Z ")) return true;
        usleep(10000);
    }
    return false;
}

static void one_that_hangs_is_ended_with_its_children(void **state) {
    (void)state;
    koop_outcome outcome = run("sleep 600 & echo $! >$OUT; wait", 1);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_FAILED);
    assert_string_equal(outcome.what, "had not ended after 1 s");
    assert_true(is_gone());
    outcome = run("trap '' TERM; sh -c 'trap \"\" TERM; while :; do sleep 1; done' & "
                  "echo $! >$OUT; while :; do sleep 1; done",
                  1);
    assert_string_equal(outcome.what, "had not ended after 1 s");
    assert_true(is_gone());
}

/* A busy machine may not let it within its second. */
static void one_that_hangs_may_clean_up(void **state) {
    (void)state;
    bool cleaned = false;
    for (int i = 0; i < 5 && !cleaned; i++) {
        const koop_outcome outcome =
            run("trap 'echo cleaned >$OUT; exit' TERM; : >$OUT; while :; do sleep 0.1; done", 1);
        assert_string_equal(outcome.what, "had not ended after 1 s");
        cleaned = strcmp(written(), "cleaned\n") == 0;
    }
    assert_true(cleaned);
}

static void what_it_leaves_running_goes_on(void **state) {
    (void)state;
    met("sleep 600 & echo $! >$OUT", KOOP_DELIVERED, "exit code 0");
    const int pid = atoi(written());
    assert_int_equal(kill(pid, 0), 0);
    kill(pid, SIGKILL);
}

static void it_gets_no_descriptor_of_ours(void **state) {
    (void)state;
    const int one = fcntl(STDIN_FILENO, F_DUPFD, 50); /* not close-on-exec */
    assert_true(one >= 50);
    met("exec ls /proc/self/fd >$OUT", KOOP_DELIVERED, "exit code 0");
    close(one);
    assert_string_equal(written(), "0\n1\n2\n3\n"); /* 3 is that of ls */
}

static void it_gets_no_signal_setting_of_ours(void **state) {
    (void)state;
    sigset_t all, before;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, pipe_before;
    unsigned long long blocked = 1, ignored = 1;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sigaction(SIGPIPE, &ignore, &pipe_before);
    met("exec grep -E '^Sig(Blk|Ign)' /proc/self/status >$OUT", KOOP_DELIVERED, "exit code 0");
    sigaction(SIGPIPE, &pipe_before, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(sscanf(written(), "SigBlk: %llx SigIgn: %llx", &blocked, &ignored), 2);
    assert_true(blocked == 0);
    assert_true((ignored & 0x7fffffff) == 0); /* 32 and 33 are the C library's own */
}

static int count_descriptors(void) {
    int n = 0;
    for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void nothing_is_left_open(void **state) {
    (void)state;
    const int before = count_descriptors();
    koop_rule rule;
    koop_outcome outcome;
    const koop_alert alert = a_transition();
    for (int i = 0; i < 20; i++) met("exit 1", KOOP_DELIVERY_FAILED, "exit code 1");
    take_words(&rule, (const char *const[]){"/nonexistent/page", NULL});
    koop_channel_deliver(&rule, &alert, NULL, &outcome);
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* and no child */
    assert_int_equal(errno, ECHILD);
}

static void *stop_soon(void *stop) {
    while (access(path, F_OK) != 0) usleep(1000);
    atomic_store((atomic_bool *)stop, true);
    return NULL;
}

static void another_thread_can_stop_it(void **state) {
    (void)state;
    atomic_bool stop = false;
    koop_rule rule;
    koop_outcome outcome;
    const koop_alert alert = a_transition();
    pthread_t thread;
    unlink(path);
    take_words(&rule, (const char *const[]){"/bin/sh", "-c", "echo >$OUT; exec sleep 600", NULL});
    rule.timeout_s = 300;
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, &stop), 0);
    koop_channel_deliver(&rule, &alert, &stop, &outcome);
    pthread_join(thread, NULL);
    assert_int_equal(outcome.delivery, KOOP_DELIVERY_STOPPED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_alert_is_one_line_of_standard_input),
        cmocka_unit_test(words_are_arguments_and_no_shell_sees_them),
        cmocka_unit_test(a_failure_is_told_with_its_last_words),
        cmocka_unit_test(a_program_that_is_not_there_is_told),
        cmocka_unit_test(one_that_does_not_read_is_no_trouble),
        cmocka_unit_test(one_that_talks_without_end_is_heard_out),
        cmocka_unit_test(one_that_hangs_is_ended_with_its_children),
        cmocka_unit_test(one_that_hangs_may_clean_up),
        cmocka_unit_test(what_it_leaves_running_goes_on),
        cmocka_unit_test(it_gets_no_descriptor_of_ours),
        cmocka_unit_test(it_gets_no_signal_setting_of_ours),
        cmocka_unit_test(nothing_is_left_open),
        cmocka_unit_test(another_thread_can_stop_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
