/* curve: values over steps as a line in a chart, with no more points than can be seen.
 *
 * Of the points in one column of pixels only the first, the lowest, the highest and the last are drawn,
 * in their order, which is the same picture as all of them. What is not finite, beyond
 * KOOP_AXIS_LARGEST or, on a logarithmic axis, not positive is a gap. */
#ifndef KOOP_CURVE_H
#define KOOP_CURVE_H

#include "chart.h"

#include <stddef.h>
#include <stdint.h>

typedef struct koop_curve {
    size_t n;
    const int64_t *steps; /* not falling; NULL: 0, 1, 2, … */
    const double *values; /* value i is values[i·stride] */
    size_t stride;
} koop_curve;

/* Whether a value is drawn on a linear or logarithmic axis. */
bool koop_curve_shows(double value, bool log);

/* Draws the curve by the chart's axes; a point alone between gaps is a dot. KOOP_NO_MEMORY. */
koop_status koop_curve_draw(koop_svg *svg, const koop_chart *chart, const koop_curve *curve,
                            const koop_svg_paint *line);

#endif
