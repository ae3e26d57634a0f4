/* The terminal itself, on a pseudo-terminal: taken, drawn on, and always given back. */
#include "screen.h"

#include "control.h"

#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char output[1 << 16];

typedef struct session {
    pid_t pid;
    int terminal;
    size_t used;
} session;

/* Starts `child` on a pseudo-terminal of 10×40 of type `term`; its result is the exit status. */
static session start(const char *term, int (*child)(void)) {
    struct winsize size = {.ws_row = 10, .ws_col = 40};
    session s = {.used = 0};
    s.pid = forkpty(&s.terminal, NULL, NULL, &size);
    if (s.pid == 0) {
        setenv("TERM", term, 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        _exit(child());
    }
    if (s.pid < 0) skip(); /* a container without pseudo-terminals */
    return s;
}

/* Reads what the child writes until `text` came (true) or it closed the terminal (false). */
static bool read_until(session *s, const char *text) {
    for (;;) {
        output[s->used] = '\0';
        if (text != NULL && strstr(output, text) != NULL) return true;
        ssize_t n = read(s->terminal, output + s->used, sizeof output - 1 - s->used);
        if (n <= 0) return false;
        s->used += (size_t)n;
    }
}

static int finish(session *s) {
    int status;
    read_until(s, NULL);
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    close(s->terminal);
    return status;
}

static int try_to_open(void) {
    return koop_screen_open(false) == KOOP_IO_FAILED ? 7 : 8;
}

static void a_terminal_that_cannot_move_its_cursor_is_refused(void **state) {
    (void)state;
    static const char *const terms[] = {"dumb", "", "no-such-terminal"};
    for (int i = 0; i < 3; i++) {
        session s = start(terms[i], try_to_open);
        assert_int_equal(WEXITSTATUS(finish(&s)), 7);
        assert_string_equal(output, ""); /* and nothing was written to it */
    }
}

static void a_pipe_is_refused(void **state) {
    (void)state;
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        dup2(ends[1], STDOUT_FILENO);
        _exit(try_to_open());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(WEXITSTATUS(status), 7);
}

/* Shows one line and answers keys with their number until q. */
static int show_keys(void) {
    koop_canvas canvas = {.cells = NULL};
    if (koop_screen_open(false) != KOOP_OK) return 8;
    int rows, cols, key = KOOP_KEY_NONE;
    koop_screen_size(&rows, &cols);
    canvas.glyphs = koop_screen_glyphs();
    koop_canvas_resize(&canvas, rows, cols);
    do {
        char text[64];
        snprintf(text, sizeof text, "%dx%d ● key=%x.", rows, cols, (unsigned)key);
        koop_canvas_clear(&canvas);
        koop_area_text(koop_canvas_area(&canvas), 0, 0, text, KOOP_ROLE_GOOD | KOOP_BOLD);
        koop_screen_redraw();
        koop_screen_show(&canvas);
        do key = koop_screen_key(100);
        while (key == KOOP_KEY_NONE && koop_screen_signal() == 0);
    } while (key != 'q' && koop_screen_signal() == 0);
    koop_screen_close();
    koop_canvas_free(&canvas);
    return 3;
}

static void assert_given_back(void) {
    assert_non_null(strstr(output, "\033[?1049h")); /* the other screen was taken */
    assert_non_null(strstr(output, "\033[?1049l")); /* and left */
}

static void a_canvas_is_shown_and_keys_are_understood(void **state) {
    (void)state;
    session s = start("xterm-256color", show_keys);
    assert_true(read_until(&s, "10x40 ● key=0."));
    static const struct {
        const char *bytes, *shown;
    } keys[] = {{"z", "key=7a."},          {"\033OA", "key=110000."}, {"\033OB", "key=110001."},
                {"\033OC", "key=110005."}, {"\033[Z", "key=110002."}, {"\033OP", "key=110003."},
                {"\r", "key=d."},          {"\f", "key=c."},          {"\t", "key=9."},
                {"\033", "key=1b."}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_true(write(s.terminal, keys[i].bytes, strlen(keys[i].bytes)) > 0);
        assert_true(read_until(&s, keys[i].shown));
    }
    assert_true(write(s.terminal, "q", 1) == 1);
    int status = finish(&s);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    assert_given_back();
}

static void a_signal_gives_the_terminal_back_and_then_ends(void **state) {
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    for (int i = 0; i < 3; i++) {
        session s = start("xterm-256color", show_keys);
        assert_true(read_until(&s, "key=0."));
        kill(s.pid, signals[i]);
        int status = finish(&s);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
        assert_given_back();
    }
}

static int outlive_the_terminal(void) {
    signal(SIGHUP, SIG_IGN);
    if (koop_screen_open(false) != KOOP_OK) return 8;
    puts("open");
    fflush(stdout);
    while (!koop_screen_gone()) koop_screen_key(100);
    koop_screen_close();
    return 3;
}

static void a_terminal_that_is_gone_is_noticed_without_a_signal(void **state) {
    (void)state;
    int status;
    session s = start("xterm-256color", outlive_the_terminal);
    assert_true(read_until(&s, "open"));
    close(s.terminal);
    assert_int_equal(waitpid(s.pid, &status, 0), s.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

static int show_mono(void) {
    koop_canvas canvas = {.glyphs = KOOP_GLYPHS_ASCII};
    if (koop_screen_open(true) != KOOP_OK) return 8;
    koop_canvas_resize(&canvas, 10, 40);
    for (unsigned role = 0; role < KOOP_ROLE_COUNT; role++)
        koop_area_text(koop_canvas_area(&canvas), (int)role, 0, "colour", role | KOOP_DIM);
    koop_screen_show(&canvas);
    koop_screen_close();
    koop_canvas_free(&canvas);
    return 3;
}

static void no_colour_means_none(void **state) {
    (void)state;
    session s = start("xterm-256color", show_mono);
    assert_int_equal(WEXITSTATUS(finish(&s)), 3);
    assert_non_null(strstr(output, "colour"));
    assert_null(strstr(output, "38;5;"));
    for (int colour = 30; colour < 38; colour++) {
        char text[16];
        snprintf(text, sizeof text, "%dm", colour);
        assert_null(strstr(output, text));
    }
}

static int glyphs_of_locale(void) {
    setenv("LC_ALL", "C", 1);
    if (koop_screen_open(false) != KOOP_OK) return 8;
    koop_glyphs glyphs = koop_screen_glyphs();
    koop_screen_close();
    return (int)glyphs;
}

static void a_locale_without_unicode_gets_ascii(void **state) {
    (void)state;
    session s = start("xterm-256color", glyphs_of_locale);
    assert_int_equal(WEXITSTATUS(finish(&s)), KOOP_GLYPHS_ASCII);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_terminal_that_cannot_move_its_cursor_is_refused),
        cmocka_unit_test(a_pipe_is_refused),
        cmocka_unit_test(a_canvas_is_shown_and_keys_are_understood),
        cmocka_unit_test(a_signal_gives_the_terminal_back_and_then_ends),
        cmocka_unit_test(a_terminal_that_is_gone_is_noticed_without_a_signal),
        cmocka_unit_test(no_colour_means_none),
        cmocka_unit_test(a_locale_without_unicode_gets_ascii),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
