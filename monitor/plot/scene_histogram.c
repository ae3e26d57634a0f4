#include "scene.h"

#include "chart.h"
#include "palette.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notation.  [low, high]  range of all values, or of their log10 under log
 *            B  bins of equal width in it, the last one with its upper end
 *            h_k,b  share of the values of sample k in bin b */
enum { WIDTH = 720, HEIGHT = 460, LEAST = 90, MARGIN = 24, NAME_BYTES = 512 };
enum { FEWEST_BINS = 5, MOST_BINS = 60 };

typedef struct scene {
    const koop_scene_sample *samples;
    int n, bins;
    bool log;
    double low, high; /* ends of the bins, as values */
    double *shares;   /* n × bins */
    double highest;   /* of them */
} scene;

static int rising(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double scaled(const scene *s, double value) {
    return s->log ? log10(value) : value;
}

/* 2 (q₃ − q₁) / N^⅓ wide, with the quartiles of the N values. */
static int advised_bins(double *sorted, size_t n) {
    const double width =
        2 * (sorted[(3 * n) / 4 < n ? (3 * n) / 4 : n - 1] - sorted[n / 4]) / cbrt((double)n);
    const double bins = width > 0 ? ceil((sorted[n - 1] - sorted[0]) / width) : FEWEST_BINS;
    return bins < FEWEST_BINS ? FEWEST_BINS : bins > MOST_BINS ? MOST_BINS : (int)bins;
}

/* Range and number of bins. */
static koop_status examine(scene *s) {
    size_t total = 0, used = 0;
    for (int k = 0; k < s->n; k++) total += s->samples[k].n;
    if (total == 0) return KOOP_NOT_ENOUGH_DATA;
    double *all = malloc(total * sizeof *all);
    if (!all) return KOOP_NO_MEMORY;
    koop_status status = KOOP_OK;
    for (int k = 0; k < s->n; k++)
        for (size_t i = 0; i < s->samples[k].n; i++) {
            const double value = s->samples[k].values[i];
            if (!(fabs(value) <= KOOP_AXIS_LARGEST) || (s->log && !(value > 1 / KOOP_AXIS_LARGEST)))
                status = KOOP_NOT_FINITE;
            all[used++] = scaled(s, value);
        }
    if (status == KOOP_OK) {
        qsort(all, total, sizeof *all, rising);
        if (s->bins == 0) s->bins = advised_bins(all, total);
        const koop_axis range = koop_axis_over(all[0], all[total - 1], false, 0);
        s->low = s->log ? pow(10, range.low) : range.low;
        s->high = s->log ? pow(10, range.high) : range.high;
    }
    free(all);
    return status;
}

static koop_status count(scene *s) {
    const double low = scaled(s, s->low), high = scaled(s, s->high);
    s->shares = calloc((size_t)s->n * (size_t)s->bins, sizeof *s->shares);
    if (!s->shares) return KOOP_NO_MEMORY;
    for (int k = 0; k < s->n; k++) {
        double *shares = s->shares + (size_t)k * (size_t)s->bins;
        for (size_t i = 0; i < s->samples[k].n; i++) {
            const double at = (scaled(s, s->samples[k].values[i]) - low) / (high - low) * s->bins;
            shares[at < 0 ? 0 : at < s->bins ? (int)at : s->bins - 1] += 1;
        }
        for (int b = 0; b < s->bins; b++) {
            shares[b] /= s->samples[k].n ? (double)s->samples[k].n : 1;
            s->highest = fmax(s->highest, shares[b]);
        }
    }
    return KOOP_OK;
}

/* The value where bin b begins. */
static double edge(const scene *s, int b) {
    const double low = scaled(s, s->low), high = scaled(s, s->high);
    const double at = low + (high - low) * b / s->bins;
    return s->log ? pow(10, at) : at;
}

/* The outline of sample k from the ground up and back, filled. */
static koop_status draw_sample(koop_svg *svg, const scene *s, const koop_chart *chart, int k) {
    const double *shares = s->shares + (size_t)k * (size_t)s->bins;
    double *xy = malloc((size_t)(2 * (2 * s->bins + 2)) * sizeof *xy);
    if (!xy) return KOOP_NO_MEMORY;
    int n = 0;
    xy[2 * n] = koop_axis_at(&chart->across, s->low);
    xy[2 * n++ + 1] = chart->up.from;
    for (int b = 0; b < s->bins; b++)
        for (int side = 0; side < 2; side++) {
            xy[2 * n] = koop_axis_at(&chart->across, edge(s, b + side));
            xy[2 * n++ + 1] = koop_axis_at(&chart->up, shares[b]);
        }
    xy[2 * n] = koop_axis_at(&chart->across, s->high);
    xy[2 * n++ + 1] = chart->up.from;
    koop_svg_path(svg, xy, n, true,
                  &(koop_svg_paint){.fill = koop_palette_fill(k),
                                    .opacity = 0.3,
                                    .stroke = koop_palette_line(k),
                                    .dash = koop_palette_dash(k),
                                    .width = 1.5});
    free(xy);
    return KOOP_OK;
}

static koop_status draw(koop_svg *svg, const scene *s, const koop_scene_frame *frame,
                        const koop_legend_entry *entries) {
    const int width = frame->width ? frame->width : WIDTH;
    const double legend = koop_chart_legend(NULL, 0, 0, width - 2 * MARGIN, entries, s->n);
    const int height = frame->height ? frame->height : HEIGHT + (int)legend - KOOP_CHART_ROW;
    const double across = width - KOOP_CHART_BESIDE - MARGIN;
    const double top = koop_chart_top(frame->title);
    const double up = height - top - KOOP_CHART_BELOW - legend - 16;
    koop_chart chart = {.across = koop_axis_over(s->low, s->high, s->log, 0.03),
                        .up = {.low = 0, .high = 1.06 * s->highest}};
    if (across < LEAST || up < LEAST) return KOOP_TOO_LARGE;
    koop_chart_place(&chart, KOOP_CHART_BESIDE, top, across, up);
    koop_svg_begin(svg, width, height, frame->title);
    koop_chart_title(svg, width, frame->title);
    koop_chart_grid(svg, &chart);
    koop_status status = KOOP_OK;
    for (int k = 0; k < s->n && status == KOOP_OK; k++)
        if (s->samples[k].n > 0) status = draw_sample(svg, s, &chart, k);
    koop_chart_frame(svg, &chart, "value", "share of the values");
    koop_chart_legend(svg, MARGIN, height - legend - 8, width - 2 * MARGIN, entries, s->n);
    const koop_status ended = koop_svg_end(svg);
    return status == KOOP_OK ? ended : status;
}

koop_status koop_scene_histogram(koop_svg *svg, const koop_scene_frame *frame,
                                 const koop_scene_sample *samples, int n, int bins, bool log) {
    char names[KOOP_PALETTE_SERIES][NAME_BYTES];
    koop_legend_entry entries[KOOP_PALETTE_SERIES];
    scene s = {.samples = samples, .n = n, .bins = bins, .log = log};
    if (n > KOOP_PALETTE_SERIES || bins > KOOP_SCENE_MAX_BINS) return KOOP_TOO_LARGE;
    for (int k = 0; k < n; k++) {
        snprintf(names[k], NAME_BYTES, "%.480s (%zu)", samples[k].name, samples[k].n);
        entries[k] = (koop_legend_entry){KOOP_LEGEND_AREA, k, names[k]};
    }
    koop_status status = examine(&s);
    if (status == KOOP_OK) status = count(&s);
    if (status == KOOP_OK) status = draw(svg, &s, frame, entries);
    free(s.shares);
    return status;
}
