#include "curve.h"

#include <math.h>
#include <stdlib.h>

/* A point in pixels, and which one of the curve it is. */
typedef struct point {
    double x, y;
    size_t index;
} point;

/* What a column of pixels shows of a curve. */
typedef struct column {
    int pixel, n;
    point first, low, high, last;
} column;

bool koop_curve_shows(double value, bool log) {
    return fabs(value) <= KOOP_AXIS_LARGEST && (!log || value >= 1 / KOOP_AXIS_LARGEST);
}

static void take_point(column *c, point p) {
    if (c->n++ == 0) *c = (column){.pixel = (int)p.x, .n = 1, .first = p, .low = p, .high = p};
    if (p.y > c->low.y) c->low = p;
    if (p.y < c->high.y) c->high = p;
    c->last = p;
}

static int put_column(const column *c, double *xy) {
    const bool falls = c->high.index < c->low.index;
    const point points[4] = {c->first, falls ? c->high : c->low, falls ? c->low : c->high, c->last};
    int n = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0 && points[i].index == points[i - 1].index) continue;
        xy[2 * n] = points[i].x;
        xy[2 * n++ + 1] = points[i].y;
    }
    return n;
}

static void draw_stretch(koop_svg *svg, const double *xy, int n, const koop_svg_paint *line) {
    if (n == 1) koop_svg_circle(svg, xy[0], xy[1], 1.5, &(koop_svg_paint){.fill = line->stroke});
    koop_svg_path(svg, xy, n, false, line);
}

koop_status koop_curve_draw(koop_svg *svg, const koop_chart *chart, const koop_curve *curve,
                            const koop_svg_paint *line) {
    const size_t columns = (size_t)chart->width + 2;
    double *xy = malloc(columns * 8 * sizeof *xy);
    if (!xy) return KOOP_NO_MEMORY;
    column c = {.n = 0};
    int n = 0;
    for (size_t i = 0; i <= curve->n; i++) {
        const double value = i < curve->n ? curve->values[i * curve->stride] : NAN;
        const bool seen = koop_curve_shows(value, chart->up.log);
        const double step = i < curve->n && curve->steps ? (double)curve->steps[i] : (double)i;
        const double x = koop_axis_at(&chart->across, step);
        if (c.n > 0 && (!seen || (int)x != c.pixel)) {
            n += put_column(&c, xy + 2 * n);
            c.n = 0;
        }
        if (!seen || (size_t)n + 8 > 4 * columns) {
            draw_stretch(svg, xy, n, line);
            n = 0;
        }
        if (seen) take_point(&c, (point){x, koop_axis_at(&chart->up, value), i});
    }
    free(xy);
    return KOOP_OK;
}
