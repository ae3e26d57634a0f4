/* canvas_text: what a canvas shows, as text that a test can search. */
#ifndef CANVAS_TEXT_H
#define CANVAS_TEXT_H

#include "canvas.h"

#include <stddef.h>

/* One row as UTF-8 without trailing blanks, in a static buffer. */
static inline const char *canvas_row(const koop_canvas *canvas, int row) {
    static char text[4 * 512 + 1];
    size_t used = 0, end = 0;
    for (int col = 0; col < canvas->cols && used + 4 < sizeof text; col++) {
        uint32_t g = canvas->cells[row * canvas->cols + col].glyph;
        if (g == 0) continue;
        if (g < 0x80) {
            text[used++] = (char)g;
        } else if (g < 0x800) {
            text[used++] = (char)(0xC0 | g >> 6);
            text[used++] = (char)(0x80 | (g & 0x3F));
        } else if (g < 0x10000) {
            text[used++] = (char)(0xE0 | g >> 12);
            text[used++] = (char)(0x80 | (g >> 6 & 0x3F));
            text[used++] = (char)(0x80 | (g & 0x3F));
        } else {
            text[used++] = (char)(0xF0 | g >> 18);
            text[used++] = (char)(0x80 | (g >> 12 & 0x3F));
            text[used++] = (char)(0x80 | (g >> 6 & 0x3F));
            text[used++] = (char)(0x80 | (g & 0x3F));
        }
        if (g != ' ') end = used;
    }
    text[end] = '\0';
    return text;
}

#endif
