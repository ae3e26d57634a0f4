/* zoom: which part of the plane the spectrum panel shows. Pure.
 *
 * Notation.  λ   an eigenvalue;  half  half the height of the part shown near 1
 *            zoom = DISK/half, so 1 shows the whole unit disk
 * Real spectra crowd at 1. The zoom near 1 is chosen so that three quarters of the trusted modes
 * (of all, where fewer than two are trusted) are inside, and the rest too where that costs no more
 * than a factor two; a round factor, so that it can be printed and does not change with every
 * update. */
#ifndef KOOP_ZOOM_H
#define KOOP_ZOOM_H

#include "spectrum.h"

#include <stdbool.h>

typedef enum koop_zoom_mode {
    KOOP_ZOOM_NEAR_ONE,
    KOOP_ZOOM_DISK,
    KOOP_ZOOM_RATES, /* growth across, frequency up */
    KOOP_ZOOM_MODES
} koop_zoom_mode;

/* A map from the plane to dots: dot = ((x − x0)·sx, (y0 − y)·sy). */
typedef struct koop_plane {
    double x0, y0; /* what the upper left dot shows */
    double sx, sy; /* dots a unit */
    bool rates;    /* x is growth and y frequency, instead of Re λ and Im λ */
} koop_plane;

/* The factor for a spectrum: one of 1, 2, 3, 5, 7, 10, 15, 20, 30, …, 1000. */
double koop_zoom_wanted(const koop_spectrum *spectrum);

/* The factor to show when `current` (0: none yet) is on the screen: it stays while the modes fit
 * and would not fit at several times the size. */
double koop_zoom_keep(double current, double wanted);

/* The plane near 1 at `zoom`, or the whole disk for 1, on width×height dots. */
koop_plane koop_zoom_plane(double zoom, int width, int height);

/* Growth and frequency ≥ 0 of all trusted modes of the spectrum (of all, where none is). */
koop_plane koop_zoom_rates(const koop_spectrum *spectrum, int width, int height);

/* The dot at which the plane shows a mode; false when outside width×height dots or, among rates,
 * for the lower half of a conjugate pair. */
bool koop_zoom_dot(const koop_plane *plane, const koop_mode *mode, int width, int height, int *x,
                   int *y);

#endif
