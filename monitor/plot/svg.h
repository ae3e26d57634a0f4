/* svg: a picture as text: the elements of SVG 1.1 that the scenes are made of, in a growing buffer.
 *
 * Coordinates are pixels, x to the right and y down, written with two decimals, so that the same
 * calls give the same bytes on every machine and under every locale. Text may come from strangers:
 * it is made printable (printable.h) and escaped, so that no name ends an element or an attribute.
 * Paint is the program's own and is not escaped.
 *
 * Does not: open files, know fonts (widths of text are estimates for a common sans-serif), or fail
 * in the middle: the first failure is remembered, and koop_svg_end tells it. Not thread-safe. */
#ifndef KOOP_SVG_H
#define KOOP_SVG_H

#include "status.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct koop_svg {
    char *text; /* owned; NUL-terminated once something is written */
    size_t used, capacity;
    int clips; /* so far, for their ids */
    koop_status status;
} koop_svg;

/* What an element looks like; zero-initialised members mean "none" or the usual. */
typedef struct koop_svg_paint {
    const char *fill;   /* "#rrggbb"; NULL: not filled */
    const char *stroke; /* likewise */
    const char *dash;   /* "4 2"; NULL: solid */
    double width;       /* of the stroke; 0: 1 pixel */
    double opacity;     /* of the fill; 0: 1 */
} koop_svg_paint;

typedef enum koop_svg_anchor { KOOP_SVG_START, KOOP_SVG_MIDDLE, KOOP_SVG_END } koop_svg_anchor;

typedef struct koop_svg_font {
    double size;
    koop_svg_anchor anchor;
    const char *fill;  /* NULL: nearly black */
    bool bold, upward; /* upward: reads from below */
} koop_svg_font;

/* Begins a picture on a white page in a zero-initialised buffer. `title` is for screen readers and
 * browser tabs; NULL: none. */
void koop_svg_begin(koop_svg *svg, int width, int height, const char *title);
koop_status koop_svg_end(koop_svg *svg); /* KOOP_OK, KOOP_NO_MEMORY */
void koop_svg_free(koop_svg *svg);

void koop_svg_line(koop_svg *svg, double x1, double y1, double x2, double y2,
                   const koop_svg_paint *paint);
void koop_svg_rect(koop_svg *svg, double x, double y, double width, double height,
                   const koop_svg_paint *paint);
void koop_svg_circle(koop_svg *svg, double x, double y, double radius, const koop_svg_paint *paint);

/* n points xy[2n]; closed: a polygon. Nothing for n < 2. */
void koop_svg_path(koop_svg *svg, const double *xy, int n, bool closed,
                   const koop_svg_paint *paint);

/* Text on the baseline at (x, y). */
void koop_svg_text(koop_svg *svg, double x, double y, const koop_svg_font *font, const char *text);

/* What is drawn until koop_svg_unclip is cut off at the rectangle. Does not nest. */
void koop_svg_clip(koop_svg *svg, double x, double y, double width, double height);
void koop_svg_unclip(koop_svg *svg);

/* Rectangles until koop_svg_uncrisp are drawn without smoothed edges, which would leave seams. */
void koop_svg_crisp(koop_svg *svg);
void koop_svg_uncrisp(koop_svg *svg);

enum { KOOP_SVG_TEXT_BYTES = 1024 };

/* Roughly how wide `text` is. */
double koop_svg_text_width(const char *text, double size);

/* As much of the text as fits into `width`, with "…" in its middle where something was left out. */
char *koop_svg_fit(const char *text, double size, double width, char out[KOOP_SVG_TEXT_BYTES]);

#endif
