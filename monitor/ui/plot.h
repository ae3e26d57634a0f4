/* plot: dots finer than a cell, and bars, drawn on a canvas. Pure.
 *
 * Dots. A cell holds 2×4 dots of braille, or 1×2 (upper and lower half) in blocks and ASCII, and
 * the cell's own character is the raster: drawing a dot adds it to what the cell shows. A cell that
 * shows other text keeps it. Dot (0, 0) is the upper left one of the area.
 *
 * Bars. Values, NAN where there is none, one a column; NAN leaves the column blank, the smallest
 * value is the lowest bar and not nothing. Heights are eighths of a row in Unicode. */
#ifndef KOOP_PLOT_H
#define KOOP_PLOT_H

#include "canvas.h"

#include <stdbool.h>

int koop_plot_dots_x(koop_glyphs glyphs); /* a cell: 2, or 1 */
int koop_plot_dots_y(koop_glyphs glyphs); /* a cell: 4, or 2 */

void koop_plot_dot(koop_area area, int x, int y, koop_style style);

/* A straight line of every `every`-th dot from (x0, y0) to (x1, y1); horizontal or vertical. */
void koop_plot_line(koop_area area, int x0, int y0, int x1, int y1, int every, koop_style style);

/* The circle of `radius` dots about (x, y), as much of it as the area shows. Cost: the area's
 * circumference in dots, whatever the radius. */
void koop_plot_circle(koop_area area, double x, double y, double radius, koop_style style);

/* How values become heights. */
typedef struct koop_plot_scale {
    double low, high;
    bool any;         /* there is a value at all */
    bool logarithmic; /* heights are those of the logarithm */
} koop_plot_scale;

/* From the smallest to the largest value. A range below a millionth of the values counts as
 * constant. With `may_log`, logarithmic when all are positive and span more than a factor 30. */
koop_plot_scale koop_plot_scale_of(const double *values, int n, bool may_log);

/* The height of a value among 0..levels-1: 0 for the low end, levels-1 for the high end; the
 * middle when the scale is constant; -1 for NAN. */
int koop_plot_level(const koop_plot_scale *scale, double value, int levels);

/* Bars in rows [row, row + rows), one value a column from `col`. */
void koop_plot_bars(koop_area area, koop_rect at, const double *values, int n,
                    const koop_plot_scale *scale, koop_style style);

/* A horizontal bar of `share` (0..1) of `cols` columns. */
void koop_plot_share(koop_area area, int row, int col, int cols, double share, koop_style style);

#endif
