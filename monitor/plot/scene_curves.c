#include "scene.h"

#include "chart.h"
#include "curve.h"
#include "palette.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Charts below one another over one axis of steps; above them the numbers of the events in up to
 * LANES rows, below them what the events are. */
enum { WIDTH = 900, PANEL = 118, GAP = 12, LEAST = 36, LANES = 3, LANE = 17, MARGIN = 24 };
enum { LINE = 16, SMALL = 11, MOST_LISTED = 40, LINE_BYTES = 512 };

#define MARK "#d55e00"

typedef struct scene {
    const koop_scene_curve *curves;
    const koop_scene_event *events;
    int n, n_events, listed, lines; /* lines of text below */
    koop_axis steps;
    double x, width, top, panel; /* of the charts */
    int lanes;
} scene;

/* The range of what is to be seen; false: nothing is. */
static bool range_of(const koop_scene_curve *curve, koop_axis *axis) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < curve->n; i++) {
        if (!koop_curve_shows(curve->values[i], curve->log)) continue;
        low = fmin(low, curve->values[i]);
        high = fmax(high, curve->values[i]);
    }
    if (low > high) return false;
    *axis = koop_axis_over(low, high, curve->log, 0.06);
    return true;
}

static koop_status examine(scene *s) {
    double low = INFINITY, high = -INFINITY;
    bool any = false;
    koop_axis unused;
    for (int k = 0; k < s->n; k++) {
        const koop_scene_curve *curve = &s->curves[k];
        if (curve->n == 0) continue;
        low = fmin(low, (double)curve->steps[0]);
        high = fmax(high, (double)curve->steps[curve->n - 1]);
        any |= range_of(curve, &unused);
    }
    if (!any) return KOOP_NOT_ENOUGH_DATA;
    s->steps = koop_axis_over(low, high, false, 0.01);
    return KOOP_OK;
}

/* --- The list of events. --- */

/* As many words of `text` as fit into `width`; *rest: where the next line begins. */
static void take_line(const char *text, double width, char line[LINE_BYTES], const char **rest) {
    size_t fits = 0;
    for (size_t end = 0; text[end];) {
        end += strspn(text + end, " ");
        end += strcspn(text + end, " ");
        if (end >= LINE_BYTES) break;
        memcpy(line, text, end);
        line[end] = '\0';
        if (fits > 0 && koop_svg_text_width(line, SMALL) > width) break;
        fits = end;
    }
    if (fits == 0) fits = strlen(text) < LINE_BYTES ? strlen(text) : LINE_BYTES - 1;
    memcpy(line, text, fits);
    line[fits] = '\0';
    *rest = text + fits + strspn(text + fits, " ");
}

/* Draws the list from `y` on, or only counts its lines when `svg` is NULL. */
static int list_events(koop_svg *svg, const scene *s, double y) {
    int lines = 0;
    const double indent = 30, width = s->width + s->x - MARGIN - indent;
    for (int i = 0; i < s->listed; i++) {
        char number[32], text[LINE_BYTES], line[LINE_BYTES];
        char fitted[KOOP_SVG_TEXT_BYTES];
        snprintf(text, sizeof text, "step %" PRId64 ": %.440s", s->events[i].step,
                 s->events[i].text);
        snprintf(number, sizeof number, "%d", i + 1);
        const char *rest = text;
        for (int first = 1; *rest; lines++, first = 0) {
            take_line(rest, width, line, &rest);
            if (!svg) continue;
            if (first)
                koop_svg_text(
                    svg, MARGIN + 18, y + lines * LINE,
                    &(koop_svg_font){
                        .size = SMALL, .anchor = KOOP_SVG_END, .fill = MARK, .bold = true},
                    number);
            koop_svg_text(svg, MARGIN + indent, y + lines * LINE, &(koop_svg_font){.size = SMALL},
                          koop_svg_fit(line, SMALL, width, fitted));
        }
    }
    if (s->listed == s->n_events) return lines;
    if (svg) {
        char text[64];
        snprintf(text, sizeof text, "and %d more", s->n_events - s->listed);
        koop_svg_text(svg, MARGIN + indent, y + lines * LINE, &(koop_svg_font){.size = SMALL},
                      text);
    }
    return lines + 1;
}

/* --- The marks of events. --- */

/* The lane of each event, from below, so that no number touches another; -1: it has no place. */
static int place_marks(const scene *s, int *lanes) {
    double free_from[LANES] = {-INFINITY, -INFINITY, -INFINITY};
    int used = 0;
    for (int i = 0; i < s->n_events; i++) {
        const double x = koop_axis_at(&s->steps, (double)s->events[i].step);
        lanes[i] = -1;
        for (int lane = 0; lane < LANES && lanes[i] < 0; lane++)
            if (x >= free_from[lane]) lanes[i] = lane;
        if (lanes[i] < 0) continue;
        free_from[lanes[i]] = x + 20;
        if (lanes[i] + 1 > used) used = lanes[i] + 1;
    }
    return used;
}

