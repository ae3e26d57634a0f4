#include "chart.h"
#include "palette.h"

#include <math.h>

enum { TICK = 5, SMALL_TICK = 3, KEY = 22, GAP = 20, NEAR_PX = 75, NEAR_UP_PX = 29 };

static const koop_svg_paint frame_line = {.stroke = "#444444"};

void koop_chart_place(koop_chart *chart, double x, double y, double width, double height) {
    chart->x = x;
    chart->y = y;
    chart->width = width;
    chart->height = height;
    chart->across.from = x;
    chart->across.to = x + width;
    chart->up.from = y + height;
    chart->up.to = y;
}

/* So many ticks that their labels do not touch. */
static int ticks_wanted(const koop_chart *chart, bool across) {
    const int wanted = (int)(across ? chart->width / NEAR_PX : chart->height / NEAR_UP_PX);
    return wanted < 3 ? 3 : wanted > 10 ? 10 : wanted;
}

void koop_chart_grid(koop_svg *svg, const koop_chart *chart) {
    static const koop_svg_paint line = {.stroke = KOOP_CHART_PALE, .width = 0.8};
    koop_tick ticks[KOOP_AXIS_TICKS];
    int n = koop_axis_ticks(&chart->across, ticks_wanted(chart, true), ticks);
    for (int i = 0; i < n; i++) {
        const double x = koop_axis_at(&chart->across, ticks[i].value);
        if (*ticks[i].label) koop_svg_line(svg, x, chart->y, x, chart->y + chart->height, &line);
    }
    n = koop_axis_ticks(&chart->up, ticks_wanted(chart, false), ticks);
    for (int i = 0; i < n; i++) {
        const double y = koop_axis_at(&chart->up, ticks[i].value);
        if (*ticks[i].label) koop_svg_line(svg, chart->x, y, chart->x + chart->width, y, &line);
    }
}

static void ticks_across(koop_svg *svg, const koop_chart *chart, bool named) {
    static const koop_svg_font font = {.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE};
    koop_tick ticks[KOOP_AXIS_TICKS];
    const double bottom = chart->y + chart->height;
    const int n = koop_axis_ticks(&chart->across, ticks_wanted(chart, true), ticks);
    double free_from = -INFINITY;
    for (int i = 0; i < n; i++) {
        const double x = koop_axis_at(&chart->across, ticks[i].value);
        const double half = koop_svg_text_width(ticks[i].label, font.size) / 2;
        koop_svg_line(svg, x, bottom, x, bottom + (*ticks[i].label ? TICK : SMALL_TICK),
                      &frame_line);
        if (!named || !*ticks[i].label || x - half < free_from) continue;
        koop_svg_text(svg, x, bottom + TICK + KOOP_CHART_LABEL, &font, ticks[i].label);
        free_from = x + half + 6;
    }
}

static void ticks_up(koop_svg *svg, const koop_chart *chart, bool named) {
    static const koop_svg_font font = {.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_END};
    koop_tick ticks[KOOP_AXIS_TICKS];
    const int n = koop_axis_ticks(&chart->up, ticks_wanted(chart, false), ticks);
    for (int i = 0; i < n; i++) {
        const double y = koop_axis_at(&chart->up, ticks[i].value);
        koop_svg_line(svg, chart->x - (*ticks[i].label ? TICK : SMALL_TICK), y, chart->x, y,
                      &frame_line);
        if (named && *ticks[i].label)
            koop_svg_text(svg, chart->x - TICK - 3, y + 0.35 * KOOP_CHART_LABEL, &font,
                          ticks[i].label);
    }
}

void koop_chart_frame(koop_svg *svg, const koop_chart *chart, const char *across, const char *up) {
    char text[KOOP_SVG_TEXT_BYTES];
    koop_svg_rect(svg, chart->x, chart->y, chart->width, chart->height, &frame_line);
    ticks_across(svg, chart, across != NULL);
    ticks_up(svg, chart, up != NULL);
    if (across)
        koop_svg_text(svg, chart->x + chart->width / 2, chart->y + chart->height + 38,
                      &(koop_svg_font){.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE},
                      koop_svg_fit(across, KOOP_CHART_LABEL, chart->width + 60, text));
    if (up)
        koop_svg_text(
            svg, chart->x - KOOP_CHART_BESIDE + 16, chart->y + chart->height / 2,
            &(koop_svg_font){.size = KOOP_CHART_LABEL, .anchor = KOOP_SVG_MIDDLE, .upward = true},
            koop_svg_fit(up, KOOP_CHART_LABEL, chart->height, text));
}

void koop_chart_title(koop_svg *svg, int width, const char *title) {
    char text[KOOP_SVG_TEXT_BYTES];
    if (!title) return;
    koop_svg_text(
        svg, width / 2., 25,
        &(koop_svg_font){.size = KOOP_CHART_HEADING, .anchor = KOOP_SVG_MIDDLE, .bold = true},
        koop_svg_fit(title, 1.08 * KOOP_CHART_HEADING, width - 2 * GAP, text));
}

double koop_chart_top(const char *title) {
    return title ? 40 : 16;
}

static void draw_key(koop_svg *svg, double x, double y, const koop_legend_entry *entry) {
    if (entry->key == KOOP_LEGEND_AREA)
        koop_svg_rect(svg, x, y - 6, 14, 12,
                      &(koop_svg_paint){.fill = koop_palette_fill(entry->series),
                                        .opacity = 0.4,
                                        .stroke = koop_palette_line(entry->series),
                                        .width = 1.4,
                                        .dash = koop_palette_dash(entry->series)});
    else if (entry->key == KOOP_LEGEND_LINE)
        koop_svg_line(svg, x, y, x + 14, y,
                      &(koop_svg_paint){.stroke = KOOP_CHART_THIN, .width = 0.8});
    else if (entry->key == KOOP_LEGEND_DASH)
        koop_svg_line(svg, x - 2, y, x + 18, y,
                      &(koop_svg_paint){.stroke = KOOP_CHART_THIN,
                                        .width = 1.4,
                                        .dash = koop_palette_dash(entry->series)});
    else
        koop_palette_marker(svg, entry->series, entry->key == KOOP_LEGEND_HOLLOW, x + 7, y, 5.5);
}

double koop_chart_legend(koop_svg *svg, double x, double y, double width,
                         const koop_legend_entry *entries, int n) {
    double at = 0;
    int row = 0;
    for (int i = 0; i < n; i++) {
        char text[KOOP_SVG_TEXT_BYTES];
        koop_svg_fit(entries[i].text, KOOP_CHART_LABEL, width - KEY, text);
        const double wide = KEY + koop_svg_text_width(text, KOOP_CHART_LABEL);
        if (at > 0 && at + wide > width) {
            row++;
            at = 0;
        }
        const double middle = y + (row + 0.5) * KOOP_CHART_ROW;
        if (svg) {
            draw_key(svg, x + at, middle, &entries[i]);
            koop_svg_text(svg, x + at + KEY, middle + 0.35 * KOOP_CHART_LABEL,
                          &(koop_svg_font){.size = KOOP_CHART_LABEL}, text);
        }
        at += wide + GAP;
    }
    return n > 0 ? (row + 1) * KOOP_CHART_ROW : 0;
}
