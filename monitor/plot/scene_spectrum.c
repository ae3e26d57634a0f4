#include "scene.h"

#include "chart.h"
#include "palette.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notation.  half  half of the side of a panel, in the plane
 * The left panel shows the disk, |Re|, |Im| ≤ half, with half = DISK, or more where an eigenvalue
 * is outside, up to FARTHEST. The right one shows 1 − LEFT·half … 1 + RIGHT·half across. */
#define DISK 1.12
#define FARTHEST 4.
#define LEFT 1.5
#define RIGHT 0.5
#define ROOM 1.08 /* around the outermost eigenvalue */
#define LARGEST_ZOOM 10000.

enum { SIDE = 380, LEAST_SIDE = 90, MARGIN = 24, CAPTION = 20, ARC = 96, NAME_BYTES = 512 };

typedef struct scene {
    const koop_scene_spectrum_series *series;
    int n, points;
    double zoom, radius; /* of the markers */
    bool hollow, joined; /* some are */
} scene;

static int rising(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double half_for(double re, double im) {
    return ROOM * fmax(fabs(im), fmax((1 - re) / LEFT, (re - 1) / RIGHT));
}

/* The round factor below DISK/half. */
static double round_zoom(double half) {
    static const double steps[] = {1, 1.5, 2, 3, 5, 7, 10};
    const double exact = half > DISK / LARGEST_ZOOM ? DISK / half : LARGEST_ZOOM;
    if (exact < 3) return 1; /* so little larger, a second panel would only repeat the first */
    const double power = pow(10, floor(log10(exact) + 1e-12));
    double best = power;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] * power <= exact * (1 + 1e-12)) best = steps[i] * power;
    return best;
}

double koop_scene_zoom(const koop_scene_spectrum_series *series, int n) {
    size_t points = 0, used = 0;
    for (int s = 0; s < n; s++) points += (size_t)series[s].n;
    double *halves = points ? malloc(points * sizeof *halves) : NULL;
    if (!halves) return 1;
    for (int s = 0; s < n; s++)
        for (int i = 0; i < series[s].n; i++)
            halves[used++] = half_for(series[s].z[2 * i], series[s].z[2 * i + 1]);
    qsort(halves, used, sizeof *halves, rising);
    const double most = halves[(3 * used + 3) / 4 - 1], all = halves[used - 1];
    free(halves);
    return round_zoom(all <= 2 * most ? all : most);
}

static koop_status examine(scene *s) {
    for (int k = 0; k < s->n; k++) {
        const koop_scene_spectrum_series *series = &s->series[k];
        for (int i = 0; i < 2 * series->n; i++)
            if (!(fabs(series->z[i]) <= KOOP_AXIS_LARGEST)) return KOOP_NOT_FINITE;
        for (int i = 0; series->hollow && i < series->n; i++) s->hollow |= series->hollow[i];
        s->points += series->n;
        s->joined |= k + 1 < s->n && series->partner;
    }
    s->zoom = koop_scene_zoom(s->series, s->n);
    s->radius = s->points <= 40 ? 5.5 : s->points <= 200 ? 4.2 : 3.2;
    return s->points > 0 ? KOOP_OK : KOOP_NOT_ENOUGH_DATA;
}

static double disk_half(const scene *s) {
    double half = DISK;
    for (int k = 0; k < s->n; k++)
        for (int i = 0; i < 2 * s->series[k].n; i++)
            half = fmax(half, 1.06 * fabs(s->series[k].z[i]));
    return fmin(half, FARTHEST);
}

/* The circle as points rather than as a <circle>: near 1 it has a radius of a million pixels. */
static void draw_circle(koop_svg *svg, const koop_chart *chart, double half, bool near_one) {
    static const koop_svg_paint line = {.stroke = "#777777", .width = 1.2};
    const double end = near_one ? asin(fmin(1.2 * half, 1)) : acos(-1);
    double xy[2 * (2 * ARC + 1)];
    for (int i = 0; i <= 2 * ARC; i++) {
        const double angle = end * (i - ARC) / ARC;
        xy[2 * i] = koop_axis_at(&chart->across, cos(angle));
        xy[2 * i + 1] = koop_axis_at(&chart->up, sin(angle));
    }
    koop_svg_path(svg, xy, 2 * ARC + 1, !near_one, &line);
}

