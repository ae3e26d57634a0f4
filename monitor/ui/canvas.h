/* canvas: a grid of cells to draw on, and rectangles of it that no drawing leaves.
 *
 * Knows no terminal. A cell holds one character, the role of its colour and attributes; the screen
 * decides which colour a role is. All text goes through the filter of glyph.h, and characters that
 * the canvas's `glyphs` lack are replaced as they are drawn. One owner, no locks; allocates only in
 * koop_canvas_resize. Rows and columns count from 0, relative to the area drawn in. */
#ifndef KOOP_CANVAS_H
#define KOOP_CANVAS_H

#include "glyph.h"
#include "status.h"

typedef enum koop_role {
    KOOP_ROLE_TEXT,  /* the terminal's own colour */
    KOOP_ROLE_GOOD,  /* as it should be */
    KOOP_ROLE_WATCH, /* worth a look */
    KOOP_ROLE_ALARM, /* needs a person */
    KOOP_ROLE_DATA,  /* curves and bars */
    KOOP_ROLE_MODE,  /* eigenvalues */
    KOOP_ROLE_COUNT
} koop_role;

/* A role, or'ed with attributes. */
typedef unsigned koop_style;
enum { KOOP_BOLD = 1 << 4, KOOP_DIM = 1 << 5, KOOP_REVERSE = 1 << 6, KOOP_ROLE_MASK = 15 };

typedef struct koop_cell {
    uint32_t glyph; /* 0: the right half of the wide character to the left */
    koop_style style;
} koop_cell;

typedef struct koop_canvas {
    int rows, cols;
    koop_glyphs glyphs;
    koop_cell *cells; /* rows×cols, row by row */
} koop_canvas;

typedef struct koop_rect {
    int row, col, rows, cols;
} koop_rect;

/* A rectangle of a canvas, always inside it; passed by value. */
typedef struct koop_area {
    koop_canvas *canvas;
    koop_rect rect;
} koop_area;

/* Makes the canvas rows×cols blank cells; a zeroed canvas is a valid empty one. On KOOP_NO_MEMORY
 * and KOOP_BAD_ARGUMENT (negative, or more than 2^24 cells) it is unchanged. */
koop_status koop_canvas_resize(koop_canvas *canvas, int rows, int cols);
void koop_canvas_free(koop_canvas *canvas); /* the cells; not the struct */
void koop_canvas_clear(koop_canvas *canvas);

koop_area koop_canvas_area(koop_canvas *canvas);             /* all of it */
koop_area koop_area_part(koop_area area, koop_rect rect);    /* clipped to `area` */
koop_cell *koop_area_cell(koop_area area, int row, int col); /* NULL outside */

void koop_area_put(koop_area area, int row, int col, uint32_t glyph, koop_style style);
void koop_area_fill(koop_area area, int row, int col, int cols, uint32_t glyph, koop_style style);

/* Draws one line of text and returns the column after it, also where it was clipped. */
int koop_area_text(koop_area area, int row, int col, const char *text, koop_style style);

/* The same within `cols` columns: text that does not fit ends in an ellipsis. */
int koop_area_fit(koop_area area, int row, int col, int cols, const char *text, koop_style style);

/* The same, right-aligned so that it ends before column `end`; returns its first column. */
int koop_area_right(koop_area area, int row, int end, const char *text, koop_style style);

/* Wraps text at spaces over at most `rows` rows from (row, col) to the area's right edge; the last
 * row ends in an ellipsis when more was left. Returns the rows used. */
int koop_area_wrap(koop_area area, int row, int col, int rows, const char *text, koop_style style);

#endif
