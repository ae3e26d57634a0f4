/* screen: the terminal: shows a canvas, gives keys. The only file that calls ncurses.
 *
 * Takes the terminal at _open and gives it back as it was at _close, also when SIGINT, SIGTERM or
 * SIGHUP end the program: they are caught, koop_screen_signal says which one came, and _close
 * raises it again once the terminal is restored. Who ignores SIGHUP asks koop_screen_gone. Ctrl-Z suspends and resumes by ncurses itself.
 * One screen a process, one thread. The terminal's background is left as it is. */
#ifndef KOOP_SCREEN_H
#define KOOP_SCREEN_H

#include "canvas.h"

#include <stdbool.h>

/* KOOP_IO_FAILED, and the terminal untouched, when standard input or output is none, or one that
 * cannot move its cursor (TERM=dumb). */
koop_status koop_screen_open(bool no_color);
void koop_screen_close(void);

/* What terminal and locale can show. Reads LC_CTYPE, which koop_screen_open sets. */
koop_glyphs koop_screen_glyphs(void);

void koop_screen_size(int *rows, int *cols);
void koop_screen_show(const koop_canvas *canvas);
void koop_screen_redraw(void); /* the next show paints every cell */

/* The next key (control.h), or KOOP_KEY_NONE when none came within wait_ms or a signal did. */
int koop_screen_key(int wait_ms);

/* The signal that asks the program to end, or 0. */
int koop_screen_signal(void);

/* Whether the terminal is gone, noticed while asking for a key: no key will come any more. */
bool koop_screen_gone(void);

#endif
