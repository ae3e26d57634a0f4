/* axes: from values to pixels, and where the ticks stand.
 *
 * Notation.  low < high  the values at the ends of the axis;  from, to  the pixels there
 * Linear axes are marked at multiples of 1, 2 or 5 times a power of ten; logarithmic ones at powers
 * of ten, thinned when there are many, and where fewer than two are in the range at a few multiples
 * of them, or as a linear one. Labels have no more digits than the step asks for. Pure. */
#ifndef KOOP_AXES_H
#define KOOP_AXES_H

#include <stdbool.h>

enum { KOOP_AXIS_TICKS = 64, KOOP_AXIS_LABEL_BYTES = 40 };

/* No value beyond is drawn: the difference of two of them is still finite. */
#define KOOP_AXIS_LARGEST 1e300

typedef struct koop_axis {
    double low, high;
    bool log; /* low > 0 */
    double from, to;
} koop_axis;

typedef struct koop_tick {
    double value;
    char label[KOOP_AXIS_LABEL_BYTES]; /* empty: a small tick between two that are named */
} koop_tick;

/* An axis over low … high, widened by `margin` (a share of its length) at both ends, and further
 * where the range is so narrow that its ends could not be told apart. low ≤ high, both finite and
 * within KOOP_AXIS_LARGEST, for log positive. from and to are the caller's to set. */
koop_axis koop_axis_over(double low, double high, bool log, double margin);

/* The pixel of a value, outside the axis also; of a value that is not positive, on a logarithmic
 * axis, that of low. */
double koop_axis_at(const koop_axis *axis, double value);

/* Ticks in rising order, about `wanted` of them named (2 ≤ wanted ≤ 20); their number. */
int koop_axis_ticks(const koop_axis *axis, int wanted, koop_tick ticks[KOOP_AXIS_TICKS]);

/* A number as labels have it: 0.25, 12,480, 2.5×10⁷; `digits` significant ones at most. */
char *koop_axis_number(double value, int digits, char out[KOOP_AXIS_LABEL_BYTES]);

#endif
