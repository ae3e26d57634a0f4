#include "palette.h"

#include <math.h>
#include <stdio.h>

enum { COLORS = 8, SHAPES = 8, DASHES = 4, ANCHORS = 9 };

#define PI 3.14159265358979323846

/* The best told apart first; yellow, faint on white, last and with a dark line. */
static const struct {
    const char *fill, *line;
} colors[COLORS] = {
    {"#0072b2", "#0072b2"}, /* blue */
    {"#d55e00", "#d55e00"}, /* vermilion */
    {"#009e73", "#009e73"}, /* bluish green */
    {"#cc79a7", "#a8497e"}, /* reddish purple */
    {"#e69f00", "#b87f00"}, /* orange */
    {"#56b4e9", "#2b8cc4"}, /* sky blue */
    {"#000000", "#000000"}, /* black */
    {"#f0e442", "#8a8000"}, /* yellow */
};

/* Beyond eight, colours shift against shapes and dashes, so that no pair comes twice. */
static int color_of(int i) {
    return (i + i / COLORS * 3) % COLORS;
}

const char *koop_palette_fill(int i) {
    return colors[color_of(i)].fill;
}

const char *koop_palette_line(int i) {
    return colors[color_of(i)].line;
}

const char *koop_palette_dash(int i) {
    static const char *const dashes[DASHES] = {NULL, "7 3", "2 2", "8 3 2 3"};
    return dashes[i % DASHES];
}

char *koop_palette_viridis(double share, char out[KOOP_PALETTE_COLOR_BYTES]) {
    static const unsigned char anchors[ANCHORS][3] = {
        {68, 1, 84},    {71, 45, 123}, {59, 82, 139},  {44, 114, 142}, {33, 145, 140},
        {40, 174, 128}, {94, 201, 98}, {173, 220, 48}, {253, 231, 37}};
    const double at = (share > 0 ? share < 1 ? share : 1 : 0) * (ANCHORS - 1);
    const int low = at < ANCHORS - 1 ? (int)at : ANCHORS - 2;
    int rgb[3];
    for (int c = 0; c < 3; c++)
        rgb[c] =
            (int)lround(anchors[low][c] + (at - low) * (anchors[low + 1][c] - anchors[low][c]));
    snprintf(out, KOOP_PALETTE_COLOR_BYTES, "#%02x%02x%02x", (unsigned)rgb[0] & 255u,
             (unsigned)rgb[1] & 255u, (unsigned)rgb[2] & 255u);
    return out;
}

/* A polygon with `corners` at the circle, the first at `turn` (of a whole turn, from the top); a
 * star when `inner` is below 1: its inner corners are that near. */
static void polygon(koop_svg *svg, double x, double y, double radius, int corners, double turn,
                    double inner, const koop_svg_paint *paint) {
    double xy[32];
    const int n = inner < 1 ? 2 * corners : corners;
    for (int k = 0; k < n; k++) {
        const double angle = 2 * PI * (turn + (double)k / n);
        const double r = inner < 1 && k % 2 ? inner * radius : radius;
        xy[2 * k] = x + r * sin(angle);
        xy[2 * k + 1] = y - r * cos(angle);
    }
    koop_svg_path(svg, xy, n, true, paint);
}

void koop_palette_marker(koop_svg *svg, int i, bool hollow, double x, double y, double radius) {
    const koop_svg_paint paint = {.fill = hollow ? "#ffffff" : koop_palette_fill(i),
                                  .opacity = hollow ? 0.5 : 0.65,
                                  .stroke = koop_palette_line(i),
                                  .width = radius > 4 ? 1.4 : 1};
    switch (i % SHAPES) {
    case 0:
        koop_svg_circle(svg, x, y, 0.88 * radius, &paint);
        break;
    case 1:
        polygon(svg, x, y, 1.15 * radius, 3, 0, 1, &paint);
        break;
    case 2:
        polygon(svg, x, y, 1.12 * radius, 4, 0.125, 1, &paint);
        break;
    case 3:
        polygon(svg, x, y, 1.15 * radius, 4, 0, 1, &paint);
        break;
    case 4:
        polygon(svg, x, y, 1.15 * radius, 3, 0.5, 1, &paint);
        break;
    case 5:
        polygon(svg, x, y, 1.3 * radius, 5, 0, 0.45, &paint);
        break;
    case 6:
        polygon(svg, x, y, 1.3 * radius, 4, 0, 0.35, &paint);
        break;
    default:
        polygon(svg, x, y, radius, 6, 0, 1, &paint);
        break;
    }
}
