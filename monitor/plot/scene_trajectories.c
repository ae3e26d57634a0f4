#include "scene.h"

#include "chart.h"
#include "curve.h"
#include "palette.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Left the weights over the snapshots, right the plane; below both the legend. */
enum { WIDTH = 900, HEIGHT = 360, MARGIN = 24, LEAST = 120 };
#define NEAR_PX 0.4 /* points of a path that are so near to each other are drawn as one */

typedef struct scene {
    const koop_scene_trajectory *what;
    const koop_scene_path *paths;
    int n;
    bool plane;
    koop_chart curves, flat; /* flat: the plane's */
    double line;             /* width */
} scene;

static void widen(double value, double *low, double *high) {
    if (!koop_curve_shows(value, false)) return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

/* The range of the curves; false: nothing is to be seen. */
static bool range_of_curves(scene *s) {
    double low = INFINITY, high = -INFINITY, last = 0;
    for (int i = 0; i < s->n; i++) {
        const koop_scene_path *path = &s->paths[i];
        const size_t values = path->length * (size_t)s->what->n_weights * path->count;
        for (size_t j = 0; j < values; j++) widen(path->weights[j], &low, &high);
        last = fmax(last, (double)path->length - 1);
    }
    if (low > high) return false;
    s->curves.across = koop_axis_over(0, last, false, 0.01);
    s->curves.up = koop_axis_over(low, high, false, 0.06);
    return true;
}

static void range_of_plane(scene *s) {
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (int i = 0; i < s->n; i++) {
        const koop_scene_path *path = &s->paths[i];
        for (size_t row = 0; row < 2 * path->length; row++)
            for (size_t k = 0; k < path->count; k++)
                widen(path->plane[row * path->count + k], &low[row % 2], &high[row % 2]);
    }
    s->flat.across = koop_axis_over(low[0], high[0], false, 0.06);
    s->flat.up = koop_axis_over(low[1], high[1], false, 0.06);
}

static koop_status examine(scene *s) {
    size_t trajectories = 0;
    s->plane = s->n > 0;
    for (int i = 0; i < s->n; i++) {
        const koop_scene_path *path = &s->paths[i];
        if (path->length == 0 || path->count == 0) return KOOP_NOT_ENOUGH_DATA;
        s->plane &= path->plane != NULL;
        trajectories += path->count;
        for (size_t j = 0; path->plane && j < 2 * path->length * path->count; j++)
            if (!koop_curve_shows(path->plane[j], false)) return KOOP_NOT_FINITE;
    }
    s->line = trajectories <= 4 ? 1.5 : trajectories <= 20 ? 1 : 0.6;
    if (s->plane) range_of_plane(s);
    if (s->what->n_weights > 0 && !range_of_curves(s)) return KOOP_NOT_ENOUGH_DATA;
    return s->plane || s->what->n_weights > 0 ? KOOP_OK : KOOP_NOT_ENOUGH_DATA;
}

/* --- The weights. --- */

static koop_status draw_curves(koop_svg *svg, const scene *s) {
    const size_t weights = (size_t)s->what->n_weights;
    koop_status status = KOOP_OK;
    koop_chart_grid(svg, &s->curves);
    koop_svg_clip(svg, s->curves.x, s->curves.y, s->curves.width, s->curves.height);
    for (int i = 0; i < s->n; i++) {
        const koop_scene_path *path = &s->paths[i];
        for (size_t w = 0; w < weights; w++) {
            const koop_svg_paint line = {.stroke = koop_palette_line(i),
                                         .dash = koop_palette_dash((int)w),
                                         .width = s->line};
            for (size_t k = 0; k < path->count && status == KOOP_OK; k++)
                status =
                    koop_curve_draw(svg, &s->curves,
                                    &(koop_curve){.n = path->length,
                                                  .values = path->weights + w * path->count + k,
                                                  .stride = weights * path->count},
                                    &line);
        }
    }
    koop_svg_unclip(svg);
    koop_chart_frame(svg, &s->curves, "snapshot", "weight");
    return status;
}

/* --- The plane. --- */

static void point_of(const scene *s, const koop_scene_path *path, size_t t, size_t k, double *xy) {
    const double *row = path->plane + 2 * t * path->count + k;
    xy[0] = koop_axis_at(&s->flat.across, row[0]);
    xy[1] = koop_axis_at(&s->flat.up, row[path->count]);
}

static koop_status draw_path(koop_svg *svg, const scene *s, int i, size_t k) {
    const koop_scene_path *path = &s->paths[i];
    double *xy = malloc(2 * path->length * sizeof *xy);
    int n = 0;
    if (!xy) return KOOP_NO_MEMORY;
    for (size_t t = 0; t < path->length; t++) {
        double *at = xy + 2 * n;
        point_of(s, path, t, k, at);
        const bool ends = t == 0 || t + 1 == path->length;
        n += ends || hypot(at[0] - at[-2], at[1] - at[-1]) >= NEAR_PX;
    }
    koop_svg_path(svg, xy, n, false,
                  &(koop_svg_paint){.stroke = koop_palette_line(i), .width = s->line});
    free(xy);
    return KOOP_OK;
}

static koop_status draw_plane(koop_svg *svg, const scene *s) {
    char across[64], up[64];
    koop_status status = KOOP_OK;
    koop_chart_grid(svg, &s->flat);
    koop_svg_clip(svg, s->flat.x, s->flat.y, s->flat.width, s->flat.height);
    for (int i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->paths[i].count && status == KOOP_OK; k++)
            status = draw_path(svg, s, i, k);
    for (int i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->paths[i].count; k++) {
            double xy[2];
            point_of(s, &s->paths[i], 0, k, xy);
            koop_palette_marker(svg, i, true, xy[0], xy[1], s->line > 1 ? 5.5 : 4);
        }
    koop_svg_unclip(svg);
    snprintf(across, sizeof across, "1st principal component (%.3g%%)", 100 * s->what->shares[0]);
    snprintf(up, sizeof up, "2nd principal component (%.3g%%)", 100 * s->what->shares[1]);
    koop_chart_frame(svg, &s->flat, across, up);
    return status;
}

/* --- The whole. --- */

static int list_legend(const scene *s, koop_legend_entry *entries) {
    int n = 0;
    for (int i = 0; i < s->n; i++)
        entries[n++] = (koop_legend_entry){KOOP_LEGEND_MARKER, i, s->paths[i].name};
    for (int w = 0; w < s->what->n_weights; w++)
        entries[n++] = (koop_legend_entry){KOOP_LEGEND_DASH, w, s->what->weights[w]};
    if (s->plane) entries[n++] = (koop_legend_entry){KOOP_LEGEND_HOLLOW, 0, "hollow: start"};
    return n;
}

/* Fills in where the charts are, and the picture's height where it is free. */
static koop_status lay_out(scene *s, koop_scene_frame *size, double legend) {
    const bool curves = s->what->n_weights > 0, both = curves && s->plane;
    const double top = koop_chart_top(size->title), below = KOOP_CHART_BELOW + legend + 16;
    if (size->height == 0) size->height = (int)(top + HEIGHT + below);
    const double height = size->height - top - below, x = KOOP_CHART_BESIDE + 6;
    const double room = size->width - x - MARGIN - (both ? KOOP_CHART_BESIDE : 0);
    const double left = both ? 0.55 * room : curves ? room : 0;
    if (height < LEAST || room < (both ? 2 : 1) * LEAST) return KOOP_TOO_LARGE;
    koop_chart_place(&s->curves, x, top, left, height);
    koop_chart_place(&s->flat, both ? x + left + KOOP_CHART_BESIDE : x, top, room - left, height);
    return KOOP_OK;
}

koop_status koop_scene_trajectories(koop_svg *svg, const koop_scene_frame *frame,
                                    const koop_scene_trajectory *trajectory,
                                    const koop_scene_path *paths, int n) {
    koop_legend_entry entries[KOOP_PALETTE_SERIES + KOOP_SCENE_MAX_WEIGHTS + 1];
    scene s = {.what = trajectory, .paths = paths, .n = n};
    koop_scene_frame size = *frame;
    if (n > KOOP_PALETTE_SERIES || trajectory->n_weights > KOOP_SCENE_MAX_WEIGHTS)
        return KOOP_TOO_LARGE;
    koop_status status = examine(&s);
    if (status != KOOP_OK) return status;
    if (size.width == 0) size.width = s.plane && trajectory->n_weights > 0 ? WIDTH : 2 * WIDTH / 3;
    const int rows = list_legend(&s, entries), wide = size.width - 2 * MARGIN;
    const double legend = koop_chart_legend(NULL, 0, 0, wide, entries, rows);
    status = lay_out(&s, &size, legend);
    if (status != KOOP_OK) return status;
    koop_svg_begin(svg, size.width, size.height, frame->title);
    koop_chart_title(svg, size.width, frame->title);
    if (trajectory->n_weights > 0) status = draw_curves(svg, &s);
    if (s.plane && status == KOOP_OK) status = draw_plane(svg, &s);
    koop_chart_legend(svg, MARGIN, size.height - legend - 8, wide, entries, rows);
    const koop_status ended = koop_svg_end(svg);
    return status == KOOP_OK ? ended : status;
}
