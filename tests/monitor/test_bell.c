/* The bell rings a terminal, and nothing else. */
#define _GNU_SOURCE /* posix_openpt */
#include "bell.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Rings with standard output and error as given. */
static void ring(int out, int err) {
    const int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    koop_bell_ring();
    dup2(old_out, STDOUT_FILENO);
    dup2(old_err, STDERR_FILENO);
    close(old_out);
    close(old_err);
}

static int bytes_in(int fd, char *last) {
    int n = 0;
    while (read(fd, last, 1) == 1) n++;
    return n;
}

static void only_a_terminal_is_rung(void **state) {
    (void)state;
    int ends[2];
    char last = '\0';
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) skip();
    const int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    if (terminal < 0) skip();
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    ring(ends[1], ends[1]);
    assert_int_equal(bytes_in(ends[0], &last), 0);
    ring(terminal, terminal);
    assert_int_equal(bytes_in(master, &last), 1);
    assert_int_equal(last, '\a');
    ring(ends[1], terminal);
    assert_int_equal(bytes_in(master, &last), 1);
    ring(terminal, ends[1]);
    assert_int_equal(bytes_in(master, &last), 1);
    assert_int_equal(bytes_in(ends[0], &last), 0);
    close(terminal);
    close(master);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_a_terminal_is_rung)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
