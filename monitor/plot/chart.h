/* chart: what all pictures share: a frame with axes, ticks and labels, and the legend below.
 *
 * Pure: draws into an svg; sizes are pixels. */
#ifndef KOOP_CHART_H
#define KOOP_CHART_H

#include "axes.h"
#include "svg.h"

enum {
    KOOP_CHART_LABEL = 12,   /* size of text: of ticks and axes, */
    KOOP_CHART_HEADING = 16, /* of the picture's title */
    KOOP_CHART_BELOW = 44,   /* of ticks and label below a chart */
    KOOP_CHART_BESIDE = 74,  /* width of the same to its left */
    KOOP_CHART_ROW = 20      /* height of a line of legend or notes */
};

#define KOOP_CHART_GREY "#666666"
#define KOOP_CHART_PALE "#e2e2e2"
#define KOOP_CHART_THIN "#4d4d4d"

typedef struct koop_chart {
    double x, y, width, height; /* of the frame */
    koop_axis across, up;
} koop_chart;

/* Puts the frame there and ties the axes to it. */
void koop_chart_place(koop_chart *chart, double x, double y, double width, double height);

/* Gridlines first, then what is in the chart, then frame, ticks and labels. A NULL label leaves out
 * the axis's numbers too. */
void koop_chart_grid(koop_svg *svg, const koop_chart *chart);
void koop_chart_frame(koop_svg *svg, const koop_chart *chart, const char *across, const char *up);

/* Draws the title, and the height it takes above a picture (a margin for NULL, no title). */
void koop_chart_title(koop_svg *svg, int width, const char *title);
double koop_chart_top(const char *title);

/* The legend: entries side by side, in as many rows as the width asks for. */
typedef enum koop_legend_key {
    KOOP_LEGEND_MARKER,
    KOOP_LEGEND_HOLLOW,
    KOOP_LEGEND_AREA,
    KOOP_LEGEND_LINE, /* of no series: thin and dark */
    KOOP_LEGEND_DASH  /* the dashes of a series, dark */
} koop_legend_key;

typedef struct koop_legend_entry {
    koop_legend_key key;
    int series;       /* whose colour and shape */
    const char *text; /* borrowed; shortened where it is wider than the picture */
} koop_legend_entry;

/* Draws it in `width` from (x, y) on, or only measures when `svg` is NULL; its height. */
double koop_chart_legend(koop_svg *svg, double x, double y, double width,
                         const koop_legend_entry *entries, int n);

#endif