/* Lines first, so that none goes through a number. */
static void draw_marks(koop_svg *svg, const scene *s, const int *lanes, double bottom) {
    const koop_svg_paint line = {
        .stroke = MARK, .dash = "4 3", .width = s->n_events > MOST_LISTED ? 0.5 : 1};
    for (int i = 0; i < s->n_events; i++) {
        const double x = koop_axis_at(&s->steps, (double)s->events[i].step);
        const double y = lanes[i] < 0 ? s->top : s->top - 10 - lanes[i] * LANE;
        koop_svg_line(svg, x, y, x, bottom, &line);
    }
    for (int i = 0; i < s->n_events; i++) {
        const double x = koop_axis_at(&s->steps, (double)s->events[i].step);
        const double y = s->top - 10 - lanes[i] * LANE;
        char number[32];
        if (lanes[i] < 0) continue;
        snprintf(number, sizeof number, "%d", i + 1);
        koop_svg_circle(svg, x, y, 8, &(koop_svg_paint){.fill = "#ffffff", .stroke = MARK});
        koop_svg_text(
            svg, x, y + 3.5,
            &(koop_svg_font){.size = i < 99 ? 10 : 8, .anchor = KOOP_SVG_MIDDLE, .fill = MARK},
            number);
    }
}

/* --- The curves. --- */

static koop_status draw_panel(koop_svg *svg, const scene *s, int k, double y) {
    const koop_scene_curve *curve = &s->curves[k];
    koop_chart chart = {.across = s->steps};
    const bool any = range_of(curve, &chart.up);
    if (!any) chart.up = koop_axis_over(0, 1, false, 0);
    koop_chart_place(&chart, s->x, y, s->width, s->panel);
    koop_chart_grid(svg, &chart);
    koop_svg_clip(svg, chart.x, chart.y, chart.width, chart.height);
    if (any && curve->has_level) {
        const double level = koop_axis_at(&chart.up, curve->level);
        koop_svg_line(svg, chart.x, level, chart.x + chart.width, level,
                      &(koop_svg_paint){.stroke = "#888888", .dash = "2 3"});
    }
    koop_status status = KOOP_OK;
    if (any)
        status =
            koop_curve_draw(svg, &chart, &(koop_curve){curve->n, curve->steps, curve->values, 1},
                            &(koop_svg_paint){.stroke = "#0072b2", .width = 1.4});
    koop_svg_unclip(svg);
    koop_chart_frame(svg, &chart, k == s->n - 1 ? "step" : NULL, curve->name);
    return status;
}

/* Fills in where everything is, and the picture's size where it is free. */
static koop_status lay_out(scene *s, koop_scene_frame *size, int *lanes) {
    if (size->width == 0) size->width = WIDTH;
    s->x = KOOP_CHART_BESIDE + 6;
    s->width = size->width - s->x - MARGIN;
    if (s->width < 4 * LEAST) return KOOP_TOO_LARGE;
    s->steps.from = s->x;
    s->steps.to = s->x + s->width;
    s->lanes = place_marks(s, lanes);
    s->listed = s->n_events < MOST_LISTED ? s->n_events : MOST_LISTED;
    s->lines = list_events(NULL, s, 0);
    s->top = koop_chart_top(size->title) + s->lanes * LANE + (s->lanes ? 4 : 0);
    const double below = KOOP_CHART_BELOW + s->lines * LINE + (s->lines ? 16 : 4);
    if (size->height == 0) size->height = (int)(s->top + s->n * (PANEL + GAP) - GAP + below);
    s->panel = (size->height - s->top - below + GAP) / s->n - GAP;
    return s->panel >= LEAST ? KOOP_OK : KOOP_TOO_LARGE;
}

koop_status koop_scene_curves(koop_svg *svg, const koop_scene_frame *frame,
                              const koop_scene_curve *curves, int n, const koop_scene_event *events,
                              int n_events) {
    scene s = {.curves = curves, .n = n, .events = events, .n_events = n_events};
    koop_scene_frame size = *frame;
    koop_status status = n > 0 ? examine(&s) : KOOP_NOT_ENOUGH_DATA;
    int *lanes = malloc(((size_t)n_events + 1) * sizeof *lanes);
    if (!lanes) return KOOP_NO_MEMORY;
    if (status == KOOP_OK) status = lay_out(&s, &size, lanes);
    if (status == KOOP_OK) {
        const double bottom = s.top + n * (s.panel + GAP) - GAP;
        koop_svg_begin(svg, size.width, size.height, frame->title);
        koop_chart_title(svg, size.width, frame->title);
        draw_marks(svg, &s, lanes, bottom);
        for (int k = 0; k < n && status == KOOP_OK; k++)
            status = draw_panel(svg, &s, k, s.top + k * (s.panel + GAP));
        list_events(svg, &s, bottom + KOOP_CHART_BELOW + 14);
        const koop_status ended = koop_svg_end(svg);
        if (status == KOOP_OK) status = ended;
    }
    free(lanes);
    return status;
}