static bool inside(const koop_chart *chart, double re, double im) {
    return re >= chart->across.low && re <= chart->across.high && im >= chart->up.low &&
           im <= chart->up.high;
}

/* The shares t of one coordinate's way from `a` to `b` at which it is within low … high, cut out of
 * from … to (Y.-D. Liang & B. A. Barsky 1984, ACM Trans. Graph. 3). */
static void keep_within(double a, double b, double low, double high, double *from, double *to) {
    if (a == b) {
        if (a < low || a > high) *to = -1;
        return;
    }
    const double enter = (low - a) / (b - a), leave = (high - a) / (b - a);
    *from = fmax(*from, fmin(enter, leave));
    *to = fmin(*to, fmax(enter, leave));
}

/* The part of a line that is in the panel: what is far outside has no pixel that a viewer could be
 * asked to draw to. */
static void draw_join(koop_svg *svg, const koop_chart *chart, const double *a, const double *b) {
    static const koop_svg_paint line = {.stroke = KOOP_CHART_THIN, .width = 0.8};
    double from = 0, to = 1;
    keep_within(a[0], b[0], chart->across.low, chart->across.high, &from, &to);
    keep_within(a[1], b[1], chart->up.low, chart->up.high, &from, &to);
    if (from > to) return;
    koop_svg_line(svg, koop_axis_at(&chart->across, a[0] + from * (b[0] - a[0])),
                  koop_axis_at(&chart->up, a[1] + from * (b[1] - a[1])),
                  koop_axis_at(&chart->across, a[0] + to * (b[0] - a[0])),
                  koop_axis_at(&chart->up, a[1] + to * (b[1] - a[1])), &line);
}

static void draw_joins(koop_svg *svg, const scene *s, const koop_chart *chart) {
    for (int k = 0; k + 1 < s->n; k++)
        for (int i = 0; s->series[k].partner && i < s->series[k].n; i++)
            draw_join(svg, chart, &s->series[k].z[2 * i],
                      &s->series[k + 1].z[2 * s->series[k].partner[i]]);
}

/* One panel; how many eigenvalues are outside of it. */
static int draw_panel(koop_svg *svg, const scene *s, koop_chart *chart, double half,
                      bool near_one) {
    static const koop_svg_paint axis = {.stroke = "#bbbbbb", .width = 0.8};
    int outside = 0;
    chart->across.low = near_one ? 1 - LEFT * half : -half;
    chart->across.high = near_one ? 1 + RIGHT * half : half;
    chart->up.low = -half;
    chart->up.high = half;
    koop_chart_grid(svg, chart);
    koop_svg_clip(svg, chart->x, chart->y, chart->width, chart->height);
    const double zero = koop_axis_at(&chart->up, 0), origin = koop_axis_at(&chart->across, 0);
    koop_svg_line(svg, chart->x, zero, chart->x + chart->width, zero, &axis);
    if (!near_one) koop_svg_line(svg, origin, chart->y, origin, chart->y + chart->height, &axis);
    draw_circle(svg, chart, half, near_one);
    draw_joins(svg, s, chart);
    for (int k = 0; k < s->n; k++)
        for (int i = 0; i < s->series[k].n; i++) {
            const double re = s->series[k].z[2 * i], im = s->series[k].z[2 * i + 1];
            if (inside(chart, re, im))
                koop_palette_marker(svg, k, s->series[k].hollow && s->series[k].hollow[i],
                                    koop_axis_at(&chart->across, re), koop_axis_at(&chart->up, im),
                                    s->radius);
            else
                outside++;
        }
    koop_svg_unclip(svg);
    koop_chart_frame(svg, chart, "Re λ", "Im λ");
    return outside;
}

static void caption(koop_svg *svg, const koop_chart *chart, const char *text) {
    char fitted[KOOP_SVG_TEXT_BYTES];
    koop_svg_text(svg, chart->x + chart->width / 2, chart->y - 7,
                  &(koop_svg_font){
                      .size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE, .fill = KOOP_CHART_GREY},
                  koop_svg_fit(text, KOOP_CHART_LABEL, chart->width + 2 * MARGIN, fitted));
}

