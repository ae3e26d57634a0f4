#include "log.h"

#include "serve_kit.h"

#include <fcntl.h>

static void a_line_has_time_level_and_text(void **state) {
    (void)state;
    char line[KOOP_LOG_LINE_BYTES];
    size_t n =
        koop_log_format(line, sizeof line, INT64_C(1769860800123), KOOP_LOG_WARNING, "hello");
    assert_string_equal(line, "2026-01-31T12:00:00.123Z warning hello\n");
    assert_int_equal(n, strlen(line));
}

static void text_from_the_network_cannot_break_the_line(void **state) {
    (void)state;
    char line[KOOP_LOG_LINE_BYTES];
    koop_log_format(line, sizeof line, 0, KOOP_LOG_ERROR, "a\nb\x1b[2J\\ \xe9\x7f\xc2\x9b");
    assert_string_equal(
        line, "1970-01-01T00:00:00.000Z error a\\x0ab\\x1b[2J\\x5c \\xe9\\x7f\\xc2\\x9b\n");
    koop_log_format(line, sizeof line, 0, KOOP_LOG_ERROR, "\u202e\u200b");
    assert_string_equal(line, "1970-01-01T00:00:00.000Z error "
                              "\\xe2\\x80\\xae\\xe2\\x80\\x8b\n");
}

static void sentences_keep_their_characters(void **state) {
    (void)state;
    char line[KOOP_LOG_LINE_BYTES];
    koop_log_format(line, sizeof line, 0, KOOP_LOG_INFO, "weights moved 1.3× faster: é");
    assert_string_equal(line, "1970-01-01T00:00:00.000Z info weights moved 1.3× faster: é\n");
}

static void a_long_entry_is_cut_and_still_a_line(void **state) {
    (void)state;
    char line[64], text[500];
    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    size_t n = koop_log_format(line, sizeof line, 0, KOOP_LOG_INFO, text);
    assert_true(n < sizeof line);
    assert_int_equal(line[n - 1], '\n');
    assert_int_equal(line[n], '\0');
    assert_ptr_equal(strchr(line, '\n'), line + n - 1);
}

/* What koop_log writes to standard error while `level` is the lowest. */
static void capture(koop_log_level level, char *out, size_t size) {
    int pipes[2], before = dup(STDERR_FILENO);
    assert_int_equal(pipe(pipes), 0);
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    dup2(pipes[1], STDERR_FILENO);
    koop_log_set_level(level);
    koop_log(KOOP_LOG_INFO, "run %s", "one");
    koop_log(KOOP_LOG_ERROR, "run %s", "two");
    koop_log_set_level(KOOP_LOG_INFO);
    dup2(before, STDERR_FILENO);
    ssize_t n = read(pipes[0], out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    close(pipes[0]);
    close(pipes[1]);
    close(before);
}

static void entries_below_the_level_are_not_written(void **state) {
    (void)state;
    char out[512];
    capture(KOOP_LOG_INFO, out, sizeof out);
    assert_non_null(strstr(out, "info run one\n"));
    assert_non_null(strstr(out, "error run two\n"));
    capture(KOOP_LOG_ERROR, out, sizeof out);
    assert_null(strstr(out, "run one"));
    assert_non_null(strstr(out, "error run two\n"));
}

/* Whoever was to read standard error reads nothing. */
static void nobody_waits_for_a_log_that_is_not_read(void **state) {
    (void)state;
    static char out[1 << 17];
    int pipes[2], before = dup(STDERR_FILENO);
    assert_int_equal(pipe(pipes), 0);
    fcntl(pipes[0], F_SETFL, O_NONBLOCK);
    dup2(pipes[1], STDERR_FILENO);
    for (int i = 0; i < 3 * KOOP_LOG_BURST; i++) koop_log(KOOP_LOG_INFO, "a line of %070d", i);
    ssize_t n = read(pipes[0], out, sizeof out - 1);
    kit_sleep_ms(100); /* for a line more of those that are allowed a second */
    koop_log(KOOP_LOG_INFO, "at last");
    dup2(before, STDERR_FILENO);
    assert_true(n > 0);
    out[n] = '\0';
    assert_non_null(strstr(out, "a line of"));
    assert_null(strstr(out, "left out"));
    n = read(pipes[0], out, sizeof out - 1);
    assert_true(n > 0);
    out[n] = '\0';
    assert_non_null(strstr(out, "lines left out here\n"));
    assert_non_null(strstr(out, "info at last\n"));
    close(pipes[0]);
    close(pipes[1]);
    close(before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_and_text),
        cmocka_unit_test(text_from_the_network_cannot_break_the_line),
        cmocka_unit_test(sentences_keep_their_characters),
        cmocka_unit_test(a_long_entry_is_cut_and_still_a_line),
        cmocka_unit_test(entries_below_the_level_are_not_written),
        cmocka_unit_test(nobody_waits_for_a_log_that_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
