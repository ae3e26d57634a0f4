#include "screen.h"

#include "control.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

/* Okabe–Ito (Color Universal Design, 2008), the nearest of xterm's 256 that is readable on black and
 * on white; then one of the basic eight, of which yellow vanishes on white. GREY serves dim text, which many terminals' own "dim" makes hard to read. */
typedef struct colour {
    short rich, basic;
} colour;

static const colour palette[KOOP_ROLE_COUNT] = {
    [KOOP_ROLE_TEXT] = {-1, -1},
    [KOOP_ROLE_GOOD] = {36, COLOR_GREEN},     /* bluish green 009E73 */
    [KOOP_ROLE_WATCH] = {172, COLOR_MAGENTA}, /* orange E69F00, darkened */
    [KOOP_ROLE_ALARM] = {166, COLOR_RED},     /* vermillion D55E00 */
    [KOOP_ROLE_DATA] = {74, COLOR_CYAN},      /* sky blue 56B4E9 */
    [KOOP_ROLE_MODE] = {166, COLOR_MAGENTA},  /* vermillion */
};
enum { GREY = 245, GREY_PAIR = KOOP_ROLE_COUNT + 1, N_SIGNALS = 3 };

static const int signals[N_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction previous[N_SIGNALS];
static volatile sig_atomic_t caught;
static SCREEN *terminal;
static bool gone;

static void on_signal(int number) {
    caught = number;
}

static void catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* no SA_RESTART: waiting for a key ends */
    sigemptyset(&action.sa_mask);
    caught = 0;
    for (int i = 0; i < N_SIGNALS; i++) {
        sigaction(signals[i], NULL, &previous[i]);
        if (previous[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, NULL);
    }
}

static void release_signals(void) {
    int number = caught;
    for (int i = 0; i < N_SIGNALS; i++) sigaction(signals[i], &previous[i], NULL);
    if (number != 0) raise(number);
}

/* Whether $TERM names a terminal that a picture can be drawn on. */
static bool can_draw(void) {
    int error;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return false;
    if (setupterm(NULL, STDOUT_FILENO, &error) != OK) return false;
    const char *move = tigetstr("cup"), *clear_all = tigetstr("clear");
    bool able = move != NULL && move != (char *)-1 && clear_all != NULL && clear_all != (char *)-1;
    del_curterm(cur_term);
    return able;
}

static void start_colours(bool no_color) {
    if (no_color || !has_colors() || start_color() == ERR) return;
    use_default_colors();
    bool rich = COLORS >= 256;
    for (int role = 0; role < KOOP_ROLE_COUNT; role++)
        init_pair((short)(role + 1), rich ? palette[role].rich : palette[role].basic, -1);
    if (rich) init_pair(GREY_PAIR, GREY, -1);
}

koop_status koop_screen_open(bool no_color) {
    setlocale(LC_CTYPE, ""); /* not LC_NUMERIC: numbers keep their point */
    if (terminal != NULL || !can_draw()) return KOOP_IO_FAILED;
    catch_signals();
    terminal = newterm(NULL, stdout, stdin);
    if (terminal == NULL) {
        release_signals();
        return KOOP_IO_FAILED;
    }
    gone = false;
    start_colours(no_color);
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    return KOOP_OK;
}

void koop_screen_close(void) {
    if (terminal == NULL) return;
    endwin();
    delscreen(terminal);
    terminal = NULL;
    release_signals();
}

koop_glyphs koop_screen_glyphs(void) {
    const char *term = getenv("TERM");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || wcwidth(0x25CF) != 1)
        return KOOP_GLYPHS_ASCII;
    return term != NULL && strcmp(term, "linux") == 0 ? KOOP_GLYPHS_BLOCK : KOOP_GLYPHS_BRAILLE;
}

void koop_screen_size(int *rows, int *cols) {
    getmaxyx(stdscr, *rows, *cols);
}

static attr_t attributes_of(koop_style style, short *pair) {
    attr_t attributes = A_NORMAL;
    short role = (short)(style & KOOP_ROLE_MASK);
    bool grey = style & KOOP_DIM && role == KOOP_ROLE_TEXT && COLORS >= 256 && COLOR_PAIRS > 0;
    *pair = grey ? GREY_PAIR : (short)(role + 1);
    if (style & KOOP_DIM && !grey) attributes |= A_DIM;
    if (style & KOOP_BOLD) attributes |= A_BOLD;
    if (style & KOOP_REVERSE) attributes |= A_REVERSE;
    return attributes;
}

static void show_cell(int row, int col, const koop_cell *cell) {
    wchar_t text[2] = {(wchar_t)cell->glyph, L'\0'};
    cchar_t out;
    short pair;
    attr_t attributes = attributes_of(cell->style, &pair);
    /* A width that the terminal's library sees differently would shift the rest of the row. */
    if (cell->glyph >= 0x80 && wcwidth(text[0]) != koop_glyph_width(cell->glyph)) text[0] = L'?';
    if (setcchar(&out, text, attributes, pair, NULL) == OK) mvadd_wch(row, col, &out);
}

void koop_screen_show(const koop_canvas *canvas) {
    erase();
    for (int row = 0; row < canvas->rows; row++)
        for (int col = 0; col < canvas->cols; col++) {
            const koop_cell *cell = &canvas->cells[row * canvas->cols + col];
            if (cell->glyph != 0) show_cell(row, col, cell);
        }
    refresh();
}

void koop_screen_redraw(void) {
    clearok(stdscr, TRUE);
}

/* Of a terminal that hung up, getch says at once and for ever that no key came. */
static bool hung_up(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

int koop_screen_key(int wait_ms) {
    timeout(wait_ms < 0 ? 0 : wait_ms);
    int key = getch();
    switch (key) {
    case ERR:
        gone = gone || hung_up();
        return KOOP_KEY_NONE;
    case KEY_UP:
        return KOOP_KEY_UP;
    case KEY_DOWN:
        return KOOP_KEY_DOWN;
    case KEY_RIGHT:
        return KOOP_KEY_RIGHT;
    case KEY_BTAB:
        return KOOP_KEY_BACK_TAB;
    case KEY_F(1):
        return KOOP_KEY_HELP;
    case KEY_RESIZE:
        return KOOP_KEY_RESIZE;
    case KEY_ENTER:
        return KOOP_KEY_ENTER;
    default:
        return key < 0x80 ? key : KOOP_KEY_NONE;
    }
}

int koop_screen_signal(void) {
    return caught;
}

bool koop_screen_gone(void) {
    return gone;
}