/* In the disk, what the panel beside it shows. */
static void mark_zoomed(koop_svg *svg, const koop_chart *disk, double half) {
    const double x0 = koop_axis_at(&disk->across, 1 - LEFT * half);
    const double x1 = koop_axis_at(&disk->across, 1 + RIGHT * half);
    const double y0 = koop_axis_at(&disk->up, half), y1 = koop_axis_at(&disk->up, -half);
    const double grow = fmax(0, (16 - (x1 - x0)) / 2); /* a mark that can be seen */
    koop_svg_rect(svg, x0 - grow, y0 - grow, x1 - x0 + 2 * grow, y1 - y0 + 2 * grow,
                  &(koop_svg_paint){.stroke = "#222222", .dash = "3 2"});
}

static int list_legend(const scene *s, char (*names)[NAME_BYTES], koop_legend_entry *entries) {
    for (int k = 0; k < s->n; k++) {
        snprintf(names[k], NAME_BYTES, "%.480s (%d)", s->series[k].name, s->series[k].n);
        entries[k] = (koop_legend_entry){KOOP_LEGEND_MARKER, k, names[k]};
    }
    int n = s->n;
    if (s->joined) entries[n++] = (koop_legend_entry){KOOP_LEGEND_LINE, 0, "optimal matching"};
    if (s->hollow)
        entries[n++] =
            (koop_legend_entry){KOOP_LEGEND_HOLLOW, 0, "hollow: large residual, not to be trusted"};
    return n;
}

static void draw(koop_svg *svg, const scene *s, double side, const koop_scene_frame *size) {
    char text[96];
    koop_chart disk = {.x = 0}, near_one = disk;
    const double top = koop_chart_top(size->title) + CAPTION, half = DISK / s->zoom;
    const int panels = s->zoom > 1 ? 2 : 1;
    const double wide = panels * (side + KOOP_CHART_BESIDE) + MARGIN;
    const double left = fmax(0, (size->width - wide) / 2) + KOOP_CHART_BESIDE;
    koop_chart_place(&disk, left, top, side, side);
    const int outside = draw_panel(svg, s, &disk, disk_half(s), false);
    snprintf(text, sizeof text, "%d of %d beyond the frame", outside, s->points);
    caption(svg, &disk, outside ? text : "unit circle");
    if (panels == 1) return;
    mark_zoomed(svg, &disk, half);
    koop_chart_place(&near_one, left + side + KOOP_CHART_BESIDE, top, side, side);
    const int hidden = draw_panel(svg, s, &near_one, half, true);
    snprintf(text, sizeof text, hidden ? "zoom %g× near 1, %d of %d outside" : "zoom %g× near 1",
             s->zoom, hidden, s->points);
    caption(svg, &near_one, text);
}

koop_status koop_scene_spectrum(koop_svg *svg, const koop_scene_frame *frame,
                                const koop_scene_spectrum_series *series, int n) {
    char names[KOOP_PALETTE_SERIES][NAME_BYTES];
    koop_legend_entry entries[KOOP_PALETTE_SERIES + 2];
    scene s = {.series = series, .n = n};
    if (n > KOOP_PALETTE_SERIES) return KOOP_TOO_LARGE;
    const koop_status status = examine(&s);
    if (status != KOOP_OK) return status;
    koop_scene_frame size = *frame;
    const int panels = s.zoom > 1 ? 2 : 1, rows = list_legend(&s, names, entries);
    if (size.width == 0) size.width = panels * (SIDE + KOOP_CHART_BESIDE) + MARGIN;
    const double legend = koop_chart_legend(NULL, 0, 0, size.width - 2 * MARGIN, entries, rows);
    const double around = koop_chart_top(size.title) + CAPTION + KOOP_CHART_BELOW + legend + 16;
    double side = (double)(size.width - MARGIN) / panels - KOOP_CHART_BESIDE;
    if (size.height == 0) size.height = (int)ceil(fmin(side, 2 * SIDE) + around);
    side = fmin(side, size.height - around);
    if (side < LEAST_SIDE) return KOOP_TOO_LARGE;
    koop_svg_begin(svg, size.width, size.height, frame->title);
    koop_chart_title(svg, size.width, frame->title);
    draw(svg, &s, side, &size);
    koop_chart_legend(svg, MARGIN, size.height - legend - 8, size.width - 2 * MARGIN, entries,
                      rows);
    return koop_svg_end(svg);
}
