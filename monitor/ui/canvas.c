#include "canvas.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS 0x2026u

koop_status koop_canvas_resize(koop_canvas *canvas, int rows, int cols) {
    if (rows < 0 || cols < 0 || (int64_t)rows * cols > 1 << 24) return KOOP_BAD_ARGUMENT;
    size_t n = (size_t)rows * (size_t)cols;
    koop_cell *cells = malloc(n > 0 ? n * sizeof *cells : sizeof *cells);
    if (cells == NULL) return KOOP_NO_MEMORY;
    free(canvas->cells);
    canvas->cells = cells;
    canvas->rows = rows;
    canvas->cols = cols;
    koop_canvas_clear(canvas);
    return KOOP_OK;
}

void koop_canvas_free(koop_canvas *canvas) {
    free(canvas->cells);
    canvas->cells = NULL;
    canvas->rows = canvas->cols = 0;
}

void koop_canvas_clear(koop_canvas *canvas) {
    size_t n = (size_t)canvas->rows * (size_t)canvas->cols;
    for (size_t i = 0; i < n; i++) canvas->cells[i] = (koop_cell){' ', KOOP_ROLE_TEXT};
}

koop_area koop_canvas_area(koop_canvas *canvas) {
    return (koop_area){canvas, {0, 0, canvas->rows, canvas->cols}};
}

/* Cuts the span [*start, *start + *length) to [0, limit). */
static void cut(int *start, int *length, int limit) {
    if (*start < 0) {
        *length += *start;
        *start = 0;
    }
    if (*start > limit) *start = limit;
    if (*length > limit - *start) *length = limit - *start;
    if (*length < 0) *length = 0;
}

koop_area koop_area_part(koop_area area, koop_rect rect) {
    cut(&rect.row, &rect.rows, area.rect.rows);
    cut(&rect.col, &rect.cols, area.rect.cols);
    rect.row += area.rect.row;
    rect.col += area.rect.col;
    return (koop_area){area.canvas, rect};
}

koop_cell *koop_area_cell(koop_area area, int row, int col) {
    if (row < 0 || col < 0 || row >= area.rect.rows || col >= area.rect.cols) return NULL;
    int index = (area.rect.row + row) * area.canvas->cols + area.rect.col + col;
    return &area.canvas->cells[index];
}

/* Half a wide character cannot be shown: what is left of one that is overwritten becomes blank. */
static void split_wide(koop_area area, int row, int col) {
    koop_area all = koop_canvas_area(area.canvas);
    int r = area.rect.row + row, c = area.rect.col + col;
    koop_cell *here = koop_area_cell(all, r, c), *right = koop_area_cell(all, r, c + 1);
    if (here->glyph == 0) {
        koop_cell *left = koop_area_cell(all, r, c - 1);
        if (left != NULL) left->glyph = ' ';
    } else if (right != NULL && right->glyph == 0) {
        right->glyph = ' ';
    }
}

void koop_area_put(koop_area area, int row, int col, uint32_t glyph, koop_style style) {
    koop_cell *cell = koop_area_cell(area, row, col);
    if (cell == NULL) return;
    glyph = koop_glyph_plain(glyph, area.canvas->glyphs);
    koop_cell *right = NULL;
    if (koop_glyph_width(glyph) == 2) {
        right = koop_area_cell(area, row, col + 1);
        if (right == NULL) glyph = ' '; /* its right half would leave the area */
    }
    split_wide(area, row, col);
    *cell = (koop_cell){glyph, style};
    if (right == NULL) return;
    split_wide(area, row, col + 1);
    cell->glyph = glyph;
    *right = (koop_cell){0, style};
}

void koop_area_fill(koop_area area, int row, int col, int cols, uint32_t glyph, koop_style style) {
    cut(&col, &cols, area.rect.cols);
    for (int c = col; c < col + cols; c++) koop_area_put(area, row, c, glyph, style);
}

/* Draws text up to `end` (NULL: all of it) and returns the column after it. */
static int draw(koop_area area, int row, int col, const char *text, const char *end,
                koop_style style) {
    while (end == NULL || text < end) {
        uint32_t glyph = koop_glyph_next(&text);
        if (glyph == 0) break;
        koop_area_put(area, row, col, glyph, style);
        col += koop_glyph_width(koop_glyph_plain(glyph, area.canvas->glyphs));
    }
    return col;
}

int koop_area_text(koop_area area, int row, int col, const char *text, koop_style style) {
    return draw(area, row, col, text, NULL, style);
}

/* Where the first `cols` columns of text end; *used gets how many columns that is. */
static const char *advance(koop_area area, const char *text, int cols, int *used) {
    *used = 0;
    for (;;) {
        const char *next = text;
        uint32_t glyph = koop_glyph_next(&next);
        int width = glyph == 0 ? 0 : koop_glyph_width(koop_glyph_plain(glyph, area.canvas->glyphs));
        if (glyph == 0 || *used + width > cols) return text;
        *used += width;
        text = next;
    }
}

int koop_area_fit(koop_area area, int row, int col, int cols, const char *text, koop_style style) {
    int used;
    if (cols <= 0) return col;
    if (*advance(area, text, cols, &used) == '\0') return draw(area, row, col, text, NULL, style);
    int end = draw(area, row, col, text, advance(area, text, cols - 1, &used), style);
    koop_area_put(area, row, end, ELLIPSIS, style);
    return end + 1;
}

int koop_area_right(koop_area area, int row, int end, const char *text, koop_style style) {
    int col = end - koop_glyph_columns(text, area.canvas->glyphs);
    koop_area_text(area, row, col, text, style);
    return col;
}

/* The last place to break text[0..end): after its last space, or `end` where there is none. */
static const char *break_before(const char *text, const char *end) {
    if (*end == '\0' || *end == ' ') return end;
    for (const char *p = end; p > text; p--)
        if (p[-1] == ' ') return p;
    return end;
}

int koop_area_wrap(koop_area area, int row, int col, int rows, const char *text, koop_style style) {
    int cols = area.rect.cols - col, used, r = 0;
    if (cols <= 0) return 0;
    while (*text != '\0' && r < rows) {
        const char *full = advance(area, text, cols, &used);
        if (*full == '\0' || r == rows - 1) {
            koop_area_fit(area, row + r, col, cols, text, style);
            return r + 1;
        }
        const char *end = break_before(text, full);
        if (end == text) return r; /* one wide character does not fit in one column */
        draw(area, row + r, col, text, end, style);
        for (text = end; *text == ' ';) text++;
        r++;
    }
    return r;
}
